import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Chain } from '../access/chain';
import { checklist, checklistText } from '../access/checklist';
import type { PrintedDocument } from '../access/documents';
import { readFiles } from '../access/files';
import { accessGraph } from '../access/graph';
import { accessMatrix, matrixMarkdown } from '../access/matrix';
import { graphMermaid } from '../access/mermaid';
import { readModel } from '../access/read';
import { runnerPolicies, runnerPolicyText } from '../access/runner-policy';
import { VaultCdkError } from '../errors/error';
import { type Finding, findingText, sortFindings } from '../errors/finding';
import { bootstrap, bootstrapScript, STEPS } from '../operate/bootstrap';
import { ownership, ownershipMarkdown } from '../operate/ownership';
import { securityMarkdown, securityReport } from '../operate/security-report';
import { recommended } from '../rules/pack';
import { judge } from '../rules/rule';
import { readProject } from './options';

/** How a command prints. */
export interface OutputOptions {
  /** For people or for programs. */
  readonly format: 'text' | 'json';
  /** Where text goes. */
  readonly write: (text: string) => void;
}

/** 0 fine, 1 something is wrong with what was looked at, 2 could not run. */
export type ExitCode = 0 | 1 | 2;

/** `synth`: runs the app and says where its files are. */
export function synth(app: string | undefined, { format, write }: OutputOptions): ExitCode {
  const project = readProject();
  const command = app ?? project.app;
  if (command === undefined) {
    const fix = 'pass --app "node main.js", or write `app` into cdktf.json or cdk8s.yaml';
    throw new VaultCdkError({ code: 'cli/no-app', problem: 'nothing says how the app is run', fix });
  }
  const env = { ...process.env, CDKTF_OUTDIR: project.terraform, CDK8S_OUTDIR: project.kubernetes };
  const { status, signal } = spawnSync(command, { shell: true, stdio: ['ignore', 'ignore', 'inherit'], env });
  if (status !== 0) {
    process.stderr.write(`the app ended with ${signal ?? `exit code ${String(status)}`}: ${command}\n`);
    return 2;
  }
  const files = readFiles([project.terraform, project.kubernetes].filter(existsSync)).map(d => d.origin.file);
  const unique = [...new Set(files)];
  if (format === 'json') write(`${JSON.stringify({ files: unique }, null, 2)}\n`);
  else write(`Printed\n${unique.map(f => `  ${f}`).join('\n')}\n`);
  return 0;
}

/** `check`: all rules over printed files. */
export function check(paths: readonly string[], { format, write }: OutputOptions): ExitCode {
  const { documents, chain } = load(paths);
  const findings = sortFindings(judge(recommended, { chain, documents }));
  write(format === 'json' ? `${JSON.stringify({ findings }, null, 2)}\n` : `${checkText(findings, documents)}\n`);
  return findings.some(f => f.severity === 'error') ? 1 : 0;
}

function checkText(findings: readonly Finding[], documents: readonly PrintedDocument[]): string {
  const count = (severity: string): number => findings.filter(f => f.severity === severity).length;
  const stacks = documents.filter(d => d.format === 'terraform').length;
  const summary = `Checked ${stacks} Terraform ${stacks === 1 ? 'stack' : 'stacks'} and ${documents.length - stacks} manifests: ${count('error')} errors, ${count('warning')} warnings, ${count('note')} notes`;
  return [...findings.map(findingText), summary].join('\n');
}

/** `access`: who can do what. */
export function access(paths: readonly string[], { format, write }: OutputOptions): ExitCode {
  const rows = accessMatrix(load(paths).chain);
  write(format === 'json' ? `${JSON.stringify({ access: rows }, null, 2)}\n` : `${matrixMarkdown(rows)}\n`);
  return 0;
}

/** `checklist`: which secret values a person has to put. */
export function listValues(paths: readonly string[], { format, write }: OutputOptions): ExitCode {
  const items = checklist(load(paths).chain.model);
  write(format === 'json' ? `${JSON.stringify({ checklist: items }, null, 2)}\n` : checklistText(items));
  return 0;
}

/** `runner-policy`: what the Terraform run itself needs in Vault. */
export function runnerPolicy(paths: readonly string[], { format, write }: OutputOptions): ExitCode {
  const policies = runnerPolicies(load(paths).documents);
  write(format === 'json' ? `${JSON.stringify({ policies }, null, 2)}\n` : runnerPolicyText(policies));
  return policies.some(p => p.unknown.length > 0) ? 1 : 0;
}

/** `bootstrap`: the steps from nothing to running pods, as a script; or one of them. */
export function listSteps(
  paths: readonly string[],
  step: string | undefined,
  { format, write }: OutputOptions,
): ExitCode {
  if (step !== undefined && !(STEPS as readonly string[]).includes(step)) {
    throw new VaultCdkError({
      code: 'cli/unknown-step',
      problem: 'there is no such step',
      given: step,
      allowed: STEPS.join(', '),
      fix: 'see vault-cdk --help',
    });
  }
  const { documents, chain } = load(paths);
  const steps = bootstrap(documents, chain.model).filter(s => step === undefined || s.name === step);
  write(format === 'json' ? `${JSON.stringify({ steps }, null, 2)}\n` : bootstrapScript(steps));
  return 0;
}

/** `owners`: who answers for what. */
export function listOwners(paths: readonly string[], { format, write }: OutputOptions): ExitCode {
  const rows = ownership(load(paths).documents);
  write(format === 'json' ? `${JSON.stringify({ owners: rows }, null, 2)}\n` : `${ownershipMarkdown(rows)}\n`);
  return 0;
}

/** `graph`: the way of each secret, or of those of one workload. */
export function graph(
  paths: readonly string[],
  workload: string | undefined,
  { format, write }: OutputOptions,
): ExitCode {
  const { chain } = load(paths);
  const drawn = accessGraph(chain, workload);
  if (workload !== undefined && drawn.nodes.length === 0) {
    const all = accessMatrix(chain).map(r => r.who);
    throw new VaultCdkError({
      code: 'cli/unknown-workload',
      problem: 'there is no such workload',
      given: workload,
      allowed: [...new Set(all)].join(', ') || 'none: nothing logs in to Vault',
      fix: 'name it as namespace/service account',
    });
  }
  write(format === 'json' ? `${JSON.stringify(drawn, null, 2)}\n` : graphMermaid(drawn));
  return 0;
}

/** `security`: what lies in etcd, who may read what, and what is not known. */
export function security(paths: readonly string[], { format, write }: OutputOptions): ExitCode {
  const { documents, chain } = load(paths);
  const report = securityReport(chain, sortFindings(judge(recommended, { chain, documents })));
  write(format === 'json' ? `${JSON.stringify(report, null, 2)}\n` : securityMarkdown(report));
  return 0;
}

function load(paths: readonly string[]): { readonly documents: readonly PrintedDocument[]; readonly chain: Chain } {
  const project = readProject();
  const documents = readFiles(paths.length > 0 ? paths : [project.terraform, project.kubernetes]);
  if (documents.length === 0) {
    const fix = 'name folders with Kubernetes YAML or Terraform JSON in them';
    throw new VaultCdkError({ code: 'read/nothing', problem: 'there is nothing to read', given: paths, fix });
  }
  return { documents, chain: new Chain(readModel(documents)) };
}

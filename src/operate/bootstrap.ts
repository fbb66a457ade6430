import { checklist, checklistText } from '../access/checklist';
import { part, type PrintedDocument, textOf } from '../access/documents';
import type { AccessModel } from '../access/model';
import { fetchLines } from './fetch-variables';
import { kubectl, word } from './shell';
import { stackVariables } from './variables';

/** The steps from nothing to running pods, in their order. */
export const STEPS = ['platform', 'variables', 'terraform', 'values', 'connection', 'workloads'] as const;

/** One of the steps. */
export type StepName = (typeof STEPS)[number];

/** One step, as lines of a POSIX shell. */
export interface BootstrapStep {
  /** Which one it is. */
  readonly name: StepName;
  /** What it does, in words. */
  readonly title: string;
  /** Commands and comments. */
  readonly lines: readonly string[];
}

/**
 * The steps in which printed output is applied: what pods need before they start, what Terraform is given, Vault itself, the
 * values that people put, and the pods. Names are those that are printed.
 */
export function bootstrap(documents: readonly PrintedDocument[], model: AccessModel): readonly BootstrapStep[] {
  const manifests = documents.filter(d => d.format === 'kubernetes');
  const stacks = documents.filter(d => d.format === 'terraform').map(d => d.origin.file);
  const values = checklist(model);
  return [
    {
      name: 'platform',
      title: 'what has to be in the clusters before Terraform and workloads',
      lines: applyLines(manifests.filter(isPlatform), 'No cluster has platform manifests.'),
    },
    {
      name: 'variables',
      title: 'what the Terraform runs are given',
      lines: fetchLines(stackVariables(documents)),
    },
    {
      name: 'terraform',
      title: 'what is in Vault; the run logs in by its environment, e.g. VAULT_TOKEN',
      lines: stacks.flatMap(file => {
        const folder = word(file.replace(/(^|[\\/])[^\\/]+$/, '') || '.');
        return [`terraform -chdir=${folder} init -input=false`, `terraform -chdir=${folder} apply`];
      }),
    },
    {
      name: 'values',
      title: 'what people put into Vault, once, by hand',
      lines: checklistText(values).trimEnd().split('\n').map(comment),
    },
    {
      name: 'connection',
      title: 'whether Vault has the auth mounts, and whether pods reach it',
      lines: connectionLines(manifests),
    },
    {
      name: 'workloads',
      title: 'the pods, and what they need beside them',
      lines: applyLines(
        manifests.filter(d => !isPlatform(d)),
        'There are no workloads.',
      ),
    },
  ];
}

/** The steps as one POSIX shell script. */
export function bootstrapScript(steps: readonly BootstrapStep[]): string {
  const text = steps.flatMap(s => s.lines).join('\n');
  const contexts = [...new Set(text.match(/(?<=\$)CONTEXT_[A-Z0-9_]+/g) ?? [])].sort();
  const whole = steps.length === STEPS.length;
  const lines = [
    '#!/bin/sh',
    // A file of one step may be sourced, and then must not change how the shell behaves.
    ...(whole ? ['set -eu'] : []),
    ...(contexts.length > 0 ? ['', '# The contexts of kubectl, where they are not called as the clusters.'] : []),
    ...contexts.map(c => `: "\${${c}:=${c.slice('CONTEXT_'.length).toLowerCase().replaceAll('_', '-')}}"`),
    ...steps.flatMap(s => ['', `# ${STEPS.indexOf(s.name) + 1}. ${s.title}`, ...s.lines]),
  ];
  return `${lines.join('\n')}\n`;
}

function isPlatform({ group, origin }: PrintedDocument): boolean {
  return group !== '' && /(^|[\\/])platform\.k8s\.yaml$/.test(origin.file);
}

function applyLines(manifests: readonly PrintedDocument[], none: string): readonly string[] {
  const files = new Map(manifests.map(d => [d.origin.file, d.group]));
  if (files.size === 0) return [`# ${none}`];
  return [...files].map(([file, cluster]) => `${kubectl(cluster)} apply -f ${word(file)}`);
}

/** One connection for each cluster and Vault, since all consumers of an auth mount share one. */
function connectionLines(manifests: readonly PrintedDocument[]): readonly string[] {
  const seen = new Map<string, readonly string[]>();
  for (const { value, group } of manifests) {
    const parameters = part(part(value, 'spec'), 'parameters');
    const mount = textOf(parameters, 'vaultAuthMountPath') ?? textOf(parameters, 'vaultKubernetesMountPath');
    if (value['kind'] !== 'SecretProviderClass' || mount === undefined) continue;
    const address = textOf(parameters, 'vaultAddress');
    seen.set([group, mount, address].join('\0'), [
      `vault read -field=kubernetes_host ${word(`auth/${mount}/config`)}   # is the API server of ${group || 'the cluster'}`,
      address === undefined
        ? `# Vault's address is in the settings of the Vault CSI provider of ${group || 'the cluster'}.`
        : `# ${kubectl(group)} run vault-preflight --rm -i --restart=Never --image=curlimages/curl -- curl -sSk ${word(`${address}/v1/sys/health`)}`,
    ]);
  }
  if (seen.size === 0) return ['# Nothing is delivered.'];
  return [...seen.values()].flat();
}

function comment(line: string): string {
  return `# ${line}`.trimEnd();
}

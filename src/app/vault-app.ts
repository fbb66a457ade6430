import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type IResolver, ImplicitTokenResolver, LazyResolver, NumberStringUnionResolver } from 'cdk8s';
import { App as TerraformApp, CONTEXT_ENV, Manifest } from 'cdktf';
import type { IConstruct } from 'constructs';
import { Chain } from '../access/chain';
import { readModel } from '../access/read';
import { TerraformTokenGuard } from '../core/border';
import { jsonFault } from '../core/json-fault';
import { dnsLabel } from '../core/names';
import { writeOutput } from '../core/output';
import { validateTree, visitAspects } from '../core/print';
import { VaultCdkError } from '../errors/error';
import { type Finding, findingText, sortFindings } from '../errors/finding';
import { labelOwners } from '../kubernetes/ownership';
import { recommended } from '../rules/pack';
import { judge } from '../rules/rule';
import { assumptionsOf, enginesOf, intentsOf, statedPoliciesOf, statedRolesOf, trustsOf } from './intents';
import { printOut, type PrintOut } from './print';

/** Where an app prints to. */
export interface VaultAppProps {
  /**
   * Folder of the Terraform half.
   * @default - `CDKTF_OUTDIR`, else `cdktf.out`
   */
  readonly terraformOutdir?: string;
  /**
   * Folder of the Kubernetes half.
   * @default - `CDK8S_OUTDIR`, else `dist`
   */
  readonly kubernetesOutdir?: string;
  /**
   * Folder of what pods need that are described elsewhere, in Kustomize or Helm. Made only where there is something.
   * @default - `VAULT_CDK_PODSDIR`, else `pods`
   */
  readonly podsOutdir?: string;
  /**
   * Names of the environments that the program prints, e.g. `['dev', 'staging', 'prod']`. A stack or cluster belongs to the
   * one that its name has as a part, such as the stack `prod-vault`; what is printed for one and names another is a finding.
   *
   * @default - the program knows no environments
   */
  readonly environments?: readonly string[];
}

/** What an app prints, and what is to be said of it. */
export interface Judgement {
  /** Both halves. */
  readonly printOut: PrintOut;
  /** Who may do what, and how it was found. */
  readonly chain: Chain;
  /** Everything that is wrong or unwise, worst first. */
  readonly findings: readonly Finding[];
  /** What was taken for granted, since nothing states it: one sentence each, sorted. */
  readonly assumptions: readonly string[];
}

/**
 * The root of a program: stacks of cdktf and charts of cdk8s in one tree. `synth()` prints both halves to memory, judges
 * them, and writes them only when there is nothing to refuse.
 *
 * @example
 * ```ts
 * const app = new VaultApp();
 * // ... a VaultServer, a KubernetesCluster, charts and workloads ...
 * app.synth();
 * ```
 */
export class VaultApp extends TerraformApp {
  /** The one member that cdk8s asks of the root of a tree. */
  readonly resolvers: readonly IResolver[];
  /** Folder of the Kubernetes half. */
  readonly kubernetesOutdir: string;
  /** Folder of what pods need that are described elsewhere. */
  readonly podsOutdir: string;
  /** Names of the environments that the program prints. */
  readonly environments: readonly string[];
  private readonly guard = new TerraformTokenGuard();

  constructor(props: VaultAppProps = {}) {
    refuseHcl();
    const environments = (props.environments ?? []).map(environmentName);
    // The constructor of cdktf's App makes its output folders; a refused app must leave nothing, so it makes them elsewhere.
    const scratch = mkdtempSync(join(tmpdir(), 'vault-cdk-'));
    super({ outdir: scratch, stackTraces: false, context: contextOfProject() });
    rmSync(scratch, { recursive: true });
    Object.defineProperty(this, 'outdir', {
      value: props.terraformOutdir ?? process.env['CDKTF_OUTDIR'] ?? 'cdktf.out',
      enumerable: true,
    });
    this.environments = environments;
    this.kubernetesOutdir = props.kubernetesOutdir ?? process.env['CDK8S_OUTDIR'] ?? 'dist';
    this.podsOutdir = props.podsOutdir ?? process.env['VAULT_CDK_PODSDIR'] ?? 'pods';
    this.resolvers = [this.guard, new LazyResolver(), new ImplicitTokenResolver(), new NumberStringUnionResolver()];
  }

  /**
   * Prints both halves to memory and judges them. Writes nothing.
   *
   * @throws VaultCdkError `app/invalid` when the tree itself is not valid
   */
  judge(): Judgement {
    visitAspects(this);
    const constructs = this.node.findAll();
    validateTree(constructs);
    labelOwners(constructs);
    const printed = printOut(constructs, this.guard, this.manifest.version);
    const chain = new Chain(readModel(printed.documents), enginesOf(constructs), statedRolesOf(constructs));
    const findings = judge(recommended, {
      chain,
      documents: printed.documents,
      intents: intentsOf(constructs),
      statedPolicies: statedPoliciesOf(constructs),
      trusts: trustsOf(constructs),
      environments: this.environments,
    });
    return { printOut: printed, chain, findings: sortFindings(findings), assumptions: assumptionsOf(constructs) };
  }

  /**
   * Prints, judges and writes both halves. Findings go to stderr; an error among them refuses the app, and nothing is
   * written.
   *
   * @throws VaultCdkError `app/refused` with every error that was found
   */
  override synth(): void {
    const { printOut: printed, findings } = this.judge();
    const errors = findings.filter(f => f.severity === 'error');
    if (errors.length > 0) throw refused(errors);
    for (const finding of findings) process.stderr.write(`${findingText(finding)}\n`);
    const list = join(dirname(this.outdir), `${basename(this.outdir)}.files.json`);
    writeOutput(
      [
        { folder: this.outdir, files: printed.terraform, ours: /^(manifest\.json|stacks\/[^/]+\/cdk\.tf\.json)$/ },
        { folder: this.kubernetesOutdir, files: printed.kubernetes, ours: /\.k8s\.yaml$/ },
        { folder: this.podsOutdir, files: printed.pods, ours: /\/(kustomization|values)\.yaml$/, isOptional: true },
      ],
      list,
    );
    this.writeAssets();
  }

  /** Files that cdktf's own constructs write beside a stack, such as those of a TerraformAsset. */
  private writeAssets(): void {
    const assets = this.node
      .findAll()
      .flatMap(c => (c as { [CUSTOM_SYNTHESIS]?: CustomSynthesis })[CUSTOM_SYNTHESIS] ?? []);
    if (assets.length === 0) return;
    const session = {
      outdir: this.outdir,
      skipValidation: true,
      manifest: new Manifest(this.manifest.version, this.outdir, false),
    };
    assets.forEach(a => a.onSynthesize(session));
  }
}

const CUSTOM_SYNTHESIS: unique symbol = Symbol.for('cdktf/customSynthesis');

interface CustomSynthesis {
  onSynthesize(session: {
    readonly outdir: string;
    readonly skipValidation: boolean;
    readonly manifest: Manifest;
  }): void;
}

function refused(errors: readonly Finding[]): VaultCdkError {
  const n = errors.length;
  return new VaultCdkError({
    code: 'app/refused',
    problem: `the app prints ${n === 1 ? 'something' : `${n} things`} that cannot work\n${errors.map(f => findingText(f).replace(/^/gm, '  ')).join('\n')}`,
    fix: 'correct each of these; nothing was written',
  });
}

/** Only the cdktf command passes the context of `cdktf.json`; without it an app would print other bytes under it than alone. */
function contextOfProject(): Record<string, unknown> {
  if (process.env[CONTEXT_ENV] !== undefined || !existsSync('cdktf.json')) return {};
  const text = readFileSync('cdktf.json', 'utf8');
  try {
    return (JSON.parse(text) as { readonly context?: Record<string, unknown> }).context ?? {};
  } catch (error) {
    const { reason, line } = jsonFault(text, error);
    throw new VaultCdkError({
      code: 'app/cdktf-json',
      problem: 'the file cdktf.json is not JSON',
      at: line === undefined ? 'cdktf.json' : `cdktf.json:${line}`,
      given: reason,
      fix: 'correct the file',
    });
  }
}

function environmentName(name: string): string {
  return dnsLabel(name, { what: 'the name of the environment', at: 'new VaultApp' });
}

function refuseHcl(): void {
  if (process.env['SYNTH_HCL_OUTPUT'] !== 'true') return;
  throw new VaultCdkError({
    code: 'app/hcl-output',
    problem: 'the app prints Terraform JSON, and HCL was asked for',
    given: 'SYNTH_HCL_OUTPUT=true',
    allowed: 'Terraform JSON, which terraform and tofu read alike',
    fix: 'drop --hcl',
  });
}

/** Whether something is a VaultApp, for tools that load a program. @internal */
export function isVaultApp(x: IConstruct): x is VaultApp {
  return TerraformApp.isApp(x) && 'kubernetesOutdir' in x;
}

import { type Chart } from 'cdk8s';
import { TerraformStack } from 'cdktf';
import type { IConstruct } from 'constructs';
import type { PrintedDocument } from '../access/documents';
import { at } from '../core/at';
import type { TerraformTokenGuard } from '../core/border';
import { kubernetesName } from '../core/names';
import { type PrintedChart, type PrintedStack, printCharts, printStacks } from '../core/print';
import { manifestsYaml, stableJson } from '../core/text';
import { VaultCdkError } from '../errors/error';
import { KubernetesCluster } from '../kubernetes/cluster';
import { podFiles } from './pod-files';

/** Both halves of an app, in memory. */
export interface PrintOut {
  /** What is judged. */
  readonly documents: readonly PrintedDocument[];
  /** Files below `cdktf.out`. */
  readonly terraform: ReadonlyMap<string, string>;
  /** Files below `dist`. */
  readonly kubernetes: ReadonlyMap<string, string>;
  /** Files below `pods`: what pods that are described elsewhere need. Nothing in them is a manifest. */
  readonly pods: ReadonlyMap<string, string>;
}

/** Prints both halves to memory; nothing is written. The texts are made only when they are asked for. */
export function printOut(
  constructs: readonly IConstruct[],
  guard: TerraformTokenGuard,
  cdktfVersion: string,
): PrintOut {
  assertDistinct(constructs.filter(KubernetesCluster.isKubernetesCluster), 'clusters', 'folder');
  assertDistinct(constructs.filter(TerraformStack.isStack), 'stacks', 'file stacks/<stack>/cdk.tf.json');
  const charts = printCharts(constructs, guard);
  const stacks = printStacks(constructs);
  const paths = chartPaths(charts.map(c => c.chart));
  const pathOf = (chart: Chart): string => paths.get(chart) ?? '';
  return {
    documents: [...stacks.map(stackDocument), ...charts.flatMap(c => chartDocuments(c, pathOf(c.chart)))],
    get terraform() {
      return terraformFiles(stacks, cdktfVersion);
    },
    get kubernetes() {
      return new Map(charts.map(c => [pathOf(c.chart), manifestsYaml(c.objects.map(o => o.value))]));
    },
    get pods() {
      return podFiles(constructs);
    },
  };
}

function stackDocument({ stack, value }: PrintedStack): PrintedDocument {
  const origin = { file: `stacks/${stack.node.id}/cdk.tf.json`, construct: stack.node.path };
  return { format: 'terraform', origin, value, group: stack.node.id };
}

function chartDocuments({ chart, objects }: PrintedChart, file: string): readonly PrintedDocument[] {
  const group = KubernetesCluster.of(chart)?.name ?? '';
  return objects.map(({ construct, value }) => ({ format: 'kubernetes', origin: { file, construct }, value, group }));
}

function terraformFiles(stacks: readonly PrintedStack[], version: string): ReadonlyMap<string, string> {
  const manifest = { version, stacks: Object.fromEntries(stacks.map(s => [s.stack.node.id, s.manifest])) };
  return new Map([
    ['manifest.json', stableJson(manifest)],
    ...stacks.map(s => [`stacks/${s.stack.node.id}/cdk.tf.json`, stableJson(s.value)] as const),
  ]);
}

/** `<cluster>/<chart>.k8s.yaml`; charts of no cluster lie at the top. Two charts for one file are refused. */
function chartPaths(charts: readonly Chart[]): ReadonlyMap<Chart, string> {
  const taken = new Map<string, Chart>();
  for (const chart of charts) {
    const cluster = KubernetesCluster.of(chart);
    const below = chart.node.scopes.slice(
      cluster && chart.node.scopes.includes(cluster) ? chart.node.scopes.indexOf(cluster) + 1 : 1,
    );
    const name = kubernetesName(below.map(c => c.node.id).join('-'));
    const path = cluster ? `${cluster.name}/${name}.k8s.yaml` : `${name}.k8s.yaml`;
    const other = taken.get(path);
    if (other) throw sameFile(path, chart, other);
    taken.set(path, chart);
  }
  return new Map([...taken].map(([path, chart]) => [chart, path]));
}

/** Clusters and stacks are told apart by their id alone, wherever they lie in the tree. */
function assertDistinct(constructs: readonly IConstruct[], what: string, place: string): void {
  const taken = new Map<string, IConstruct>();
  for (const construct of constructs) {
    const other = taken.get(construct.node.id);
    taken.set(construct.node.id, construct);
    if (!other) continue;
    throw new VaultCdkError({
      code: 'app/same-name',
      problem: `two ${what} have one name, and so one ${place}: "${construct.node.id}"`,
      at: at(construct),
      given: [other.node.path, construct.node.path],
      allowed: `one id for each, wherever it lies; the first is ${at(other)}`,
      live: 'silently ignored: the second would overwrite the first',
      fix: 'give one of them another id',
    });
  }
}

function sameFile(path: string, chart: Chart, other: Chart): VaultCdkError {
  return new VaultCdkError({
    code: 'app/same-file',
    problem: `two charts print the file ${path}`,
    at: at(chart),
    given: [other.node.path, chart.node.path],
    allowed: 'one file for each chart',
    live: 'silently ignored: the second would overwrite the first',
    fix: 'give one of the charts another id',
  });
}

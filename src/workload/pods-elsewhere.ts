import { VaultCdkError } from '../errors/error';
import type { PodPatch } from './delivery';

/** Kinds that a Kustomize patch can change: those whose lists Kustomize merges by name. */
const API_VERSIONS = {
  CronJob: 'batch/v1',
  DaemonSet: 'apps/v1',
  Deployment: 'apps/v1',
  Job: 'batch/v1',
  Pod: 'v1',
  ReplicaSet: 'apps/v1',
  StatefulSet: 'apps/v1',
} as const;

/** What pods are called where they are described: in Kustomize, or in a Helm chart. */
export interface PodsElsewhere {
  /**
   * Kind of the object that makes them.
   * @default 'Deployment'
   */
  readonly kind?: keyof typeof API_VERSIONS;
  /**
   * Name of that object.
   * @default - the name of the service account
   */
  readonly name?: string;
  /**
   * Whether that object states its namespace itself. Kustomize finds it only by what it states, and says `no matches for Id`
   * where the two differ.
   * @default false: the `namespace` of a kustomization puts it there
   */
  readonly statesNamespace?: boolean;
  /**
   * The containers that read the secrets.
   * @default - the one of the name of that object
   */
  readonly containers?: readonly string[];
  /**
   * The init containers that read the secrets.
   * @default - none
   */
  readonly initContainers?: readonly string[];
  /**
   * The keys that the Helm chart reads, as paths, such as `web.extraVolumes`.
   * @default - those of a chart that `helm create` made; variables as `env`
   */
  readonly helm?: HelmKeys;
}

/** The keys under which a Helm chart takes what a pod needs. */
export interface HelmKeys {
  /**
   * The service account, `create` and `name` below it.
   * @default 'serviceAccount'
   */
  readonly serviceAccount?: string;
  /**
   * Volumes of the pod.
   * @default 'volumes'
   */
  readonly volumes?: string;
  /**
   * Mounts of the container.
   * @default 'volumeMounts'
   */
  readonly volumeMounts?: string;
  /**
   * Variables of the container.
   * @default 'env'
   */
  readonly env?: string;
}

/** Who the pods are, and what they are given. */
export interface PatchOf {
  readonly namespace: string;
  readonly serviceAccount: string;
  /** Whether the account is printed here, so that the chart must not make it a second time. */
  readonly isOurs: boolean;
  readonly patch: PodPatch;
  readonly pods: PodsElsewhere;
  readonly at: string;
}

/** The change to the pods as one object that Kustomize merges into theirs, by kind and name. */
export function kustomizePatch({ namespace, serviceAccount, patch, pods, at }: PatchOf): Record<string, unknown> {
  const { kind = 'Deployment', name = serviceAccount, statesNamespace = false } = pods;
  assertKind(kind, at);
  const { volumes, volumeMounts, env } = patch;
  const container = (n: string): object => ({ name: n, ...nonEmpty({ volumeMounts, env }) });
  const reads = volumeMounts.length + env.length > 0;
  const pod = {
    serviceAccountName: serviceAccount,
    ...nonEmpty({
      volumes,
      initContainers: reads ? (pods.initContainers ?? []).map(container) : [],
      containers: reads ? (pods.containers ?? (pods.initContainers ? [] : [name])).map(container) : [],
    }),
  };
  return {
    apiVersion: API_VERSIONS[kind],
    kind,
    metadata: { name, ...(statesNamespace ? { namespace } : {}) },
    spec: kind === 'Pod' ? pod : kind === 'CronJob' ? { jobTemplate: template(pod) } : template(pod).spec,
  };
}

function template(spec: object): { readonly spec: object } {
  return { spec: { template: { spec } } };
}

/** The change to the pods as values of a Helm chart. */
export function helmValues({ serviceAccount, isOurs, patch, pods }: PatchOf): Record<string, unknown> {
  const keys = pods.helm ?? {};
  const values: Record<string, unknown> = {};
  put(values, keys.serviceAccount ?? 'serviceAccount', { ...(isOurs ? { create: false } : {}), name: serviceAccount });
  for (const part of ['volumes', 'volumeMounts', 'env'] as const)
    if (patch[part].length > 0) put(values, keys[part] ?? part, patch[part]);
  return values;
}

function put(values: Record<string, unknown>, path: string, value: unknown): void {
  const [first = '', ...rest] = path.split('.');
  if (rest.length === 0) {
    values[first] = value;
    return;
  }
  const below = (values[first] ?? {}) as Record<string, unknown>;
  values[first] = below;
  put(below, rest.join('.'), value);
}

function nonEmpty(lists: Readonly<Record<string, readonly unknown[]>>): Record<string, readonly unknown[]> {
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));
}

/** From JavaScript: any other kind is merged as JSON, where a list replaces a list. */
function assertKind(kind: string, at: string): void {
  if (Object.hasOwn(API_VERSIONS, kind)) return;
  throw new VaultCdkError({
    code: 'workload/not-patchable',
    problem: `Kustomize does not know the lists of a ${kind}, and would replace its containers by the patch`,
    at,
    given: kind,
    allowed: Object.keys(API_VERSIONS).join(', '),
    live: 'silently ignored: the containers lose their image, and "spec.template.spec.containers[0].image" is required',
    fix: 'make the pods a part of this app and use Workload.of(), or take the Helm values',
  });
}

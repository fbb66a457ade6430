import { isDeepStrictEqual } from 'node:util';
import type { Manifest } from '../core/patch';
import { VaultCdkError } from '../errors/error';
import type { PodPatch } from './delivery';

/** What a pod is given. */
export interface PodChange {
  /** The service account that it must run as. */
  readonly serviceAccount: string;
  /** The containers that read the secrets, init containers too; undefined: the only one. */
  readonly containers: readonly string[] | undefined;
  /** What the delivery needs. */
  readonly patch: PodPatch;
  /** Where the pod is, for messages. */
  readonly at: string;
}

/** The spec of the pods that an object makes, in whatever kind: Pod, Deployment, CronJob, Rollout ... */
export function podSpecOf(manifest: Manifest): Manifest | undefined {
  const spec = child(manifest, 'spec');
  // Not a part of a `spec` like all the others.
  if (manifest['kind'] === 'PodTemplate') return child(child(manifest, 'template'), 'spec');
  if (!spec) return undefined;
  if (manifest['kind'] === 'Pod') return spec;
  if (manifest['kind'] === 'CronJob')
    return child(child(child(child(spec, 'jobTemplate'), 'spec'), 'template'), 'spec');
  return child(child(spec, 'template'), 'spec');
}

/** The service account that a manifest states for its pods. */
export function statedServiceAccount(manifest: Manifest): string | undefined {
  const spec = podSpecOf(manifest);
  const name = spec?.['serviceAccountName'] ?? spec?.['serviceAccount'];
  return typeof name === 'string' ? name : undefined;
}

/** Gives a pod its service account and what the delivery needs. Doing it twice is doing it once. */
export function changePod(manifest: Manifest, change: PodChange): Manifest {
  const changed = structuredClone(manifest);
  const spec = podSpecOf(changed);
  if (!spec) throw podsOfAnother(manifest, change) ?? noPods(manifest, change);
  const stated = statedServiceAccount(changed);
  if (stated !== undefined && stated !== change.serviceAccount) throw otherAccount(stated, change);
  spec['serviceAccountName'] = change.serviceAccount;
  const { volumes, volumeMounts, env } = change.patch;
  if (volumes.length > 0) spec['volumes'] = merged(list(spec, 'volumes'), volumes, 'name', change);
  if (volumeMounts.length + env.length === 0) return changed;
  for (const container of readers(spec, change)) {
    container['volumeMounts'] = merged(list(container, 'volumeMounts'), volumeMounts, 'mountPath', change);
    if (env.length > 0) container['env'] = merged(list(container, 'env'), env, 'name', change);
  }
  return changed;
}

/** The containers that read the secrets. */
function readers(spec: Manifest, change: PodChange): readonly Manifest[] {
  const containers = list(spec, 'containers');
  const [only, second] = containers;
  if (change.containers === undefined && only && !second) return [only];
  const all = [...containers, ...list(spec, 'initContainers')];
  const missing = change.containers?.find(name => !all.some(c => c['name'] === name));
  if (change.containers !== undefined && change.containers.length > 0 && missing === undefined)
    return all.filter(c => change.containers?.includes(String(c['name'])));
  throw new VaultCdkError({
    code: 'workload/container',
    problem:
      all.length === 0
        ? 'the pod has no container'
        : missing === undefined
          ? 'the pod has several containers, and nothing says which of them read the secrets'
          : 'the pod has no container of this name',
    at: change.at,
    given: missing ?? change.containers,
    allowed: all.map(c => JSON.stringify(c['name'])).join(', ') || 'a pod with at least one container',
    live: 'no such file or directory, in the application',
    fix: 'pass `container` to Workload.of()',
  });
}

/** The list with the additions; an entry that is there already is left, one that is there with other content is refused. */
function merged(
  there: readonly Manifest[],
  additions: readonly Readonly<Record<string, unknown>>[],
  key: string,
  change: PodChange,
): Manifest[] {
  const fresh = additions.filter(addition => {
    const same = there.find(t => t[key] === addition[key]);
    if (same === undefined) return true;
    if (isDeepStrictEqual(same, structuredClone(addition))) return false;
    throw new VaultCdkError({
      code: 'workload/pod-conflict',
      problem: `the pod has another entry with the ${key} that the secrets need`,
      at: change.at,
      given: same[key],
      live: key === 'mountPath' ? 'must be unique' : 'Duplicate value',
      fix: `give the pod's own entry another ${key}`,
    });
  });
  return [...there, ...fresh.map(f => ({ ...f }))];
}

function child(of: Manifest | undefined, key: string): Manifest | undefined {
  const value = of?.[key];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Manifest) : undefined;
}

function list(of: Manifest, key: string): readonly Manifest[] {
  const value = of[key];
  return Array.isArray(value) ? (value as Manifest[]) : [];
}

/** A Rollout of Argo may take its pods from a Deployment that it names. */
function podsOfAnother(manifest: Manifest, change: PodChange): VaultCdkError | undefined {
  const other = child(child(manifest, 'spec'), 'workloadRef');
  if (!other) return undefined;
  const named = `${String(other['kind'])} "${String(other['name'])}"`;
  return new VaultCdkError({
    code: 'workload/pods-of-another',
    problem: `the ${String(manifest['kind'])} takes its pods from the ${named}`,
    at: change.at,
    given: other,
    allowed: 'the object that holds the pod template',
    live: 'silently ignored: the pods of that object would know nothing of the secrets',
    fix: `pass the ${named} to Workload.of()`,
  });
}

function noPods(manifest: Manifest, change: PodChange): VaultCdkError {
  return new VaultCdkError({
    code: 'workload/no-pods',
    problem: 'the object makes no pods',
    at: change.at,
    given: manifest['kind'],
    allowed: 'a Pod, or an object with a pod template: Deployment, StatefulSet, DaemonSet, Job, CronJob, Rollout ...',
    fix: 'pass the object that makes the pods',
  });
}

function otherAccount(stated: string, change: PodChange): VaultCdkError {
  return new VaultCdkError({
    code: 'workload/other-service-account',
    problem: `the pod runs as the service account "${stated}", and its role in Vault is for "${change.serviceAccount}"`,
    at: change.at,
    given: stated,
    allowed: JSON.stringify(change.serviceAccount),
    live: '403 service account name not authorized',
    fix: 'drop the service account of the pod, or pass it as `serviceAccount` to Workload.of()',
  });
}

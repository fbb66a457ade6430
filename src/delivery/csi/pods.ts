import type { Manifest } from '../../core/patch';
import { VaultCdkError } from '../../errors/error';
import type { Problem } from '../../errors/problem';
import type { Consumption, PrintedPods } from '../../workload/delivery';
import { targetText } from '../../workload/target';
import { mountPaths } from './objects';
import type { PodNames } from './patch';

type Names = Pick<PodNames, 'volume' | 'secretProviderClass'>;

/** Refuses pods that the files would not reach, or that contradict what CSI is for. */
export function assertPods(pods: PrintedPods, consumed: readonly Consumption[], names: Names): void {
  const fault =
    windows(pods) ?? injected(pods) ?? mountedTwice(pods, names) ?? subPath(pods, names) ?? callsVault(pods, consumed);
  if (fault) throw new VaultCdkError({ ...fault, at: pods.at });
  for (const consumption of consumed) assertReadable(pods, consumption);
  assertApart(pods, consumed);
}

type Fault = Omit<Problem, 'at'>;

/** The provider runs on Linux nodes only, and Windows has no tmpfs. */
function windows({ spec }: PrintedPods): Fault | undefined {
  const selector = map(spec['nodeSelector']);
  const os = selector['kubernetes.io/os'] ?? selector['beta.kubernetes.io/os'] ?? map(spec['os'])['name'];
  if (os !== 'windows' && !requiresWindows(spec)) return undefined;
  return {
    code: 'csi/windows',
    problem: 'the pods run on Windows nodes, and the Vault CSI provider runs on Linux nodes only',
    given: 'windows',
    allowed: 'pods on Linux nodes, or another delivery',
    live: 'error connecting to provider "vault": provider not found: provider "vault"',
    fix: 'use a delivery that runs elsewhere, such as an operator',
  };
}

function requiresWindows(spec: Manifest): boolean {
  const required = map(map(map(spec['affinity'])['nodeAffinity'])['requiredDuringSchedulingIgnoredDuringExecution']);
  const terms = list(required['nodeSelectorTerms']);
  return (
    terms.length > 0 &&
    terms.every(term =>
      list(term['matchExpressions']).some(
        e =>
          e['key'] === 'kubernetes.io/os' &&
          e['operator'] === 'In' &&
          Array.isArray(e['values']) &&
          e['values'].every(v => v === 'windows'),
      ),
    )
  );
}

function injected({ annotations }: PrintedPods): Fault | undefined {
  const own = Object.entries(annotations).filter(
    ([key, value]) =>
      key.startsWith('vault.hashicorp.com/') && !(key === 'vault.hashicorp.com/agent-inject' && value === 'false'),
  );
  if (own.length === 0) return undefined;
  return {
    code: 'csi/agent-annotations',
    problem: 'the pods are given their secrets by CSI, and are annotated for the Vault Agent Injector',
    given: own.map(([key]) => key),
    allowed: 'pods without annotations of vault.hashicorp.com',
    live: 'silently ignored: an Agent is injected beside the volume, logs in a second time and keeps other leases',
    fix: 'remove the annotations, or use the injector for this workload',
  };
}

/** The driver keeps one status for each pod and SecretProviderClass, and finds the first volume only. */
function mountedTwice({ spec }: PrintedPods, { volume, secretProviderClass }: Names): Fault | undefined {
  const other = list(spec['volumes']).find(
    v => v['name'] !== volume && map(map(v['csi'])['volumeAttributes'])['secretProviderClass'] === secretProviderClass,
  );
  if (!other) return undefined;
  return {
    code: 'csi/mounted-twice',
    problem: `the pods mount the SecretProviderClass "${secretProviderClass}" by a volume of their own, too`,
    given: other['name'],
    allowed: `the volume "${volume}", which is added to them`,
    live: 'secret provider class pod status volume name did not match pod Volume for pod',
    fix: `remove the volume ${JSON.stringify(other['name'])}, and mount "${volume}" where it was mounted`,
  };
}

function subPath({ spec }: PrintedPods, { volume }: Names): Fault | undefined {
  const mount = containersOf(spec)
    .flatMap(c => list(c['volumeMounts']))
    .find(m => m['name'] === volume && (m['subPath'] !== undefined || m['subPathExpr'] !== undefined));
  if (!mount) return undefined;
  return {
    code: 'csi/sub-path',
    problem: 'a part of the secrets volume is mounted by `subPath`, which never sees a new value',
    given: mount,
    allowed: 'the whole volume',
    live: 'silently ignored: the file keeps the value that it had when the container started',
    fix: 'mount the whole volume in a folder of its own, and have the application read from there',
  };
}

/** Names by which applications are told where Vault is, or who they are there. */
const VAULT_VARIABLES = ['VAULT_ADDR', 'VAULT_TOKEN'];

/** With CSI the application knows nothing of Vault; a token in a variable is a secret in a manifest. */
function callsVault(pods: PrintedPods, consumed: readonly Consumption[]): Fault | undefined {
  if (pods.asksVault) return undefined;
  const named = [...new Set(consumed.map(c => c.containers?.join('\0')))];
  const variable = named
    .flatMap(names => pods.containers(names?.split('\0')))
    .flatMap(c => list(c['env']))
    .find(e => VAULT_VARIABLES.includes(String(e['name'])));
  if (!variable) return undefined;
  return {
    code: 'csi/calls-vault',
    problem: `the application is given its secrets by CSI, and ${String(variable['name'])} tells it to ask Vault itself`,
    given: variable['name'],
    allowed: 'an application that reads files and knows nothing of Vault',
    live: 'silently ignored: a second way to the same secrets, with a login that nobody declared',
    fix: `remove ${String(variable['name'])}; or, if the application asks Vault for more, grant that to the workload`,
  };
}

/** Files belong to root and to its group, whatever the pod says: the driver ignores `fsGroup`. */
function assertReadable(pods: PrintedPods, { target, containers }: Consumption): void {
  if (target.kind !== 'file' || target.mode === undefined || (target.mode & 0o004) !== 0) return;
  const { mode } = target;
  for (const container of pods.containers(containers)) {
    const user = userOf(pods.spec, container);
    if (user.root !== false || (user.rootGroup && (mode & 0o040) !== 0)) continue;
    throw new VaultCdkError({
      code: 'csi/unreadable-file',
      problem: `${targetText(target)} belongs to root and is 0${mode.toString(8)}, and the container "${String(container['name'])}" runs as another user`,
      at: pods.at,
      given: user.stated,
      allowed:
        'no `mode`, or 0o444: only the containers that mount the volume see the file; or 0o440 with `runAsGroup: 0`',
      live: 'Permission denied; the driver ignores `fsGroup`',
      fix: 'drop `mode`; where that is forbidden, use a delivery whose files belong to the user of the application',
    });
  }
}

/** Who a container runs as, as far as its pod states it. */
export function userOf(
  spec: Manifest,
  container: Manifest,
): { readonly root: boolean | undefined; readonly rootGroup: boolean; readonly stated: Manifest } {
  const pod = map(spec['securityContext']);
  const own = map(container['securityContext']);
  const of = (key: string): unknown => own[key] ?? pod[key];
  const [runAsUser, runAsNonRoot, runAsGroup] = [of('runAsUser'), of('runAsNonRoot'), of('runAsGroup')];
  const { supplementalGroups, fsGroup } = pod;
  const root = typeof runAsUser === 'number' ? runAsUser === 0 : runAsNonRoot === true ? false : undefined;
  const groups = [runAsGroup, fsGroup, ...(Array.isArray(supplementalGroups) ? (supplementalGroups as unknown[]) : [])];
  const all = { runAsUser, runAsNonRoot, runAsGroup, fsGroup };
  const stated = Object.fromEntries(Object.entries(all).filter(e => e[1] !== undefined));
  return { root, rootGroup: groups.includes(0), stated };
}

/** A mount over or below another one hides it, or cannot be made: the volume is read only. */
function assertApart(pods: PrintedPods, consumed: readonly Consumption[]): void {
  const paths = mountPaths(consumed);
  const named = [...new Set(consumed.map(c => c.containers?.join('\0')))];
  for (const container of new Set(named.flatMap(names => pods.containers(names?.split('\0'))))) {
    for (const mount of list(container['volumeMounts'])) {
      const other = String(mount['mountPath']).replace(/\/+$/, '');
      const path = paths.find(p => p.startsWith(`${other}/`) || other.startsWith(`${p}/`));
      if (path === undefined) continue;
      throw new VaultCdkError({
        code: 'csi/overlapping-mounts',
        problem: `the container "${String(container['name'])}" mounts "${other}", and the secrets at "${path}"`,
        at: pods.at,
        given: [other, path],
        allowed: 'folders of which none lies in another',
        live: 'read-only file system, when the container is created; or silently ignored: one hides the other',
        fix: 'read the secrets from a folder of their own',
      });
    }
  }
}

function containersOf(spec: Manifest): readonly Manifest[] {
  return [...list(spec['containers']), ...list(spec['initContainers'])];
}

function map(value: unknown): Manifest {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Manifest) : {};
}

function list(value: unknown): readonly Manifest[] {
  return Array.isArray(value) ? (value as Manifest[]) : [];
}

import { engineOf } from '../access/chain';
import { isKnown } from '../access/documents';
import type { SecretUseFact } from '../access/manifest-facts';
import type { DeliveryFact, EngineFact, PodsFact, SyncedFact } from '../access/model';
import { podsName, quoted, vaultPods } from './csi';
import type { Judged, Rule, Violation } from './rule';

/** Pods with secrets that run as the account which every pod of the namespace has. */
export const defaultAccount: Rule = {
  id: 'VC105',
  title: 'pods with secrets from Vault run as the service account "default"',
  why: 'every pod of the namespace that states no account has it, and so would have the same secrets',
  fix: 'give the pods a service account of their own, and bind the role to it',
  severity: 'error',
  live: '403 service account name not authorized, or silently ignored where a role binds "default"',
  check: judged =>
    vaultPods(judged)
      .filter(([pods]) => pods.serviceAccount === 'default')
      .map(([pods]) => ({
        message: `${podsName(pods)} mounts secrets from Vault and runs as ${pods.namespace}/default`,
        origin: pods.accountOrigin,
      })),
};

/** A variable from a Secret that is there only while somebody mounts its volume. */
export const syncedNotMounted: Rule = {
  id: 'VC660',
  title: 'a container reads a synced Secret, and its pods do not mount the CSI volume',
  why: 'the driver makes the Secret when a pod mounts the volume, and deletes it with the last of them',
  fix: 'mount the volume of that SecretProviderClass in the same pods, or read a Secret that is there by itself',
  severity: 'error',
  live: 'CreateContainerConfigError: secret "..." not found',
  check: judged =>
    syncedUses(judged).flatMap(({ pods, use, delivery }): readonly Violation[] => {
      if (use.optional || pods.mounts.some(m => m.delivery === delivery.name)) return [];
      const message = `${podsName(pods)} reads the Secret ${JSON.stringify(use.name)}, and does not mount SecretProviderClass "${delivery.name}", which fills it`;
      return [
        {
          message,
          origin: use.origin,
          live: `CreateContainerConfigError: secret ${JSON.stringify(use.name)} not found`,
        },
      ];
    }),
};

/** A variable from a key that nobody fills. */
export const syncedKeyMissing: Rule = {
  id: 'VC661',
  title: 'a container reads a key that the synced Secret does not have',
  why: 'the container is never started',
  fix: 'name a key of secretObjects, or add it there',
  severity: 'error',
  live: "couldn't find key name in Secret namespace/name",
  check: judged =>
    syncedUses(judged).flatMap(({ pods, use, delivery, synced }): readonly Violation[] => {
      const keys = synced.data.map(d => d.key);
      if (use.optional || use.key === undefined || keys.includes(use.key)) return [];
      const message = `${podsName(pods)} reads the key ${JSON.stringify(use.key)} of the Secret ${JSON.stringify(use.name)}, which SecretProviderClass "${delivery.name}" fills with ${quoted(keys) || 'nothing'}`;
      return [
        { message, origin: use.origin, live: `couldn't find key ${use.key} in Secret ${pods.namespace}/${use.name}` },
      ];
    }),
};

/** One pair of credentials, taken from two leases. */
export const credentialSplit: Rule = {
  id: 'VC662',
  title: 'one dynamic credential is split over two SecretProviderClasses',
  why: 'each makes a lease of its own, so user name and password do not belong together',
  fix: 'take all of its fields from one SecretProviderClass',
  severity: 'error',
  live: 'silently ignored: the database answers password authentication failed',
  check: judged =>
    vaultPods(judged).flatMap(([pods, mounted]) => {
      const reads = mounted.flatMap(m => dynamicReads(m.delivery, judged.chain.enginesFor(m.delivery)));
      return [...new Set(reads.map(r => r.path))].flatMap((path): readonly Violation[] => {
        const same = reads.filter(r => r.path === path);
        const all = new Set(same.flatMap(r => r.keys));
        const names = [...new Set(same.map(r => r.delivery.name))];
        if (names.length < 2 || same.every(r => all.size === new Set(r.keys).size)) return [];
        const message = `${podsName(pods)} takes ${quoted([...all].sort())} of "${path}" from the SecretProviderClasses ${quoted(names)}`;
        return [{ message, origin: pods.origin }];
      });
    }),
};

interface DynamicRead {
  readonly delivery: DeliveryFact;
  readonly path: string;
  readonly keys: readonly string[];
}

/** The fields of each credential that is made when it is read. A path of a KV engine makes none, whatever its name. */
function dynamicReads(delivery: DeliveryFact, engines: readonly EngineFact[]): readonly DynamicRead[] {
  const objects = isKnown(delivery.objects) ? delivery.objects : [];
  const paths = [...new Set(objects.map(o => o.path))].filter(path => {
    const type = engineOf(path, engines)?.type;
    return /^[^/].*\/creds\/[^/]+$/.test(path) && !path.includes('/data/') && !/^kv|^generic$/.test(type ?? '');
  });
  return paths.map(path => ({
    delivery,
    path,
    keys: [...new Set(objects.filter(o => o.path === path && o.key !== '').map(o => o.key))],
  }));
}

/** Two ways of delivery in one pod. */
export const injectedToo: Rule = {
  id: 'VC663',
  title: 'pods with a CSI volume also ask for the Vault Agent Injector',
  why: 'the agent logs in beside the driver, with a second token, and the pod waits for both',
  fix: 'drop the vault.hashicorp.com annotations, or the volume',
  severity: 'warning',
  check: judged =>
    vaultPods(judged).flatMap(([pods]) => {
      const asked = Object.keys(pods.annotations)
        .filter(a => a.startsWith('vault.hashicorp.com/'))
        .sort();
      const refused = String(pods.annotations['vault.hashicorp.com/agent-inject']) === 'false';
      return asked.length === 0 || refused
        ? []
        : [
            {
              message: `${podsName(pods)} has a CSI volume and the annotations ${asked.join(', ')}`,
              origin: pods.origin,
            },
          ];
    }),
};

/** A way to Vault that the pod does not need. */
export const vaultVariables: Rule = {
  id: 'VC664',
  title: 'a container with secrets from a CSI volume is given a way to Vault itself',
  why: 'the driver reads Vault for it; a token in a variable does not rotate, and is shown by kubectl describe',
  fix: 'drop the variable, and read the file',
  severity: 'warning',
  check: judged =>
    vaultPods(judged).flatMap(([pods]) =>
      pods.containers.flatMap(c =>
        c.env
          .filter(e => e.name === 'VAULT_TOKEN' || e.name === 'VAULT_ADDR')
          .map(e => ({
            message: `${podsName(pods)} sets ${e.name} in container ${JSON.stringify(c.name)}, beside a CSI volume`,
            origin: e.origin,
          })),
      ),
    ),
};

/** An image that is another one tomorrow. */
export const imageMoves: Rule = {
  id: 'VC665',
  title: 'a container with secrets runs an image whose tag moves',
  why: 'whoever pushes to that tag reads the secrets with the next start of the pod',
  fix: 'name a version, or a digest',
  severity: 'warning',
  check: judged =>
    vaultPods(judged).flatMap(([pods, mounted]) =>
      pods.containers
        .filter(c => c.mounts.some(m => mounted.some(({ volume }) => volume.name === m.volume)))
        .filter(c => c.image !== undefined && moves(c.image))
        .map(c => ({
          message: `${podsName(pods)} runs the image ${JSON.stringify(c.image)} in container ${JSON.stringify(c.name)}`,
          origin: c.origin,
        })),
    ),
};

/** No tag stands for `latest`; a colon before the last slash is that of a port. */
function moves(image: string): boolean {
  if (image === '' || image.includes('@')) return false;
  const [, tag] = /:([^:/]+)$/.exec(image) ?? [];
  return tag === undefined || tag === 'latest';
}

interface SyncedUse {
  readonly pods: PodsFact;
  readonly use: SecretUseFact;
  readonly delivery: DeliveryFact;
  readonly synced: SyncedFact;
}

/** Every use of a Secret that only a SecretProviderClass makes. */
function syncedUses({ chain }: Judged): readonly SyncedUse[] {
  const { pods: all, deliveries, secrets } = chain.model;
  const printed = new Set(secrets.map(s => keyOf(s, s.name)));
  const fillers = new Map<string, { readonly delivery: DeliveryFact; readonly synced: SyncedFact }[]>();
  for (const delivery of deliveries)
    for (const synced of delivery.synced) {
      const key = keyOf(delivery, synced.name);
      fillers.set(key, [...(fillers.get(key) ?? []), { delivery, synced }]);
    }
  return all.flatMap(pods =>
    pods.containers
      .flatMap(c => c.secrets)
      .flatMap((use): readonly SyncedUse[] => {
        const key = keyOf(pods, use.name);
        const [first, ...others] = printed.has(key) ? [] : (fillers.get(key) ?? []);
        if (!first) return [];
        // Filled by two, of which one is mounted: that it is filled by two is said elsewhere.
        const mounted = [first, ...others].find(f => pods.mounts.some(m => m.delivery === f.delivery.name));
        return [{ pods, use, ...(mounted ?? first) }];
      }),
  );
}

function keyOf({ cluster, namespace }: { readonly cluster: string; readonly namespace: string }, name: string): string {
  return [cluster, namespace, name].join('\0');
}

import { sortedBy } from '../core/sorted';
import { isReadable } from '../policy/document';
import { type Chain, identitiesOf, type Identity, identityText } from './chain';
import { isKnown } from './documents';
import type { DeliveryFact, PodsFact, RoleFact } from './model';

/** What stands on the way of a secret. */
export type GraphKind =
  'pods' | 'serviceAccount' | 'role' | 'policy' | 'path' | 'secretProviderClass' | 'file' | 'kubernetesSecret';

/** One thing on the way. */
export interface GraphNode {
  /** A word for it, as long as other things have other names. */
  readonly id: string;
  readonly kind: GraphKind;
  /** What it is called. */
  readonly label: string;
  /** Where it is: a namespace of a cluster, or a Vault. */
  readonly place: string;
}

/** One step from one thing to the next. */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  /** What the step is. */
  readonly label: string;
  /** Whether it may be done, as far as that is known. */
  readonly outcome: 'allowed' | 'denied' | 'unknown';
}

/** The way of secrets from Vault into applications. */
export interface AccessGraph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/**
 * The way of each secret, from the service account that logs in to the file that the application reads.
 *
 * @param only - one workload, as `namespace/service account`; all by default
 */
export function accessGraph(chain: Chain, only?: string): AccessGraph {
  const graph = new GraphBuilder(chain);
  const wanted = (identity: Identity): boolean => only === undefined || identityText(identity) === only;
  const mounted = new Set<DeliveryFact>();
  for (const pods of chain.model.pods)
    for (const { delivery: name, path } of pods.mounts) {
      const delivery = chain.deliveryOf(pods, name);
      if (!delivery) continue;
      mounted.add(delivery);
      if (wanted(pods)) graph.addPods(pods, delivery, path);
    }
  for (const role of chain.model.roles) {
    const own = chain.model.deliveries.filter(d => isOf(chain, d, role));
    for (const identity of identitiesOf(role)) {
      const { namespace, serviceAccount } = identity;
      if (!wanted(identity)) continue;
      const there = own.filter(d => d.namespace === namespace);
      // Pods that are described elsewhere: their SecretProviderClass is printed, and no pod mounts it.
      for (const d of there.filter(t => !mounted.has(t))) graph.addDelivery({ ...identity, cluster: d.cluster }, d);
      const drawn = chain.model.pods.some(p => p.namespace === namespace && p.serviceAccount === serviceAccount);
      if (there.length === 0 && !drawn) graph.addLogin({ ...identity, cluster: '' }, role, undefined);
    }
  }
  return graph.sorted();
}

function isOf(chain: Chain, delivery: DeliveryFact, role: RoleFact): boolean {
  const link = chain.roleOf(delivery);
  return 'found' in link && link.found === role;
}

/** What a delivery writes, by the ids of what is drawn. */
interface Written {
  readonly files: readonly string[];
  readonly secrets: readonly (readonly [name: string, id: string])[];
}

interface Located extends Identity {
  readonly cluster: string;
}

/** Collects what stands on the way; adding a thing twice is adding it once. */
class GraphBuilder {
  private readonly chain: Chain;
  private readonly nodes = new Map<string, Omit<GraphNode, 'id'>>();
  private readonly edges = new Map<string, GraphEdge>();

  constructor(chain: Chain) {
    this.chain = chain;
  }

  /** Pods, the account that they run as, and what they mount. */
  addPods(pods: PodsFact, delivery: DeliveryFact, mountPath: string | undefined): void {
    const place = placeOf(pods);
    const node = this.node('pods', place, `${pods.kind} ${pods.name}`);
    const account = this.node('serviceAccount', place, pods.serviceAccount);
    this.edge(node, account, 'runs as');
    const { files, secrets } = this.addDelivery(pods, delivery, mountPath);
    for (const file of mountPath === undefined ? [] : files) this.edge(file, node, 'read by');
    const used = new Set(pods.containers.flatMap(c => c.secrets.map(s => s.name)));
    for (const [name, secret] of secrets) if (used.has(name)) this.edge(secret, node, 'variables of');
  }

  /** Who logs in, what is read with that, and where it is written to. */
  addDelivery(who: Located, delivery: DeliveryFact, mountPath = '(volume)'): Written {
    const place = placeOf(delivery);
    const link = this.chain.roleOf(delivery);
    const role = 'found' in link ? link.found : undefined;
    const vault = vaultOf(this.chain.stackOf(delivery));
    if (role) this.addLogin(who, role, delivery.audience);
    else {
      const login = this.node('role', vault, `${delivery.role} on auth/${delivery.mount}`);
      const account = this.node('serviceAccount', placeOf(who), who.serviceAccount);
      this.edge(
        account,
        login,
        'missing' in link ? 'logs in: there is no such role' : 'logs in',
        'missing' in link ? 'denied' : 'unknown',
      );
    }
    const spc = this.node('secretProviderClass', place, delivery.name);
    const files = new Map<string, string>();
    for (const { path, operation, key, file } of isKnown(delivery.reads) ? delivery.reads : []) {
      const outcome = role ? this.chain.aclOf(role).decide(operation, path).outcome : 'unknown';
      const from = this.node('path', vault, path);
      this.edge(from, spc, outcome === 'denied' ? 'refused to' : 'fetched for', outcome);
      const to = this.node('file', place, `${mountPath}/${file}`, delivery.name);
      this.edge(spc, to, key === undefined ? 'writes all of it to' : `writes ${key} to`);
      files.set(file, to);
    }
    const secrets = delivery.synced.map(({ name, data }) => {
      const secret = this.node('kubernetesSecret', place, name);
      for (const { key, file } of data) {
        const from = files.get(file);
        if (from !== undefined) this.edge(from, secret, `copied into etcd as ${key}`);
      }
      return [name, secret] as const;
    });
    return { files: [...files.values()], secrets };
  }

  /** An account, its role, the policies of that and the paths of those. */
  addLogin(who: Located, role: RoleFact, audience: string | undefined): void {
    const text = (value: RoleFact['name']): string => (isKnown(value) ? value : `(${value.unknown})`);
    const vault = vaultOf(role.stack);
    const account = this.node('serviceAccount', placeOf(who), who.serviceAccount);
    const node = this.node('role', vault, `${text(role.name)} on auth/${text(role.mount)}`);
    const admitted = this.chain.admits(role, who);
    const words = audience === undefined ? 'logs in' : `logs in, for ${audience}`;
    this.edge(account, node, words, admitted === undefined ? 'unknown' : admitted ? 'allowed' : 'denied');
    for (const policy of this.chain.policiesOf(role)) {
      const to = this.node('policy', vault, policy.name);
      this.edge(
        node,
        to,
        isReadable(policy) ? 'carries' : 'carries, text not known',
        isReadable(policy) ? 'allowed' : 'unknown',
      );
      for (const { path, capabilities } of isReadable(policy) ? policy.rules : []) {
        const denies = capabilities.includes('deny');
        this.edge(
          to,
          this.node('path', vault, path),
          denies ? 'deny' : capabilities.join(', '),
          denies ? 'denied' : 'allowed',
        );
      }
    }
  }

  /** In one order, whatever was added first. */
  sorted(): AccessGraph {
    const ids = idsOf([...this.nodes.keys()].sort());
    const id = (key: string): string => ids.get(key) ?? '';
    const nodes = [...this.nodes].map(([key, node]) => ({ id: id(key), ...node }));
    const edges = [...this.edges.values()].map(e => ({ ...e, from: id(e.from), to: id(e.to) }));
    return {
      nodes: sortedBy(nodes, n => [n.place, n.kind, n.label, n.id].join('\0')),
      edges: sortedBy(edges, e => [e.from, e.to, e.label].join('\0')),
    };
  }

  private node(kind: GraphKind, place: string, label: string, within = ''): string {
    const key = [kind, place, within, label].join('\0');
    this.nodes.set(key, { kind, label, place });
    return key;
  }

  private edge(from: string, to: string, label: string, outcome: GraphEdge['outcome'] = 'allowed'): void {
    this.edges.set([from, to, label].join('\0'), { from, to, label, outcome });
  }
}

/** A word that can be read for each of the keys, and another one for each. */
function idsOf(keys: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Set<string>();
  return new Map(
    keys.map(key => {
      const word = key.replace(/[^A-Za-z0-9]+/g, '_');
      let id = word;
      for (let i = 2; taken.has(id); i++) id = `${word}_${i}`;
      taken.add(id);
      return [key, id];
    }),
  );
}

function placeOf({ cluster, namespace }: { readonly cluster: string; readonly namespace: string }): string {
  const where = namespace === '*' ? 'any namespace' : `namespace ${namespace}`;
  return cluster === '' ? where : `${where} of ${cluster}`;
}

function vaultOf(stack: string | undefined): string {
  return stack === undefined ? 'a Vault that is not known' : `Vault ${stack}`;
}

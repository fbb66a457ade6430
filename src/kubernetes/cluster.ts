import { ApiObject, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { at, rememberLine } from '../core/at';
import { dnsLabel } from '../core/names';
import { VaultCdkError } from '../errors/error';

const MARK = Symbol.for('vault-cdk.KubernetesCluster');
const CLUSTER = Symbol.for('vault-cdk.clusterOfChart');

/** The API server of a cluster that Vault reaches from outside. */
export interface ApiServer {
  /** Address as Vault reaches it, e.g. `https://prod.example.com:6443`. */
  readonly url: string;
  /** The CA that signed its certificate, as PEM text. */
  readonly ca: string;
  /**
   * The audience that it asks of tokens for itself (`--api-audiences`).
   * @default 'https://kubernetes.default.svc'
   */
  readonly audience?: string;
}

/** What is stated of a cluster. */
export interface KubernetesClusterProps {
  /**
   * Its API server, where Vault runs elsewhere.
   * @default - Vault runs in this cluster
   */
  readonly apiServer?: ApiServer;
}

/**
 * One Kubernetes cluster: its manifests lie in one folder, and hold nothing of another.
 *
 * @example
 * ```ts
 * const prod = new KubernetesCluster(app, 'prod');
 * const shop = new Chart(app, 'shop', { namespace: prod.namespace('shop') });
 * prod.includes(shop);
 * ```
 */
export class KubernetesCluster extends Construct {
  /** Whether something is a KubernetesCluster; works across copies of the package. */
  static isKubernetesCluster(x: unknown): x is KubernetesCluster {
    return typeof x === 'object' && x !== null && MARK in x;
  }

  /** The cluster that a chart belongs to, if any: the one it lies under, or the one that includes it or a chart above it. */
  static of(chart: Chart): KubernetesCluster | undefined {
    const above = chart.node.scopes.find(KubernetesCluster.isKubernetesCluster);
    return above ?? chart.node.scopes.map(s => (s as { [CLUSTER]?: KubernetesCluster })[CLUSTER]).findLast(c => c);
  }

  /** Name of the cluster: the construct id. */
  readonly name: string;
  /** Its API server, where Vault runs elsewhere. */
  readonly apiServer: ApiServer | undefined;

  constructor(scope: Construct, id: string, props: KubernetesClusterProps = {}) {
    super(scope, id);
    Object.defineProperty(this, MARK, { value: true });
    rememberLine(this);
    this.name = dnsLabel(id, { what: 'the name of the cluster', at: at(this) });
    this.apiServer = props.apiServer;
  }

  /** Says that a chart of yours is of this cluster. The chart stays where it is in the tree, since its names depend on it. */
  includes(chart: Chart): void {
    const other = KubernetesCluster.of(chart);
    if (other === this) return;
    if (other) {
      throw new VaultCdkError({
        code: 'cluster/chart-taken',
        problem: 'a chart belongs to two clusters',
        at: at(chart),
        given: [other.name, this.name],
        allowed: 'one cluster for each chart',
        fix: 'make one chart for each cluster, e.g. by a function that takes the cluster',
      });
    }
    Object.defineProperty(chart, CLUSTER, { value: this });
  }

  /**
   * Prints a namespace with the cluster's platform manifests.
   * @returns its name
   */
  namespace(name: string): string {
    dnsLabel(name, { what: 'the namespace', at: at(this) });
    const chart = this.platform;
    const id = `namespace-${name}`;
    if (!chart.node.tryFindChild(id))
      new ApiObject(chart, id, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    return name;
  }

  /**
   * A namespace that something else makes. Prints nothing; that it is there is taken for granted.
   * @returns its name
   */
  existingNamespace(name: string): string {
    return dnsLabel(name, { what: 'the namespace', at: at(this) });
  }

  /** Manifests that have to be there before Terraform runs and workloads start: namespaces, RBAC, add-ons. */
  get platform(): Chart {
    return (this.node.tryFindChild('platform') as Chart | undefined) ?? new Chart(this, 'platform');
  }

  /** Manifests of ours for pods that are described elsewhere, one chart for each namespace. */
  chartFor(namespace: string): Chart {
    const id = `${namespace}-vault`;
    return (this.node.tryFindChild(id) as Chart | undefined) ?? new Chart(this, id, { namespace });
  }
}

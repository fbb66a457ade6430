import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { VaultServer } from '../vault/server';
import type { Ca } from './ca';
import type { KubernetesCluster } from './cluster';
import type { Reviewer, ServiceAccountName } from './reviewer';

const MARK = Symbol.for('vault-cdk.authMount');

/** Marks ways of delivery, so that nothing else passes for one. */
export const DELIVERY: unique symbol = Symbol.for('vault-cdk.delivery');

/** A way of delivery as this room knows it; what it does, `workload/` says. */
export interface DefaultDelivery {
  /** Short name, as in messages and reports. */
  readonly name: string;
  /** Only ways of delivery carry it. */
  readonly [DELIVERY]: true;
}

/** How the service accounts of one cluster log in to one Vault, whether or not this app made the mount. */
export interface IKubernetesAuth extends Construct {
  /** The Vault that the mount is in. */
  readonly server: VaultServer;
  /** The cluster whose service accounts log in. */
  readonly cluster: KubernetesCluster;
  /** Path as text, without `auth/`: for manifests, which cannot hold a Terraform reference. */
  readonly path: string;
  /** Path for Terraform: a reference where the mount is ours, so that the order of creation follows from it. */
  readonly backend: string;
  /** The path that it had before, where it was renamed. */
  readonly renamedFrom: string | undefined;
  /** Whom the tokens are for. */
  readonly audience: string;
  /** How pods reach Vault. */
  readonly vault: { readonly address: string; readonly ca: Ca };
  /** Who reviews the tokens. */
  readonly reviewer: Reviewer;
  /** How secrets travel to workloads that do not say otherwise. */
  readonly delivery: DefaultDelivery | undefined;
}

/** The path of a mount as a part of a name. */
export function flatPath(path: string): string {
  return path.replaceAll('/', '-').toLowerCase();
}

/** Marks an auth mount, ours or not. */
export function markAuthMount(auth: IKubernetesAuth): void {
  Object.defineProperty(auth, MARK, { value: true });
}

/** Whether something is a Kubernetes auth mount, ours or not; works across copies of the package. */
export function isAuthMount(x: unknown): x is IKubernetesAuth {
  return typeof x === 'object' && x !== null && MARK in x;
}

/** Lets an account ask the API server whether a token is good. Calling it twice for one account is calling it once. */
export function bindReviewer({ server, cluster, path }: IKubernetesAuth, account: ServiceAccountName): void {
  // Names of RBAC objects may hold a colon, namespaces and accounts may not: no two accounts share a binding.
  const name = `${server.node.id}:${path.replaceAll('/', ':')}:reviewer:${account.namespace}:${account.name}`;
  if (cluster.platform.node.tryFindChild(name)) return;
  new ApiObject(cluster.platform, name, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:auth-delegator' },
    subjects: [{ kind: 'ServiceAccount', name: account.name, namespace: account.namespace }],
  });
}

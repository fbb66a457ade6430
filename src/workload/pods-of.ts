import { ApiObject, type Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { at } from '../core/at';
import type { Manifest } from '../core/patch';
import { VaultCdkError } from '../errors/error';
import { KubernetesCluster } from '../kubernetes/cluster';
import { statedServiceAccount } from './pod';

/** The object that makes the pods of a construct: a raw object itself, or the one that a cdk8s-plus workload prints. */
export function podObject(pods: IConstruct): ApiObject {
  if (ApiObject.isApiObject(pods)) return pods;
  const resource = pods.node.defaultChild;
  if (ApiObject.isApiObject(resource)) return resource;
  throw new VaultCdkError({
    code: 'workload/no-pods',
    problem: 'the construct prints no Kubernetes object of its own',
    at: at(pods),
    allowed: 'a cdk8s-plus workload, or an ApiObject with a pod template',
    fix: 'pass the construct that makes the pods',
  });
}

/** Refuses a chart that is not of the cluster whose service accounts the auth mount trusts. */
export function assertCluster(chart: Chart, trusted: KubernetesCluster, here: string): void {
  const cluster = KubernetesCluster.of(chart);
  if (cluster === trusted) return;
  throw new VaultCdkError({
    code: 'workload/other-cluster',
    problem: cluster
      ? 'the pods are in another cluster than the one that the auth mount trusts'
      : 'the chart of the pods belongs to no cluster',
    at: here,
    given: cluster?.name,
    allowed: JSON.stringify(trusted.name),
    live: '403 permission denied',
    fix: cluster
      ? 'use the auth mount of that cluster'
      : `say where it runs: cluster.includes(chart), for the cluster "${trusted.name}"`,
  });
}

/** The namespace that an object is printed with: its own, else its chart's. */
export function namespaceOf(object: ApiObject): string {
  const namespace = object.metadata.namespace;
  if (namespace !== undefined) return namespace;
  throw new VaultCdkError({
    code: 'workload/no-namespace',
    problem: 'neither the object nor its chart says in which namespace the pods run',
    at: at(object),
    allowed: 'a namespace on the chart, or on the object',
    live: '403 namespace not authorized, wherever it is applied by mistake',
    fix: "pass `namespace` to the chart, e.g. new Chart(app, 'shop', { namespace: 'shop' })",
  });
}

/** The service account that pods state: a cdk8s-plus workload by its property, a raw object in its manifest. */
export function accountOf(pods: IConstruct, object: ApiObject): string | undefined {
  if ('serviceAccount' in pods) return (pods.serviceAccount as { readonly name?: string } | undefined)?.name;
  return pods === object ? statedServiceAccount(object.toJson() as Manifest) : undefined;
}

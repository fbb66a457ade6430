import type { IConstruct } from 'constructs';
import { manifestsYaml } from '../core/text';
import { Workload } from '../workload/workload';

/**
 * What pods that are described elsewhere need, one folder for each workload: a component of Kustomize, and values of Helm.
 * A folder, since Kustomize takes files only from below its own, but components from anywhere.
 */
export function podFiles(constructs: readonly IConstruct[]): ReadonlyMap<string, string> {
  const workloads = constructs.filter(Workload.isWorkload).filter(w => !w.hasPods);
  return new Map(
    workloads.flatMap(w => {
      const folder = [w.auth.cluster.name, w.namespace, w.serviceAccount, w.server.node.id].join('/');
      return [
        [`${folder}/kustomization.yaml`, manifestsYaml([component(w)])],
        [`${folder}/values.yaml`, manifestsYaml([w.helmValues()])],
      ] as const;
    }),
  );
}

/** The patch stands in it as a text, so that nothing that reads manifests takes it for one. */
function component(workload: Workload): Record<string, unknown> {
  return {
    apiVersion: 'kustomize.config.k8s.io/v1alpha1',
    kind: 'Component',
    patches: [{ patch: manifestsYaml([workload.kustomizePatch()]) }],
  };
}

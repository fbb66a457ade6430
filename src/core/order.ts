import { ApiObject, type Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { VaultCdkError } from '../errors/error';

/**
 * The objects of a chart in the order of their dependencies, otherwise in the order of the tree. A dependency of one
 * construct on another is one of all its objects. Linear; cdk8s's own graph is exponential in its depth.
 */
export function objectsInOrder(chart: Chart): readonly ApiObject[] {
  const tree = chart.node.findAll();
  const objectsUnder = (c: IConstruct): readonly ApiObject[] =>
    c.node
      .findAll()
      .filter(ApiObject.isApiObject)
      .filter(o => o.chart === chart);
  const needs = new Map<ApiObject, ApiObject[]>();
  for (const source of tree)
    for (const target of source.node.dependencies)
      for (const object of objectsUnder(source))
        needs.set(object, [...(needs.get(object) ?? []), ...objectsUnder(target)]);
  const objects = tree.filter(ApiObject.isApiObject).filter(o => o.chart === chart);
  return needs.size === 0 ? objects : sorted(objects, needs);
}

function sorted(
  objects: readonly ApiObject[],
  needs: ReadonlyMap<ApiObject, readonly ApiObject[]>,
): readonly ApiObject[] {
  const done = new Set<ApiObject>();
  const visit = (object: ApiObject, trail: readonly ApiObject[]): void => {
    if (done.has(object)) return;
    if (trail.includes(object)) throw cycle([...trail.slice(trail.indexOf(object)), object]);
    needs.get(object)?.forEach(n => n === object || visit(n, [...trail, object]));
    done.add(object);
  };
  objects.forEach(o => visit(o, []));
  return [...done];
}

function cycle(objects: readonly ApiObject[]): VaultCdkError {
  return new VaultCdkError({
    code: 'kubernetes/dependency-cycle',
    problem: 'manifests depend on each other in a circle',
    at: objects[0]?.node.path ?? '',
    given: objects.map(o => o.node.path),
    fix: 'remove one of these dependencies',
  });
}

import type { Manifest } from './patch';
import { yamlText } from './yaml-text';

/** JSON with sorted keys: the same bytes whatever order the tree was built in. */
export function stableJson(value: unknown): string {
  return `${JSON.stringify(sorted(value), null, 2)}\n`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([k, v]) => [k, sorted(v)]),
  );
}

/** Manifests as one YAML file, as cdk8s writes it. */
export function manifestsYaml(manifests: readonly Manifest[]): string {
  return manifests.map(yamlText).join('---\n');
}

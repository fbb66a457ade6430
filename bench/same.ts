// Before anything is timed: do all variants print the same objects?
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parseAllDocuments } from 'yaml';

/** Throws where two folders of output do not hold the same manifests and the same Terraform blocks, in whatever order. */
export function assertSame(one: string, other: string): number {
  const [a, b] = [printed(one), printed(other)];
  for (const name of new Set([...a.keys(), ...b.keys()])) {
    const [left, right] = [a.get(name), b.get(name)];
    if (isDeepStrictEqual(left, right)) continue;
    const shown = (value: unknown): string => JSON.stringify(value, null, 2);
    throw new Error(
      `${name} differs; let bench/objects.ts say what the library prints:\n${one}: ${shown(left)}\n${other}: ${shown(right)}`,
    );
  }
  return a.size;
}

/** Each manifest and each block, by what names it; without comments, and without the backend. */
function printed(folder: string): ReadonlyMap<string, unknown> {
  const objects = new Map<string, unknown>();
  const add = (name: string, value: unknown): void => {
    if (objects.has(name)) throw new Error(`${folder} prints ${name} twice`);
    objects.set(name, value);
  };
  for (const file of files(folder, '.k8s.yaml'))
    for (const document of parseAllDocuments(readFileSync(file, 'utf8'), { version: '1.1' })) {
      const value = document.toJS() as { kind: string; metadata: { name: string; namespace?: string } };
      add(`${value.kind} ${value.metadata.namespace ?? '-'}/${value.metadata.name}`, value);
    }
  for (const file of files(folder, 'cdk.tf.json')) {
    const config = withoutComments(JSON.parse(readFileSync(file, 'utf8'))) as Record<string, Record<string, object>>;
    delete config['terraform']?.['backend'];
    for (const [type, named] of Object.entries(config['resource'] ?? {}))
      for (const [name, value] of Object.entries(named)) add(`${type}.${name}`, value);
    add('terraform', { ...config, resource: undefined });
  }
  return objects;
}

function files(folder: string, suffix: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(f => f.endsWith(suffix))
    .map(f => join(folder, f));
}

function withoutComments(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutComments);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== '//')
      .map(([key, inner]) => [key, withoutComments(inner)]),
  );
}

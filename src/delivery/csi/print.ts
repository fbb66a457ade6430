import { sortedBy } from '../../core/sorted';
import type { Operation } from '../../policy/evaluator';
import type { Consumption } from '../../workload/delivery';
import { type CsiObject, namedObjects, secretKeyOf } from './objects';

/** Permission of files that state none: they belong to root, so whoever else runs in the container is among the others. */
export const DEFAULT_MODE = 0o444;

/**
 * The parameter `objects`: YAML in a text. Every text is quoted, so none turns into a number; permission bits are octal,
 * since a decimal would be taken as one.
 */
export function objectsYaml(objects: readonly CsiObject[]): string {
  return objects
    .map(o => objectLines(o).join('\n'))
    .join('\n')
    .concat('\n');
}

function objectLines({ objectName, consumption: { field, target } }: CsiObject): readonly string[] {
  const { request } = field.secret;
  const file = target.kind === 'file' ? target : undefined;
  const query = Object.entries(request.query ?? {}).map(([k, v]) => `${k}=${encodeURIComponent(v)}`);
  const method = methodOf(request.operation);
  return [
    `- objectName: ${JSON.stringify(objectName)}`,
    `  secretPath: ${JSON.stringify([request.path, ...(query.length > 0 ? [query.join('&')] : [])].join('?'))}`,
    ...(field.whole ? [] : [`  secretKey: ${JSON.stringify(field.key)}`]),
    ...(method === undefined || method === 'GET' ? [] : [`  method: ${JSON.stringify(method)}`]),
    ...(request.body === undefined ? [] : [`  secretArgs: ${JSON.stringify(request.body)}`]),
    `  filePermission: 0${(file?.mode ?? DEFAULT_MODE).toString(8)}`,
    ...(file?.encoding === undefined || file.encoding === 'utf-8'
      ? []
      : [`  encoding: ${JSON.stringify(file.encoding)}`]),
  ];
}

/** The HTTP method of a request whose answer is delivered; the provider passes it on as it is written. */
export function methodOf(operation: Operation): string | undefined {
  if (operation === 'read') return 'GET';
  if (operation === 'list') return 'LIST';
  return operation === 'create' || operation === 'update' ? 'PUT' : undefined;
}

/** One Kubernetes Secret for each name, in the order of the consumptions; nothing where none is asked for. */
export function secretObjects(all: readonly Consumption[], envSecret: string): object | undefined {
  const keys = namedObjects(all, envSecret)
    .filter(o => o.consumption.target.kind !== 'file')
    .map(({ objectName, consumption }) => ({ objectName, ...secretKeyOf(consumption, envSecret) }));
  const names = [...new Set(keys.map(k => k.secretName))];
  if (names.length === 0) return undefined;
  return names.map(secretName => {
    const own = keys.filter((k, i) => k.secretName === secretName && keys.findIndex(o => isSameKey(o, k)) === i);
    return {
      secretName,
      type: own[0]?.type,
      ...metadataOf(secretName, all),
      data: own.map(({ objectName, key }) => ({ objectName, key })),
    };
  });
}

function isSameKey(a: SecretKey, b: SecretKey): boolean {
  return a.secretName === b.secretName && a.key === b.key;
}

type SecretKey = ReturnType<typeof secretKeyOf>;

/** Labels and annotations of a Secret, from all that goes into it. */
function metadataOf(secretName: string, all: readonly Consumption[]): Record<string, Record<string, string>> {
  const targets = all.flatMap(({ target: t }) => (t.kind === 'kubernetesSecret' && t.name === secretName ? [t] : []));
  return Object.fromEntries(
    (['labels', 'annotations'] as const).flatMap(part => {
      const merged = new Map(targets.flatMap(t => Object.entries(t[part] ?? {})));
      const sorted = sortedBy(merged, ([key]) => key);
      return sorted.length === 0 ? [] : [[part, Object.fromEntries(sorted)]];
    }),
  );
}

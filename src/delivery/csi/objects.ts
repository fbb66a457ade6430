import type { Consumption } from '../../workload/delivery';
import type { FileTarget } from '../../workload/target';

/** Folder of the volume where values lie that only go on into Kubernetes Secrets. */
const SYNCED = '.kubernetes-secrets';

/** Where the volume is mounted when no file says it. */
const DEFAULT_MOUNT = '/mnt/secrets';

/** One entry of `objects`: one value, one file of the volume. */
export interface CsiObject {
  /** The file, relative to the volume; unique within one SecretProviderClass. */
  readonly objectName: string;
  /** What it holds. */
  readonly consumption: Consumption;
}

/** A key of a Kubernetes Secret that the driver fills from a file of the volume. */
export interface SyncedKey {
  readonly secretName: string;
  readonly type: string;
  readonly key: string;
  readonly objectName: string;
}

/** The files among the consumptions. */
export function fileTargets(consumptions: readonly Consumption[]): readonly FileTarget[] {
  return consumptions.flatMap(({ target }) => (target.kind === 'file' ? [target] : []));
}

/** The folder that the volume is mounted at: the shortest one of the files. */
export function mountPath(consumptions: readonly Consumption[]): string {
  const folders = fileTargets(consumptions).map(t => t.path.slice(0, t.path.lastIndexOf('/')));
  const [first = DEFAULT_MOUNT, ...others] = folders;
  return others.reduce((a, b) => (b.length < a.length ? b : a), first);
}

/** Every consumption as an entry of `objects`. */
export function csiObjects(consumptions: readonly Consumption[], envSecret: string): readonly CsiObject[] {
  const root = mountPath(consumptions);
  return consumptions.map(consumption => {
    const { target } = consumption;
    if (target.kind === 'file') return { objectName: target.path.slice(root.length + 1), consumption };
    const { secretName, key } = syncTarget(consumption, envSecret);
    return { objectName: `${SYNCED}/${secretName}/${key}`, consumption };
  });
}

/** The consumptions that go on into Kubernetes Secrets. */
export function syncedKeys(objects: readonly CsiObject[], envSecret: string): readonly SyncedKey[] {
  return objects
    .filter(o => o.consumption.target.kind !== 'file')
    .map(({ objectName, consumption }) => ({ objectName, ...syncTarget(consumption, envSecret) }));
}

function syncTarget({ target }: Consumption, envSecret: string): Omit<SyncedKey, 'objectName'> {
  if (target.kind === 'kubernetesSecret') return { secretName: target.name, type: target.type, key: target.key };
  return { secretName: envSecret, type: 'Opaque', key: target.kind === 'env' ? target.name : '' };
}

/**
 * The parameter `objects`: YAML in a text. Every text is quoted, so none turns into a number; permission bits are octal,
 * since a decimal would be taken as one.
 *
 * @param mode - permission of files that state none
 */
export function objectsYaml(objects: readonly CsiObject[], mode: number): string {
  return objects
    .map(o => objectLines(o, mode).join('\n'))
    .join('\n')
    .concat('\n');
}

function objectLines({ objectName, consumption: { field, target } }: CsiObject, mode: number): readonly string[] {
  const { request } = field.secret;
  const file = target.kind === 'file' ? target : undefined;
  const query = Object.entries(request.query ?? {}).map(([k, v]) => `${k}=${encodeURIComponent(v)}`);
  return [
    `- objectName: ${JSON.stringify(objectName)}`,
    `  secretPath: ${JSON.stringify([request.path, ...(query.length > 0 ? [query.join('&')] : [])].join('?'))}`,
    `  secretKey: ${JSON.stringify(field.key)}`,
    ...(request.body === undefined ? [] : ['  method: "PUT"', `  secretArgs: ${JSON.stringify(request.body)}`]),
    `  filePermission: 0${(file?.mode ?? mode).toString(8)}`,
    ...(file?.encoding === undefined || file.encoding === 'utf-8'
      ? []
      : [`  encoding: ${JSON.stringify(file.encoding)}`]),
  ];
}

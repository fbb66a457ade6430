import type { Consumption } from '../../workload/delivery';
import { sameField } from '../../workload/path-of';
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

/** The files among the consumptions. */
export function fileTargets(consumptions: readonly Consumption[]): readonly FileTarget[] {
  return consumptions.flatMap(({ target }) => (target.kind === 'file' ? [target] : []));
}

/**
 * The folders that the volume is mounted at: each folder of a file that lies in no other one. The volume is one, and mounted whole
 * at each of them: a second volume of the same SecretProviderClass breaks the driver's bookkeeping, another
 * SecretProviderClass would split credentials that belong together, and a `subPath` never sees a rotation.
 */
export function mountPaths(consumptions: readonly Consumption[]): readonly string[] {
  const folders = [...new Set(fileTargets(consumptions).map(t => t.path.slice(0, t.path.lastIndexOf('/'))))];
  if (folders.length === 0) return [DEFAULT_MOUNT];
  return folders.filter(f => !folders.some(other => f.startsWith(`${other}/`)));
}

/** What is read, as entries of `objects`: all that is one file is one entry, with the permission of the file that is asked for. */
export function csiObjects(consumptions: readonly Consumption[], envSecret: string): readonly CsiObject[] {
  const entries = new Map<string, CsiObject>();
  for (const object of namedObjects(consumptions, envSecret)) {
    const known = entries.get(object.objectName);
    if (known === undefined || known.consumption.target.kind !== 'file') entries.set(object.objectName, object);
  }
  return [...entries.values()];
}

/** Every consumption with the name of its file, though others may have the same. */
export function namedObjects(consumptions: readonly Consumption[], envSecret: string): readonly CsiObject[] {
  const roots = mountPaths(consumptions);
  return consumptions.map(consumption => {
    const objectName =
      relativeName(consumption, roots) ??
      relativeName(fileOf(consumption, consumptions), roots) ??
      syncedName(consumption, envSecret);
    return { objectName, consumption };
  });
}

/** The file of a consumption as a container sees it. */
export function pathInContainer(consumption: Consumption, all: readonly Consumption[], envSecret: string): string {
  const { target } = fileOf(consumption, all) ?? consumption;
  if (target.kind === 'file') return target.path;
  return `${mountPaths(all)[0] ?? DEFAULT_MOUNT}/${syncedName(consumption, envSecret)}`;
}

/** The file that holds the same bytes: the application reads the value there, and the Kubernetes Secret is filled from there. */
function fileOf(consumption: Consumption, all: readonly Consumption[]): Consumption | undefined {
  if (consumption.target.kind === 'file') return consumption;
  return all.find(
    ({ field, target }) =>
      target.kind === 'file' && (target.encoding ?? 'utf-8') === 'utf-8' && sameField(field, consumption.field),
  );
}

function relativeName(consumption: Consumption | undefined, roots: readonly string[]): string | undefined {
  if (consumption?.target.kind !== 'file') return undefined;
  const { path } = consumption.target;
  const root = roots.find(r => path.startsWith(`${r}/`)) ?? '';
  return path.slice(root.length + 1);
}

function syncedName(consumption: Consumption, envSecret: string): string {
  const { secretName, key } = secretKeyOf(consumption, envSecret);
  return `${SYNCED}/${secretName}/${key}`;
}

/** The key of a Kubernetes Secret that a consumption becomes. */
export function secretKeyOf(
  { target }: Consumption,
  envSecret: string,
): { readonly secretName: string; readonly key: string; readonly type: string } {
  if (target.kind === 'kubernetesSecret') return { secretName: target.name, key: target.key, type: target.type };
  if (target.kind === 'env') return { secretName: target.keyOf ?? envSecret, key: target.name, type: 'Opaque' };
  throw new Error('a file is no key of a Secret');
}

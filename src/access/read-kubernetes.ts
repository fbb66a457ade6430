import { messageOf } from '../errors/error';
import { podSpecOf, statedServiceAccount } from '../workload/pod';
import { STACK_ANNOTATION } from '../workload/delivery';
import { type Known, listOf, part, type PrintedDocument, textOf } from './documents';
import type { DeliveryFact, PodsFact, ProviderClassFact, ReadFact, SyncedFact } from './model';

/** How the reader parses a YAML text inside a manifest. */
export type ParseYaml = (text: string) => unknown;

/** Reads a SecretProviderClass, of whatever provider. */
export function readProviderClass({ value, group }: PrintedDocument): ProviderClassFact | undefined {
  if (value['kind'] !== 'SecretProviderClass') return undefined;
  const metadata = part(value, 'metadata');
  return {
    cluster: group,
    namespace: textOf(metadata, 'namespace') ?? 'default',
    name: textOf(metadata, 'name') ?? '',
  };
}

/** Reads a SecretProviderClass of the Vault provider. */
export function readDelivery(document: PrintedDocument, parse: ParseYaml): DeliveryFact | undefined {
  const { value, origin } = document;
  const providerClass = readProviderClass(document);
  if (!providerClass || textOf(part(value, 'spec'), 'provider') !== 'vault') return undefined;
  const metadata = part(value, 'metadata');
  const parameters = part(part(value, 'spec'), 'parameters');
  return {
    ...providerClass,
    stack: textOf(part(metadata, 'annotations'), STACK_ANNOTATION),
    mount: textOf(parameters, 'vaultAuthMountPath') ?? textOf(parameters, 'vaultKubernetesMountPath') ?? 'kubernetes',
    role: textOf(parameters, 'roleName') ?? '',
    audience: textOf(parameters, 'audience'),
    synced: listOf(part(value, 'spec'), 'secretObjects').map(readSynced),
    reads: readObjects(textOf(parameters, 'objects'), parse),
    origin,
  };
}

function readSynced(object: unknown): SyncedFact {
  return {
    name: textOf(object, 'secretName') ?? '',
    type: textOf(object, 'type') ?? '',
    data: listOf(object, 'data').map(d => ({ key: textOf(d, 'key') ?? '', file: textOf(d, 'objectName') ?? '' })),
  };
}

function readObjects(objects: string | undefined, parse: ParseYaml): Known<readonly ReadFact[]> {
  if (objects === undefined) return { unknown: 'the parameter "objects" is missing' };
  let list: unknown;
  try {
    list = parse(objects);
  } catch (error) {
    return {
      unknown: `the parameter "objects" is not YAML: ${messageOf(error).split('\n')[0] ?? ''}`,
    };
  }
  if (!Array.isArray(list)) return { unknown: 'the parameter "objects" is not a list' };
  return list.map(object => {
    const [path = ''] = (textOf(object, 'secretPath') ?? '').split('?');
    const key = textOf(object, 'secretKey');
    const method = textOf(object, 'method') ?? 'GET';
    return {
      path: path.replace(/^\/?(v1\/)?/, ''),
      operation: method === 'GET' ? 'read' : 'update',
      ...(key === undefined ? {} : { key }),
      file: textOf(object, 'objectName') ?? '',
    };
  });
}

/** Reads whatever makes pods. */
export function readPods(document: PrintedDocument): PodsFact | undefined {
  const { value, origin, group } = document;
  const spec = podSpecOf(value);
  if (!spec || listOf(spec, 'containers').length === 0) return undefined;
  const metadata = part(value, 'metadata');
  return {
    cluster: group,
    namespace: textOf(metadata, 'namespace') ?? 'default',
    kind: textOf(value, 'kind') ?? '',
    name: textOf(metadata, 'name') ?? '',
    serviceAccount: statedServiceAccount(value) ?? 'default',
    mounts: listOf(spec, 'volumes').flatMap(volume => {
      const csi = part(volume, 'csi');
      const delivery = textOf(part(csi, 'volumeAttributes'), 'secretProviderClass');
      if (textOf(csi, 'driver') !== 'secrets-store.csi.k8s.io' || delivery === undefined) return [];
      return [{ delivery, path: mountPath(spec, textOf(volume, 'name')) }];
    }),
    origin,
  };
}

/** Where a volume is mounted: in the first container that has it. */
function mountPath(spec: unknown, volume: string | undefined): string | undefined {
  const mounts = [...listOf(spec, 'containers'), ...listOf(spec, 'initContainers')].flatMap(c =>
    listOf(c, 'volumeMounts'),
  );
  return textOf(
    mounts.find(m => textOf(m, 'name') === volume),
    'mountPath',
  );
}

import { PLAINTEXT_ANNOTATION, STACK_ANNOTATION } from '../workload/delivery';
import { annotationOf, isKnown, type Known, listOf, part, placeIn, type PrintedDocument, textOf } from './documents';
import type { CsiDriverFact, ObjectFact, ParameterFact, SecretFact } from './manifest-facts';
import type { DeliveryFact, ProviderClassFact, ReadFact, SyncedFact } from './model';
import { readObjects } from './read-objects';

/** Reads a SecretProviderClass, of whatever provider. */
export function readProviderClass({ value, group, origin }: PrintedDocument): ProviderClassFact | undefined {
  if (value['kind'] !== 'SecretProviderClass') return undefined;
  return { ...placeOf(value, group), provider: textOf(part(value, 'spec'), 'provider') ?? '', origin };
}

/** Reads a SecretProviderClass of the Vault provider. */
export function readDelivery(document: PrintedDocument): DeliveryFact | undefined {
  const { value, origin, group } = document;
  if (readProviderClass(document)?.provider !== 'vault') return undefined;
  const spec = part(value, 'spec');
  const parameters = part(spec, 'parameters');
  const way = ['spec', 'parameters', 'objects'];
  const text = textOf(parameters, 'objects');
  const objects: Known<readonly ObjectFact[]> =
    text === undefined
      ? { unknown: 'the parameter "objects" is missing' }
      : readObjects(text, line => document.locateLine?.(line, ...way) ?? placeIn(document, ...way));
  return {
    ...placeOf(value, group),
    apiVersion: textOf(value, 'apiVersion') ?? '',
    versionOrigin: placeIn(document, 'apiVersion'),
    parametersOrigin: placeIn(document, 'spec', 'parameters'),
    stack: annotationOf(value, STACK_ANNOTATION),
    mount: textOf(parameters, 'vaultAuthMountPath') ?? textOf(parameters, 'vaultKubernetesMountPath') ?? 'kubernetes',
    role: textOf(parameters, 'roleName') ?? '',
    audience: textOf(parameters, 'audience'),
    parameters: Object.entries(parameters).map(([name, v]): ParameterFact => {
      const known = typeof v === 'string' ? v : { unknown: JSON.stringify(v) };
      return { name, value: known, origin: placeIn(document, 'spec', 'parameters', name) };
    }),
    objects,
    objectsOrigin: placeIn(document, ...way),
    accepted: annotationOf(value, PLAINTEXT_ANNOTATION),
    synced: listOf(spec, 'secretObjects').map((object, i) => readSynced(object, document, i)),
    // What the provider does not take, it does not read.
    reads: isKnown(objects) ? objects.filter(o => o.faults.length === 0 && o.path !== '').map(readOf) : objects,
    origin,
  };
}

function readOf({ path, method, key, name }: ObjectFact): ReadFact {
  const operation = method === 'GET' ? 'read' : 'update';
  return { path, operation, ...(key === '' ? {} : { key }), file: name };
}

function readSynced(object: unknown, document: PrintedDocument, index: number): SyncedFact {
  const way = ['spec', 'secretObjects', index] as const;
  return {
    // The driver trims the name, and nothing else.
    name: (textOf(object, 'secretName') ?? '').trim(),
    type: textOf(object, 'type') ?? '',
    data: listOf(object, 'data').map((d, i) => ({
      key: textOf(d, 'key') ?? '',
      file: textOf(d, 'objectName') ?? '',
      origin: placeIn(document, ...way, 'data', i),
    })),
    origin: placeIn(document, ...way),
  };
}

/** Reads that there is a Secret, and what kind of one; never what is in it. */
export function readSecret({ value, group, origin }: PrintedDocument): SecretFact | undefined {
  if (value['kind'] !== 'Secret' || value['apiVersion'] !== 'v1') return undefined;
  return {
    ...placeOf(value, group),
    type: textOf(value, 'type') ?? 'Opaque',
    immutable: value['immutable'] === true,
    serviceAccount: annotationOf(value, 'kubernetes.io/service-account.name'),
    origin,
  };
}

/** Reads what a CSI driver asks of the kubelet. */
export function readCsiDriver({ value, group, origin }: PrintedDocument): CsiDriverFact | undefined {
  if (value['kind'] !== 'CSIDriver') return undefined;
  const audiences = listOf(part(value, 'spec'), 'tokenRequests').map(r => textOf(r, 'audience') ?? '');
  return { cluster: group, name: textOf(part(value, 'metadata'), 'name') ?? '', audiences, origin };
}

/** Where an object of a namespace is. */
function placeOf(value: PrintedDocument['value'], cluster: string): Pick<SecretFact, 'cluster' | 'namespace' | 'name'> {
  const metadata = part(value, 'metadata');
  return { cluster, namespace: textOf(metadata, 'namespace') ?? 'default', name: textOf(metadata, 'name') ?? '' };
}

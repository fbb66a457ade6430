import { podSpecOf, statedServiceAccount } from '../workload/pod';
import { listOf, part, placeIn, type PrintedDocument, textOf } from './documents';
import type { ContainerFact, CsiVolumeFact, PodFacts, SecretUseFact, VolumeMountFact } from './manifest-facts';
import type { PodsFact } from './model';

/** The driver whose volumes SecretProviderClasses fill. */
export const CSI_DRIVER = 'secrets-store.csi.k8s.io';

/** Reads whatever makes pods. */
export function readPods(document: PrintedDocument): PodsFact | undefined {
  const { value, origin, group } = document;
  const spec = podSpecOf(value);
  if (!spec || listOf(spec, 'containers').length === 0) return undefined;
  const metadata = part(value, 'metadata');
  const facts = podFacts(document, spec);
  return {
    cluster: group,
    namespace: textOf(metadata, 'namespace') ?? 'default',
    kind: textOf(value, 'kind') ?? '',
    name: textOf(metadata, 'name') ?? textOf(metadata, 'generateName') ?? '',
    serviceAccount: statedServiceAccount(value) ?? 'default',
    mounts: facts.csiVolumes.flatMap(volume => {
      const delivery = textOf(volume.attributes, 'secretProviderClass');
      if (delivery === undefined) return [];
      const mount = facts.containers.flatMap(c => c.mounts).find(m => m.volume === volume.name);
      return [{ delivery, path: mount?.path }];
    }),
    ...facts,
    origin,
  };
}

function podFacts(document: PrintedDocument, spec: object): PodFacts {
  const way = wayToPods(document.value);
  const template = way.reduce<unknown>((of, key) => part(of, key), document.value);
  const at = new Place(document, [...way, 'spec']);
  const security = part(spec, 'securityContext');
  return {
    csiVolumes: listOf(spec, 'volumes').flatMap((volume, i) => csiVolume(volume, at.in('volumes', i))),
    containers: (['containers', 'initContainers'] as const).flatMap(list =>
      listOf(spec, list).map((c, i) => container(c, { at: at.in(list, i), init: list === 'initContainers', security })),
    ),
    groups: [...listOf(security, 'supplementalGroups'), part(spec, 'securityContext')['fsGroup']].filter(isNumber),
    annotations: part(part(template, 'metadata'), 'annotations'),
    windows:
      textOf(part(spec, 'nodeSelector'), 'kubernetes.io/os') === 'windows' ||
      textOf(part(spec, 'os'), 'name') === 'windows',
    accountOrigin: placeIn(document, ...way, 'spec', 'serviceAccountName'),
  };
}

/** The keys from an object to the template of its pods. */
function wayToPods(manifest: Readonly<Record<string, unknown>>): readonly string[] {
  if (manifest['kind'] === 'Pod') return [];
  return manifest['kind'] === 'CronJob' ? ['spec', 'jobTemplate', 'spec', 'template'] : ['spec', 'template'];
}

function csiVolume(volume: unknown, at: Place): readonly CsiVolumeFact[] {
  const csi = part(volume, 'csi');
  if (textOf(csi, 'driver') !== CSI_DRIVER) return [];
  const fact = { name: textOf(volume, 'name') ?? '', readOnly: csi['readOnly'] === true };
  return [{ ...fact, attributes: part(csi, 'volumeAttributes'), origin: at.origin }];
}

interface ContainerContext {
  readonly at: Place;
  readonly init: boolean;
  /** The security context of the pod, which that of the container goes before. */
  readonly security: Readonly<Record<string, unknown>>;
}

function container(value: unknown, { at, init, security }: ContainerContext): ContainerFact {
  const own = { ...security, ...part(value, 'securityContext') };
  const variables = listOf(value, 'env').map((v, i) => [v, at.in('env', i)] as const);
  return {
    name: textOf(value, 'name') ?? '',
    init,
    image: textOf(value, 'image'),
    mounts: listOf(value, 'volumeMounts').map((m, i) => volumeMount(m, at.in('volumeMounts', i))),
    env: variables.map(([v, place]) => ({ name: textOf(v, 'name') ?? '', origin: place.origin })),
    secrets: [
      ...variables.flatMap(([v, place]) => secretUse(part(part(v, 'valueFrom'), 'secretKeyRef'), place)),
      ...listOf(value, 'envFrom').flatMap((e, i) => secretUse(part(e, 'secretRef'), at.in('envFrom', i))),
    ],
    user: numberOf(own['runAsUser']),
    group: numberOf(own['runAsGroup']),
    nonRoot: own['runAsNonRoot'] === true,
    origin: at.origin,
  };
}

function volumeMount(mount: unknown, at: Place): VolumeMountFact {
  const subPath = textOf(mount, 'subPath') ?? textOf(mount, 'subPathExpr');
  return {
    volume: textOf(mount, 'name') ?? '',
    path: textOf(mount, 'mountPath') ?? '',
    subPath: subPath === '' ? undefined : subPath,
    origin: at.origin,
  };
}

function secretUse(reference: Readonly<Record<string, unknown>>, at: Place): readonly SecretUseFact[] {
  const [name, key] = [textOf(reference, 'name'), textOf(reference, 'key')];
  if (name === undefined) return [];
  return [{ name, ...(key === undefined ? {} : { key }), optional: reference['optional'] === true, origin: at.origin }];
}

/** A place in a document, from which others are found. */
class Place {
  private readonly document: PrintedDocument;
  private readonly keys: readonly (string | number)[];

  constructor(document: PrintedDocument, keys: readonly (string | number)[]) {
    this.document = document;
    this.keys = keys;
  }

  in(...keys: readonly (string | number)[]): Place {
    return new Place(this.document, [...this.keys, ...keys]);
  }

  get origin(): PodsFact['origin'] {
    return placeIn(this.document, ...this.keys);
  }
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

function numberOf(value: unknown): number | undefined {
  return isNumber(value) ? value : undefined;
}

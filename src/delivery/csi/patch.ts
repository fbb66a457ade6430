import { isDeepStrictEqual } from 'node:util';
import type { Consumption, ContainerPatch, PodPatch } from '../../workload/delivery';
import type { Helper } from '../../workload/helper';
import { mountPaths, pathInContainer, secretKeyOf } from './objects';

/** Names of what a pod needs. */
export interface PodNames {
  readonly volume: string;
  readonly secretProviderClass: string;
  readonly envSecret: string;
}

/** Seconds that the driver and the kubelet may need until a new file has reached the Kubernetes Secret too. */
const UNTIL_SYNCED = 30;

/** What the pods need, as data. */
export function podPatch(consumed: readonly Consumption[], names: PodNames): PodPatch {
  if (consumed.length === 0) return { volumes: [], volumeMounts: [], env: [] };
  const { volume: name, secretProviderClass } = names;
  const csi = { driver: 'secrets-store.csi.k8s.io', readOnly: true, volumeAttributes: { secretProviderClass } };
  const containers = [...new Set(consumed.flatMap(c => c.containers ?? []))];
  const shared = consumed.filter(c => c.containers === undefined);
  return {
    volumes: [{ name, csi }],
    ...containerPatch(shared, consumed, names),
    ...(containers.length === 0
      ? {}
      : {
          containers: Object.fromEntries(
            containers.map(c => [
              c,
              containerPatch(
                consumed.filter(o => o.containers?.includes(c)),
                consumed,
                names,
              ),
            ]),
          ),
        }),
    helpers: helpers(consumed, names),
  };
}

/** What one container needs: the folders of its files, and its variables. */
function containerPatch(own: readonly Consumption[], all: readonly Consumption[], names: PodNames): ContainerPatch {
  const envFrom = [
    ...new Set(
      own.flatMap(c =>
        c.target.kind === 'env' && c.target.envFrom === true ? secretKeyOf(c, names.envSecret).secretName : [],
      ),
    ),
  ].map(name => ({ secretRef: { name } }));
  return {
    volumeMounts: own.length === 0 ? [] : volumeMounts(own, all, names),
    env: own.flatMap(consumption => {
      const { target } = consumption;
      if (target.kind !== 'env' || target.envFrom === true) return [];
      const { secretName, key } = secretKeyOf(consumption, names.envSecret);
      return [{ name: target.name, valueFrom: { secretKeyRef: { name: secretName, key } } }];
    }),
    ...(envFrom.length === 0 ? {} : { envFrom }),
  };
}

function volumeMounts(
  own: readonly Consumption[],
  all: readonly Consumption[],
  { volume }: PodNames,
): ContainerPatch['volumeMounts'] {
  const paths = mountPaths(all);
  const needed = paths.filter(path => own.some(c => c.target.kind === 'file' && c.target.path.startsWith(`${path}/`)));
  // Mounted even where only variables are asked for: the driver fills the Secret while a pod mounts the volume.
  return (needed.length > 0 ? needed : paths.slice(0, 1)).map(mountPath => ({
    name: volume,
    mountPath,
    readOnly: true,
  }));
}

/** One helper for each way in which a process is told, with all the files that it is told of. */
function helpers(consumed: readonly Consumption[], names: PodNames): readonly Helper[] {
  const told = consumed.filter(({ onChange }) => onChange?.way.kind === 'signal' || onChange?.way.kind === 'restart');
  const ways = told.filter((c, i) => told.findIndex(o => isDeepStrictEqual(o.onChange, c.onChange)) === i);
  return ways.flatMap(({ onChange }) => {
    const own = told.filter(c => isDeepStrictEqual(c.onChange, onChange));
    if (onChange === undefined) return [];
    return [
      {
        onChange,
        files: [...new Set(own.map(c => pathInContainer(c, consumed, names.envSecret)))],
        volumeMounts: mountPaths(consumed).map(mountPath => ({ name: names.volume, mountPath, readOnly: true })),
        delay: own.some(c => c.target.kind === 'env') ? UNTIL_SYNCED : 0,
      },
    ];
  });
}

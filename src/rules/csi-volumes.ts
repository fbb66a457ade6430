import type { CsiVolumeFact } from '../access/manifest-facts';
import type { PodsFact } from '../access/model';
import { podsName, vaultPods } from './csi';
import { PARAMETERS } from './csi-parameters';
import type { Judged, Rule, Violation } from './rule';

/** A volume that could be written to. */
export const volumeWritable: Rule = {
  id: 'VC650',
  title: 'a volume of the Secrets Store CSI driver is not read-only',
  why: 'the driver refuses it, and the pod stays in ContainerCreating',
  fix: 'set csi.readOnly: true on the volume; on the mount of the container it does not count',
  severity: 'error',
  live: 'Readonly is not true in request',
  check: judged =>
    volumes(judged, v => (v.readOnly ? undefined : `has the volume ${JSON.stringify(v.name)} without readOnly: true`)),
};

/** A volume of nothing. */
export const volumeWithoutClass: Rule = {
  id: 'VC651',
  title: 'a volume of the Secrets Store CSI driver names no SecretProviderClass',
  why: 'the pod stays in ContainerCreating',
  fix: 'set volumeAttributes.secretProviderClass to one of the same namespace',
  severity: 'error',
  live: 'secretProviderClass is not set',
  check: judged =>
    volumes(judged, v => {
      const name = v.attributes['secretProviderClass'];
      return typeof name === 'string' && name !== ''
        ? undefined
        : `has the volume ${JSON.stringify(v.name)} without volumeAttributes.secretProviderClass`;
    }),
};

/** A pod that reads something else than its SecretProviderClass says. */
export const attributesOverride: Rule = {
  id: 'VC652',
  title: 'a volume overrides parameters of its SecretProviderClass',
  why: 'who reads the SecretProviderClass does not see what is delivered, and neither do the other rules',
  fix: 'write them into a SecretProviderClass of its own',
  severity: 'warning',
  live: 'silently ignored: the attribute of the volume wins over the parameter',
  check: judged =>
    volumes(judged, v => {
      const overriding = Object.keys(v.attributes).filter(a => PARAMETERS.includes(a));
      return overriding.length === 0
        ? undefined
        : `has the volume ${JSON.stringify(v.name)}, which sets ${overriding.join(', ')} itself`;
    }),
};

/** A volume that no container looks at. */
export const volumeNotMounted: Rule = {
  id: 'VC653',
  title: 'a volume of the Secrets Store CSI driver is mounted by no container',
  why: 'the kubelet leaves such a volume out: no file is delivered, and no Kubernetes Secret is filled',
  fix: 'mount it in each container that needs it, also where only variables are read',
  severity: 'warning',
  live: 'silently ignored: the pod starts without its secrets, or waits with CreateContainerConfigError: secret "..." not found',
  check: judged =>
    volumes(judged, (v, pods) =>
      pods.containers.some(c => c.mounts.some(m => m.volume === v.name))
        ? undefined
        : `has the volume ${JSON.stringify(v.name)}, and no container mounts it`,
    ),
};

/** One SecretProviderClass, two volumes, one record of what is mounted. */
export const classMountedTwice: Rule = {
  id: 'VC654',
  title: 'pods mount one SecretProviderClass by two volumes',
  why: 'the driver keeps one record for each, so its Kubernetes Secrets are never filled',
  fix: 'mount one volume in both places, or make a second SecretProviderClass',
  severity: 'error',
  live: 'secret provider class pod status volume name did not match pod Volume for pod name',
  check: judged =>
    vaultPods(judged).flatMap(([pods, mounted]) =>
      mounted.flatMap(({ volume, delivery }, i): readonly Violation[] => {
        const first = mounted.slice(0, i).find(m => m.delivery === delivery);
        if (!first || delivery.synced.length === 0) return [];
        const message = `${podsName(pods)} mounts SecretProviderClass "${delivery.name}" by the volumes ${JSON.stringify(first.volume.name)} and ${JSON.stringify(volume.name)}`;
        return [{ message, origin: volume.origin }];
      }),
    ),
};

/** A node on which the files are kept on disk. */
export const onWindows: Rule = {
  id: 'VC658',
  title: 'pods with secrets from the Secrets Store CSI driver run on Windows',
  why: 'there the files lie on the disk of the node, not in memory, and filePermission means nothing',
  fix: 'encrypt the disks of these nodes, or run the pods on Linux',
  severity: 'warning',
  check: ({ chain }) =>
    chain.model.pods
      .filter(p => p.windows && p.csiVolumes.length > 0)
      .map(p => ({
        message: `${podsName(p)} mounts ${p.csiVolumes.map(v => JSON.stringify(v.name)).join(', ')} on a Windows node`,
        origin: p.origin,
      })),
};

/** What is to be said of each volume of the driver. */
function volumes(
  { chain }: Judged,
  say: (volume: CsiVolumeFact, pods: PodsFact) => string | undefined,
): readonly Violation[] {
  return chain.model.pods.flatMap(pods =>
    pods.csiVolumes.flatMap(volume => {
      const words = say(volume, pods);
      return words === undefined ? [] : [{ message: `${podsName(pods)} ${words}`, origin: volume.origin }];
    }),
  );
}

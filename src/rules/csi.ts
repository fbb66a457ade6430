import { isKnown } from '../access/documents';
import type { CsiVolumeFact, ObjectFact } from '../access/manifest-facts';
import type { DeliveryFact, PodsFact } from '../access/model';
import type { Judged } from './rule';

/** A SecretProviderClass as people write it. */
export function className({ namespace, name }: Pick<DeliveryFact, 'namespace' | 'name'>): string {
  return `SecretProviderClass ${namespace}/${name}`;
}

/** Pods as people write them. */
export function podsName({ kind, namespace, name }: PodsFact): string {
  return `${kind} ${namespace}/${name}`;
}

/** Every SecretProviderClass of Vault with each of the files that it delivers, as far as they can be read. */
export function objectsOf({ chain }: Judged): readonly (readonly [DeliveryFact, ObjectFact])[] {
  return chain.model.deliveries.flatMap(d => (isKnown(d.objects) ? d.objects.map(o => [d, o] as const) : []));
}

/** A volume of pods, and the SecretProviderClass of Vault that fills it. */
export interface Mounted {
  readonly volume: CsiVolumeFact;
  readonly delivery: DeliveryFact;
}

/** The pods with volumes that are filled from Vault, where the SecretProviderClass is among what was read. */
export function vaultPods({ chain }: Judged): readonly (readonly [PodsFact, readonly Mounted[]])[] {
  return chain.model.pods.flatMap(pods => {
    const mounted = pods.csiVolumes.flatMap(volume => {
      const name = volume.attributes['secretProviderClass'];
      const delivery = typeof name === 'string' ? chain.deliveryOf(pods, name) : undefined;
      return delivery ? [{ volume, delivery }] : [];
    });
    return mounted.length === 0 ? [] : [[pods, mounted] as const];
  });
}

/** Names as a list in words: `"a", "b"`. */
export function quoted(names: readonly string[]): string {
  return names.map(n => JSON.stringify(n)).join(', ');
}

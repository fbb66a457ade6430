import type { DeliveryFact, SyncedFact } from '../access/model';
import { isSecretType, SECRET_TYPES } from '../workload/target';
import type { Judged, Rule, Violation } from './rule';

/** One Kubernetes Secret, filled by two SecretProviderClasses. */
export const filledTwice: Rule = {
  id: 'VC502',
  title: 'two SecretProviderClasses fill one Kubernetes Secret',
  why: 'the driver writes the whole Secret each time, so its content depends on which pod was mounted last',
  fix: 'give each workload a Secret of its own, or let one SecretProviderClass fill all of its keys',
  severity: 'error',
  live: 'silently ignored: the driver overwrites the Secret that is there',
  check: judged => {
    const seen = new Map<string, DeliveryFact>();
    return synced(judged).flatMap(([delivery, secret]): readonly Violation[] => {
      const key = [delivery.cluster, delivery.namespace, secret.name].join('\0');
      const first = seen.get(key);
      if (!first) seen.set(key, delivery);
      if (!first || first === delivery) return [];
      const message = `the Secret ${delivery.namespace}/${secret.name} is filled by SecretProviderClass "${first.name}" and by "${delivery.name}"`;
      return [{ message, origin: delivery.origin }];
    });
  },
};

/** A Kubernetes Secret that lacks a key that its type must have. */
export const secretIncomplete: Rule = {
  id: 'VC503',
  title: 'a Kubernetes Secret lacks a key that its type must have',
  why: 'the API server refuses it, so whatever reads it waits for ever',
  fix: 'deliver the missing key into the same Secret, or use the type Opaque',
  severity: 'error',
  live: 'Required value',
  check: judged =>
    synced(judged).flatMap(([delivery, { name, type, data }]) => {
      const needed: readonly string[] = isSecretType(type) ? SECRET_TYPES[type] : [];
      const missing = needed.filter(key => !data.some(d => d.key === key));
      if (missing.length === 0) return [];
      const keys = missing.map(key => `"${key}"`).join(' and ');
      const message = `the Secret ${delivery.namespace}/${name} of type ${type} is filled without ${keys}`;
      return [{ message, origin: delivery.origin }];
    }),
};

function synced({ chain }: Judged): readonly (readonly [DeliveryFact, SyncedFact])[] {
  return chain.model.deliveries.flatMap(d => d.synced.map(s => [d, s] as const));
}

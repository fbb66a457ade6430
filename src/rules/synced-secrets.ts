import { isKnown } from '../access/documents';
import type { DeliveryFact, SyncedFact } from '../access/model';
import { isSecretType, SECRET_TYPES } from '../workload/target';
import { quoted } from './csi';
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

/** A key that is filled from a file that nobody delivers. */
export const syncedFileMissing: Rule = {
  id: 'VC504',
  title: 'a Kubernetes Secret is filled from a file that is not among the objects',
  why: 'the Secret is never made, so whatever reads it waits for ever',
  fix: 'write the objectName of one of the objects, or deliver that object too',
  severity: 'error',
  live: 'file matching objectName ... not found in the pod',
  check: judged =>
    synced(judged).flatMap(([delivery, secret]) => {
      if (!isKnown(delivery.objects)) return [];
      const files = delivery.objects.map(o => o.name);
      return secret.data
        .filter(d => d.file !== '' && !files.includes(d.file))
        .map(d => ({
          message: `the Secret ${delivery.namespace}/${secret.name} takes ${JSON.stringify(d.key)} from ${JSON.stringify(d.file)}, and SecretProviderClass "${delivery.name}" delivers ${quoted(files) || 'nothing'}`,
          origin: d.origin,
          live: `file matching objectName ${d.file} not found in the pod`,
        }));
    }),
};

/** A Kubernetes Secret of which the driver is not told enough. */
export const syncedIncomplete: Rule = {
  id: 'VC505',
  title: 'an entry of secretObjects lacks what the driver needs',
  why: 'the API server takes it, and the Secret is never made',
  fix: 'state secretName, type and data with an objectName and a key each; nothing has a default',
  severity: 'error',
  live: 'secret name is empty, secret type is empty, data is empty, or key in secretObjects.data is empty',
  check: judged =>
    synced(judged).flatMap(([delivery, secret]) => {
      const live = lackOf(secret);
      const which =
        secret.name === '' ? 'an entry of secretObjects' : `the Secret ${delivery.namespace}/${secret.name}`;
      return live === undefined
        ? []
        : [{ message: `${which} of SecretProviderClass "${delivery.name}": ${live}`, origin: secret.origin, live }];
    }),
};

/** In the order in which the driver looks. */
function lackOf({ name, type, data }: SyncedFact): string | undefined {
  if (name === '') return 'secret name is empty';
  if (type.trim() === '') return 'secret type is empty';
  if (data.length === 0) return 'data is empty';
  if (data.some(d => d.file.trim() === '')) return 'object name in secretObjects.data is empty';
  return data.some(d => d.key.trim() === '') ? 'key in secretObjects.data is empty' : undefined;
}

/** A key that a TLS Secret cannot have. */
export const tlsKeyUnknown: Rule = {
  id: 'VC506',
  title: 'a TLS Secret is filled with a key that it cannot have',
  why: 'the driver fills only tls.crt and tls.key there, so the Secret is never made',
  fix: 'name the keys tls.crt and tls.key, or use the type Opaque',
  severity: 'error',
  live: "key '...' is not supported. Only 'tls.key' and 'tls.crt' are supported",
  check: judged =>
    synced(judged).flatMap(([delivery, secret]) =>
      secret.data
        .filter(d => secret.type === 'kubernetes.io/tls' && d.key !== '' && !['tls.crt', 'tls.key'].includes(d.key))
        .map(d => ({
          message: `the Secret ${delivery.namespace}/${secret.name} of type kubernetes.io/tls is filled with ${JSON.stringify(d.key)}`,
          origin: d.origin,
          live: `key '${d.key}' is not supported. Only 'tls.key' and 'tls.crt' are supported`,
        })),
    ),
};

/** A Secret that nobody may change, and that the driver has to. */
export const filledImmutable: Rule = {
  id: 'VC507',
  title: 'a Kubernetes Secret that the driver fills is immutable',
  why: 'the driver can neither fill it nor bring a new value into it',
  fix: 'drop the Secret, which the driver makes by itself; a new value in a new Secret needs another way of delivery',
  severity: 'error',
  live: 'field is immutable when `immutable` is set',
  check: judged => printedBeside(judged, true),
};

/** A Secret that has two writers. */
export const filledAndPrinted: Rule = {
  id: 'VC508',
  title: 'a Kubernetes Secret that the driver fills is printed too',
  why: 'the driver replaces its data, type, labels and annotations, and whoever applies the manifest puts them back',
  fix: 'drop the Secret, which the driver makes by itself, or give one of them another name',
  severity: 'warning',
  live: 'silently ignored: the driver overwrites the Secret that is there',
  check: judged => printedBeside(judged, false),
};

function printedBeside(judged: Judged, immutable: boolean): readonly Violation[] {
  return synced(judged).flatMap(([delivery, secret]) =>
    judged.chain.model.secrets
      .filter(s => s.cluster === delivery.cluster && s.namespace === delivery.namespace && s.name === secret.name)
      .filter(s => s.immutable === immutable)
      .map(s => ({
        message: `the ${immutable ? 'immutable ' : ''}Secret ${s.namespace}/${s.name} is also filled by SecretProviderClass "${delivery.name}" (${delivery.origin.file})`,
        origin: s.origin,
      })),
  );
}

function synced({ chain }: Judged): readonly (readonly [DeliveryFact, SyncedFact])[] {
  return chain.model.deliveries.flatMap(d => d.synced.map(s => [d, s] as const));
}

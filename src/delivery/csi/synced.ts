import { VaultCdkError } from '../../errors/error';
import type { Consumption } from '../../workload/delivery';
import { targetText } from '../../workload/target';
import { secretKeyOf } from './objects';
import type { CsiContext } from './context';

/** Refuses a value that may not go on into a Kubernetes Secret, or not into this one. */
export function assertSynced(consumption: Consumption, others: readonly Consumption[], context: CsiContext): void {
  assertAcknowledged(consumption, context);
  assertSyncs(consumption, context);
  const { secretName } = secretKeyOf(consumption, context.envSecret);
  const together = [
    ...others.filter(o => o.target.kind !== 'file' && secretKeyOf(o, context.envSecret).secretName === secretName),
    consumption,
  ];
  assertOneType(secretName, together, context);
  assertMetadata(secretName, together, context);
  assertAllVariables(secretName, together, context);
}

function assertAcknowledged({ target }: Consumption, { login, acknowledged }: CsiContext): void {
  if (acknowledged) return;
  throw new VaultCdkError({
    code: 'csi/plaintext-in-etcd',
    problem: `the CSI driver delivers files; ${targetText(target)} would be filled from a Kubernetes Secret, which lies in etcd as text`,
    at: login.at,
    allowed:
      'toFile(path), or a delivery that says it: new CsiDelivery({ plaintextInEtcd: { ...acknowledge(...), encryptedAtRest, readers } })',
    live: 'silently ignored: whoever reads Secrets of the namespace reads the value, and so does a backup of etcd',
    fix: 'read the file in the application, or acknowledge it with a reason, an owner and a day',
  });
}

function assertSyncs({ target }: Consumption, { login, cluster }: CsiContext): void {
  if (cluster.syncs !== false) return;
  throw new VaultCdkError({
    code: 'csi/sync-off',
    problem: `${targetText(target)} would be filled from a Kubernetes Secret, and in the cluster "${login.cluster.name}" the driver may not write one`,
    at: login.at,
    given: { syncSecret: false },
    allowed: 'toFile(path), or a cluster whose driver syncs',
    live: 'The secret operation failed with forbidden error. If you installed the CSI driver using helm, ensure syncSecret.enabled=true is set.',
    fix: 'read the file in the application; or set `syncSecret.enabled` in the chart of the driver and state `syncSecret`',
  });
}

function assertOneType(secretName: string, together: readonly Consumption[], { login, envSecret }: CsiContext): void {
  const types = [...new Set(together.map(o => secretKeyOf(o, envSecret).type))];
  if (types.length === 1) return;
  throw new VaultCdkError({
    code: 'csi/secret-type',
    problem: `the Secret "${secretName}" is asked for with two types`,
    at: login.at,
    given: types,
    allowed: 'one type for each Secret',
    live: 'type: Invalid value: field is immutable',
    fix: 'state the same type everywhere, or use two names',
  });
}

function assertMetadata(secretName: string, together: readonly Consumption[], { login }: CsiContext): void {
  for (const part of ['labels', 'annotations'] as const) {
    const seen = new Map<string, string>();
    for (const { target } of together) {
      if (target.kind !== 'kubernetesSecret') continue;
      for (const [key, value] of Object.entries(target[part] ?? {})) {
        const first = seen.get(key) ?? value;
        seen.set(key, first);
        if (first === value) continue;
        throw new VaultCdkError({
          code: 'csi/secret-metadata',
          problem: `the Secret "${secretName}" is asked for with two values of the ${part.slice(0, -1)} "${key}"`,
          at: login.at,
          given: [first, value],
          allowed: 'one value for each key',
          live: 'silently ignored: one of them would be printed',
          fix: 'state the same value everywhere, or use two Secrets',
        });
      }
    }
  }
}

/** With `envFrom` every key of a Secret is a variable, also one that was meant for somebody else. */
function assertAllVariables(secretName: string, together: readonly Consumption[], { login }: CsiContext): void {
  const isWhole = ({ target }: Consumption): boolean => target.kind === 'env' && target.envFrom === true;
  const other = together.find(o => !isWhole(o));
  if (!together.some(isWhole) || !other) return;
  throw new VaultCdkError({
    code: 'csi/env-from-more',
    problem: `all keys of the Secret "${secretName}" become environment variables, and ${targetText(other.target)} would be one of them`,
    at: login.at,
    given: secretName,
    allowed: 'a Secret that holds nothing else than what toEnv(name, { envFrom: true }) puts there',
    live: 'silently ignored: the application would have one more variable',
    fix: 'use another Secret for it, or take the variables one by one',
  });
}

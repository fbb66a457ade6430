import { VaultCdkError } from '../../errors/error';
import type { Consumption } from '../../workload/delivery';
import { runsToCompletion } from '../../workload/helper';
import { fieldText, targetText } from '../../workload/target';
import type { CsiContext } from './context';

/**
 * Refuses what would go stale without a word: a value that ends while nobody brings a new one, or of which the application
 * does not learn. Pods that run to completion take what is there when they start.
 *
 * @param kinds - what the pods are made by, as far as it is known; none: they may run for ever
 */
export function assertRotates(consumption: Consumption, context: CsiContext, kinds: readonly string[]): void {
  if (kinds.length > 0 && kinds.every(runsToCompletion)) return;
  const { target, onChange, field } = consumption;
  if (target.kind === 'env' && onChange && onChange.way.kind !== 'restart') throw envStays(consumption, context);
  if (field.whole && context.cluster.rotates) throw changesAlways(consumption, context);
  if (!field.secret.lease || target.kind === 'kubernetesSecret') return;
  if (context.cluster.rotates === false) throw neverRead(consumption, context);
  assertOften(consumption, context);
  if (!onChange) throw noAnswer(consumption, context);
}

/** Seconds until a credential ends that was read, though it may be read anew before; undefined: not known. */
export function endOf({ field }: Consumption, { login, cluster }: CsiContext): number | undefined {
  const { lease } = field.secret;
  // The Agent renews its token and the leases; the provider renews nothing, and a lease ends with its token.
  if (cluster.agent) return lease?.maxTtl;
  const ends = [lease?.ttl, login.tokenTtl].filter(seconds => seconds !== undefined);
  return lease?.ttl === undefined ? undefined : Math.min(...ends);
}

function assertOften(consumption: Consumption, context: CsiContext): void {
  const { pollInterval } = context.cluster;
  const end = endOf(consumption, context);
  if (pollInterval === undefined || end === undefined || pollInterval < end) return;
  throw new VaultCdkError({
    code: 'csi/rotation-too-slow',
    problem: `${fieldText(consumption.field)} ends after ${end} seconds, and is read anew after ${pollInterval}`,
    at: context.login.at,
    given: { pollInterval, ends: end },
    allowed: `a \`pollInterval\` below ${end} seconds, better below half of it; or a longer lease and login`,
    live: 'silently ignored: between the two the application holds a credential that is gone',
    fix: 'shorten `rotation.pollInterval` of the driver, or lengthen the lease, and `tokenTtl` of the workload',
  });
}

function envStays({ target, onChange }: Consumption, { login }: CsiContext): VaultCdkError {
  return new VaultCdkError({
    code: 'csi/env-does-not-change',
    problem: `${targetText(target)} keeps its value while the container runs, whatever the application does`,
    at: login.at,
    given: onChange?.way.kind,
    allowed: 'OnChange.restart(...), or toFile(path)',
    live: 'silently ignored: the process keeps the environment that it was started with',
    fix: 'read the secret from a file, or have the application restarted',
  });
}

function changesAlways({ field, target }: Consumption, { login }: CsiContext): VaultCdkError {
  return new VaultCdkError({
    code: 'csi/whole-response-rotates',
    problem: `${fieldText(field)} has another \`request_id\` each time that it is read, so ${targetText(target)} would change at every rotation`,
    at: login.at,
    allowed: 'single fields, or a cluster whose driver does not rotate',
    live: 'silently ignored: the file is rewritten and the application told, though the secret is the same',
    fix: 'consume the fields that the application needs',
  });
}

function neverRead({ field }: Consumption, { login }: CsiContext): VaultCdkError {
  return new VaultCdkError({
    code: 'csi/rotation-off',
    problem: `${fieldText(field)} ends by itself, and in the cluster "${login.cluster.name}" the driver reads nothing anew`,
    at: login.at,
    given: { rotation: false },
    allowed: 'a cluster whose driver rotates, or pods that run to completion',
    live: 'silently ignored: the application holds a credential that is gone',
    fix: 'set `enableSecretRotation` in the chart of the driver and state `rotation`, or use another delivery',
  });
}

function noAnswer({ field, target }: Consumption, { login }: CsiContext): VaultCdkError {
  return new VaultCdkError({
    code: 'csi/unheard-change',
    problem: `${fieldText(field)} ends by itself, and nothing says how the application learns that ${targetText(target)} has a new value`,
    at: login.at,
    allowed: 'OnChange.watchesFile(), OnChange.rereads(), OnChange.signal(...) or OnChange.restart(...)',
    live: 'silently ignored: the application holds a credential that is gone',
    fix: 'pass `onChange` to consume(), or to the workload',
  });
}

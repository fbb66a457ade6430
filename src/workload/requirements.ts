import { VaultCdkError } from '../errors/error';
import type { Consumption, DeliveryBinding, DeliveryTraits } from './delivery';
import { fieldText, targetText } from './target';

/** What has to hold for every secret of a workload. A consumption of which it does not hold, or is not known, is refused. */
export interface Requirements {
  /**
   * No value lies in etcd as text: none goes by way of a Kubernetes Secret.
   * @default false
   */
  readonly noPlaintextInEtcd?: boolean;
  /**
   * The application has a new value while it runs on: it is brought to the running container, and the application learns of it
   * without being started again.
   * @default false
   */
  readonly rotatesWithoutRestart?: boolean;
}

/** Refuses a consumption that does not do what is required, or of which that is not known. */
export function assertMeets(
  consumption: Consumption,
  required: Requirements,
  { delivery, at }: { readonly delivery: DeliveryBinding; readonly at: string },
): void {
  const fault = faultOf(consumption, required, delivery.traits?.(consumption.target));
  if (fault) throw new VaultCdkError({ code: 'workload/requirement', at, ...fault });
}

interface Fault {
  readonly problem: string;
  readonly given: Requirements;
  readonly allowed: string;
  readonly live: string;
  readonly fix: string;
}

function faultOf(
  { field, target, onChange }: Consumption,
  { noPlaintextInEtcd = false, rotatesWithoutRestart = false }: Requirements,
  traits: DeliveryTraits | undefined,
): Fault | undefined {
  const what = `${fieldText(field)} in ${targetText(target)}`;
  if (noPlaintextInEtcd && traits?.plaintextInEtcd !== false) {
    return {
      problem: `${what} would come by way of a Kubernetes Secret, and this workload requires that no value lies in etcd as text`,
      given: { noPlaintextInEtcd },
      allowed: 'toFile(path), with a delivery of files such as CSI without sync',
      live: 'silently ignored: whoever reads Secrets of the namespace reads the value, and so does a backup of etcd',
      fix: 'read the secret from a file, or drop the requirement',
    };
  }
  if (!rotatesWithoutRestart) return undefined;
  const given = { rotatesWithoutRestart };
  if (target.kind === 'env' || onChange?.way.kind === 'restart') {
    return {
      problem: `${what} has a new value only after a restart, and this workload requires that none is needed`,
      given,
      allowed: 'toFile(path) with OnChange.watchesFile(), OnChange.rereads() or OnChange.signal(...)',
      live: 'silently ignored: the process keeps what it was started with until it is started again',
      fix: 'read the secret from a file, and say how the application learns of a new value',
    };
  }
  if (traits?.rotates !== true) {
    return {
      problem: `${what} ${traits?.rotates === false ? 'is not read anew' : 'may not be read anew: nothing says that it is'}, and this workload requires that it is`,
      given,
      allowed: 'a cluster whose features state that what runs there reads anew, e.g. `rotation` of the CSI driver',
      live: 'silently ignored: the application holds the old value',
      fix: 'turn rotation on in the cluster and state it, or drop the requirement',
    };
  }
  if (target.kind !== 'file' || onChange) return undefined;
  return {
    problem: `nothing says how the application learns of a new value of ${what}, and this workload requires that it does`,
    given,
    allowed: 'OnChange.watchesFile(), OnChange.rereads() or OnChange.signal(...)',
    live: 'silently ignored: the application holds the old value, though the file has a new one',
    fix: 'pass `onChange` to consume(), or to the workload',
  };
}

/** Requirements as text that can be compared. */
export function requirementsText(required: Requirements | undefined): string | undefined {
  if (!required) return undefined;
  const { noPlaintextInEtcd = false, rotatesWithoutRestart = false } = required;
  return JSON.stringify({ noPlaintextInEtcd, rotatesWithoutRestart });
}

import type { Capability } from '../policy/document';
import type { Operation } from '../policy/evaluator';

/** The request that a capability allows; none for those that allow nothing by themselves: `sudo`, `deny`, `subscribe`. */
export function operationOf(capability: Capability): Operation | undefined {
  return capability === 'sudo' || capability === 'deny' || capability === 'subscribe' ? undefined : capability;
}

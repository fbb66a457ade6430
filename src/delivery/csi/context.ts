import type { VaultLogin } from '../../workload/delivery';
import type { CsiCluster } from './cluster';
import type { PlaintextInEtcd } from './plaintext';

/** What a refusal depends on beside the consumption. */
export interface CsiContext {
  readonly login: VaultLogin;
  readonly cluster: CsiCluster;
  /** Who answers for values that go on into Kubernetes Secrets; undefined: they may not. */
  readonly acknowledged: PlaintextInEtcd | undefined;
  /** The Kubernetes Secret of variables that name none. */
  readonly envSecret: string;
}

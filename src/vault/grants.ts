import type { IConstruct } from 'constructs';
import type { PolicyRule } from '../policy/document';
import type { VaultServer } from './server';

/** Anything whose policy in Vault can grow: a workload, later a team or a pipeline. */
export interface IVaultGrantee extends IConstruct {
  /** The Vault that the grantee logs in to. */
  readonly server: VaultServer;
  /** Lets the grantee do what the rule says. Granting the same thing twice is granting it once. */
  addToVaultPolicy(rule: PolicyRule): void;
}

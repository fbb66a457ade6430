import type { PolicyDocument } from '../policy/document';

/**
 * A policy that is named: one that this app prints, or one that exists already (`VaultPolicy.fromName`). Whoever makes
 * the second kind says so with `server.statePolicy(name)`; a role that names a policy of neither kind is refused.
 */
export interface IVaultPolicy {
  /** Its name in Vault. */
  readonly name: string;
  /**
   * What was declared of it.
   * @default - not known
   */
  readonly policyDocument?: PolicyDocument;
}

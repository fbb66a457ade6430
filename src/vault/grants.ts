import type { IConstruct } from 'constructs';
import { at } from '../core/at';
import { VaultCdkError } from '../errors/error';
import type { PolicyRule } from '../policy/document';
import type { VaultServer } from './server';

/** Anything whose policy in Vault can grow: a workload, later a team or a pipeline. */
export interface IVaultGrantee extends IConstruct {
  /** The Vault that the grantee logs in to. */
  readonly server: VaultServer;
  /** Lets the grantee do what the rule says. Granting the same thing twice is granting it once. */
  addToVaultPolicy(rule: PolicyRule): void;
}

/** Refuses what lies in another Vault than the one that a grantee logs in to. */
export function assertSameVault(grantee: IVaultGrantee, server: VaultServer, what: string): void {
  if (server === grantee.server) return;
  throw new VaultCdkError({
    code: 'workload/other-vault',
    problem: `${what} is in another Vault than the one that the workload logs in to`,
    at: at(grantee),
    given: at(server),
    allowed: at(grantee.server),
    live: '403 permission denied',
    fix: 'make a second workload on an auth mount of that Vault',
  });
}

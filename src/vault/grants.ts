import type { IConstruct } from 'constructs';
import { at } from '../core/at';
import { VaultCdkError } from '../errors/error';
import type { PolicyRule } from '../policy/document';
import type { VaultServer } from './server';

/** Anything whose policy in Vault can grow: a workload, a policy of its own, later a team or a pipeline. */
export interface IVaultGrantee extends IConstruct {
  /** The Vault that the grantee is in. */
  readonly server: VaultServer;
  /** Lets the grantee do what the rule says. Granting the same thing twice is granting it once. */
  addToVaultPolicy(rule: PolicyRule): void;
}

/** Refuses what lies in another Vault than a grantee. */
export function assertSameVault(grantee: IVaultGrantee, server: VaultServer, what: string): void {
  if (server === grantee.server) return;
  throw new VaultCdkError({
    code: 'workload/other-vault',
    problem: `${what} is in another Vault than what it is granted to`,
    at: at(grantee),
    given: at(server),
    allowed: at(grantee.server),
    live: '403 permission denied',
    fix: 'grant it to something in that Vault; for pods, make a second workload on an auth mount there',
  });
}

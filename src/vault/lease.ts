import { VaultCdkError } from '../errors/error';
import type { PolicyRule } from '../policy/document';
import type { SecretRef } from './secret-ref';

/**
 * What renewing takes: the token itself, and the leases of exactly these secrets. Vault checks lease ids by their text,
 * and an id starts with the path that was read.
 */
export function renewalRules(secrets: readonly SecretRef[]): readonly PolicyRule[] {
  const leased = secrets.filter(s => s.lease !== undefined);
  if (leased.length === 0) return [];
  const ids = [...new Set(leased.map(s => `${s.request.path}/*`))].sort();
  return [
    { path: 'auth/token/renew-self', capabilities: ['update'], comment: 'renew the own token' },
    {
      path: 'sys/leases/renew',
      capabilities: ['update'],
      comment: `renew leases of ${[...new Set(leased.map(s => s.path))].sort().join(', ')}`,
      parameters: { allowed: { increment: [], lease_id: ids }, required: ['lease_id'] },
    },
  ];
}

/**
 * Refuses a lease that would outlive the login that makes it: Vault ends it with its token. A lease whose lifetime is not
 * known passes, since nothing certain can be said of it.
 *
 * @param tokenMaxTtl - seconds that a login lasts with all its renewals
 */
export function assertLeaseInToken({ lease, path }: SecretRef, tokenMaxTtl: number, at: string): void {
  const leaseMaxTtl = lease?.maxTtl ?? lease?.ttl;
  if (leaseMaxTtl === undefined || leaseMaxTtl <= tokenMaxTtl) return;
  throw new VaultCdkError({
    code: 'workload/lease-outlives-token',
    problem: `a lease of "${path}" lasts up to ${leaseMaxTtl} s, and the login that makes it ends after ${tokenMaxTtl} s`,
    at,
    given: { leaseMaxTtl, tokenMaxTtl },
    allowed: 'a lease that ends before its token, or with it',
    live: 'silently ignored: Vault revokes the lease with its token, and the application sees FATAL: password authentication failed for user "v-..."',
    fix: 'lengthen `tokenMaxTtl` of the workload, or shorten `maxTtl` of the role',
  });
}

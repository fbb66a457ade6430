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
      comment: `renew leases of ${leased
        .map(s => s.path)
        .sort()
        .join(', ')}`,
      parameters: { allowed: { increment: [], lease_id: ids }, required: ['lease_id'] },
    },
  ];
}

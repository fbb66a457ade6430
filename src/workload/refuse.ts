import { at } from '../core/at';
import { VaultCdkError } from '../errors/error';
import { DELIVERY, type DefaultDelivery, type IKubernetesAuth } from '../kubernetes/kubernetes-auth';
import { admits, type RoleSettings } from '../kubernetes/role';
import type { ISharedRole } from '../kubernetes/shared-role';
import type { IVaultGrantee } from '../vault/grants';
import type { SecretRef } from '../vault/secret-ref';
import type { ISecretDelivery } from './delivery';

/** Who logs in where. */
interface Identified {
  readonly auth: IKubernetesAuth;
  readonly namespace: string;
  readonly serviceAccount: string;
}

/** A shared role has to lie on the same mount, and to admit the account. */
export function assertAdmitted(workload: IVaultGrantee & Identified, role: ISharedRole): void {
  const { auth, namespace, serviceAccount } = workload;
  if (role.auth === auth && admits(role, { namespace, serviceAccount })) return;
  const elsewhere = role.auth !== auth;
  throw new VaultCdkError({
    code: 'workload/not-admitted',
    problem: elsewhere
      ? `the role "${role.roleName}" lies on another auth mount than the one that the workload logs in to`
      : `the role "${role.roleName}" does not admit the service account "${namespace}/${serviceAccount}"`,
    at: at(workload),
    given: elsewhere ? role.auth.path : { namespace, serviceAccount },
    allowed: elsewhere
      ? JSON.stringify(auth.path)
      : `service accounts ${JSON.stringify(role.serviceAccounts)} in namespaces ${JSON.stringify(role.namespaces)}`,
    live: elsewhere
      ? `400 invalid role name "${role.roleName}"`
      : role.serviceAccounts.some(n =>
            admits({ serviceAccounts: [n], namespaces: ['*'] }, { namespace, serviceAccount }),
          )
        ? '403 namespace not authorized'
        : '403 service account name not authorized',
    fix: elsewhere ? 'use a role of that mount' : 'add it to the role, or drop `role` for one of its own',
  });
}

/** What is read into pods has to outlast more than a counted number of requests, and a lease more than a batch token. */
export function assertTokenLasts(settings: RoleSettings | undefined, secret: SecretRef, here: string): void {
  const counted = settings?.tokenNumUses;
  const batch = settings?.tokenType === 'batch' && secret.lease !== undefined;
  if (counted === undefined && !batch) return;
  throw new VaultCdkError({
    code: 'workload/token-does-not-last',
    problem: batch
      ? `the lease of "${secret.path}" ends with the batch token that made it, and neither can be renewed`
      : 'the token is good for a number of requests, and whatever delivers secrets keeps it for more than those',
    at: here,
    given: batch ? { tokenType: 'batch' } : { tokenNumUses: counted },
    allowed: batch ? 'a service token' : 'a token for any number of requests',
    live: batch ? '400 batch tokens cannot be renewed' : '403 permission denied, once the uses are spent',
    fix: batch ? 'drop `tokenType`' : 'drop `tokenNumUses`',
  });
}

/** Seconds that a login lasts with all its renewals; without end where it is periodic, or where nothing here says an end. */
export function longestLogin(settings: RoleSettings | undefined): number {
  const { tokenPeriod, tokenMaxTtl, tokenExplicitMaxTtl = Infinity } = settings ?? {};
  return tokenPeriod === undefined ? Math.min(tokenMaxTtl ?? Infinity, tokenExplicitMaxTtl) : tokenExplicitMaxTtl;
}

/** The way of delivery; refuses what is none. */
export function deliveryOf(delivery: DefaultDelivery | undefined, here: string): ISecretDelivery {
  if (delivery && DELIVERY in delivery && 'bind' in delivery) return delivery as ISecretDelivery;
  throw new VaultCdkError({
    code: 'workload/no-delivery',
    problem: 'nothing says how secrets travel to the workload',
    at: here,
    allowed: 'a delivery, e.g. new CsiDelivery()',
    fix: 'pass `delivery` to the workload, or to its KubernetesAuth as the default',
  });
}

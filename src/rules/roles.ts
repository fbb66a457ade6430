import { identitiesOf, identityText } from '../access/chain';
import { isKnown } from '../access/documents';
import type { RoleFact } from '../access/model';
import type { Rule } from './rule';

/** A role that admits every service account of the cluster. */
export const admitsEveryone: Rule = {
  id: 'VC301',
  title: 'a role admits every service account in every namespace',
  why: 'any pod of the cluster can log in with it',
  fix: 'bind one service account in one namespace',
  severity: 'error',
  live: 'silently ignored: Vault takes "*" for both',
  check: ({ chain }) =>
    chain.model.roles
      .filter(r => anyOf(r.serviceAccounts) && anyOf(r.namespaces))
      .map(r => ({ message: `role "${nameOf(r)}" binds "*" in "*"`, origin: r.origin })),
};

/** A role that admits by a wildcard. */
export const admitsByWildcard: Rule = {
  id: 'VC302',
  title: 'a role admits service accounts by a wildcard',
  why: 'an account or a namespace that is made tomorrow is admitted too',
  fix: 'bind one service account in one namespace',
  severity: 'warning',
  check: ({ chain }) =>
    chain.model.roles
      .filter(
        r =>
          !(anyOf(r.serviceAccounts) && anyOf(r.namespaces)) && (hasGlob(r.serviceAccounts) || hasGlob(r.namespaces)),
      )
      .map(r => ({
        message: `role "${nameOf(r)}" admits ${identitiesOf(r).map(identityText).join(', ')}`,
        origin: r.origin,
      })),
};

/** A role for several identities. */
export const admitsSeveral: Rule = {
  id: 'VC303',
  title: 'a role admits several service accounts',
  why: 'Vault binds names times namespaces, so more pairs are admitted than were meant, and all of them have the same rights',
  fix: 'make one workload for each service account',
  severity: 'warning',
  check: ({ chain }) =>
    chain.model.roles
      .filter(r => identitiesOf(r).length > 1)
      .map(r => ({
        message: `role "${nameOf(r)}" admits ${identitiesOf(r).length} identities: ${identitiesOf(r).map(identityText).join(', ')}`,
        origin: r.origin,
      })),
};

/** A role that admits no one, which Vault refuses. */
export const admitsNoOne: Rule = {
  id: 'VC304',
  title: 'a role binds no service account or no namespace',
  why: 'Vault refuses the role, or lets no one log in with it',
  fix: 'bind one service account in one namespace',
  severity: 'error',
  live: '400 "bound_service_account_names" can not be empty',
  check: ({ chain }) =>
    chain.model.roles.flatMap(role => {
      const lack = lackOf(role);
      return lack
        ? [{ message: `role "${nameOf(role)}" binds no ${lack.what}`, origin: role.origin, live: lack.live }]
        : [];
    }),
};

/** What a role binds none of, in the order in which Vault looks. It refuses an empty list, and takes an empty name. */
function lackOf({ serviceAccounts, namespaces, namespaceSelector }: RoleFact): Lack | undefined {
  if (bindsNothing(serviceAccounts))
    return {
      what: 'service account',
      live: isEmpty(serviceAccounts)
        ? '400 "bound_service_account_names" can not be empty'
        : 'silently ignored: Vault takes the empty name, and every login is 403 service account name not authorized',
    };
  if (bindsNothing(namespaces) && !namespaceSelector)
    return {
      what: 'namespace',
      live: isEmpty(namespaces)
        ? '400 "bound_service_account_namespaces" can not be empty if "bound_service_account_namespace_selector" is not set'
        : 'silently ignored: Vault takes the empty name, and every login is 403 namespace not authorized',
    };
  return undefined;
}

interface Lack {
  readonly what: string;
  readonly live: string;
}

/** A role whose logins end when the mount says so. */
export const noMaxTtl: Rule = {
  id: 'VC321',
  title: 'a role does not say how long a login lasts with all its renewals',
  why: 'the maximum of the mount holds, which is 32 days unless somebody changed it; renewing does not look whether the service account is still there',
  fix: 'set token_max_ttl (tokenMaxTtl), or token_period where a token is to be renewed without end',
  severity: 'warning',
  live: 'silently ignored: a token of a service account that was deleted is renewed until then',
  check: ({ chain }) =>
    chain.model.roles
      .filter(r => r.endless)
      .map(r => ({ message: `role "${nameOf(r)}" has no token_max_ttl`, origin: r.origin })),
};

/** A reviewer that was copied from Vault's pod. */
export const pinnedReviewer: Rule = {
  id: 'VC311',
  title: 'the reviewer token or the CA of the pod is pinned in an auth mount',
  why: 'a bound token expires, and Terraform runs outside the pod, where its files do not exist; unset, Vault reads them again by itself',
  fix: 'drop kubernetes_ca_cert and token_reviewer_jwt where Vault runs in the cluster',
  severity: 'warning',
  live: '403 permission denied, for every login once the token has expired',
  check: ({ chain }) =>
    chain.model.authConfigs.flatMap(c => {
      const inCluster = String(c.arguments['kubernetes_host']).startsWith('https://kubernetes.default.svc');
      const pinned = ['kubernetes_ca_cert', 'token_reviewer_jwt'].filter(a => c.arguments[a] !== undefined);
      return inCluster && pinned.length > 0
        ? [{ message: `auth/${isKnown(c.mount) ? c.mount : '?'} pins ${pinned.join(' and ')}`, origin: c.origin }]
        : [];
    }),
};

/** Validation of the issuer, which is deprecated. */
export const issuerValidated: Rule = {
  id: 'VC312',
  title: 'an auth mount validates the issuer of tokens',
  why: 'issuer and disable_iss_validation are deprecated, and the API server has checked the issuer already',
  fix: 'drop issuer, and set disable_iss_validation to true, which the provider would otherwise send as false',
  severity: 'warning',
  live: '403 invalid issuer (iss) claim',
  check: ({ chain }) =>
    chain.model.authConfigs
      .filter(c => c.arguments['issuer'] !== undefined || c.arguments['disable_iss_validation'] !== true)
      .map(c => ({
        message: `auth/${isKnown(c.mount) ? c.mount : '?'} ${c.arguments['issuer'] === undefined ? 'does not say disable_iss_validation = true' : 'sets issuer'}`,
        origin: c.origin,
      })),
};

function anyOf(names: RoleFact['namespaces']): boolean {
  return isKnown(names) && names.includes('*');
}

function hasGlob(names: RoleFact['namespaces']): boolean {
  return isKnown(names) && names.some(n => n.includes('*'));
}

/** Vault takes the empty text for a name, and nothing has that name. */
function bindsNothing(names: RoleFact['namespaces']): boolean {
  return isKnown(names) && names.every(n => n.trim() === '');
}

function isEmpty(names: RoleFact['namespaces']): boolean {
  return isKnown(names) && names.length === 0;
}

function nameOf(role: RoleFact): string {
  return isKnown(role.name) ? role.name : '?';
}

import { ROOT_POLICY } from '../access/chain';
import { isKnown } from '../access/documents';
import type { RoleFact } from '../access/model';
import type { Judged, Rule, Violation } from './rule';

/** A role that takes tokens made for anyone. */
export const audienceMissing: Rule = {
  id: 'VC331',
  title: 'a role asks for no audience',
  why: 'it takes any token of its service account, also one that was made for another service and was leaked there',
  fix: 'set audience on the role, and the same one on whatever logs in',
  severity: 'warning',
  live: 'Role ... does not have an audience configured. While audiences are not required, consider specifying one if your use case would benefit from additional JWT claim verification',
  check: judged =>
    roles(judged, r =>
      r.audience === undefined || r.audience === '' ? { words: 'asks for no audience', at: 'audience' } : undefined,
    ),
};

/** The audience by a name that Vault does not know. */
export const audiencesIgnored: Rule = {
  id: 'VC332',
  title: 'a role sets "audiences", which there is not',
  why: 'Terraform refuses the file; written by hand, Vault ignores it, and the role takes any audience',
  fix: 'name it audience, and give it one text',
  severity: 'error',
  live: 'Extraneous JSON object property; by hand: Endpoint ignored these unrecognized parameters: [audiences]',
  check: judged =>
    roles(judged, r =>
      r.arguments['audiences'] === undefined ? undefined : { words: 'sets audiences', at: 'audiences' },
    ),
};

/** A life that is longer than its maximum. */
export const lifetimeContradicts: Rule = {
  id: 'VC334',
  title: 'a role lets its tokens live longer than their maximum',
  why: 'Vault refuses the role',
  fix: 'make token_ttl at most token_max_ttl',
  severity: 'error',
  live: "400 'token_ttl' cannot be greater than 'token_max_ttl'",
  check: judged =>
    roles(judged, r => {
      const { token_ttl: ttl, token_max_ttl: max } = r.lifetime;
      if (!isKnown(ttl) || !isKnown(max) || max === 0 || ttl <= max) return undefined;
      return { words: `has a token_ttl of ${ttl} s, and a token_max_ttl of ${max} s`, at: 'token_ttl' };
    }),
};

/** Credentials that die before their time. */
export const leaseOutlivesToken: Rule = {
  id: 'VC335',
  title: 'a role reads credentials that may live longer than its token',
  why: 'leases are revoked with the token that made them, so the credentials stop working before their own end',
  fix: 'make token_max_ttl at least the max_ttl of the database role, or shorten that one',
  severity: 'warning',
  live: 'silently ignored: the lease is revoked with its token, and the database answers password authentication failed',
  check: judged =>
    judged.chain.model.roles.flatMap(role => {
      const limits = [role.lifetime.token_max_ttl, role.lifetime.token_explicit_max_ttl].filter(isKnown);
      const max = Math.min(...limits.filter(l => l > 0));
      if (max === Infinity || role.lifetime.token_period !== 0) return [];
      return judged.chain.model.databaseRoles.flatMap((lease): readonly Violation[] => {
        if (lease.stack !== role.stack || !isKnown(lease.maxTtl) || lease.maxTtl <= max) return [];
        if (judged.chain.aclOf(role).decide('read', lease.path).outcome !== 'allowed') return [];
        const message = `role "${nameOf(role)}" reads "${lease.path}", whose leases live up to ${lease.maxTtl} s, and its tokens live up to ${max} s (${lease.origin.file})`;
        return [{ message, origin: role.originOf('token_max_ttl') }];
      });
    }),
};

/** An auth mount as policies and the injector spell it. */
export const roleMountWithPrefix: Rule = {
  id: 'VC336',
  title: 'a role names its auth mount with auth/ before it',
  why: 'the provider puts auth/ before it, so the role is written to a mount that is not there',
  fix: 'write the path alone: kubernetes, not auth/kubernetes',
  severity: 'error',
  live: '404 no handler for route "auth/auth/..."',
  check: judged =>
    roles(judged, r => {
      if (!isKnown(r.mount) || !/^\/?auth\//.test(r.mount)) return undefined;
      const really = judged.chain.model.authMounts.some(m => m.stack === r.stack && m.path === r.mount);
      return really
        ? undefined
        : { words: `is on ${JSON.stringify(r.mount)}, which is auth/${r.mount}`, at: 'backend' };
    }),
};

/** The policy that only the first token has. */
export const rootPolicy: Rule = {
  id: 'VC337',
  title: 'a role carries the policy "root"',
  why: 'no auth method may hand it out, so nobody can log in',
  fix: 'name the policies that the workload needs',
  severity: 'error',
  live: '400 auth methods cannot create root tokens',
  check: judged =>
    roles(judged, r =>
      isKnown(r.policies) && r.policies.some(p => isKnown(p) && p.toLowerCase() === ROOT_POLICY)
        ? { words: 'carries the policy "root"', at: 'token_policies' }
        : undefined,
    ),
};

/** What is to be said of each role, at one of its arguments. */
function roles(
  { chain }: Judged,
  say: (role: RoleFact) => { readonly words: string; readonly at: string } | undefined,
): readonly Violation[] {
  return chain.model.roles.flatMap(role => {
    const said = say(role);
    return said ? [{ message: `role "${nameOf(role)}" ${said.words}`, origin: role.originOf(said.at) }] : [];
  });
}

function nameOf({ name }: RoleFact): string {
  return isKnown(name) ? name : '?';
}

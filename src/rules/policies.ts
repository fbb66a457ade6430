import { DEFAULT_POLICY } from '../access/chain';
import { isKnown } from '../access/documents';
import { isReadable } from '../policy/document';
import type { Judged, Rule, Violation } from './rule';

/** A role names a policy that is not printed. */
export const policyMissing: Rule = {
  id: 'VC205',
  title: 'a role names a policy that is not printed',
  why: 'Vault takes a role whose policy does not exist, and the token then may do nothing of it',
  fix: 'print the policy with the role, or read its text too',
  severity: 'warning',
  live: 'silently ignored: the login succeeds, and every read is 403 permission denied',
  check: judged => unreadable(judged, name => !isDefault(name), 'of which nothing is known'),
};

/** A role names a policy that nobody prints, and of which nobody says that it is there. */
export const policyNowhere: Rule = {
  id: 'VC207',
  title: 'a role names a policy that is not printed and that nothing says to exist',
  why: 'a misspelt name is taken by Vault like any other, and the token then may do nothing of what was meant',
  fix: 'print the policy, name the right one, or say that it exists: VaultPolicy.fromName',
  severity: 'error',
  live: 'silently ignored: the login succeeds, and every read is 403 permission denied',
  check: ({ chain, statedPolicies }) => {
    // Read from files, a policy may well be printed by another program.
    if (!statedPolicies) return [];
    const known = new Set([
      ...statedPolicies.map(p => `${p.stack}\0${p.name.toLowerCase()}`),
      ...chain.model.policies.map(p => `${p.stack}\0${p.policy.name.toLowerCase()}`),
    ]);
    return chain.model.roles.flatMap(role =>
      (isKnown(role.policies) ? role.policies : []).flatMap(name =>
        !isKnown(name) || isDefault(name) || known.has(`${role.stack}\0${name.toLowerCase()}`)
          ? []
          : [
              {
                message: `role "${isKnown(role.name) ? role.name : '?'}" names the policy "${name}", which is neither printed nor said to exist`,
                origin: role.origin,
              },
            ],
      ),
    );
  },
};

/** A token carries the policy that Vault always has, and nothing says what is in it. */
export const defaultPolicyUnknown: Rule = {
  id: 'VC206',
  title: 'a role carries the policy "default", whose text is not known',
  why: 'Vault always has that policy, and whoever has the right may edit it there, so what the role may do is not known',
  fix: 'set token_no_default_policy = true, which drops it unless token_policies names it; or print its text too',
  severity: 'note',
  check: judged => unreadable(judged, isDefault, 'whose text is not known'),
};

/** The policies of roles, of those with such a name, of which nothing can be said. */
function unreadable({ chain }: Judged, named: (name: string) => boolean, words: string): readonly Violation[] {
  return chain.model.roles.flatMap(role =>
    chain.policiesOf(role).flatMap(policy => {
      if (isReadable(policy) || !named(policy.name)) return [];
      const name = isKnown(role.name) ? role.name : '?';
      const message = `role "${name}" carries the policy "${policy.name}", ${words}: ${policy.unreadable}`;
      return [{ message, origin: role.origin }];
    }),
  );
}

function isDefault(name: string): boolean {
  return name.toLowerCase() === DEFAULT_POLICY;
}

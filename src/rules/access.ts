import { isDeepStrictEqual } from 'node:util';
import { identitiesOf, identityText } from '../access/chain';
import { isKnown } from '../access/documents';
import type { RoleFact } from '../access/model';
import { type Capability, isReadable, type PolicyRule } from '../policy/document';
import type { Decision, Operation } from '../policy/evaluator';
import type { Intent, Judged, Rule, Violation } from './rule';

/** A delivered path that the role may not read. */
export const deliveredButDenied: Rule = {
  id: 'VC201',
  title: 'a delivered secret is not granted by any policy of the role',
  why: 'the pod never starts: one refused object fails the whole volume',
  fix: 'declare the consumption, so that the policy is derived from it, or grant the path',
  severity: 'error',
  live: '403 permission denied',
  check: judged => deliveredWith(judged, 'denied', 'may not'),
};

/** A delivered path of which nothing certain can be said. */
export const deliveredButUnknown: Rule = {
  id: 'VC202',
  title: 'whether a delivered secret is granted is not known',
  why: 'something that decides is not among what was read',
  fix: 'read the missing part too, or try it on the live Vault: vault token capabilities',
  severity: 'note',
  check: judged => deliveredWith(judged, 'unknown', 'may or may not'),
};

function deliveredWith({ chain }: Judged, outcome: Decision['outcome'], words: string): readonly Violation[] {
  return chain.model.deliveries.flatMap(d => {
    const link = chain.roleOf(d);
    const where = `SecretProviderClass ${d.namespace}/${d.name}`;
    if ('unknown' in link || !isKnown(d.reads)) {
      const reason = 'unknown' in link ? link.unknown : isKnown(d.reads) ? '' : d.reads.unknown;
      return outcome === 'unknown' ? [{ message: `${where}: ${reason}`, origin: d.origin }] : [];
    }
    if (!('found' in link)) return [];
    const acl = chain.aclOf(link.found);
    return d.reads.flatMap(read => {
      const decision = acl.decide(read.operation, read.path);
      if (decision.outcome !== outcome) return [];
      return [
        {
          message: `${where} reads "${read.path}", which role "${d.role}" ${words} ${read.operation}: ${decision.because}`,
          origin: d.origin,
        },
      ];
    });
  });
}

/** Something that was declared is not what the print-out says. */
export const intentNotPrinted: Rule = {
  id: 'VC203',
  title: 'something that was declared is not granted by what is printed',
  why: 'an override or a raw resource took away what the workload needs',
  fix: 'remove the override, or the declaration that it contradicts',
  severity: 'error',
  live: '403 permission denied',
  check: ({ chain, intents = [] }) => {
    const roles = rolesByName(chain.model.roles);
    return intents.flatMap(intent => {
      const role = roles.get(nameOf(intent));
      const who = identityText(intent);
      if (!role)
        return [
          {
            message: `${who} was declared with role "${intent.role}" on auth/${intent.mount}, which is not printed`,
            origin: { file: '(app)', construct: intent.at },
          },
        ];
      if (chain.admits(role, intent) === false) {
        const admitted = identitiesOf(role).map(identityText).join(', ');
        return [
          {
            message: `${who} was declared with role "${intent.role}", which admits only ${admitted}`,
            origin: role.origin,
          },
        ];
      }
      const acl = chain.aclOf(role);
      return intent.rules.flatMap(rule =>
        rule.capabilities.flatMap(capability => {
          const decision = acl.decide(operationOf(capability), rule.path, sampleData(rule));
          if (decision.outcome === 'allowed') return [];
          const message = `${who} was declared to ${capability} "${rule.path}", and the print-out says ${decision.outcome}: ${decision.because}`;
          return [{ message, origin: role.origin }];
        }),
      );
    });
  },
};

/** A request as the declaration allows it: for each parameter a value that its first pattern stands for. */
function sampleData({ parameters }: PolicyRule): Record<string, unknown> {
  const entries = Object.entries(parameters?.allowed ?? {}).map(([name, [value]]) => [
    name,
    typeof value === 'string' ? value.replace(/^\*|\*$/g, 'sample') : (value ?? 'sample'),
  ]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}

/** Something is printed that nobody declared. */
export const printedWithoutIntent: Rule = {
  id: 'VC204',
  title: 'a role may do something that nothing declares',
  why: 'rights that nobody asked for are rights that nobody watches',
  fix: 'declare it on a workload, or remove the raw resource or the override that grants it',
  severity: 'warning',
  check: ({ chain, intents }) => {
    if (!intents) return [];
    const declared = new Map(intents.map(i => [nameOf(i), i]));
    return chain.model.roles.flatMap(role => {
      const intent =
        isKnown(role.mount) && isKnown(role.name) ? declared.get(key(role.stack, role.mount, role.name)) : undefined;
      const wanted = new Map(intent?.rules.map(r => [r.path, r]));
      const who = identitiesOf(role).map(identityText).join(', ');
      return chain
        .policiesOf(role)
        .filter(isReadable)
        .flatMap(p => p.rules)
        .flatMap(rule => {
          const declared = wanted.get(rule.path);
          const narrower = declared === undefined || isDeepStrictEqual(declared.parameters, rule.parameters);
          const extra = rule.capabilities.filter(
            c => c !== 'deny' && !(narrower && declared?.capabilities.includes(c)),
          );
          return extra.length === 0
            ? []
            : [
                {
                  message: `${who} may ${extra.join(', ')} "${rule.path}" through role "${isKnown(role.name) ? role.name : '?'}", and nothing declares it`,
                  origin: role.origin,
                },
              ];
        });
    });
  },
};

/** A role names a policy that is not printed. */
export const policyMissing: Rule = {
  id: 'VC205',
  title: 'a role names a policy that is not printed',
  why: 'Vault takes a role whose policy does not exist, and the token then may do nothing of it',
  fix: 'print the policy with the role, or read its text too',
  severity: 'warning',
  live: 'silently ignored: the login succeeds, and every read is 403 permission denied',
  check: ({ chain }) =>
    chain.model.roles.flatMap(role =>
      chain
        .policiesOf(role)
        .filter(p => !isReadable(p))
        .map(p => ({
          message: `role "${isKnown(role.name) ? role.name : '?'}" carries the policy "${p.name}", of which nothing is known: ${isReadable(p) ? '' : p.unreadable}`,
          origin: role.origin,
        })),
    ),
};

function rolesByName(roles: readonly RoleFact[]): ReadonlyMap<string, RoleFact> {
  return new Map(
    roles.flatMap(r => (isKnown(r.mount) && isKnown(r.name) ? [[key(r.stack, r.mount, r.name), r] as const] : [])),
  );
}

function nameOf(intent: Intent): string {
  return key(intent.stack, intent.mount, intent.role);
}

function key(...parts: readonly string[]): string {
  return parts.join('\0').toLowerCase();
}

function operationOf(capability: Capability): Operation {
  return capability === 'sudo' || capability === 'deny' || capability === 'subscribe' ? 'read' : capability;
}

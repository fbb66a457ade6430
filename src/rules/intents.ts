import { isDeepStrictEqual } from 'node:util';
import { type Chain, identitiesOf, identityText } from '../access/chain';
import { isKnown } from '../access/documents';
import type { RoleFact } from '../access/model';
import { operationOf } from '../access/operation';
import { type Capability, isReadable, type PolicyRule } from '../policy/document';
import type { Decision } from '../policy/evaluator';
import type { Intent, Rule } from './rule';

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
      return intent.rules.flatMap(rule =>
        rule.capabilities.flatMap(capability => {
          const printed = verdictOn(capability, rule, chain, role);
          if (printed.outcome === (capability === 'deny' ? 'denied' : 'allowed')) return [];
          const message = `${who} was declared to ${capability} "${rule.path}", and the print-out says ${printed.outcome}: ${printed.because}`;
          return [{ message, origin: role.origin, ...(capability === 'deny' ? { live: NOT_DENIED } : {}) }];
        }),
      );
    });
  },
};

const NOT_DENIED = 'silently ignored: the request is answered';

/** What the print-out says of one capability on one path: by a request, or by the rule itself for what is no request. */
function verdictOn(
  capability: Capability,
  rule: PolicyRule,
  chain: Chain,
  role: RoleFact,
): Pick<Decision, 'outcome' | 'because'> {
  const operation = operationOf(capability);
  if (operation !== undefined) return chain.aclOf(role).decide(operation, rule.path, sampleData(rule));
  const printed = chain.capabilitiesOn(role, rule.path);
  if (!isKnown(printed)) return { outcome: 'unknown', because: printed.unknown };
  if (printed.length === 0) return { outcome: 'denied', because: 'no rule matches' };
  if (printed.includes('deny')) return { outcome: 'denied', because: 'the rule denies' };
  const wanted = capability === 'deny' ? printed : printed.filter(c => c === capability);
  return wanted.length === 0
    ? { outcome: 'denied', because: `the rule lacks "${capability}"` }
    : { outcome: 'allowed', because: `the rule has ${wanted.map(c => `"${c}"`).join(', ')}` };
}

/** A request as the declaration allows it: each parameter that it names, with a value that its first pattern stands for. */
function sampleData({ parameters = {} }: PolicyRule): Record<string, unknown> {
  const { allowed = {}, required = [] } = parameters;
  const names = new Set([...Object.keys(allowed).filter(name => name !== '*'), ...required]);
  return Object.fromEntries(
    [...names].map(name => {
      const [value = 'sample'] = allowed[name] ?? [];
      return [name.toLowerCase(), typeof value === 'string' ? value.replace(/^\*|\*$/g, 'sample') : value];
    }),
  );
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

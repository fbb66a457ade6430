import { type Chain, engineOf } from '../access/chain';
import { isKnown } from '../access/documents';
import type { DeliveryFact, EngineFact, PolicyFact, RoleFact } from '../access/model';
import { CAPABILITIES, isReadable, type Policy, type PolicyRule } from '../policy/document';
import { matchesPattern, parsePattern } from '../policy/pattern';
import { mended } from './kv-paths';
import type { Judged, Rule, Violation } from './rule';

/** Everything in an engine, now and later. */
export const ruleOverMount: Rule = {
  id: 'VC211',
  title: 'a policy covers a whole mount',
  why: 'whatever is put there tomorrow is covered too',
  fix: 'name the paths that are needed, or a folder of one team',
  severity: 'warning',
  check: judged =>
    rules(judged, ({ path, capabilities }, { engines }) =>
      !capabilities.includes('deny') && coversMount(path, engines)
        ? `allows ${capabilities.join(', ') || 'nothing'} on ${JSON.stringify(path)}`
        : undefined,
    ),
};

/** `*`, `secret/*`, `secret/data/*`, and the same with `+` for a part of it. */
function coversMount(path: string, engines: readonly EngineFact[]): boolean {
  const bare = path.replace(/^\//, '');
  if (!bare.endsWith('*')) return false;
  const folders = bare.slice(0, -1).split('/');
  const last = folders.pop() ?? '';
  if (last !== '') return folders.length === 0 || (folders.length === 1 && 'data'.startsWith(last));
  const engine = engineOf(bare, engines);
  const inside = folders.slice(engine === undefined ? 1 : engine.path.split('/').length);
  const [first, ...others] = inside;
  const atTop = first === undefined || (others.length === 0 && /^(?:data|metadata|creds|\+)$/.test(first));
  return atTop && !bare.includes('{{');
}

/** The right to what only operators do. */
export const ruleWithSudo: Rule = {
  id: 'VC212',
  title: 'a policy gives the capability "sudo"',
  why: 'it opens what Vault protects for its operators',
  fix: 'drop it; a workload that reads secrets does not need it',
  severity: 'warning',
  check: judged =>
    rules(judged, ({ path, capabilities }) =>
      capabilities.includes('sudo') && !capabilities.includes('deny')
        ? `gives sudo on ${JSON.stringify(path)}`
        : undefined,
    ),
};

/** A right that is not used. */
export const ruleUnused: Rule = {
  id: 'VC214',
  title: 'a policy lets a role read what none of its deliveries reads',
  why: 'rights that nobody uses are rights that nobody misses when they are taken, and nobody watches when they are used',
  fix: 'drop the rule, or deliver what it is for',
  severity: 'warning',
  check: judged => {
    // Where the program is at hand, what it declares counts, and VC204 says what it does not.
    if (judged.intents) return [];
    const { chain } = judged;
    const deliveries = new Map<RoleFact, DeliveryFact[]>();
    for (const delivery of chain.model.deliveries) {
      const link = chain.roleOf(delivery);
      if ('found' in link) deliveries.set(link.found, [...(deliveries.get(link.found) ?? []), delivery]);
    }
    // One policy may be of several roles: a rule is unused where none of them uses it.
    const holders = new Map<Policy, RoleFact[]>();
    for (const role of chain.model.roles)
      for (const policy of chain.policiesOf(role)) holders.set(policy, [...(holders.get(policy) ?? []), role]);
    const reads = new Map(chain.model.roles.map(r => [r, readsOf(deliveries.get(r) ?? [], chain)]));
    return rules(judged, (rule, { fact }) => {
      const roles = holders.get(fact.policy) ?? [];
      if (roles.length === 0 || !isForDelivery(rule) || mended(chain, fact.stack, rule.path, 'data') !== undefined)
        return undefined;
      const pattern = parsePattern(rule.path);
      if (roles.some(r => reads.get(r)?.some(path => matchesPattern(pattern, path)) ?? true)) return undefined;
      const who = roles.map(r => (isKnown(r.name) ? JSON.stringify(r.name) : '?')).join(', ');
      return `lets role ${who} read ${JSON.stringify(rule.path)}, and no delivery of it does`;
    });
  },
};

/** What is read with a role; not known where it delivers nothing, since it is then used in a way that nobody sees. */
function readsOf(deliveries: readonly DeliveryFact[], chain: Chain): readonly string[] | undefined {
  const paths = deliveries.flatMap((d): readonly (string | undefined)[] =>
    isKnown(d.objects)
      ? d.objects.flatMap(o => {
          const meant = mended(chain, chain.stackOf(d), o.path, 'data');
          return o.faults.length > 0 || o.path === '' ? [undefined] : [o.path, ...(meant === undefined ? [] : [meant])];
        })
      : [undefined],
  );
  const known = paths.filter(path => path !== undefined);
  return paths.length === 0 || known.length < paths.length ? undefined : known;
}

/** Whether a rule is one that a delivery could use: not what a token does about itself and its leases. */
function isForDelivery({ path, capabilities }: PolicyRule): boolean {
  if (!capabilities.includes('read') || capabilities.includes('deny')) return false;
  return !path.includes('{{') && !/^\/?(?:auth\/token\/|sys\/)/.test(path);
}

/** A policy that Vault does not take. */
export const capabilityUnknown: Rule = {
  id: 'VC215',
  title: 'a policy names a capability that there is not',
  why: 'Vault refuses the whole policy',
  fix: `use ${CAPABILITIES.join(', ')}; a write is create or update`,
  severity: 'error',
  live: '400 failed to parse policy: path "...": invalid capability "..."',
  check: ({ chain }) =>
    chain.model.policies.flatMap(fact =>
      isReadable(fact.policy) || !/^line \d+: invalid capability /.test(fact.policy.unreadable)
        ? []
        : [{ message: `policy "${fact.policy.name}", ${fact.policy.unreadable}`, origin: fact.originOf('policy') }],
    ),
};

/** A word that makes all others void. */
export const denyMixed: Rule = {
  id: 'VC216',
  title: 'a policy denies a path and allows something on it',
  why: 'deny wins over every other word of the rule',
  fix: 'keep deny alone, or drop it',
  severity: 'error',
  live: 'silently ignored: every request is 403 permission denied',
  check: judged =>
    rules(judged, ({ path, capabilities }) =>
      capabilities.includes('deny') && capabilities.length > 1
        ? `says ${capabilities.join(', ')} on ${JSON.stringify(path)}`
        : undefined,
    ),
};

interface RuleContext {
  readonly fact: PolicyFact;
  readonly engines: readonly EngineFact[];
}

/** What is to be said of each stanza. */
function rules(
  { chain }: Judged,
  say: (rule: PolicyRule, context: RuleContext) => string | undefined,
): readonly Violation[] {
  return chain.model.policies.flatMap(fact => {
    if (!isReadable(fact.policy)) return [];
    const engines = chain.enginesIn(fact.stack);
    return fact.policy.rules.flatMap(rule => {
      const words = say(rule, { fact, engines });
      const name = fact.policy.name;
      return words === undefined ? [] : [{ message: `policy "${name}" ${words}`, origin: fact.originOf('policy') }];
    });
  });
}

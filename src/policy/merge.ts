import { CAPABILITIES, type PolicyRule } from './document';
import { mergeParameters, type ParameterRules } from './parameters';

/**
 * Grants as the stanzas of one policy: one for each path, sorted. A grant never narrows another, so where one of them
 * takes any parameters, all do.
 */
export function mergeGrants(rules: readonly PolicyRule[]): readonly PolicyRule[] {
  const byPath = new Map<string, PolicyRule>();
  for (const rule of rules) {
    const known = byPath.get(rule.path);
    byPath.set(rule.path, known ? mergeTwo(known, rule) : mergeTwo(rule, rule));
  }
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function mergeTwo(a: PolicyRule, b: PolicyRule): PolicyRule {
  const comments = [a.comment, b.comment].flatMap(c => c?.split(', ') ?? []);
  const comment = [...new Set(comments)].join(', ');
  const parameters = a.parameters && b.parameters ? widest(a.parameters, b.parameters) : undefined;
  const conditions = [...new Set([...(a.conditions ?? []), ...(b.conditions ?? [])])];
  return {
    path: a.path,
    capabilities: CAPABILITIES.filter(c => a.capabilities.includes(c) || b.capabilities.includes(c)),
    ...(comment === '' ? {} : { comment }),
    ...(parameters === undefined ? {} : { parameters }),
    ...(conditions.length === 0 ? {} : { conditions }),
  };
}

/** What either side takes. Values are listed once, and what only one side denies or requires is dropped. */
function widest(a: ParameterRules, b: ParameterRules): ParameterRules | undefined {
  if (a === b) return a;
  if (!a.allowed || !b.allowed) return undefined;
  const { allowed = {} } = mergeParameters({ allowed: a.allowed }, { allowed: b.allowed });
  const required = (a.required ?? []).filter(r => b.required?.includes(r));
  return {
    allowed: Object.fromEntries(Object.entries(allowed).map(([k, v]) => [k, [...new Set(v)]])),
    ...(required.length === 0 ? {} : { required }),
  };
}

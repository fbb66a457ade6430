import { CAPABILITIES, type PolicyRule } from './document';
import { mergeParameters, type ParameterMap, type ParameterRules, type ParameterValue } from './parameters';

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

/**
 * What either side takes: names are folded as Vault does, values are listed once, and what only one side denies or
 * requires is dropped. Undefined where anything is taken.
 */
function widest(a: ParameterRules, b: ParameterRules): ParameterRules | undefined {
  const [x, y] = [mergeParameters({}, a), mergeParameters({}, b)];
  const merged = mergeParameters(
    {},
    {
      ...(x.allowed && y.allowed ? { allowed: allowedByEither(x.allowed, y.allowed) } : {}),
      ...(x.denied && y.denied ? { denied: deniedByBoth(x.denied, y.denied) } : {}),
      required: (x.required ?? []).filter(r => y.required?.includes(r)),
    },
  );
  return Object.keys(merged).length === 0 ? undefined : merged;
}

function allowedByEither(a: ParameterMap, b: ParameterMap): ParameterMap {
  return Object.fromEntries(
    namesOf(a, b).map(name => {
      const [x, y] = [valuesOf(a, name), valuesOf(b, name)];
      if (!x || !y) return [name, unique(x ?? y ?? [])];
      return [name, x.length === 0 || y.length === 0 ? [] : unique([...x, ...y])];
    }),
  );
}

function deniedByBoth(a: ParameterMap, b: ParameterMap): ParameterMap {
  return Object.fromEntries(
    namesOf(a, b).flatMap(name => {
      const [x, y] = [valuesOf(a, name), valuesOf(b, name)];
      if (!x || !y) return [];
      if (x.length === 0 || y.length === 0) return [[name, unique([...x, ...y])]];
      const shared = new Set(y.map(v => JSON.stringify(v)));
      const values = unique(x.filter(v => shared.has(JSON.stringify(v))));
      // An empty list would be any value.
      return values.length === 0 ? [] : [[name, values]];
    }),
  );
}

function namesOf(a: ParameterMap, b: ParameterMap): readonly string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])];
}

/** What one side lists for a name; `*` stands for every name that it does not list, with any value. */
function valuesOf(map: ParameterMap, name: string): readonly ParameterValue[] | undefined {
  if (Object.hasOwn(map, name)) return map[name];
  return Object.hasOwn(map, '*') ? [] : undefined;
}

function unique(values: readonly ParameterValue[]): readonly ParameterValue[] {
  return [...new Map(values.map(v => [JSON.stringify(v), v])).values()];
}

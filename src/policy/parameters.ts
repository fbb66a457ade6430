/** A value as a policy writes it, or as a request sends it. */
export type ParameterValue =
  string | number | boolean | null | readonly ParameterValue[] | { readonly [key: string]: ParameterValue };

/** Values by parameter; an empty list stands for any value. */
export type ParameterMap = Readonly<Record<string, readonly ParameterValue[]>>;

/** What a rule says of the parameters of a request. */
export interface ParameterRules {
  /**
   * Parameters that may be sent, and with which values.
   *
   * @default - no such restriction
   */
  readonly allowed?: ParameterMap;
  /**
   * Parameters that may not be sent, or not with these values.
   *
   * @default - no such restriction
   */
  readonly denied?: ParameterMap;
  /**
   * Parameters that must be sent.
   *
   * @default - no such restriction
   */
  readonly required?: readonly string[];
}

/**
 * Merges the parameter rules of two stanzas of one path.
 * Source: Vault `acl.go`: a restriction on one side alone restricts both; an empty list on either side means any value.
 */
export function mergeParameters(a: ParameterRules, b: ParameterRules): ParameterRules {
  const allowed = mergeMaps(a.allowed, b.allowed);
  const denied = mergeMaps(a.denied, b.denied);
  const required = [...new Set([...(a.required ?? []), ...(b.required ?? [])])];
  return {
    ...(allowed === undefined ? {} : { allowed }),
    ...(denied === undefined ? {} : { denied }),
    ...(required.length === 0 ? {} : { required }),
  };
}

function mergeMaps(a: ParameterMap | undefined, b: ParameterMap | undefined): ParameterMap | undefined {
  if (!a || Object.keys(a).length === 0) return b;
  if (!b || Object.keys(b).length === 0) return a;
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return Object.fromEntries(
    keys.map(key => {
      const [x, y] = [a[key], b[key]];
      if (!x || !y) return [key, x ?? y ?? []];
      return [key, x.length === 0 || y.length === 0 ? [] : [...x, ...y]];
    }),
  );
}

/**
 * Why a rule refuses the parameters of a request; undefined where it does not. Source: Vault 1.21 `acl.go`,
 * `AllowOperation`, with lists compared item by item.
 */
export function refusedParameter(rules: ParameterRules, sent: Readonly<Record<string, unknown>>): string | undefined {
  const missing = rules.required?.find(name => !Object.hasOwn(sent, name.toLowerCase()));
  if (missing !== undefined) return `the parameter "${missing}" is required`;
  const names = Object.keys(sent);
  if (names.length === 0) return undefined;
  const denied = rules.denied ?? {};
  if (Object.hasOwn(denied, '*')) return 'every parameter is denied';
  const bad = names.find(name => {
    const values = own(denied, name.toLowerCase());
    return values !== undefined && (values.length === 0 || matchesAny(values, sent[name]));
  });
  if (bad !== undefined) return `the parameter "${bad}" is denied`;
  const allowed = rules.allowed ?? {};
  const keys = Object.keys(allowed);
  if (keys.length === 0 || (keys.length === 1 && keys[0] === '*')) return undefined;
  const foreign = names.find(name => {
    const values = own(allowed, name.toLowerCase());
    if (values === undefined) return !Object.hasOwn(allowed, '*');
    return values.length > 0 && !matchesAll(values, sent[name]);
  });
  return foreign === undefined ? undefined : `the parameter "${foreign}" is not allowed with this value`;
}

function own(map: ParameterMap, key: string): readonly ParameterValue[] | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

/** The parts of a value that are compared one by one: the items of a list, or the words of a text with commas. */
function itemsOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value as readonly unknown[];
  return typeof value === 'string' ? value.split(',').map(s => s.trim()) : undefined;
}

function matchesAny(values: readonly ParameterValue[], sent: unknown): boolean {
  if (values.some(v => equal(v, sent))) return true;
  return itemsOf(sent)?.some(item => values.some(v => equal(v, item))) ?? false;
}

function matchesAll(values: readonly ParameterValue[], sent: unknown): boolean {
  if (values.some(v => equal(v, sent))) return true;
  if (sent === '') return true;
  return itemsOf(sent)?.every(item => values.some(v => equal(v, item))) ?? false;
}

/** Whether a value of a policy stands for one that was sent. Numbers never do: Vault decodes the two sides differently. */
function equal(value: ParameterValue, sent: unknown): boolean {
  if (typeof value === 'number' || typeof sent === 'number') return false;
  if (typeof value !== 'string' || typeof sent !== 'string')
    return JSON.stringify(sortKeys(value)) === JSON.stringify(sortKeys(sent));
  if (value.length < 2) return value === sent;
  const starts = value.startsWith('*');
  const ends = value.endsWith('*');
  if (starts && ends) return sent.includes(value.slice(1, -1));
  if (starts) return sent.endsWith(value.slice(1));
  if (ends) return sent.startsWith(value.slice(0, -1));
  return value === sent;
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([k, v]) => [k, sortKeys(v)]));
}

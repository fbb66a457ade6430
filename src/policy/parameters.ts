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
 * Merges the parameter rules of two stanzas of one path. Names are folded to lower case, and what restricts nothing is
 * left out, so that the order does not matter.
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

function mergeMaps(...maps: readonly (ParameterMap | undefined)[]): ParameterMap | undefined {
  const merged = new Map<string, readonly ParameterValue[]>();
  for (const [written, values] of maps.flatMap(map => Object.entries(map ?? {}))) {
    const name = written.toLowerCase();
    const known = merged.get(name);
    if (known === undefined) merged.set(name, values);
    else merged.set(name, known.length === 0 || values.length === 0 ? [] : [...known, ...values]);
  }
  return merged.size === 0 ? undefined : Object.fromEntries(merged);
}

/** Of two spellings of one name Vault keeps either, by chance: which names those are, and undefined where all differ. */
export function namedTwice(names: readonly string[]): string | undefined {
  const known = new Map<string, string>();
  for (const name of names) {
    const other = known.get(name.toLowerCase());
    if (other !== undefined)
      return `names one parameter in two spellings: ${JSON.stringify(other)} and ${JSON.stringify(name)}`;
    known.set(name.toLowerCase(), name);
  }
  return undefined;
}

/** Whether merged rules refuse any request at all; where they do not, what it sends need not be known. */
export function refusesSome({ allowed = {}, denied = {}, required = [] }: ParameterRules): boolean {
  if (required.length > 0 || Object.keys(denied).length > 0) return true;
  const lists = Object.entries(allowed);
  if (lists.length === 0) return false;
  return !Object.hasOwn(allowed, '*') || lists.some(([name, values]) => name !== '*' && values.length > 0);
}

/**
 * Why merged rules refuse the parameters of a request; undefined where they do not. Source: Vault 1.21 `acl.go`,
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

/** Whether a value of a policy stands for one that was sent. Only a text that is a value itself may hold a glob. */
function equal(value: ParameterValue, sent: unknown): boolean {
  if (typeof value !== 'string' || typeof sent !== 'string') return same(value, sent);
  if (value.length < 2) return value === sent;
  const starts = value.startsWith('*');
  const ends = value.endsWith('*');
  if (starts && ends) return sent.includes(value.slice(1, -1));
  if (starts) return sent.endsWith(value.slice(1));
  if (ends) return sent.startsWith(value.slice(0, -1));
  return value === sent;
}

/**
 * Whether two values are the same, however deep. Vault decodes the two sides differently: numbers are never the same,
 * and neither is an object right inside an object, which HCL takes for a list of blocks.
 */
function same(value: ParameterValue, sent: unknown): boolean {
  if (isList(value)) return isList(sent) && value.length === sent.length && value.every((v, i) => same(v, sent[i]));
  if (!isObject(value)) return typeof value !== 'number' && value === sent;
  if (!isObject(sent)) return false;
  const entries = Object.entries(value);
  return (
    entries.length === Object.keys(sent).length &&
    entries.every(([key, v]) => !isObject(v) && Object.hasOwn(sent, key) && same(v, sent[key]))
  );
}

function isList(value: unknown): value is readonly ParameterValue[] {
  return Array.isArray(value);
}

function isObject(value: unknown): value is Readonly<Record<string, ParameterValue>> {
  return typeof value === 'object' && value !== null && !isList(value);
}

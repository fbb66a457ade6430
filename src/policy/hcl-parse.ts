import { isCapability, type Policy, type PolicyRule } from './document';
import type { ParameterMap, ParameterRules, ParameterValue } from './parameters';

/**
 * Reads policy text back. It understands the HCL form of policies; whatever it does not understand makes the whole
 * policy unreadable, with line and reason, so that no one ever decides on half a policy.
 */
export function parsePolicy(name: string, text: string): Policy {
  try {
    return { name, rules: new Parser(tokenize(text)).policy() };
  } catch (error) {
    if (error instanceof Unreadable) return { name, unreadable: error.message };
    throw error;
  }
}

class Unreadable extends Error {}

type TokenKind = 'word' | 'text' | 'number' | 'mark' | 'end';
interface Token {
  readonly kind: TokenKind;
  readonly value: string;
  readonly line: number;
}

/** White space as HCL has it, which is less than JavaScript's, and the three kinds of comment. */
const SKIP = /[ \t\r\n]+|#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const TOKENS: readonly (readonly [TokenKind, RegExp])[] = [
  ['word', /[A-Za-z_][\w.-]*/y],
  ['number', /-?\d+(?:\.\d+)?/y],
  ['text', /"(?:[^"\\\n]|\\.)*"/y],
  ['mark', /[{}[\]=,]/y],
];

function tokenize(source: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(source)?.[0];
    if (found === undefined) return undefined;
    at += found.length;
    return found;
  };
  for (;;) {
    for (let skipped = take(SKIP); skipped !== undefined; skipped = take(SKIP)) line += linesIn(skipped);
    if (at >= source.length) {
      tokens.push({ kind: 'end', value: '', line });
      return tokens;
    }
    const start = at;
    const kind = TOKENS.find(([, pattern]) => take(pattern) !== undefined)?.[0];
    if (kind === undefined) throw new Unreadable(`line ${line}: ${JSON.stringify(source[at])} is not understood`);
    const value = source.slice(start, at);
    tokens.push({ kind, value: kind === 'text' ? unquote(value, line) : value, line });
  }
}

function linesIn(text: string): number {
  let lines = 0;
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) lines += 1;
  return lines;
}

function interpolationsClose(text: string): boolean {
  let depth = 0;
  for (const [mark] of text.matchAll(/\$\{|[{}]/g)) {
    if (mark === '}') depth = Math.max(0, depth - 1);
    else if (mark === '${' || depth > 0) depth += 1;
  }
  return depth === 0;
}

function unquote(text: string, line: number): string {
  if (text.includes('\0')) throw new Unreadable(`line ${line}: a null character is not understood`);
  // An interpolation may hold quotes of its own, so where it is not closed the text does not end where it seems to.
  if (!interpolationsClose(text)) throw new Unreadable(`line ${line}: "\${" is never closed`);
  return text.slice(1, -1).replace(/\\(.)/g, (_, c: string) => {
    const plain = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' }[c];
    if (plain === undefined) throw new Unreadable(`line ${line}: the escape "\\${c}" is not understood`);
    return plain;
  });
}

/** The attributes of a stanza that make an answer depend on more than path, capability and parameters. */
const CONDITIONS = [
  'min_wrapping_ttl',
  'max_wrapping_ttl',
  'mfa_methods',
  'control_group',
  'subscribe_event_types',
] as const;

class Parser {
  private readonly tokens: readonly Token[];
  private at = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  policy(): readonly PolicyRule[] {
    const rules: PolicyRule[] = [];
    let named = false;
    while (this.peek().kind !== 'end') {
      const { value, line } = this.next();
      if (value === 'name') {
        if (named) throw new Unreadable(`line ${line}: the attribute "name" stands twice`);
        named = true;
        this.mark('=');
        this.text();
      } else if (value === 'path') rules.push(this.rule());
      else throw new Unreadable(`line ${line}: invalid key ${JSON.stringify(value)}`);
    }
    return rules;
  }

  private rule(): PolicyRule {
    const path = this.path();
    let capabilities: PolicyRule['capabilities'] = [];
    let parameters: ParameterRules = {};
    const seen = new Set<string>();
    this.mark('{');
    while (!this.isMark('}')) {
      const { value: key, line } = this.next();
      if (seen.has(key)) throw new Unreadable(`line ${line}: the attribute ${JSON.stringify(key)} stands twice`);
      seen.add(key);
      if (key === 'capabilities') {
        this.mark('=');
        capabilities = this.capabilities();
      } else if (key === 'comment') {
        this.mark('=');
        this.text();
      } else if (key === 'allowed_parameters') parameters = { ...parameters, allowed: this.parameterMap(key) };
      else if (key === 'denied_parameters') parameters = { ...parameters, denied: this.parameterMap(key) };
      else if (key === 'required_parameters') parameters = { ...parameters, required: this.texts(key) };
      else if ((CONDITIONS as readonly string[]).includes(key)) this.value();
      else throw new Unreadable(`line ${line}: invalid key ${JSON.stringify(key)}`);
    }
    this.mark('}');
    const conditions = CONDITIONS.filter(c => seen.has(c));
    return {
      path,
      capabilities,
      ...(Object.keys(parameters).length > 0 ? { parameters } : {}),
      ...(conditions.length > 0 ? { conditions } : {}),
    };
  }

  private capabilities(): PolicyRule['capabilities'] {
    const words: string[] = [];
    this.mark('[');
    while (!this.isMark(']')) {
      words.push(this.text());
      if (!this.isMark(']')) this.mark(',');
    }
    const { line } = this.next();
    const unknown = words.find(w => !isCapability(w));
    if (unknown !== undefined) throw new Unreadable(`line ${line}: invalid capability ${JSON.stringify(unknown)}`);
    return words.filter(isCapability);
  }

  /** Lists of values by parameter; names are folded to lower case, as Vault does. */
  private parameterMap(key: string): ParameterMap {
    const { line } = this.peek();
    const value = this.value();
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new Unreadable(`line ${line}: "${key}" is not an object`);
    return Object.fromEntries(
      Object.entries(value).map(([name, values]) => {
        if (!Array.isArray(values)) throw new Unreadable(`line ${line}: "${key}" of "${name}" is not a list`);
        return [name.toLowerCase(), values as readonly ParameterValue[]];
      }),
    );
  }

  private texts(key: string): readonly string[] {
    const { line } = this.peek();
    const value = this.value();
    if (Array.isArray(value) && value.every(v => typeof v === 'string')) return value;
    throw new Unreadable(`line ${line}: "${key}" is not a list of texts`);
  }

  /** Any value, after an optional `=`: a text, a number, a truth value, a list or an object. */
  private value(): ParameterValue {
    const assigned = this.isMark('=');
    if (assigned) this.next();
    if (!assigned && !this.isMark('{')) this.mark('=');
    return this.plainValue(0);
  }

  private plainValue(depth: number): ParameterValue {
    const { value, kind, line } = this.next();
    if (depth > 64) throw new Unreadable(`line ${line}: values are nested too deeply`);
    if (kind === 'text') return value;
    if (kind === 'number') return Number(value);
    if (kind === 'word' && (value === 'true' || value === 'false')) return value === 'true';
    if (kind === 'mark' && value === '[') return this.list(line, depth + 1);
    if (kind === 'mark' && value === '{') return this.object(line, depth + 1);
    throw new Unreadable(`line ${line}: unexpected ${JSON.stringify(value)}`);
  }

  private list(opened: number, depth: number): readonly ParameterValue[] {
    const values: ParameterValue[] = [];
    while (!this.isMark(']')) {
      this.refuseEnd('[', opened);
      values.push(this.plainValue(depth));
      this.refuseEnd('[', opened);
      if (!this.isMark(']')) this.mark(',');
    }
    this.next();
    return values;
  }

  /** `key = value` or `key { ... }`, with or without commas; blocks may carry labels, which only conditions have. */
  private object(opened: number, depth: number): Readonly<Record<string, ParameterValue>> {
    const entries: [string, ParameterValue][] = [];
    while (!this.isMark('}')) {
      this.refuseEnd('{', opened);
      const { value: key, kind, line } = this.next();
      if (kind !== 'text' && kind !== 'word') throw new Unreadable(`line ${line}: unexpected ${JSON.stringify(key)}`);
      while (this.peek().kind === 'text') this.next();
      if (!this.isMark('{')) this.mark('=');
      entries.push([key, this.plainValue(depth)]);
      if (this.isMark(',')) this.next();
    }
    this.next();
    return Object.fromEntries(entries);
  }

  private refuseEnd(mark: string, opened: number): void {
    if (this.peek().kind === 'end') throw new Unreadable(`line ${opened}: ${JSON.stringify(mark)} is never closed`);
  }

  /** Vault refuses the whole policy for either of these. */
  private path(): string {
    const { line } = this.peek();
    const path = this.text();
    if (path.includes('+*'))
      throw new Unreadable(`line ${line}: path ${JSON.stringify(path)}: invalid use of wildcards ('+*' is forbidden)`);
    if (/\{\{|\}\}/.test(path.replace(/\{\{(?:(?!\{\{|\}\}).)*\}\}/gs, '')))
      throw new Unreadable(`line ${line}: the braces of ${JSON.stringify(path)} do not match`);
    return path;
  }

  private text(): string {
    const token = this.next();
    if (token.kind !== 'text') throw new Unreadable(`line ${token.line}: a quoted text is missing`);
    return token.value;
  }

  private mark(value: string): void {
    const token = this.next();
    if (token.kind === 'mark' && token.value === value) return;
    throw new Unreadable(`line ${token.line}: ${JSON.stringify(value)} is missing`);
  }

  private isMark(value: string): boolean {
    const token = this.peek();
    return token.kind === 'mark' && token.value === value;
  }

  private peek(): Token {
    return this.tokens[this.at] ?? { kind: 'end', value: '', line: 0 };
  }

  private next(): Token {
    const token = this.peek();
    if (token.kind === 'end') throw new Unreadable(`line ${token.line}: the text ends too early`);
    this.at += 1;
    return token;
  }
}

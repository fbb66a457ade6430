import { type Token, tokenize, Unreadable } from './hcl-tokens';
import type { ParameterValue } from './parameters';

/** How deep values may be nested: far more than a policy needs, far less than what overflows. */
const DEEPEST = 64;

/**
 * Reads the tokens of a policy one after the other, and the values that they make. Whatever is not as expected is
 * thrown as {@link Unreadable}.
 */
export class HclReader {
  private readonly tokens: readonly Token[];
  private at = 0;

  constructor(text: string) {
    this.tokens = tokenize(text);
  }

  /** The next token, without going on. */
  peek(): Token {
    return this.tokens[this.at] ?? { kind: 'end', value: '', line: 0 };
  }

  /** The next token, of which there has to be one. */
  next(): Token {
    const token = this.peek();
    if (token.kind === 'end') throw new Unreadable(`line ${token.line}: the text ends too early`);
    this.at += 1;
    return token;
  }

  /** Whether this mark comes next. */
  isMark(value: string): boolean {
    const token = this.peek();
    return token.kind === 'mark' && token.value === value;
  }

  /** This mark, which has to come next. */
  mark(value: string): void {
    const token = this.next();
    if (token.kind === 'mark' && token.value === value) return;
    throw new Unreadable(`line ${token.line}: ${JSON.stringify(value)} is missing`);
  }

  /** A quoted text, which has to come next. */
  text(): string {
    const token = this.next();
    if (token.kind !== 'text') throw new Unreadable(`line ${token.line}: a quoted text is missing`);
    return token.value;
  }

  /** Any value, after an `=` that only an object may do without: a text, a number, a truth value, a list or an object. */
  value(): ParameterValue {
    if (!this.isMark('{')) this.mark('=');
    return this.plainValue(0);
  }

  private plainValue(depth: number): ParameterValue {
    const { value, kind, line } = this.next();
    if (depth > DEEPEST) throw new Unreadable(`line ${line}: values are nested too deeply`);
    if (kind === 'text') return value;
    if (kind === 'number') return Number(value);
    if (kind === 'word' && isTruthValue(value)) return value === 'true';
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

  /**
   * `key = value` or `key { ... }`, with or without commas. Blocks may carry labels and stand several times, which only
   * conditions need: of these no more is asked than where they end.
   */
  private object(opened: number, depth: number): Readonly<Record<string, ParameterValue>> {
    const entries = new Map<string, ParameterValue>();
    const assigned = new Set<string>();
    while (!this.isMark('}')) {
      this.refuseEnd('{', opened);
      const { value: key, line } = this.key();
      const labelled = this.peek().kind === 'text';
      while (this.peek().kind === 'text') this.next();
      const block = this.isMark('{');
      if (!block) this.mark(labelled ? '{' : '=');
      if (assigned.has(key) || (!block && entries.has(key)))
        throw new Unreadable(`line ${line}: ${JSON.stringify(key)} stands twice`);
      if (!block) assigned.add(key);
      entries.set(key, this.plainValue(depth));
      if (this.isMark(',')) this.next();
    }
    this.next();
    return Object.fromEntries(entries);
  }

  private key(): Token {
    const token = this.next();
    if (token.kind === 'text' || (token.kind === 'word' && !isTruthValue(token.value))) return token;
    throw new Unreadable(`line ${token.line}: unexpected ${JSON.stringify(token.value)}`);
  }

  private refuseEnd(mark: string, opened: number): void {
    if (this.peek().kind === 'end') throw new Unreadable(`line ${opened}: ${JSON.stringify(mark)} is never closed`);
  }
}

function isTruthValue(word: string): boolean {
  return word === 'true' || word === 'false';
}

/**
 * Why the text of a policy is not understood: line and reason. It never leaves the reading of policies.
 *
 * @internal
 */
export class Unreadable extends Error {}

/** What a token is; `end` stands once, behind all others. */
export type TokenKind = 'word' | 'text' | 'number' | 'mark' | 'end';

/** One token of policy text. */
export interface Token {
  /** What it is. */
  readonly kind: TokenKind;
  /** As written; a text is without its quotes, and its escapes are resolved. */
  readonly value: string;
  /** Where it starts, counted from 1. */
  readonly line: number;
}

/**
 * Cuts policy text into tokens. It runs over the text once, by loops and by patterns that cannot go back: a policy may
 * hold a text of any length, and a pattern with a choice inside a repetition overflows on a long one.
 */
export function tokenize(source: string): readonly Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let at = 0;
  while (at < source.length) {
    const skipped = source.slice(at, endOfSkipped(source, at));
    if (skipped === '') {
      const token = tokenAt(source, at, line);
      tokens.push(token.kind === 'text' ? { ...token, value: unquote(token.value, line) } : token);
      at += token.value.length;
    } else {
      refuseNull(skipped, line);
      line += linesIn(skipped);
      at += skipped.length;
    }
  }
  tokens.push({ kind: 'end', value: '', line });
  return tokens;
}

/** White space as HCL has it, which is less than JavaScript's. */
const SPACE = ' \t\r\n';

/** Where the white space or the comment that starts at a place ends; the place itself where there is neither. */
function endOfSkipped(source: string, start: number): number {
  const orAll = (end: number): number => (end < 0 ? source.length : end);
  if (source[start] === '#' || source.startsWith('//', start)) return orAll(source.indexOf('\n', start));
  if (source.startsWith('/*', start)) {
    const end = source.indexOf('*/', start + 2);
    return end < 0 ? start : end + 2;
  }
  let end = start;
  while (end < source.length && SPACE.includes(source.charAt(end))) end += 1;
  return end;
}

const PLAIN_TOKENS: readonly (readonly [TokenKind, RegExp])[] = [
  ['word', /[A-Za-z_][\w.-]*/y],
  ['number', /-?\d+(?:\.\d+)?/y],
  ['mark', /[{}[\]=,]/y],
];

/** The token that starts at a place, a text still with its quotes. */
function tokenAt(source: string, at: number, line: number): Token {
  const text = source[at] === '"' ? textAt(source, at) : undefined;
  if (text !== undefined) return { kind: 'text', value: text, line };
  for (const [kind, pattern] of PLAIN_TOKENS) {
    pattern.lastIndex = at;
    const value = pattern.exec(source)?.[0];
    if (value !== undefined) return { kind, value, line };
  }
  throw new Unreadable(`line ${line}: ${JSON.stringify(source[at])} is not understood`);
}

/** A text ends at the next quote of its line that is not escaped. */
function textAt(source: string, start: number): string | undefined {
  for (let at = start + 1; at < source.length && source[at] !== '\n'; at += 1) {
    if (source[at] === '"') return source.slice(start, at + 1);
    if (source[at] === '\\' && source[at + 1] !== '\n') at += 1;
  }
  return undefined;
}

function linesIn(text: string): number {
  let lines = 0;
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) lines += 1;
  return lines;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['"', '"'],
  ['\\', '\\'],
]);

function unquote(text: string, line: number): string {
  refuseNull(text, line);
  checkInterpolations(text, line);
  const parts: string[] = [];
  let at = 1;
  for (let escape = text.indexOf('\\', at); escape >= 0; escape = text.indexOf('\\', at)) {
    const c = text.charAt(escape + 1);
    const plain = ESCAPES.get(c);
    if (plain === undefined) throw new Unreadable(`line ${line}: the escape "\\${c}" is not understood`);
    parts.push(text.slice(at, escape), plain);
    at = escape + 2;
  }
  return parts.join('') + text.slice(at, -1);
}

/** Vault refuses the character wherever it stands, in comments too. */
function refuseNull(text: string, line: number): void {
  if (text.includes('\0')) throw new Unreadable(`line ${line}: a null character is not understood`);
}

/**
 * An interpolation may hold quotes of its own, so where it is not closed the text does not end where it seems to; and
 * escapes in it stay as they are written.
 */
function checkInterpolations(text: string, line: number): void {
  let depth = 0;
  for (let at = text.indexOf('${'); at >= 0 && at < text.length; at += 1) {
    const c = text[at];
    if (c === '{' && (depth > 0 || text[at - 1] === '$')) depth += 1;
    else if (c === '}' && depth > 0) depth -= 1;
    else if (c === '\\' && depth > 0) throw new Unreadable(`line ${line}: an escape inside "\${" is not understood`);
  }
  if (depth > 0) throw new Unreadable(`line ${line}: "\${" is never closed`);
}

import { createHash } from 'node:crypto';

/** The functions of Terraform that printed stacks call. */
const functions: Readonly<Record<string, (...args: readonly unknown[]) => unknown>> = {
  // Terraform writes these three as it does in every JSON.
  jsonencode: value => JSON.stringify(value).replace(/[<>&]/g, c => `\\u00${c.charCodeAt(0).toString(16)}`),
  parseint: (text, base) => Number.parseInt(String(text), Number(base)),
  sha256: text => createHash('sha256').update(String(text)).digest('hex'),
  substr: (text, offset, length) => String(text).slice(Number(offset), Number(offset) + Number(length)),
};

/** What a token of an expression may be: a text, a number or a word, or one sign. */
const TOKEN = /\s*("(?:[^"\\]|\\.)*"|[\w.-]+|[()[\],])/y;

/**
 * Works out an expression of calls, lists, texts, numbers, truth values and references, as Terraform does. What else there
 * is in its language it refuses.
 *
 * @param reference - gives the value of a reference, e.g. `var.name`
 */
export function evaluate(expression: string, reference: (name: string) => unknown): unknown {
  const unsupported = (): Error => new Error(`the expression "\${${expression}}" is not supported`);
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  for (let at = 0; at < expression.trimEnd().length; at = TOKEN.lastIndex) {
    const [, token] = TOKEN.exec(expression) ?? [];
    if (token === undefined) throw unsupported();
    tokens.push(token);
  }
  const list = (end: string): unknown[] => {
    const items: unknown[] = [];
    while (tokens[0] !== end) {
      items.push(value());
      if (tokens[0] === ',') tokens.shift();
      else if (tokens[0] !== end) throw unsupported();
    }
    tokens.shift();
    return items;
  };
  const value = (): unknown => {
    const token = tokens.shift() ?? '';
    if (token === '[') return list(']');
    if (token.startsWith('"')) return JSON.parse(token.replace(/([$%])\1\{/g, '$1{')) as string;
    if (/^\d+$/.test(token)) return Number(token);
    if (token === 'true' || token === 'false') return token === 'true';
    if (tokens[0] !== '(') return reference(token);
    tokens.shift();
    const call = functions[token];
    if (!call) throw unsupported();
    return call(...list(')'));
  };
  const result = value();
  if (tokens.length > 0) throw unsupported();
  return result;
}

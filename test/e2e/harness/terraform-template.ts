import { isRecord } from './json';
import { evaluate } from './terraform-function';

/** What `${...}` may hold here: an attribute of a resource, or a variable. */
export interface Reference {
  /** `vault_mount.kv`, or `var.name` */
  readonly address: string;
  /** Undefined for a variable. */
  readonly attribute: string | undefined;
}

/** A call of a function, e.g. `sha256(var.name)`. */
export interface Call {
  /** As it stands between the braces. */
  readonly call: string;
}

export type Part = string | Reference | Call;

export type Lookup = (reference: Reference) => unknown;

const reference = /^\s*(?:(?<variable>var\.[\w-]+)|(?<resource>[a-z]\w*\.[\w-]+)\.(?<attribute>[\w-]+))\s*$/;

/**
 * Takes a string of Terraform JSON apart, as Terraform does: `$${` and `%%{` stand for `${` and `%{`, wherever they are
 * found (`$$${` is a dollar sign and an escape). Any expression but a plain reference or a call is refused.
 */
export function parseTemplate(text: string): readonly Part[] {
  const parts: Part[] = [];
  let literal = '';
  for (let i = 0; i < text.length;) {
    if (text.startsWith('$${', i) || text.startsWith('%%{', i)) {
      literal += text.slice(i + 1, i + 3);
      i += 3;
    } else if (text.startsWith('${', i)) {
      const end = text.indexOf('}', i);
      if (literal !== '') parts.push(literal);
      literal = '';
      parts.push(parseReference(end < 0 ? text.slice(i + 2) : text.slice(i + 2, end)));
      i = end < 0 ? text.length : end + 1;
    } else if (text.startsWith('%{', i)) {
      throw new Error(`the template directive at "${text.slice(i, i + 20)}" is not supported`);
    } else {
      literal += text.charAt(i++);
    }
  }
  if (literal !== '') parts.push(literal);
  return parts;
}

function parseReference(expression: string): Reference | Call {
  if (/^\s*\w+\(/.test(expression)) return { call: expression };
  const groups = reference.exec(expression)?.groups;
  const address = groups?.['variable'] ?? groups?.['resource'];
  if (address === undefined) throw new Error(`the expression "\${${expression}}" is not supported`);
  return { address, attribute: groups?.['attribute'] };
}

/** Puts values where references are, in texts, lists and maps with their keys. A lone reference keeps its type. */
export function resolve(value: unknown, lookup: Lookup): unknown {
  if (typeof value === 'string') return resolveText(parseTemplate(value), lookup);
  if (Array.isArray(value)) return value.map(item => resolve(item, lookup));
  if (isRecord(value)) {
    const entries = Object.entries(value);
    return Object.fromEntries(entries.map(([key, item]) => [String(resolve(key, lookup)), resolve(item, lookup)]));
  }
  return value;
}

/** All references in a value. */
export function referencesIn(value: unknown): readonly Reference[] {
  const found: Reference[] = [];
  resolve(value, reference => {
    found.push(reference);
    return '';
  });
  return found;
}

function resolveText(parts: readonly Part[], lookup: Lookup): unknown {
  const [only] = parts;
  if (parts.length === 1 && typeof only === 'object') return valueOf(only, lookup);
  return parts.map(part => (typeof part === 'string' ? part : toText(valueOf(part, lookup), part))).join('');
}

function valueOf(part: Reference | Call, lookup: Lookup): unknown {
  return 'call' in part ? evaluate(part.call, name => valueOf(parseReference(name), lookup)) : lookup(part);
}

function toText(value: unknown, part: Reference | Call): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = 'call' in part ? part.call : [part.address, part.attribute ?? []].flat().join('.');
  throw new Error(`\${${text}} cannot be a part of a text`);
}

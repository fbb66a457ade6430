import { Yaml } from 'cdk8s';

/**
 * One document as `Yaml.stringify` of cdk8s prints it, byte for byte, in a tenth of the time: structure is printed here, and
 * so is text that is plain in every reading of YAML; the library is asked about any other text, once for each.
 */
export function yamlText(document: Readonly<Record<string, unknown>>): string {
  // At the start of a line more texts are marks of YAML than below.
  const plain = Object.keys(document).length > 0 && Object.keys(document).every(isPlain);
  const printed = plain ? nodeText(document, '') : undefined;
  // Where one thing stands in two places the library prints an alias, which people read badly; a copy has none.
  return printed === undefined ? Yaml.stringify(JSON.parse(JSON.stringify(document))) : `${printed}\n`;
}

/** A map or a list with something in it, its first line without indentation; undefined where only the library knows. */
function nodeText(value: object, indent: string): string | undefined {
  const below = `${indent}  `;
  const lines: string[] = [];
  if (Array.isArray(value)) {
    for (const item of value as readonly unknown[]) {
      const text = isNode(item) ? nodeText(item, below) : leafText(item, below);
      if (text === undefined) return undefined;
      lines.push(`- ${text}`);
    }
  } else {
    for (const [key, item] of Object.entries(value)) {
      const name = keyText(key);
      const text = isNode(item) ? nodeText(item, below) : leafText(item, below);
      if (name === undefined || text === undefined) return undefined;
      lines.push(isNode(item) ? `${name}:\n${below}${text}` : `${name}: ${text}`);
    }
  }
  return lines.join(`\n${indent}`);
}

function isNode(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

function leafText(value: unknown, indent: string): string | undefined {
  if (typeof value === 'string') return value.includes('\n') ? blockText(value, indent) : scalarText(value);
  if (typeof value === 'boolean' || value === null || Number.isSafeInteger(value))
    return Object.is(value, -0) ? undefined : String(value);
  if (Array.isArray(value)) return '[]';
  return typeof value === 'object' ? '{}' : undefined;
}

/** Letters first, then what cannot be taken for a number, a mark or a comment. */
const PLAIN = /^[A-Za-z_/][\w./@=+()-]*(?:[:, ][\w./@=+()-]+)*$/;
/** What YAML 1.1 takes for a truth value, for nothing, or for a number. */
const OTHERWISE = /^(?:y|yes|n|no|true|false|on|off|null|e[-+]?\d+)$/i;

function isPlain(text: string): boolean {
  return text.length < 60 && PLAIN.test(text) && !OTHERWISE.test(text);
}

const SCALARS = new Map<string, string | undefined>();
const KEYS = new Map<string, string | undefined>();

function scalarText(text: string): string | undefined {
  return isPlain(text) ? text : ask(SCALARS, text, () => Yaml.stringify([text]), '- ', '\n');
}

function keyText(key: string): string | undefined {
  return isPlain(key) ? key : ask(KEYS, key, () => Yaml.stringify({ a: { [key]: 1 } }), 'a:\n  ', ': 1\n');
}

/** What the library prints between two marks, if it is one line. Texts recur in every manifest, so it is asked once. */
function ask(
  known: Map<string, string | undefined>,
  text: string,
  print: () => string,
  before: string,
  after: string,
): string | undefined {
  if (known.has(text)) return known.get(text);
  const printed = print();
  const inner = printed.slice(before.length, -after.length);
  const fits = printed === `${before}${inner}${after}` && !inner.includes('\n');
  if (known.size > 10_000) known.clear();
  known.set(text, fits ? inner : undefined);
  return fits ? inner : undefined;
}

/** Lines of visible characters, of which none is blank: printed as they are, each with its indentation. */
function blockText(text: string, indent: string): string | undefined {
  const ends = text.endsWith('\n');
  const lines = (ends ? text.slice(0, -1) : text).split('\n');
  if (!lines.every(line => /^[\x20-\x7e]*[\x21-\x7e]$/.test(line)) || /^ /.test(lines[0] ?? '')) return undefined;
  return `|${ends ? '' : '-'}\n${lines.map(line => `${indent}${line}`).join('\n')}`;
}

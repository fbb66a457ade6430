import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Origin } from '../errors/finding';
import type { Known } from './documents';
import type { ObjectFact, PermissionFact } from './manifest-facts';
import { type PlainObject, plainObjects } from './plain-objects';

/** The keys that the Vault CSI provider reads of an entry, and no other. Source: vault-csi-provider 1.7, `config.go`. */
export const OBJECT_KEYS: readonly string[] = [
  'objectName',
  'secretPath',
  'secretKey',
  'method',
  'secretArgs',
  'filePermission',
  'encoding',
];

/** Where a line of the text is. */
export type LineOrigin = (line: number) => Origin;

/** Reads the parameter `objects`, as the Vault CSI provider does: YAML whose texts may stand without quotes. */
export function readObjects(text: string, originOf: LineOrigin): Known<readonly ObjectFact[]> {
  const plain = plainObjects(text);
  if (!plain) return readYaml(text, originOf);
  return plain.map(o => ({ ...factOf(o), unknownKeys: [], faults: [], origin: originOf(o.line) }));
}

/** Reads the parameter `objects` by the whole of YAML. */
export function readYaml(text: string, originOf: LineOrigin): Known<readonly ObjectFact[]> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, logLevel: 'silent' });
  // The provider reads the first document, and no other.
  const error = document.errors.find(e => e.code !== 'MULTIPLE_DOCS');
  if (error) {
    const [reason = ''] = error.message.split('\n');
    return { unknown: `the parameter "objects" is not YAML: ${reason.replace(/ at line \d+, column \d+:?$/, '')}` };
  }
  const list = target(document.contents, document);
  if (list === undefined || isNull(list)) return [];
  if (!isSeq(list))
    return { unknown: `the parameter "objects" is not a list: cannot unmarshal ${tagOf(list)} into []config.Secret` };
  return list.items.map(item => {
    const start = isMap(item) || isScalar(item) || isSeq(item) || isAlias(item) ? item.range?.[0] : undefined;
    const entry = new Entry(target(item, document), document);
    const fact = factOf(entry);
    const unknownKeys = entry.keys().filter(k => !OBJECT_KEYS.includes(k));
    const line = start === undefined ? 1 : lines.linePos(start).line;
    return { ...fact, unknownKeys, faults: entry.faults, origin: originOf(line) };
  });
}

function factOf(entry: Omit<PlainObject, 'line'>): Omit<ObjectFact, 'unknownKeys' | 'faults' | 'origin'> {
  const writtenPath = entry.text('secretPath');
  const [path = ''] = writtenPath.split('?');
  return {
    name: entry.text('objectName'),
    writtenPath,
    path: path.replace(/^\/?(v1\/)?/, ''),
    key: entry.text('secretKey'),
    method: entry.text('method') || 'GET',
    args: entry.args,
    permission: entry.permission,
    encoding: entry.text('encoding'),
  };
}

/** One entry, with what the provider would not take of it. */
class Entry implements Omit<PlainObject, 'line'> {
  readonly faults: string[] = [];
  private readonly node: unknown;
  private readonly document: Document;

  constructor(node: unknown, document: Document) {
    this.node = node;
    this.document = document;
    if (!isMap(node) && !isNull(node)) this.faults.push(`cannot unmarshal ${tagOf(node)} into config.Secret`);
  }

  keys(): readonly string[] {
    return isMap(this.node) ? this.node.items.map(i => (isScalar(i.key) ? String(i.key.value) : '?')) : [];
  }

  /** A scalar of any kind is taken as it is written. */
  readonly text = (key: string): string => {
    const node = this.value(key);
    if (node === undefined || isNull(node)) return '';
    if (isScalar(node)) return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
    this.faults.push(`cannot unmarshal ${tagOf(node)} into string`);
    return '';
  };

  get args(): unknown {
    const node = this.value('secretArgs');
    if (node === undefined || isNull(node)) return undefined;
    if (isMap(node)) return node.toJS(this.document, { maxAliasCount: 100 }) as unknown;
    this.faults.push(`cannot unmarshal ${tagOf(node)} into map[string]interface {}`);
    return undefined;
  }

  get permission(): PermissionFact | undefined {
    const node = this.value('filePermission');
    if (node === undefined || isNull(node)) return undefined;
    const text = isScalar(node) ? (node.source ?? String(node.value)) : tagOf(node);
    const plain = isScalar(node) && node.type === 'PLAIN';
    const [, octal, decimal] = /^(?:0o?([0-7]+)|(0|[1-9]\d*))$/.exec(plain ? text : '') ?? [];
    const mode = octal === undefined ? (decimal === undefined ? undefined : Number(decimal)) : parseInt(octal, 8);
    return { text, mode, decimal: decimal !== undefined };
  }

  private value(key: string): unknown {
    if (!isMap(this.node)) return undefined;
    const pair = this.node.items.find(i => isScalar(i.key) && i.key.value === key);
    return pair === undefined ? undefined : (target(pair.value, this.document) ?? null);
  }
}

/** What an alias stands for; any other node is itself. */
function target(node: unknown, document: Document): unknown {
  return isAlias(node) ? node.resolve(document) : (node ?? undefined);
}

function isNull(node: unknown): boolean {
  return node === null || node === undefined || (isScalar(node) && node.value === null);
}

/** The kind of a value as Go's YAML names it. */
function tagOf(node: unknown): string {
  if (isMap(node)) return '!!map';
  if (isSeq(node)) return '!!seq';
  if (!isScalar(node)) return '!!null';
  const kinds: Readonly<Record<string, string>> = { number: '!!int', boolean: '!!bool', bigint: '!!int' };
  const text = node.source ?? String(node.value);
  return `${kinds[typeof node.value] ?? '!!str'} \`${text.length > 10 ? `${text.slice(0, 7)}...` : text}\``;
}

import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, relative, sep } from 'node:path';
import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments, Scalar } from 'yaml';
import { filesBelow } from '../core/files-below';
import { jsonFault } from '../core/json-fault';
import type { Manifest } from '../core/patch';
import { messageOf, VaultCdkError } from '../errors/error';
import type { Origin } from '../errors/finding';
import { listOf, type PrintedDocument } from './documents';

/**
 * Reads printed files from disk: Kubernetes manifests in YAML, and Terraform JSON. Folders are read with all below them.
 * The folder just below a path that was given is the cluster of the manifests in it.
 *
 * @throws VaultCdkError `read/...` naming file and line, when a file cannot be read
 */
export function readFiles(paths: readonly string[]): readonly PrintedDocument[] {
  return paths.flatMap(path => {
    const files = listFiles(path).filter(f => /\.(ya?ml|tf\.json)$/.test(f) && !/(^|[\\/])node_modules[\\/]/.test(f));
    return files.flatMap(file => readFile(file, path));
  });
}

function listFiles(path: string): readonly string[] {
  let isFolder: boolean;
  try {
    isFolder = statSync(path).isDirectory();
  } catch {
    const fix = 'name a file or folder that exists; run `vault-cdk synth` first if the output is missing';
    throw new VaultCdkError({ code: 'read/missing', problem: 'a path does not exist', given: path, fix });
  }
  if (!isFolder) return [path];
  return filesBelow(path);
}

function readFile(file: string, root: string): readonly PrintedDocument[] {
  const text = readFileSync(file, 'utf8');
  return file.endsWith('.tf.json') ? [readTerraformFile(file, text)] : readManifests(file, text, root);
}

function readTerraformFile(file: string, text: string): PrintedDocument {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const { reason, line } = jsonFault(text, error);
    throw unreadable(file, 'JSON', reason, line);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw unreadable(file, 'Terraform JSON', 'it is not an object');
  const origin: Origin = { file };
  return {
    format: 'terraform',
    origin,
    value: value as Manifest,
    group: basename(dirname(file)),
    locate: (...keys) => locate(file, text, keys),
  };
}

/** The line of a key: the keys of the way there stand before it, one after the other. */
function locate(file: string, text: string, keys: readonly string[]): Origin {
  let at = 0;
  for (const key of keys) {
    at = text.indexOf(`${JSON.stringify(key)}:`, at);
    if (at < 0) return { file };
  }
  return { file, line: text.slice(0, at).split('\n').length };
}

function readManifests(file: string, text: string, root: string): readonly PrintedDocument[] {
  const lines = new LineCounter();
  // Kubernetes reads YAML 1.1.
  const documents = parseAllDocuments(text, { version: '1.1', lineCounter: lines, logLevel: 'silent' });
  const group = clusterOf(file, root);
  return [...documents].flatMap(document => {
    const [error] = document.errors;
    if (error)
      throw unreadable(
        file,
        'YAML',
        (error.message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, ''),
        lines.linePos(error.pos[0]).line,
      );
    // Where the content starts; the range of the document itself starts at the `---` before it.
    const origin: Origin = { file, line: lines.linePos((document.contents?.range ?? document.range)[0]).line };
    let value: unknown;
    try {
      value = document.toJS({ maxAliasCount: 100 });
    } catch (cause) {
      throw unreadable(file, 'YAML', messageOf(cause), origin.line);
    }
    const isList = typeof value === 'object' && value !== null && /List$/.test(String((value as Manifest)['kind']));
    const items = isList ? listOf(value, 'items') : [value];
    return items.flatMap((item, index): readonly PrintedDocument[] => {
      if (typeof item !== 'object' || item === null || Array.isArray(item)) return [];
      const places = new Places(document, lines, { origin, root: isList ? ['items', String(index)] : [] });
      return [
        {
          format: 'kubernetes',
          origin,
          value: item as Manifest,
          group,
          locate: (...keys) => places.of(keys),
          locateLine: (line, ...keys) => places.ofLine(line, keys),
        },
      ];
    });
  });
}

interface PlacesFrom {
  readonly origin: Origin;
  /** The keys of the way to where the manifest starts. */
  readonly root: readonly string[];
}

/** Finds the lines of parts of a YAML document. */
class Places {
  private readonly document: Document;
  private readonly lines: LineCounter;
  private readonly from: PlacesFrom;

  constructor(document: Document, lines: LineCounter, from: PlacesFrom) {
    this.document = document;
    this.lines = lines;
    this.from = from;
  }

  of(keys: readonly string[]): Origin {
    return this.at(this.find(keys).offset);
  }

  /** The lines of a literal block stand in the file as they are; of any other text only the start is known. */
  ofLine(line: number, keys: readonly string[]): Origin {
    const { node, offset } = this.find(keys);
    if (!isScalar(node) || node.type !== Scalar.BLOCK_LITERAL || !node.range) return this.at(offset);
    return { ...this.from.origin, line: this.lines.linePos(node.range[0]).line + line };
  }

  private at(offset: number | undefined): Origin {
    return offset === undefined ? this.from.origin : { ...this.from.origin, line: this.lines.linePos(offset).line };
  }

  /** As far as the keys lead: what an alias or a merge brings in is found where it is brought in. */
  private find(keys: readonly string[]): { readonly node: Node | null; readonly offset: number | undefined } {
    let node: Node | null = this.document.contents;
    let offset: number | undefined;
    for (const key of [...this.from.root, ...keys]) {
      if (isMap(node)) {
        const pair = node.items.find(i => isScalar(i.key) && String(i.key.value) === key);
        if (!pair || !isScalar(pair.key)) break;
        offset = pair.key.range?.[0] ?? offset;
        node = (pair.value ?? null) as Node | null;
      } else if (isSeq(node)) {
        const item = node.items[Number(key)] as Node | undefined;
        if (!item) break;
        offset = item.range?.[0] ?? offset;
        node = item;
      } else break;
    }
    return { node, offset };
  }
}

function clusterOf(file: string, root: string): string {
  const parts = relative(root, file).split(sep);
  return parts.length > 1 ? (parts[0] ?? '') : '';
}

function unreadable(file: string, format: string, reason: string, line?: number): VaultCdkError {
  return new VaultCdkError({
    code: 'read/unreadable',
    problem: `a file is not ${format}`,
    at: line === undefined ? file : `${file}:${line}`,
    given: reason,
    fix: 'correct the file, or leave it out; nothing was judged',
  });
}

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { messageOf, VaultCdkError } from '../errors/error';

/** A folder of the output and what it is to hold. */
export interface OutputFolder {
  /** The folder, absolute or relative to where the command runs. */
  readonly folder: string;
  /** Content by path relative to the folder, with forward slashes. */
  readonly files: ReadonlyMap<string, string>;
  /** Which files of the list may ever be removed: never state, whatever the list says. */
  readonly ours: RegExp;
}

/** What was written in earlier runs, folder by folder. */
type WrittenFiles = Record<string, readonly string[]>;

/**
 * Writes folders so that a failure leaves what was there: everything goes to temporary files first, and only when all
 * of them are complete are they renamed. Files of an earlier run that are no longer printed go; nothing else ever does.
 *
 * @param list - the file beside the output that remembers what was written
 */
export function writeOutput(folders: readonly OutputFolder[], list: string): void {
  const before = readList(list);
  const pending = folders.flatMap(({ folder, files }) =>
    [...files]
      .map(([path, text]) => ({ path: join(folder, ...path.split('/')), text }))
      .filter(f => !holds(f.path, f.text)),
  );
  const temporary: string[] = [];
  try {
    for (const { path, text } of pending) {
      mkdirSync(dirname(path), { recursive: true });
      temporary.push(temporaryName(path));
      writeFileSync(temporaryName(path), text);
    }
  } catch (error) {
    temporary.forEach(t => rmSync(t, { force: true }));
    throw notWritten(error);
  }
  for (const { path } of pending) renameSync(temporaryName(path), path);
  const base = dirname(resolve(list));
  const after: WrittenFiles = { ...before };
  for (const { folder, files, ours } of folders) {
    const key = relative(base, resolve(folder)).split(sep).join('/');
    const stale = (before[key] ?? []).filter(path => !files.has(path) && ours.test(path));
    stale.forEach(path => removeFile(folder, path));
    // A folder elsewhere is somebody's scratch folder, such as that of `cdk8s synth --stdout`.
    if (!key.startsWith('..')) after[key] = [...files.keys()].sort();
  }
  const text = `${JSON.stringify(Object.fromEntries(Object.entries(after).sort(([a], [b]) => (a < b ? -1 : 1))), null, 2)}\n`;
  if (!holds(list, text)) writeFileSync(list, text);
}

function holds(path: string, text: string): boolean {
  return existsSync(path) && readFileSync(path, 'utf8') === text;
}

function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
}

/** Removes a file, and the folders that are empty then. */
function removeFile(root: string, path: string): void {
  if (path.split('/').includes('..')) return;
  rmSync(join(root, ...path.split('/')), { force: true });
  for (let folder = dirname(join(root, path)); resolve(folder) !== resolve(root); folder = dirname(folder)) {
    if (!existsSync(folder)) continue;
    if (readdirSync(folder).length > 0) return;
    rmdirSync(folder);
  }
}

/** A list that cannot be read removes nothing. */
function readList(list: string): WrittenFiles {
  if (!existsSync(list)) return {};
  try {
    const content: unknown = JSON.parse(readFileSync(list, 'utf8'));
    if (typeof content !== 'object' || content === null) return {};
    const entries = Object.entries(content).filter(
      (e): e is [string, string[]] => Array.isArray(e[1]) && e[1].every(p => typeof p === 'string'),
    );
    return Object.fromEntries(entries);
  } catch {
    return {};
  }
}

function notWritten(error: unknown): VaultCdkError {
  return new VaultCdkError({
    code: 'app/not-written',
    problem: 'the output could not be written, and what was there is unchanged',
    given: messageOf(error),
    fix: 'make room, or give this user the right to write there',
  });
}

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { messageOf, VaultCdkError } from '../errors/error';
import { sortedBy } from './sorted';

/** A folder of the output and what it is to hold. */
export interface OutputFolder {
  /** The folder, absolute or relative to where the command runs. */
  readonly folder: string;
  /** Content by path relative to the folder, with forward slashes. */
  readonly files: ReadonlyMap<string, string>;
  /** Which files of the list may ever be removed: never state, whatever the list says. */
  readonly ours: RegExp;
  /**
   * Whether the folder is not spoken of while it is to hold nothing, and never held something.
   * @default false
   */
  readonly isOptional?: boolean;
}

/** What was written in earlier runs, folder by folder. */
type WrittenFiles = Record<string, readonly string[]>;

/** One file to be written. */
interface Pending {
  readonly path: string;
  readonly text: string;
}

/**
 * Writes folders so that a failure leaves what was there: everything goes to temporary files first, and only when all
 * of them are complete are they renamed. Files of an earlier run that are no longer printed go; nothing else ever does.
 *
 * @param list - the file beside the output that remembers what was written
 */
export function writeOutput(folders: readonly OutputFolder[], list: string): void {
  const before = readList(list);
  const base = dirname(resolve(list));
  const after: WrittenFiles = { ...before };
  const stale: (() => void)[] = [];
  for (const { folder, files, ours, isOptional = false } of folders) {
    const key = relative(base, resolve(folder)).split(sep).join('/');
    for (const path of before[key] ?? [])
      if (!files.has(path) && ours.test(path)) stale.push(() => removeFile(folder, path));
    // A folder elsewhere is somebody's scratch folder, such as that of `cdk8s synth --stdout`.
    if (!key.startsWith('..') && !(isOptional && files.size === 0 && !(key in before)))
      after[key] = [...files.keys()].sort();
  }
  const printed = folders.flatMap(({ folder, files }) =>
    [...files].map(([path, text]) => ({ path: join(folder, ...path.split('/')), text })),
  );
  replaceFiles([...printed, { path: list, text: listText(after) }]);
  stale.forEach(remove => remove());
}

function listText(files: WrittenFiles): string {
  const sorted = sortedBy(Object.entries(files), ([path]) => path);
  return `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`;
}

/** All of the files, or none. One whose content is as it should be is not touched. */
function replaceFiles(files: readonly Pending[]): void {
  const undo: (() => void)[] = [];
  try {
    const pending = files.flatMap(f => {
      const old = contentOf(f.path);
      return old === f.text ? [] : [{ ...f, old }];
    });
    for (const { path, text } of pending) {
      const made = mkdirSync(dirname(path), { recursive: true });
      if (made !== undefined) undo.push(() => removeEmptyFolders(dirname(path), dirname(made)));
      undo.push(() => rmSync(temporaryName(path), { force: true }));
      writeFileSync(temporaryName(path), text);
    }
    for (const { path, old } of pending) {
      renameSync(temporaryName(path), path);
      undo.push(() => (old === undefined ? rmSync(path) : writeFileSync(path, old)));
    }
  } catch (error) {
    undo.reverse().forEach(step => step());
    throw notWritten(error);
  }
}

function contentOf(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
}

/** Removes a file, and the folders that are empty then. What somebody put in its place stays. */
function removeFile(root: string, path: string): void {
  const file = join(root, ...path.split('/'));
  if (path.split('/').includes('..') || !statSync(file, { throwIfNoEntry: false })?.isFile()) return;
  rmSync(file);
  removeEmptyFolders(dirname(file), root);
}

/** Removes a folder and those above it, below a root, as long as they are empty. */
function removeEmptyFolders(from: string, root: string): void {
  for (let folder = from; resolve(folder) !== resolve(root); folder = dirname(folder)) {
    if (!existsSync(folder)) continue;
    if (readdirSync(folder).length > 0) return;
    rmdirSync(folder);
  }
}

/** A list that cannot be read removes nothing. */
function readList(list: string): WrittenFiles {
  try {
    if (!existsSync(list)) return {};
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

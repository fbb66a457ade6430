import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { filesBelow } from '../../src/core/files-below';

const SRC = join(__dirname, '..', '..', 'src');
const TESTS = join(__dirname, '..');

function sources(folder: string): readonly string[] {
  return statSync(folder).isDirectory() ? filesBelow(folder).filter(file => file.endsWith('.ts')) : [];
}

/** Every text that a pattern finds in the files of a folder. */
function found(folder: string, pattern: RegExp): readonly string[] {
  // What other tests write meanwhile lies in folders with a dot before their names.
  const texts = readdirSync(folder)
    .filter(name => !name.startsWith('.'))
    .flatMap(name => (name.endsWith('.ts') ? [join(folder, name)] : sources(join(folder, name))))
    .map(file => readFileSync(file, 'utf8'));
  return [...new Set(texts.flatMap(text => [...text.matchAll(pattern)].map(match => match[1]!)))].sort();
}

/** Codes as they are thrown: most by name, some by way of a function that makes the error. */
const THROWN = /(?:code: |badName\(\s*|tooLong\([^']*)'([a-z-]+\/[a-z-]+)'/g;
/** Codes as tests compare them: in the first line of a message that is compared in full. */
const PROVOKED = /^\s*['"`](?:.+) \[([a-z-]+\/[a-z-]+)\]['"`],$/gm;

test('every code of an error is provoked by a test, which compares the message in full', () => {
  const thrown = found(SRC, THROWN);

  expect(thrown.length).toBeGreaterThan(50);
  expect(thrown.filter(code => !found(TESTS, PROVOKED).includes(code))).toEqual([]);
});

test('no test compares a code that is not thrown any more', () => {
  expect(found(TESTS, PROVOKED).filter(code => !found(SRC, THROWN).includes(code))).toEqual([]);
});

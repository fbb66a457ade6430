import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SRC = join(__dirname, '..', '..', 'src');
const TESTS = join(__dirname, '..');

/** Every text that a pattern finds in the files of a folder. */
function found(folder: string, pattern: RegExp): readonly string[] {
  const texts = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts'))
    .map(file => readFileSync(join(folder, file), 'utf8'));
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

import { readFiles } from '../../src/access/files';
import type { PrintedDocument } from '../../src/access/documents';
import { inFolder } from '../support/folder';

/** The documents of one YAML file. */
function documents(text: string): readonly PrintedDocument[] {
  return inFolder({ 'a.yaml': text }, () => readFiles(['a.yaml']));
}

describe('the place of a part of a manifest', () => {
  const TEXT = [
    '# by hand',
    'kind: A',
    'spec:',
    '  "quoted": { x: 1,',
    '    z: 2 }',
    '  list:',
    '    - a: 1',
    '    -',
    '      b: 2',
    '  block: |',
    '    first',
    '    second',
    '  folded: >',
    '    first',
    '    second',
    '  1: number',
    '---',
    'kind: B',
    'spec: &anchor',
    '  c: 1',
    'other: *anchor',
    '',
  ].join('\n');

  test.each([
    ['a key', ['kind'], 2],
    ['a key in quotes', ['spec', 'quoted'], 4],
    ['a key in braces', ['spec', 'quoted', 'z'], 5],
    ['an item of a list', ['spec', 'list', '0'], 7],
    ['a key of an item', ['spec', 'list', '1', 'b'], 9],
    ['a key that is a number', ['spec', '1'], 16],
    ['what is not there: as far as the way leads', ['spec', 'list', '7', 'a'], 6],
    ['nothing: the manifest', [], 2],
    ['what is not there at all: the manifest', ['metadata', 'name'], 2],
  ])('is the line of %s', (_, keys, line) => {
    expect(documents(TEXT)[0]?.locate?.(...keys)).toEqual({ file: 'a.yaml', line });
  });

  test('is the line inside of a literal block, and the start of any other text', () => {
    const [first] = documents(TEXT);

    expect(first?.locateLine?.(2, 'spec', 'block')).toEqual({ file: 'a.yaml', line: 12 });
    expect(first?.locateLine?.(2, 'spec', 'folded')).toEqual({ file: 'a.yaml', line: 13 });
    expect(first?.locateLine?.(2, 'spec', 'nothing')).toEqual({ file: 'a.yaml', line: 3 });
  });

  test('is found in every document, and where an alias brings it in', () => {
    const [, second] = documents(TEXT);

    expect(second?.locate?.('spec', 'c')).toEqual({ file: 'a.yaml', line: 20 });
    expect(second?.locate?.('other', 'c')).toEqual({ file: 'a.yaml', line: 21 });
  });

  test('is found in the items of a List', () => {
    const list = 'kind: List\nitems:\n  - kind: A\n  - kind: B\n    spec:\n      c: 1\n';

    expect(documents(list)[1]?.locate?.('spec', 'c')).toEqual({ file: 'a.yaml', line: 6 });
  });
});

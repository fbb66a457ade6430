import * as fc from 'fast-check';
import { readObjects, readYaml } from '../../src/access/read-objects';

const at = (line: number) => ({ file: 'spc.yaml', line });
/** The whole of YAML, as the reader of the text has it. */
const whole = (text: string): unknown => readYaml(text, at);
const ours = (text: string): unknown => readObjects(text, at);

describe('YAML in a text', () => {
  test.each([
    '- objectName: "a"\n  secretPath: "secret/data/a"\n  secretKey: "k"\n  filePermission: 0400\n',
    '- objectName: "a"\n  secretArgs: {"common_name":"a.example.com","ttl":"1h"}\n',
    '- objectName: a\n  secretPath: secret/data/a\n',
    '- objectName: "a"\n  objectName: "b"\n',
    '  objectName: "a"\n',
    '- objectName: "a\\u0041\\x41"\n',
    '- objectName: "a" # of the team\n',
    '- filePermission: 0900\n',
    '- filePermission: "0400"\n',
    '- secretArgs: "a"\n',
    '- objectName: {"a":"b"}\n',
    '- encoding: 0400\n',
    '- filePermission: 0o400\n',
    '- filePermission: 400\n',
    '- { objectName: a }\n',
    '- objectName: "a"\n\n- objectName: "b"\n',
    'array: |\n  - a\n',
    '',
    'null',
  ])('%j means what YAML says', text => {
    expect(ours(text)).toEqual(whole(text));
  });

  test('means what YAML says, whatever the lines', () => {
    const value = fc.oneof(
      fc.string().map(s => JSON.stringify(s)),
      fc.string({ unit: 'binary' }).map(s => JSON.stringify(s)),
      fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), fc.string()).map(o => JSON.stringify(o)),
      fc.nat(0o777).map(n => `0${n.toString(8)}`),
      fc.constantFrom(
        'true',
        '08',
        '0x1',
        'a: b',
        '"open',
        '{"a":1',
        '~',
        '1e3',
        '"a" "b"',
        '"\\u00e9"',
        '{"a":"\\n"}',
      ),
    );
    const line = fc
      .tuple(
        fc.constantFrom('- ', '  ', '   ', ''),
        fc.constantFrom('objectName', 'secretKey', 'filePermission', 'yes', 'x', 'other key'),
        value,
      )
      .map(([start, key, v]) => `${start}${key}: ${v}`);
    const text = fc.array(line, { maxLength: 6 }).map(lines => `${lines.join('\n')}\n`);
    fc.assert(
      fc.property(text, t => {
        expect(ours(t)).toEqual(whole(t));
      }),
      { numRuns: 3000 },
    );
  });
});

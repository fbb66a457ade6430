import { Yaml } from 'cdk8s';
import * as fc from 'fast-check';
import { yamlText } from '../../src/core/yaml-text';

const library = (document: Record<string, unknown>) => Yaml.stringify(JSON.parse(JSON.stringify(document)));

const TRAPS = [
  ...[
    '',
    ' ',
    'y',
    'Y',
    'yes',
    'No',
    'on',
    'OFF',
    'true',
    'null',
    '~',
    'e1',
    'E+3',
    '1e3',
    '0444',
    '0o17',
    '0x1f',
    '.inf',
  ],
  ...[
    '1.0',
    '8080',
    '-1',
    '+1',
    '1:30',
    '2020-01-01',
    '12:30:45',
    'a: b',
    'a:b',
    'a :b',
    'a:',
    ':a',
    '#x',
    'a #x',
    'a#x',
  ],
  ...['- x', '-x', '?x', '? x', '*x', '&x', '!x', '|x', '>x', '@x', '`x', '%x', '{}', '[a]', 'a]', 'a,b', 'a, b', ',a'],
  ...[
    '=',
    '<<',
    '"q"',
    "'q'",
    "it's",
    'a\\b',
    'a\tb',
    ' a',
    'a ',
    'é',
    '\u0000',
    '\u00a0',
    '\u2028',
    '---',
    '...',
    '--- x',
  ],
  ...[
    'a\n',
    'a\nb',
    'a\nb\n',
    'a\n\n',
    '\na',
    ' a\nb',
    'a\n b\n',
    'a\n\nb',
    'a \nb',
    'a\t\nb',
    '\n',
    '- a: "x"\n  b: 0444\n',
  ],
  ...[
    'app.kubernetes.io/name',
    'https://vault.vault.svc:8200',
    'ghcr.io/example/api:1.0',
    'x'.repeat(59),
    'x'.repeat(2000),
  ],
  ...[
    'a  b',
    'a=b',
    'system:auth-delegator',
    'vault:kubernetes:reviewer',
    'a(b)',
    '/mnt/secrets',
    '_',
    '__proto__',
    'a+b',
  ],
];

describe('YAML is printed as cdk8s prints it', () => {
  test.each(TRAPS)('%j as a value, in a list, in a list in a list, and as a key', text => {
    const document = {
      value: text,
      list: [text, [text, { inner: text }]],
      map: Object.fromEntries([[text, { deep: text }]]),
    };
    expect(yamlText(document)).toBe(library(document));
  });

  test.each([0, -0, 1, -1, 1.5, 1e21, 2 ** 53, -(2 ** 40), true, false, null])('the value %p', value => {
    const document = { value, list: [value, [value]] };
    expect(yamlText(document)).toBe(library(document));
  });

  test('what is empty', () => {
    for (const document of [{}, { a: {} }, { a: [] }, { a: [[], {}, [[]], [{}]] }, { a: { b: { c: {} } } }])
      expect(yamlText(document)).toBe(library(document));
  });

  test('without an alias, where one thing stands in two places', () => {
    const shared = { name: 'vault-secrets', mountPath: '/mnt/secrets' };
    expect(yamlText({ a: [shared], b: [shared] })).toBe(library({ a: [{ ...shared }], b: [{ ...shared }] }));
    expect(yamlText({ a: [shared], b: [shared], c: 'a\n\n' })).not.toContain('*');
  });

  test('whatever the document', () => {
    const text = fc.oneof(
      fc.constantFrom(...TRAPS),
      fc.stringMatching(/^[\x20-\x7e]{0,12}$/),
      fc.stringMatching(/^[A-Za-z0-9:.,_ /+=e-]{1,10}$/),
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.array(fc.stringMatching(/^[\x20-\x7e]{0,6}$/), { maxLength: 4 }).map(lines => lines.join('\n')),
    );
    const { value } = fc.letrec<{ value: unknown }>(tie => ({
      value: fc.oneof(
        { maxDepth: 4 },
        text,
        fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null)),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(text, tie('value'), { maxKeys: 3, noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(text, value, { maxKeys: 4, noNullPrototype: true }), document => {
        expect(yamlText(document)).toBe(library(document));
      }),
      { numRuns: 2000 },
    );
  });
});

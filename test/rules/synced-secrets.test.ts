import { type Flaw, saidOf } from '../support/bundle';
import { textOf } from '../support/said';
import { checked } from '../support/folder';

const spc = (name: string, objects: string): string => `apiVersion: secrets-store.csi.x-k8s.io/v1
kind: SecretProviderClass
metadata: { name: ${name}, namespace: shop }
spec:
  provider: vault
  parameters: { roleName: shop, objects: "" }
  secretObjects: ${objects}
---
`;
const one = (name: string, type: string, ...keys: readonly string[]): string =>
  `[{ secretName: ${name}, type: ${type}, data: [${keys.map(k => `{ objectName: ${k}, key: ${k} }`).join(', ')}] }]`;
const said = (rule: string, text: string) => textOf(rule, checked({ 'prod/a.yaml': text }));

describe('VC502: two SecretProviderClasses fill one Kubernetes Secret', () => {
  test('is silent where each fills its own', () => {
    expect(said('VC502', spc('a', one('x', 'Opaque', 'k')) + spc('b', one('y', 'Opaque', 'k')))).toEqual([]);
  });

  test('is silent where they lie in two clusters', () => {
    const text = spc('a', one('x', 'Opaque', 'k'));

    expect(textOf('VC502', checked({ 'prod/a.yaml': text, 'stage/a.yaml': text }))).toEqual([]);
  });

  test('is said of the second', () => {
    expect(said('VC502', spc('a', one('x', 'Opaque', 'k')) + spc('b', one('x', 'Opaque', 'l')))).toEqual([
      'error VC502: the Secret shop/x is filled by SecretProviderClass "a" and by "b"',
      '  at:      prod/a.yaml:9',
      '  live:    silently ignored: the driver overwrites the Secret that is there',
      '  fix:     give each workload a Secret of its own, or let one SecretProviderClass fill all of its keys',
    ]);
  });
});

describe('VC503: a Kubernetes Secret lacks a key that its type must have', () => {
  test.each([
    ['Opaque', ['any']],
    ['kubernetes.io/tls', ['tls.crt', 'tls.key']],
    ['kubernetes.io/basic-auth', ['username', 'password']],
    ['example.com/own', ['any']],
  ])('is silent where a Secret of type %s has the keys %j', (type, keys) => {
    expect(said('VC503', spc('a', one('x', type, ...keys)))).toEqual([]);
  });

  test('is said where one is missing', () => {
    expect(said('VC503', spc('a', one('x', 'kubernetes.io/tls', 'tls.crt')))).toEqual([
      'error VC503: the Secret shop/x of type kubernetes.io/tls is filled without "tls.key"',
      '  at:      prod/a.yaml:1',
      '  live:    Required value',
      '  fix:     deliver the missing key into the same Secret, or use the type Opaque',
    ]);
  });
});

describe('VC504: a Kubernetes Secret is filled from a file that is not among the objects', () => {
  test.each<Flaw>([
    [
      'a file that is not delivered',
      [['        - { objectName: tls.key, key: tls.key }', '        - { objectName: tls-key, key: tls.key }']],
      [
        'error VC504: the Secret shop/api-tls takes "tls.key" from "tls-key", and SecretProviderClass "tls" delivers "tls.crt", "tls.key"',
        '  at:      prod/shop.yaml:65',
        '  live:    file matching objectName tls-key not found in the pod',
        '  fix:     write the objectName of one of the objects, or deliver that object too',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});

describe('VC505: an entry of secretObjects lacks what the driver needs', () => {
  test.each<Flaw>([
    [
      'a Secret without a type',
      [['      type: Opaque\n', '']],
      [
        'error VC505: the Secret shop/api-env of SecretProviderClass "db": secret type is empty',
        '  at:      prod/shop.yaml:31',
        '  live:    secret type is empty',
        '  fix:     state secretName, type and data with an objectName and a key each; nothing has a default',
      ],
    ],
    [
      'a Secret without a name',
      [['    - secretName: api-tls\n', '    - secretName: ""\n']],
      [
        'error VC505: an entry of secretObjects of SecretProviderClass "tls": secret name is empty',
        '  at:      prod/shop.yaml:61',
        '  live:    secret name is empty',
        '  fix:     state secretName, type and data with an objectName and a key each; nothing has a default',
      ],
    ],
    [
      'a Secret without data',
      [
        [
          '      type: kubernetes.io/tls\n      data:\n        - { objectName: tls.crt, key: tls.crt }\n        - { objectName: tls.key, key: tls.key }',
          '      type: example.com/tls',
        ],
      ],
      [
        'error VC505: the Secret shop/api-tls of SecretProviderClass "tls": data is empty',
        '  at:      prod/shop.yaml:61',
        '  live:    data is empty',
        '  fix:     state secretName, type and data with an objectName and a key each; nothing has a default',
      ],
    ],
    [
      'data without a key',
      [
        [
          '        - { objectName: tls.key, key: tls.key }',
          '        - { objectName: tls.key, key: tls.key }\n        - { objectName: tls.key, key: "" }',
        ],
      ],
      [
        'error VC505: the Secret shop/api-tls of SecretProviderClass "tls": key in secretObjects.data is empty',
        '  at:      prod/shop.yaml:61',
        '  live:    key in secretObjects.data is empty',
        '  fix:     state secretName, type and data with an objectName and a key each; nothing has a default',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});

describe('VC506: a TLS Secret is filled with a key that it cannot have', () => {
  test.each<Flaw>([
    [
      'a third key',
      [
        [
          '        - { objectName: tls.key, key: tls.key }',
          '        - { objectName: tls.key, key: tls.key }\n        - { objectName: tls.crt, key: ca.crt }',
        ],
      ],
      [
        'error VC506: the Secret shop/api-tls of type kubernetes.io/tls is filled with "ca.crt"',
        '  at:      prod/shop.yaml:66',
        "  live:    key 'ca.crt' is not supported. Only 'tls.key' and 'tls.crt' are supported",
        '  fix:     name the keys tls.crt and tls.key, or use the type Opaque',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});

describe('VC507: a Kubernetes Secret that the driver fills is immutable', () => {
  test.each<Flaw>([
    [
      'a Secret that is immutable',
      [
        [
          'kind: ServiceAccount\nmetadata: { name: api, namespace: shop }\n',
          'kind: ServiceAccount\nmetadata: { name: api, namespace: shop }\n---\napiVersion: v1\nkind: Secret\nmetadata: { name: api-env, namespace: shop }\nimmutable: true\n',
        ],
      ],
      [
        'error VC507: the immutable Secret shop/api-env is also filled by SecretProviderClass "db" (prod/shop.yaml)',
        '  at:      prod/shop.yaml:5',
        '  live:    field is immutable when `immutable` is set',
        '  fix:     drop the Secret, which the driver makes by itself; a new value in a new Secret needs another way of delivery',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});

describe('VC508: a Kubernetes Secret that the driver fills is printed too', () => {
  test.each<Flaw>([
    [
      'a Secret that is printed too',
      [
        [
          'kind: ServiceAccount\nmetadata: { name: api, namespace: shop }\n',
          'kind: ServiceAccount\nmetadata: { name: api, namespace: shop }\n---\napiVersion: v1\nkind: Secret\nmetadata: { name: api-env, namespace: shop }\n',
        ],
      ],
      [
        'warning VC508: the Secret shop/api-env is also filled by SecretProviderClass "db" (prod/shop.yaml)',
        '  at:      prod/shop.yaml:5',
        '  live:    silently ignored: the driver overwrites the Secret that is there',
        '  fix:     drop the Secret, which the driver makes by itself, or give one of them another name',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});

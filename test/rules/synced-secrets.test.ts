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

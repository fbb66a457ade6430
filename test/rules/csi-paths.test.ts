import { type Flaw, saidOf } from '../support/bundle';

test('nothing is said of a bundle that is right', () => {
  expect(saidOf()).toEqual([]);
});

describe('VC641: a SecretProviderClass takes a value from the metadata of a secret', () => {
  test.each<Flaw>([
    [
      'a key of the metadata',
      [
        ['        secretPath: secret/data/shop/api', '        secretPath: secret/metadata/shop/api'],
        ['secret/data/shop/api\\"', 'secret/metadata/shop/api\\"'],
      ],
      [
        'error VC641: SecretProviderClass shop/db, object "keys/api" takes "key" from "secret/metadata/shop/api"',
        '  at:      prod/shop.yaml:25',
        '  live:    {secret/metadata/shop/api}: {key "key" does not exist at the secret path}',
        '  fix:     read data/ instead of metadata/',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});

describe('VC642: a certificate is asked for with GET', () => {
  test.each<Flaw>([
    [
      'a certificate that is read',
      [
        [
          '        secretKey: private_key\n        method: PUT\n        secretArgs: { common_name: api.example.com }',
          '        secretKey: private_key',
        ],
        ['\\"create\\", \\"update\\"', '\\"create\\", \\"read\\", \\"update\\"'],
      ],
      [
        'error VC642: SecretProviderClass shop/tls, object "tls.key" reads "pki/issue/web" with GET',
        '  at:      prod/shop.yaml:55',
        '  live:    403 permission denied',
        '  fix:     set method: PUT, and the name of the certificate in secretArgs',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});

describe('VC643: two objects differ only in their arguments, and share one response', () => {
  test.each<Flaw>([
    [
      'a second certificate',
      [
        [
          '        secretArgs: { common_name: api.example.com }\n  secretObjects',
          '        secretArgs: { common_name: web.example.com }\n  secretObjects',
        ],
      ],
      [
        'error VC643: SecretProviderClass shop/tls: "tls.key" and "tls.crt" PUT "pki/issue/web" with different secretArgs',
        '  at:      prod/shop.yaml:55',
        '  live:    silently ignored: both files hold the answer to the first request',
        '  fix:     tell the paths apart by a query, as in pki/issue/web?x=1, or use two SecretProviderClasses',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });

  test('is silent where a query tells the paths apart', () => {
    expect(
      saidOf([
        '        secretPath: /v1/pki/issue/web\n        secretKey: private_key\n        method: PUT\n        secretArgs: { common_name: api.example.com }',
        '        secretPath: /v1/pki/issue/web?x=1\n        secretKey: private_key\n        method: PUT\n        secretArgs: { common_name: web.example.com }',
      ]),
    ).toEqual([]);
  });
});

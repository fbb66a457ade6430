import { type Flaw, saidOf } from '../support/bundle';

test('nothing is said of a bundle that is right', () => {
  expect(saidOf()).toEqual([]);
});

describe('VC620: a SecretProviderClass has no objects', () => {
  test.each<Flaw>([
    [
      'an empty list of objects',
      [
        [
          '    objects: |\n      - objectName: tls.crt\n        secretPath: /v1/pki/issue/web\n        secretKey: certificate\n        method: PUT\n        secretArgs: { common_name: api.example.com }\n      - objectName: tls.key\n        secretPath: /v1/pki/issue/web\n        secretKey: private_key\n        method: PUT\n        secretArgs: { common_name: api.example.com }\n  secretObjects:\n    - secretName: api-tls\n      type: kubernetes.io/tls\n      data:\n        - { objectName: tls.crt, key: tls.crt }\n        - { objectName: tls.key, key: tls.key }\n',
          '    objects: "[]"\n',
        ],
      ],
      [
        'error VC620: SecretProviderClass shop/tls lists no objects',
        '  at:      prod/shop.yaml:49',
        '  live:    no secrets configured - the provider will not read any secret material',
        '  fix:     list what is to be delivered, as YAML in the parameter "objects"',
      ],
    ],
    [
      'a class without objects',
      [
        [
          '    objects: |\n      - objectName: tls.crt\n        secretPath: /v1/pki/issue/web\n        secretKey: certificate\n        method: PUT\n        secretArgs: { common_name: api.example.com }\n      - objectName: tls.key\n        secretPath: /v1/pki/issue/web\n        secretKey: private_key\n        method: PUT\n        secretArgs: { common_name: api.example.com }\n',
          '',
        ],
      ],
      [
        'error VC620: SecretProviderClass shop/tls lists no objects',
        '  at:      prod/shop.yaml:44',
        '  live:    no secrets configured - the provider will not read any secret material',
        '  fix:     list what is to be delivered, as YAML in the parameter "objects"',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});

describe('VC621: the objects of a SecretProviderClass cannot be read', () => {
  test.each<Flaw>([
    [
      'the form of another provider',
      [['    objects: |\n      - objectName: tls.crt', '    objects: |\n      array:\n      - objectName: tls.crt']],
      [
        'error VC621: SecretProviderClass shop/tls: the parameter "objects" is not a list: cannot unmarshal !!map into []config.Secret',
        '  at:      prod/shop.yaml:49',
        '  live:    yaml: unmarshal errors: cannot unmarshal ... into []config.Secret',
        '  fix:     write a YAML list of entries with objectName, secretPath and secretKey',
      ],
    ],
    [
      'a text that is no YAML',
      [
        [
          'secretArgs: { common_name: api.example.com }\n      - objectName: tls.key',
          'secretArgs: { common_name: api.example.com\n      - objectName: tls.key',
        ],
      ],
      [
        'error VC621: SecretProviderClass shop/tls: the parameter "objects" is not YAML: Flow map in block collection must be sufficiently indented and end with a }',
        '  at:      prod/shop.yaml:49',
        '  live:    yaml: unmarshal errors: cannot unmarshal ... into []config.Secret',
        '  fix:     write a YAML list of entries with objectName, secretPath and secretKey',
      ],
    ],
    [
      'a list for a text',
      [['        secretPath: secret/data/shop/api', '        secretPath: [secret/data/shop/api]']],
      [
        'error VC621: SecretProviderClass shop/db, object "keys/api" is not an object that can be read: cannot unmarshal !!seq into string',
        '  at:      prod/shop.yaml:25',
        '  live:    yaml: unmarshal errors: cannot unmarshal ... into []config.Secret',
        '  fix:     write a YAML list of entries with objectName, secretPath and secretKey',
      ],
    ],
    [
      'an entry that is a text',
      [
        [
          '      - objectName: keys/api\n        secretPath: secret/data/shop/api\n        secretKey: key',
          '      - secret/data/shop/other\n      - objectName: keys/api\n        secretPath: secret/data/shop/api\n        secretKey: key',
        ],
      ],
      [
        'error VC621: SecretProviderClass shop/db, object "" is not an object that can be read: cannot unmarshal !!str `secret/...` into config.Secret',
        '  at:      prod/shop.yaml:25',
        '  live:    yaml: unmarshal errors: cannot unmarshal ... into []config.Secret',
        '  fix:     write a YAML list of entries with objectName, secretPath and secretKey',
      ],
    ],
    [
      'arguments that are a text',
      [
        [
          '        secretArgs: { common_name: api.example.com }\n  secretObjects',
          '        secretArgs: common_name=api.example.com\n  secretObjects',
        ],
      ],
      [
        'error VC621: SecretProviderClass shop/tls, object "tls.key" is not an object that can be read: cannot unmarshal !!str `common_...` into map[string]interface {}',
        '  at:      prod/shop.yaml:55',
        '  live:    yaml: unmarshal errors: cannot unmarshal ... into []config.Secret',
        '  fix:     write a YAML list of entries with objectName, secretPath and secretKey',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});

describe('VC622: two objects of a SecretProviderClass have one name', () => {
  test.each<Flaw>([
    [
      'a name that stands twice',
      [['      - objectName: password', '      - objectName: username']],
      [
        'error VC622: SecretProviderClass shop/db, object "username" has the name of another object',
        '  at:      prod/shop.yaml:22',
        '  live:    each `objectName` within a SecretProviderClass must be unique, but the following keys were duplicated: name',
        '  fix:     give each object a name of its own: it is the name of its file',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});

describe('VC623: the name of an object is no path within the volume', () => {
  test.each<Flaw>([
    [
      'an object without a name',
      [['      - objectName: password\n', '      - objectName:\n']],
      [
        'error VC623: SecretProviderClass shop/db, object "database/creds/shop" has no objectName',
        '  at:      prod/shop.yaml:22',
        '  live:    invalid path: must not be empty: ""',
        '  fix:     name the file relative to the volume, e.g. db/password',
      ],
    ],
    [
      'an absolute path',
      [['      - objectName: password', '      - objectName: /password']],
      [
        'error VC623: SecretProviderClass shop/db, object "/password" lies outside of the volume, or is not written in its shortest form',
        '  at:      prod/shop.yaml:22',
        '  live:    invalid filepath: "..."',
        '  fix:     name the file relative to the volume, e.g. db/password',
      ],
    ],
    [
      'the folder above',
      [['      - objectName: password', '      - objectName: ../password']],
      [
        'error VC623: SecretProviderClass shop/db, object "../password" lies outside of the volume, or is not written in its shortest form',
        '  at:      prod/shop.yaml:22',
        '  live:    invalid filepath: "..."',
        '  fix:     name the file relative to the volume, e.g. db/password',
      ],
    ],
    [
      'a detour',
      [['      - objectName: password', '      - objectName: db//password']],
      [
        'error VC623: SecretProviderClass shop/db, object "db//password" lies outside of the volume, or is not written in its shortest form',
        '  at:      prod/shop.yaml:22',
        '  live:    invalid filepath: "..."',
        '  fix:     name the file relative to the volume, e.g. db/password',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });

  test.each(['db/password', '.kubernetes-secrets/env/KEY', 'a.b', '...x/y'.slice(3)])('is silent about %j', name => {
    expect(saidOf(['      - objectName: password\n', `      - objectName: ${name}\n`])).toEqual([]);
  });
});

describe('VC624: an object of a SecretProviderClass has a key that the Vault provider does not read', () => {
  test.each<Flaw>([
    [
      'keys of other providers',
      [['        encoding: base64', '        encoding: base64\n        objectAlias: api\n        objectVersion: 3']],
      [
        'error VC624: SecretProviderClass shop/db, object "keys/api" has "objectAlias" and "objectVersion"',
        '  at:      prod/shop.yaml:25',
        '  live:    silently ignored: unknown keys of objects have no effect',
        '  fix:     correct the key: objectName, secretPath, secretKey, method, secretArgs, filePermission, encoding; a version is part of the path, as ?version=1',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});

describe('VC625: an object of a SecretProviderClass has no secretPath', () => {
  test.each<Flaw>([
    [
      'an object without a path',
      [['        secretPath: database/creds/shop\n        secretKey: password', '        secretKey: password']],
      [
        'error VC625: SecretProviderClass shop/db, object "password" has no secretPath',
        '  at:      prod/shop.yaml:22',
        '  live:    404, from GET /v1',
        '  fix:     name the path of the secret, e.g. secret/data/shop/db',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});

describe('VC626: a filePermission is no number', () => {
  test.each<Flaw>([
    [
      'a permission in quotes',
      [['filePermission: 0444', 'filePermission: "0444"']],
      [
        'error VC626: SecretProviderClass shop/db, object "keys/api" has the filePermission "0444"',
        '  at:      prod/shop.yaml:25',
        '  live:    cannot unmarshal !!str `0444` into fs.FileMode',
        '  fix:     write it without quotes and in octal: 0400',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});

describe('VC627: a filePermission looks like octal and is decimal', () => {
  test.each<Flaw>([
    [
      'a permission without a zero before it',
      [['filePermission: 0444', 'filePermission: 444']],
      [
        'error VC627: SecretProviderClass shop/db, object "keys/api" has the filePermission 444, which is the mode 0674',
        '  at:      prod/shop.yaml:25',
        '  live:    silently ignored: 400 read as decimal is the mode 0620',
        '  fix:     write a zero before it: 0400',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });

  test.each(['0444', '0o444', '292', '420', '0', '511'])('is silent about %s', permission => {
    expect(saidOf(['filePermission: 0444', `filePermission: ${permission}`])).toEqual([]);
  });
});

describe('VC628: an object has an encoding that the Vault provider does not know', () => {
  test.each<Flaw>([
    [
      'the encoding utf8',
      [['encoding: base64', 'encoding: utf8']],
      [
        'error VC628: SecretProviderClass shop/db, object "keys/api" has the encoding "utf8"',
        '  at:      prod/shop.yaml:25',
        '  live:    {secret/data/shop/api}: {invalid encoding type. Should be utf-8, base64, or hex}',
        '  fix:     write utf-8, base64 or hex',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });

  test.each(['BASE64', 'hex', 'utf-8', '""'])('is silent about %s', encoding => {
    expect(saidOf(['encoding: base64', `encoding: ${encoding}`])).toEqual([]);
  });
});

describe('VC629: an object has an encoding and no secretKey', () => {
  test.each<Flaw>([
    [
      'an encoding without a key',
      [['        secretKey: key\n', '']],
      [
        'warning VC629: SecretProviderClass shop/db, object "keys/api" has an encoding and no secretKey',
        '  at:      prod/shop.yaml:25',
        '  live:    silently ignored: the file holds the response as JSON',
        '  fix:     name the key that is encoded, or drop the encoding',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});

describe('VC630: the method of an object is not in upper case', () => {
  test.each<Flaw>([
    [
      'the method put',
      [['        secretKey: private_key\n        method: PUT', '        secretKey: private_key\n        method: put']],
      [
        'error VC630: SecretProviderClass shop/tls, object "tls.key" has the method "put"',
        '  at:      prod/shop.yaml:55',
        '  live:    405',
        '  fix:     write GET, PUT or POST',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });

  test.each(['PUT', 'POST'])('is silent about %s', method => {
    expect(
      saidOf([
        '        secretKey: private_key\n        method: PUT',
        `        secretKey: private_key\n        method: ${method}`,
      ]),
    ).toEqual([]);
  });
});

describe('VC631: an object has secretArgs and is read with GET', () => {
  test.each<Flaw>([
    [
      'arguments of a read',
      [['        secretKey: key\n', '        secretKey: key\n        secretArgs: { version: "1" }\n']],
      [
        'warning VC631: SecretProviderClass shop/db, object "keys/api" has secretArgs and the method GET',
        '  at:      prod/shop.yaml:25',
        '  live:    silently ignored: version: 1 and version: 99 both give the latest version',
        '  fix:     set method: PUT where the engine writes; on a read, put them into the path: secret/data/shop/db?version=1',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});

describe('VC632: an object delivers the whole response of Vault', () => {
  test.each<Flaw>([
    [
      'an object without a key',
      [
        [
          '        secretPath: secret/data/shop/api\n        secretKey: key\n        filePermission: 0444\n        encoding: base64',
          '        secretPath: secret/data/shop/api\n        filePermission: 0444',
        ],
      ],
      [
        'note VC632: SecretProviderClass shop/db, object "keys/api" names no secretKey',
        '  at:      prod/shop.yaml:25',
        '  fix:     name the field with secretKey; whether the driver rotates is not known here',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});

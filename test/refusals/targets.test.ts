import { acknowledge, toEnv, toFile, toKubernetesSecret } from 'vault-cdk';
import { refusal } from '../support/said';

describe('a file', () => {
  test.each([
    ['', 'is empty'],
    [' /mnt/secrets/password', 'has a space at an end'],
    ['password', 'is not absolute'],
    ['./secrets/password', 'is not absolute'],
    ['/mnt/secrets/', 'ends in a slash, so it names a folder'],
    ['/mnt//secrets/password', 'is not clean'],
    ['/mnt/secrets/../password', 'is not clean'],
    ['/mnt/secrets/./password', 'is not clean'],
    ['/mnt/secrets/..', 'is not clean'],
    ['/mnt/secrets:password', 'holds a character that cannot stand in a mount path'],
    ['/mnt/sec\nrets/password', 'holds a character that cannot stand in a mount path'],
    [`/mnt/${'x'.repeat(256)}`, 'is too long for a file system'],
    [`/mnt${'/secrets'.repeat(512)}`, 'is too long for a file system'],
    ['/password', 'lies in the root folder, which a mount would hide'],
  ])('is not at %j: the path %s', (path, fault) => {
    expect(refusal(() => toFile(path))).toEqual([
      `the path of the file ${fault} [target/file-path]`,
      `  given:   ${JSON.stringify(path)}`,
      '  allowed: an absolute path with at least one folder, e.g. "/mnt/secrets/password"',
      '  live:    invalid path: must be relative to the mount and clean',
      '  fix:     write the path that the application opens',
    ]);
  });

  test.each([0, 0o200, 0o044, 0o1777, 0o420, 0o402, -1, 256.5])(
    'has no permission %d, which does not fit a secret',
    mode => {
      expect(refusal(() => toFile('/mnt/secrets/password', { mode }))).toEqual([
        'the permission of the file is none for a secret [target/file-mode]',
        `  given:   ${mode}`,
        '  allowed: permission bits with which its owner can read and nobody else can write, as octal: 0o400, 0o440, 0o444',
        '  live:    silently ignored: 400 read as decimal is the mode 0620',
        '  fix:     write the permission with the prefix 0o',
      ]);
    },
  );

  test.each([400, 440, 444, 600, 640, 644])('has no permission %d, which forgets that permissions are octal', mode => {
    const lines = refusal(() => toFile('/mnt/secrets/password', { mode }));

    expect([lines[0], lines.at(-1)]).toEqual([
      'the permission of the file is none for a secret [target/file-mode]',
      `  fix:     write 0o${mode}`,
    ]);
  });
});

describe('an environment variable', () => {
  test.each(['', '1ST', 'DB-PASSWORD', 'db.password', 'DB PASSWORD', 'DB=1'])('is not called %j', name => {
    expect(refusal(() => toEnv(name))).toEqual([
      'this is no name of an environment variable [target/env-name]',
      `  given:   "${name}"`,
      '  allowed: letters, digits and "_", not starting with a digit, e.g. "DB_PASSWORD"',
      "  live:    a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit",
      '  fix:     write the name that the application reads',
    ]);
  });
});

describe('a Kubernetes Secret', () => {
  const FIX = '  fix:     write the name and the key that the reader of the Secret looks for';

  test.each(['', 'Shop', 'shop_db', '-shop', 'x'.repeat(254)])('is not called %j', name => {
    expect(refusal(() => toKubernetesSecret(name, { key: 'password' }))).toEqual([
      'this is no name of a Secret [target/kubernetes-secret]',
      `  given:   "${name}"`,
      '  allowed: lower-case letters, digits, "-" and "."',
      '  live:    Invalid value',
      FIX,
    ]);
  });

  test.each(['', 'a/b', 'a b', 'x'.repeat(254)])('has no key %j', key => {
    expect(refusal(() => toKubernetesSecret('shop-db', { key }))).toEqual([
      'this is no key of a Secret [target/kubernetes-secret]',
      `  given:   "${key}"`,
      '  allowed: letters, digits, "-", "_" and "."',
      '  live:    Invalid value',
      FIX,
    ]);
  });

  test('has the keys that its type fixes', () => {
    expect(refusal(() => toKubernetesSecret('shop-tls', { key: 'cert.pem', type: 'kubernetes.io/tls' }))).toEqual([
      'a Secret of type kubernetes.io/tls has no such key [target/kubernetes-secret]',
      '  given:   "cert.pem"',
      '  allowed: "tls.crt", "tls.key"',
      "  live:    key 'cert.pem' is not supported. Only 'tls.key' and 'tls.crt' are supported",
      FIX,
    ]);
    expect(
      refusal(() => toKubernetesSecret('pull', { key: 'config', type: 'kubernetes.io/dockerconfigjson' })),
    ).toEqual([
      'a Secret of type kubernetes.io/dockerconfigjson has no such key [target/kubernetes-secret]',
      '  given:   "config"',
      '  allowed: ".dockerconfigjson"',
      '  live:    Invalid value',
      FIX,
    ]);
  });

  test.each(['shop..db', 'shop.-db', 'shop-.db'])('is not called %j, which Kubernetes refuses', name => {
    expect(refusal(() => toKubernetesSecret(name, { key: 'password' }))[0]).toBe(
      'this is no name of a Secret [target/kubernetes-secret]',
    );
  });

  test('is not told of a wrong key where its name is wrong', () => {
    const lines = refusal(() => toKubernetesSecret('Shop', { key: 'tls.crt', type: 'kubernetes.io/tls' }));

    expect(lines.find(line => line.startsWith('  live:'))).not.toContain("key 'tls.crt' is not supported");
  });
});

describe('an acknowledgement', () => {
  const who = { owner: 'platform', until: '2099-12-31' };

  test.each([
    ['a reason', '', who],
    ['a reason', ' ', who],
    ['an owner', 'etcd is encrypted', { ...who, owner: '' }],
  ])('needs %s', (part, reason, options) => {
    expect(refusal(() => acknowledge(reason, options))).toEqual([
      `an acknowledgement needs ${part} [acknowledge/incomplete]`,
      `  given:   ${JSON.stringify({ reason, ...options })}`,
      '  fix:     say why it is in order, and who answers for it',
    ]);
  });

  test.each(['', 'never', '31.12.2099', '2099-02-30', '2099-12-31T00:00:00Z'])('does not end on %j', until => {
    expect(refusal(() => acknowledge('etcd is encrypted', { owner: 'platform', until }))).toEqual([
      'an acknowledgement ends on a day [acknowledge/date]',
      `  given:   "${until}"`,
      '  allowed: a day as YYYY-MM-DD',
      '  fix:     name the day on which someone has to look again',
    ]);
  });

  test('is over after its last day', () => {
    jest.useFakeTimers({ now: new Date('2027-01-01T00:00:00Z') });
    try {
      expect(refusal(() => acknowledge('etcd is encrypted', { owner: 'platform', until: '2026-12-31' }))).toEqual([
        'an acknowledgement is over: "etcd is encrypted" [acknowledge/expired]',
        '  given:   "2026-12-31"',
        '  allowed: a day that is still to come',
        '  fix:     ask its owner, platform, whether it still holds; then move the day, or do without',
      ]);
      expect(acknowledge('etcd is encrypted', { owner: 'platform', until: '2027-01-01' }).until).toBe('2027-01-01');
    } finally {
      jest.useRealTimers();
    }
  });
});

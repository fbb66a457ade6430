import { CsiDelivery, toEnv, toFile, toKubernetesSecret, wholeResponse } from 'vault-cdk';
import { requested } from '../support/leased';
import { refusal } from '../support/said';
import { PLAINTEXT_IN_ETCD, worldWithApi } from '../support/world';

const PLAIN = new CsiDelivery({
  plaintextInEtcd: PLAINTEXT_IN_ETCD,
});
const synced = () => {
  const made = worldWithApi({ delivery: PLAIN });
  return { ...made, ...made.kv.secret('shop/api', { keys: ['key', 'other'] }).fields };
};

describe('CSI makes no request', () => {
  test('that reads, with arguments', () => {
    const { api, vault } = worldWithApi();
    const field = requested(vault, { operation: 'read', path: 'pki/cert/ca', body: { format: 'pem' } });

    expect(refusal(() => api.consume(field, toFile('/mnt/secrets/ca.pem')))).toEqual([
      'a read of "pki/cert/ca" has arguments, which are not sent with it [csi/arguments-of-a-read]',
      '  at:      vault/kubernetes/shop:api (test/support/world.ts)',
      '  given:   ["format"]',
      '  allowed: a `query` for a read, a `body` for an update',
      '  live:    silently ignored: `secretArgs` have no effect with the method GET',
      '  fix:     put the arguments into `query`',
    ]);
  });

  test('that answers nothing', () => {
    const { api, vault } = worldWithApi();
    const field = requested(vault, { operation: 'delete', path: 'pki/root' });

    expect(refusal(() => api.consume(field, toFile('/mnt/secrets/ca.pem')))).toEqual([
      'a request that does "delete" on "pki/root" delivers nothing [csi/no-response]',
      '  at:      vault/kubernetes/shop:api (test/support/world.ts)',
      '  given:   "delete"',
      '  allowed: read, list, or an update that answers, such as pki/issue',
      '  live:    the provider crashes on an empty response, for every pod of the node',
      '  fix:     consume a secret that is read or issued',
    ]);
  });
});

describe('a Kubernetes Secret', () => {
  test('is not immutable, since the driver has to change it', () => {
    const options = { key: 'password', immutable: true } as unknown as { key: string };

    expect(refusal(() => toKubernetesSecret('shop-db', options))).toEqual([
      'the Secret "shop-db" could not be changed, and what fills it has to [target/immutable-secret]',
      '  given:   {"immutable":true}',
      '  allowed: a Secret without it',
      '  live:    data: Forbidden: field is immutable when `immutable` is set',
      '  fix:     drop `immutable`; for values that never change, put the version into the name of the Secret',
    ]);
  });

  test.each(['labels', 'annotations'] as const)('has one value for each key of its %s', part => {
    const { api, key, other } = synced();
    api.consume(key, toKubernetesSecret('shop', { key: 'key', [part]: { tier: 'web', owner: 'shop' } }));
    const target = toKubernetesSecret('shop', { key: 'other', [part]: { tier: 'api' } });

    expect(refusal(() => api.consume(other, target))).toEqual([
      `the Secret "shop" is asked for with two values of the ${part.slice(0, -1)} "tier" [csi/secret-metadata]`,
      '  at:      vault/kubernetes/shop:api (test/support/world.ts)',
      '  given:   ["web","api"]',
      '  allowed: one value for each key',
      '  live:    silently ignored: one of them would be printed',
      '  fix:     state the same value everywhere, or use two Secrets',
    ]);
  });

  test.each([
    ['the key "other" of the Secret shop', toKubernetesSecret('shop', { key: 'other' })],
    ['the environment variable other', toEnv('other', { keyOf: 'shop' })],
  ])('that becomes variables as a whole holds nothing else: not %s', (what, target) => {
    const { api, key, other } = synced();
    api.consume(key, toEnv('key', { keyOf: 'shop', envFrom: true }));

    expect(refusal(() => api.consume(other, target))).toEqual([
      `all keys of the Secret "shop" become environment variables, and ${what} would be one of them [csi/env-from-more]`,
      '  at:      vault/kubernetes/shop:api (test/support/world.ts)',
      '  given:   "shop"',
      '  allowed: a Secret that holds nothing else than what toEnv(name, { envFrom: true }) puts there',
      '  live:    silently ignored: the application would have one more variable',
      '  fix:     use another Secret for it, or take the variables one by one',
    ]);
  });

  test('has one value for each key, a variable or not', () => {
    const { api, key, other } = synced();
    api.consume(key, toEnv('KEY', { keyOf: 'shop' }));

    expect(refusal(() => api.consume(other, toKubernetesSecret('shop', { key: 'KEY' })))).toEqual([
      'the environment variable KEY and the key "KEY" of the Secret shop are one key of one Secret, and hold different values [csi/secret-key]',
      '  at:      vault/kubernetes/shop:api (test/support/world.ts)',
      '  given:   ["shop/api#key","shop/api#other"]',
      '  allowed: one value for each key of a Secret',
      '  live:    each `objectName` within a SecretProviderClass must be unique',
      '  fix:     use another key, or another Secret',
    ]);
    expect(() => api.consume(key, toKubernetesSecret('shop', { key: 'KEY' }))).not.toThrow();
  });

  test('has the name of a Secret, also where variables come from it', () => {
    expect(refusal(() => toEnv('KEY', { keyOf: 'Shop' }))).toEqual([
      'this is no name of a Secret [target/kubernetes-secret]',
      '  given:   "Shop"',
      '  allowed: lower-case letters, digits, "-" and "."',
      '  live:    Invalid value',
      '  fix:     write the name and the key that the reader of the Secret looks for',
    ]);
  });
});

describe('the path of a file', () => {
  test('is asked of a field that is a file', () => {
    const { api, key } = synced();
    api.consume(key, toEnv('KEY'));

    expect(refusal(() => api.pathOf(key))).toEqual([
      'no file of the workload holds "key" of shop/api [workload/no-file]',
      '  at:      vault/kubernetes/shop:api (test/support/world.ts)',
      '  given:   []',
      '  allowed: a field that is consumed with one toFile(path)',
      '  live:    no such file or directory, in the application',
      '  fix:     consume the field as a file before its path is asked for',
    ]);
  });

  test('is one', () => {
    const { api, kv, password } = worldWithApi();
    api.consume(password, toFile('/mnt/secrets/again'));
    const whole = wholeResponse(kv.secret('shop/db', { keys: ['password'] }));

    expect(refusal(() => api.pathOf(password)).slice(0, 3)).toEqual([
      'several files of the workload hold "password" of shop/db [workload/no-file]',
      '  at:      vault/kubernetes/shop:api (test/support/world.ts)',
      '  given:   ["/mnt/secrets/password","/mnt/secrets/again"]',
    ]);
    expect(refusal(() => api.pathOf(whole))[0]).toBe(
      'no file of the workload holds the whole response of shop/db [workload/no-file]',
    );
  });
});

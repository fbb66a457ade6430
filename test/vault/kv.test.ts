import {
  KvEngine,
  KvV1Engine,
  toFile,
  Workload,
  type IVaultGrantee,
  type PolicyRule,
  VaultServer,
  State,
} from 'vault-cdk';
import { policies, resources } from '../support/printed';
import { refusal } from '../support/said';
import { world, worldWithApi } from '../support/world';

const PASSWORD = { keys: ['password'] } as const;

describe('grants on KV version 2', () => {
  const { kv, auth } = world();
  const db = kv.secret('shop/db', PASSWORD);
  let made = 0;

  /** What grants add to a policy. */
  function granted(grant: (grantee: IVaultGrantee) => void): readonly PolicyRule[] {
    const workload = new Workload(auth, `api-${(made += 1)}`, { namespace: 'shop' });
    grant(workload);
    return workload.policyDocument.rules;
  }

  test.each<readonly [verb: string, grant: (to: IVaultGrantee) => void, rule: PolicyRule]>([
    ['read', to => kv.grants.read(to, db), rule('secret/data/shop/db', ['read'], 'read shop/db')],
    ['write', to => kv.grants.write(to, db), rule('secret/data/shop/db', ['create', 'update'], 'write shop/db')],
    ['patch', to => kv.grants.patch(to, db), rule('secret/data/shop/db', ['patch'], 'patch shop/db')],
    ['delete', to => kv.grants.delete(to, db), rule('secret/data/shop/db', ['delete'], 'delete shop/db')],
    [
      'readMetadata',
      to => kv.grants.readMetadata(to, db),
      rule('secret/metadata/shop/db', ['read'], 'read the metadata of shop/db'),
    ],
    [
      'writeMetadata',
      to => kv.grants.writeMetadata(to, db),
      rule('secret/metadata/shop/db', ['create', 'update'], 'write the metadata of shop/db'),
    ],
    [
      'readKeys',
      to => kv.grants.readKeys(to, db),
      rule('secret/subkeys/shop/db', ['read'], 'read the keys of shop/db'),
    ],
    ['list', to => kv.grants.list(to, 'shop'), rule('secret/metadata/shop/', ['list'], 'list shop/')],
    ['list of the top', to => kv.grants.list(to), rule('secret/metadata/', ['list'], 'list secret/')],
    [
      'deleteVersions',
      to => kv.grants.deleteVersions(to, db),
      rule('secret/delete/shop/db', ['update'], 'delete versions of shop/db'),
    ],
    [
      'undelete',
      to => kv.grants.undelete(to, db),
      rule('secret/undelete/shop/db', ['update'], 'undelete versions of shop/db'),
    ],
    [
      'destroy',
      to => kv.grants.destroy(to, db),
      rule('secret/destroy/shop/db', ['update'], 'destroy versions of shop/db'),
    ],
    [
      'deleteForGood',
      to => kv.grants.deleteForGood(to, db),
      rule('secret/metadata/shop/db', ['delete'], 'delete shop/db for good'),
    ],
  ])('%s is one rule, however often it is granted', (_, grant, expected) => {
    expect(granted(grant)).toEqual([expected]);
    expect(granted(to => [1, 2].forEach(() => grant(to)))).toEqual([expected]);
  });

  test('several on one path are one stanza', () => {
    expect(
      granted(to => {
        kv.grants.write(to, db);
        kv.grants.read(to, db);
        kv.grants.delete(to, db);
      }),
    ).toEqual([
      rule(
        'secret/data/shop/db',
        ['create', 'read', 'update', 'delete'],
        'write shop/db, read shop/db, delete shop/db',
      ),
    ]);
  });

  test.each([
    ['shop/', 'has a slash at an end', '"shop"', 'value for "path" contains leading/trailing "/"', 'write "shop"'],
    [
      'shop/*',
      'contains the wildcard "*"',
      'segments of visible characters, separated by single slashes, e.g. "shop/db"',
      'silently ignored: in a policy "*" and "+" are wildcards, and the rule would match other paths too',
      'change the path of the folder',
    ],
  ])('a folder %j is refused', (folder, wrong, allowed, live, fix) => {
    const world_ = worldWithApi();

    expect(refusal(() => world_.kv.grants.list(world_.api, folder))).toEqual([
      `the path of the folder ${wrong} [vault/path]`,
      '  at:      vault/secret (test/support/world.ts)',
      `  given:   ${JSON.stringify(folder)}`,
      `  allowed: ${allowed}`,
      `  live:    ${live}`,
      `  fix:     ${fix}`,
    ]);
  });

  test('a folder of another Vault is refused', () => {
    const { app, api } = worldWithApi();
    const other = new VaultServer(app, 'other', { address: 'https://other.example.com', state: State.local() });

    expect(refusal(() => new KvEngine(other, 'secret').grants.list(api, 'shop'))).toEqual([
      'the folder "shop/" of "secret" is in another Vault than what it is granted to [workload/other-vault]',
      '  at:      vault/kubernetes/shop:api (test/support/world.ts)',
      '  given:   "other (test/vault/kv.test.ts)"',
      '  allowed: vault (test/support/world.ts)',
      '  live:    403 permission denied',
      '  fix:     grant it to something in that Vault; for pods, make a second workload on an auth mount there',
    ]);
  });
});

describe('a version of a secret', () => {
  test('is asked for by the request, and needs no other right than the newest', () => {
    const { kv, app, api } = worldWithApi();
    const pinned = kv.secret('shop/key', { keys: ['key'], version: 3 });
    api.consume(pinned.fields.key, toFile('/mnt/secrets/key'));

    expect(pinned.request).toEqual({ operation: 'read', path: 'secret/data/shop/key', query: { version: '3' } });
    expect(pinned.rule).toEqual(kv.secret('shop/key', { keys: ['key'] }).rule);
    const { documents } = app.judge().printOut;
    const providerClass = documents.find(d => d.value['kind'] === 'SecretProviderClass')?.value as {
      spec: { parameters: { objects: string } };
    };
    expect(providerClass.spec.parameters.objects).toContain('secretPath: "secret/data/shop/key?version=3"');
  });

  test.each([0, -1, 1.5])('%d is refused', version => {
    const { kv } = world();

    expect(refusal(() => kv.secret('shop/db', { keys: ['password'], version }))).toEqual([
      'the version of the secret "shop/db" is not a version [kv/version]',
      '  at:      vault/secret (test/support/world.ts)',
      `  given:   ${version}`,
      '  allowed: a whole number from 1',
      '  live:    silently ignored: with 0 Vault reads the newest',
      '  fix:     drop `version` for the newest, or name one that `vault kv metadata get` shows',
    ]);
  });
});

describe('a KV engine of version 1', () => {
  test('has paths of its own, and one level of nesting', () => {
    const { vault, app, api } = worldWithApi();
    const old = new KvV1Engine(vault, 'old');
    const secret = old.secret('data/db', PASSWORD);
    api.consume(secret.fields.password, toFile('/mnt/secrets/old'));
    old.grants.write(api, secret);
    old.grants.list(api, 'data');

    expect(secret).toMatchObject({ nesting: 'data', request: { operation: 'read', path: 'old/data/db' } });
    expect(resources(app, 'vault_mount')).toMatchObject({
      old: { path: 'old', type: 'kv', options: { version: '1' } },
    });
    expect(Object.keys(resources(app, 'vault_kv_secret_backend_v2'))).toEqual(['secret']);
    expect(policies(app)['kubernetes-shop-api']).toBe(
      [
        '# list data/\npath "old/data/" {\n  capabilities = ["list"]\n}\n',
        '# read data/db, write data/db\npath "old/data/db" {\n  capabilities = ["create", "read", "update"]\n}\n',
        '# read shop/db\npath "secret/data/shop/db" {\n  capabilities = ["read"]\n}\n',
      ].join('\n'),
    );
  });

  test('that is mounted already has the same verbs, and prints no mount', () => {
    const { vault, app, api } = worldWithApi();
    const old = KvV1Engine.fromPath(vault, 'old');
    const secret = old.secret('db', PASSWORD);
    old.grants.read(api, secret);
    old.grants.delete(api, secret);
    old.grants.list(api);

    expect(KvV1Engine.fromPath(vault, 'old')).toBe(old);
    expect(Object.keys(resources(app, 'vault_mount'))).toEqual(['secret']);
    expect(api.policyDocument.rules.filter(r => r.path.startsWith('old'))).toEqual([
      rule('old/', ['list'], 'list old/'),
      rule('old/db', ['read', 'delete'], 'read db, delete db'),
    ]);
  });

  test('is not version 2 elsewhere', () => {
    const { vault } = world();

    expect(refusal(() => KvV1Engine.fromPath(vault, 'secret'))).toEqual([
      'the mount "secret" is said to be kv version 1, and elsewhere to be kv version 2 [vault/mount-differs]',
      '  at:      vault (test/support/world.ts)',
      '  given:   "kv version 1"',
      '  allowed: kv version 2',
      '  live:    403 permission denied, or 404 unsupported path: the paths of the two are not the same',
      '  fix:     say everywhere what `vault secrets list -detailed` shows',
    ]);
  });
});

function rule(path: string, capabilities: PolicyRule['capabilities'], comment: string): PolicyRule {
  return { path, capabilities, comment };
}

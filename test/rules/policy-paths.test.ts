import { bundle, type Flaw, saidOf, stanza } from '../support/bundle';
import { checked } from '../support/folder';
import { textOf } from '../support/said';
import { worldWithApi } from '../support/world';
import { READ, ROLE, SPC, terraform } from '../support/yaml';

test('nothing is said of a bundle that is right', () => {
  expect(saidOf()).toEqual([]);
});

describe('VC210: a policy names a path of a KV engine that is no path of its API', () => {
  test.each<Flaw>([
    [
      'a path of the command line',
      [stanza('secret/shop/api', '"read"')],
      [
        'error VC210: policy "shop-api" names "secret/shop/api" of the KV engine "secret" of version 2; the values are at "secret/data/shop/api"',
        '  at:      stacks/vault/cdk.tf.json:63',
        '  live:    silently ignored: what it allows is 403 permission denied, and what it denies is read',
        '  fix:     put data/ behind the mount; metadata/ for lists and descriptions',
      ],
    ],
    [
      'a folder of it',
      [stanza('/secret/shop/*', '"deny"')],
      [
        'error VC210: policy "shop-api" names "/secret/shop/*" of the KV engine "secret" of version 2; the values are at "secret/data/shop/*"',
        '  at:      stacks/vault/cdk.tf.json:63',
        '  live:    silently ignored: what it allows is 403 permission denied, and what it denies is read',
        '  fix:     put data/ behind the mount; metadata/ for lists and descriptions',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });

  test.each([
    'secret/metadata/shop/',
    'secret/+/shop/api',
    'secret/d*',
    'secret/config',
    'secret/delete/shop/api',
    'other/shop/api',
    'secret/{{identity.entity.name}}/x',
  ])('is silent about %s', path => {
    expect(textOf('VC210', checked(bundle(stanza(path, '"update"'))))).toEqual([]);
  });
});

describe('VC211: a policy covers a whole mount', () => {
  test.each<Flaw>([
    [
      'a right on every value',
      [stanza('secret/data/*', '"list"')],
      [
        'warning VC211: policy "shop-api" allows list on "secret/data/*"',
        '  at:      stacks/vault/cdk.tf.json:63',
        '  fix:     name the paths that are needed, or a folder of one team',
      ],
    ],
    [
      'a right on a mount of which nothing is known',
      [stanza('team/*', '"list"')],
      [
        'warning VC211: policy "shop-api" allows list on "team/*"',
        '  at:      stacks/vault/cdk.tf.json:63',
        '  fix:     name the paths that are needed, or a folder of one team',
      ],
    ],
    [
      'a right on everything',
      [stanza('*', '"list"')],
      [
        'warning VC211: policy "shop-api" allows list on "*"',
        '  at:      stacks/vault/cdk.tf.json:63',
        '  fix:     name the paths that are needed, or a folder of one team',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });

  test.each([
    'secret/data/shop/*',
    'secret/data/shop-*',
    'database/creds/shop-*',
    'secret/data/{{identity.entity.name}}/*',
  ])('is silent about %s', path => {
    expect(textOf('VC211', checked(bundle(stanza(path, '"list"'))))).toEqual([]);
  });

  test('is silent about what is denied', () => {
    expect(saidOf(stanza('secret/metadata/*', '"deny"'))).toEqual([]);
  });
});

describe('VC212: a policy gives the capability "sudo"', () => {
  test.each<Flaw>([
    [
      'a right with sudo',
      [stanza('sys/audit', '"read", "sudo"')],
      [
        'warning VC212: policy "shop-api" gives sudo on "sys/audit"',
        '  at:      stacks/vault/cdk.tf.json:63',
        '  fix:     drop it; a workload that reads secrets does not need it',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});

describe('VC213: a policy allows to list a secret, which is no folder', () => {
  test.each<Flaw>([
    [
      'a list of a secret',
      [stanza('secret/metadata/shop/api', '"list"')],
      [
        'warning VC213: policy "shop-api" allows to list "secret/metadata/shop/api"',
        '  at:      stacks/vault/cdk.tf.json:63',
        '  live:    silently ignored: the list is 404',
        '  fix:     drop "list", or name the folder above it, with a slash at the end',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });

  test.each(['secret/metadata/shop/', 'secret/metadata/shop', 'secret/metadata/shop/*'])(
    'is silent about the folder %s',
    path => {
      expect(saidOf(stanza(path, '"list"'))).toEqual([]);
    },
  );
});

describe('VC214: a policy lets a role read what none of its deliveries reads', () => {
  test.each<Flaw>([
    [
      'a right that is not used',
      [stanza('secret/data/shop/other', '"read"')],
      [
        'warning VC214: policy "shop-api" lets role "shop-api" read "secret/data/shop/other", and no delivery of it does',
        '  at:      stacks/vault/cdk.tf.json:63',
        '  fix:     drop the rule, or deliver what it is for',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });

  test('is silent about what a token does about itself', () => {
    expect(saidOf(stanza('auth/token/lookup-self', '"read"'))).toEqual([]);
  });

  test('is silent about a role that delivers nothing, since it is used in a way that nobody sees', () => {
    const files = { 'stacks/vault/cdk.tf.json': terraform(ROLE) };

    expect(checked(files)).toEqual([]);
  });

  test('is silent where another role with the same policy uses it', () => {
    const policy = `${READ}path "secret/data/shop/other" { capabilities = ["read"] }`;
    const other = { ...ROLE, role_name: 'other', bound_service_account_names: ['other'] };
    const document = JSON.parse(terraform(ROLE, policy)) as {
      resource: { vault_kubernetes_auth_backend_role: object };
    };
    document.resource.vault_kubernetes_auth_backend_role = { api: ROLE, other };
    const spc = SPC.replace('name: db,', 'name: other,').replace('shop-api', 'other').replace('shop/db', 'shop/other');

    expect(
      checked({ 'prod/a.yaml': `${SPC}---\n${spc}`, 'stacks/vault/cdk.tf.json': JSON.stringify(document) }),
    ).toEqual([]);
  });

  test('is silent where the program says what is meant', () => {
    const { app, api, kv } = worldWithApi();
    kv.grants.read(api, kv.secret('shop/other', { keys: ['key'] }));

    expect(app.judge().findings).toEqual([]);
  });
});

describe('VC216: a policy denies a path and allows something on it', () => {
  test.each<Flaw>([
    [
      'a rule that denies and allows',
      [stanza('secret/data/shop/api/old', '"deny", "list"')],
      [
        'error VC216: policy "shop-api" says deny, list on "secret/data/shop/api/old"',
        '  at:      stacks/vault/cdk.tf.json:63',
        '  live:    silently ignored: every request is 403 permission denied',
        '  fix:     keep deny alone, or drop it',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});

describe('VC215: a policy names a capability that there is not', () => {
  test('is said of it with its line', () => {
    const policy = 'path "secret/data/shop/db" {\n  capabilities = ["write"]\n}\n';

    expect(textOf('VC215', checked({ 'stacks/vault/cdk.tf.json': terraform(ROLE, policy) }))).toEqual([
      'error VC215: policy "shop-api", line 2: invalid capability "write"',
      '  at:      stacks/vault/cdk.tf.json:12',
      '  live:    400 failed to parse policy: path "...": invalid capability "..."',
      '  fix:     use create, read, update, patch, delete, list, sudo, deny, subscribe, recover; a write is create or update',
    ]);
  });

  test.each(['{"path": {}}', '${var.text}'])(
    'is silent about a text that is not understood for another reason: %s',
    policy => {
      expect(textOf('VC215', checked({ 'stacks/vault/cdk.tf.json': terraform(ROLE, policy) }))).toEqual([]);
    },
  );
});

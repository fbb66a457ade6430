import { bundle, type Flaw, saidOf, stanza } from '../support/bundle';
import { checked } from '../support/folder';
import { textOf } from '../support/said';
import { worldWithApi } from '../support/world';
import { READ, ROLE, SPC, terraform } from '../support/yaml';

test('nothing is said of a bundle that is right', () => {
  expect(saidOf()).toEqual([]);
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

import {
  acknowledge,
  DatabaseEngine,
  type IVaultGrantee,
  type PolicyRule,
  toFile,
  VaultPolicy,
  type VaultPolicyProps,
  Workload,
} from 'vault-cdk';
import { policies } from '../support/printed';
import { refusal } from '../support/said';
import { vaultAt, world } from '../support/world';

const AT = '  at:      vault/p (test/vault/policy.test.ts)';
const MEANT = acknowledge('operators only', { owner: 'platform', until: '2099-12-31' });

const policy = (props: VaultPolicyProps) => new VaultPolicy(vaultAt('https://vault.example.com:8200'), 'p', props);
const ruled = (rule: PolicyRule, props: VaultPolicyProps = {}) => policy({ ...props, rules: [rule] });

describe('a policy of its own', () => {
  test('prints exactly its grants, sorted, each path once, whatever the order [POL-01]', () => {
    const build = (turn: <T>(list: readonly T[]) => readonly T[]) => {
      const { app, vault, kv } = world();
      const secret = kv.secret('webapp/production', { keys: ['db_pass'] });
      const database = DatabaseEngine.fromPath(vault, 'database');
      const role = database.roleFromName('webapp-readonly');
      const webapp = new VaultPolicy(vault, 'webapp');
      const grants: readonly (() => void)[] = [
        () => kv.grants.read(webapp, secret),
        () => kv.grants.readMetadata(webapp, secret),
        () => webapp.addToVaultPolicy({ path: 'secret/metadata/webapp/production', capabilities: ['list'] }),
        () => database.grants.read(webapp, role),
        () => webapp.addToVaultPolicy({ path: 'sys/leases/renew', capabilities: ['update'] }),
        () => webapp.addToVaultPolicy({ path: 'auth/token/renew-self', capabilities: ['update'] }),
        () => kv.grants.read(webapp, secret),
      ];
      turn(grants).forEach(grant => grant());
      return policies(app)['webapp'];
    };
    const text = [
      'path "auth/token/renew-self" {\n  capabilities = ["update"]\n}\n',
      '# read creds/webapp-readonly\npath "database/creds/webapp-readonly" {\n  capabilities = ["read"]\n}\n',
      '# read webapp/production\npath "secret/data/webapp/production" {\n  capabilities = ["read"]\n}\n',
      '# read the metadata of webapp/production\npath "secret/metadata/webapp/production" {\n  capabilities = ["read", "list"]\n}\n',
      'path "sys/leases/renew" {\n  capabilities = ["update"]\n}\n',
    ].join('\n');

    expect(build(list => list)).toBe(text);
    expect(build(list => [...list].reverse())).toBe(text);
  });

  test('takes the text of one that exists, and grants beside it', () => {
    const { app, vault, kv } = world();
    const ops = new VaultPolicy(vault, 'ops', {
      text: '# metrics\npath "sys/metrics" {\n  capabilities = ["read", "list"]\n}\npath "secret/*" { capabilities = ["deny"] }\n',
    });
    kv.grants.readKeys(ops, kv.secret('shop/db', { keys: ['a'] }));

    expect(policies(app)['ops']).toBe(
      [
        'path "secret/*" {\n  capabilities = ["deny"]\n}\n',
        '# read the keys of shop/db\npath "secret/subkeys/shop/db" {\n  capabilities = ["read"]\n}\n',
        'path "sys/metrics" {\n  capabilities = ["read", "list"]\n}\n',
      ].join('\n'),
    );
  });

  test('that is empty is refused when the app is', () => {
    const { app, vault } = world();
    new VaultPolicy(vault, 'empty');

    expect(() => app.judge()).toThrow(
      "vault/empty: the policy is empty, and Vault says 'policy' parameter not supplied or empty; grant something, or remove it",
    );
  });

  test('has a name that is free', () => {
    const { vault, auth, kv } = world();
    new Workload(auth, 'api', { namespace: 'shop' }).consume(
      kv.secret('a', { keys: ['a'] }).fields.a,
      toFile('/mnt/secrets/a'),
    );

    expect(refusal(() => new VaultPolicy(vault, 'p', { name: 'kubernetes-shop-api' }))[0]).toBe(
      'two constructs claim one policy: "kubernetes-shop-api" [vault/name-taken]',
    );
  });
});

describe('a policy that exists', () => {
  test('is referred to by its name, and nothing can be granted to it', () => {
    const { app, vault, kv } = world();
    const shared = VaultPolicy.fromName(vault, 'shared-infra');
    const grantee = shared as unknown as IVaultGrantee;

    expect(VaultPolicy.fromName(vault, 'shared-infra')).toBe(shared);
    expect(shared.reference).toBe('shared-infra');
    expect(policies(app)).toEqual({});
    expect(refusal(() => kv.grants.read(grantee, kv.secret('a', { keys: ['a'] })))).toEqual([
      'the policy "shared-infra" exists already, and nothing can be granted to it [policy/imported]',
      '  at:      vault/policy:shared-infra (test/vault/policy.test.ts)',
      '  given:   "secret/data/a"',
      '  allowed: new VaultPolicy(vault, ...), a policy of this app',
      '  live:    silently ignored: Terraform would put its own text in the place of what the policy holds',
      '  fix:     make a second policy for what is granted, and give the role both',
    ]);
  });

  test('is not "root"', () => {
    const { vault } = world();

    expect(refusal(() => VaultPolicy.fromName(vault, 'root'))).toEqual([
      'the policy "root" may do everything, and no role can carry it [policy/root]',
      '  at:      vault (test/support/world.ts)',
      '  given:   "root"',
      '  allowed: a policy that names what is needed',
      '  live:    auth methods cannot create root tokens',
      '  fix:     grant what is needed to a policy of its own',
    ]);
  });
});

describe('a rule of a policy', () => {
  const BROAD = [
    '  allowed: exact paths without "sudo"; or broad: acknowledge(reason, { owner, until })',
    '  live:    silently ignored: what is stored below later is open to whoever has the policy',
    '  fix:     write one rule for each path, or acknowledge it',
  ];

  test('has no wildcard and no sudo unless that is acknowledged, and none of them is "root" [POL-09]', () => {
    const wild = (path: string): PolicyRule => ({ path, capabilities: ['read'] });
    const sudo: PolicyRule = { path: 'sys/audit', capabilities: ['read', 'sudo'] };

    for (const [path, wildcard] of [
      ['secret/data/*', '*'],
      ['secret/data/+/db', '+'],
    ] as const)
      expect(refusal(() => ruled(wild(path)))).toEqual([
        `the rule for "${path}" has the wildcard "${wildcard}", and nothing says that this is meant [policy/broad]`,
        AT,
        `  given:   {"path":"${path}","capabilities":["read"]}`,
        ...BROAD,
      ]);
    expect(refusal(() => ruled(sudo))).toEqual([
      'the rule for "sys/audit" has the capability "sudo", and nothing says that this is meant [policy/broad]',
      AT,
      '  given:   {"path":"sys/audit","capabilities":["read","sudo"]}',
      BROAD[0],
      '  live:    silently ignored: what Vault protects is open to whoever has the policy',
      BROAD[2],
    ]);
    expect(() => ruled(wild('secret/data/*'), { broad: MEANT })).not.toThrow();
    expect(() => ruled(sudo, { broad: MEANT })).not.toThrow();
    // What denies is never too wide.
    expect(() => ruled({ path: 'secret/data/*', capabilities: ['deny'] })).not.toThrow();
    expect(() => policy({ name: 'root' })).toThrow('cannot update "root" policy');
    expect(() => VaultPolicy.fromName(world().vault, 'root')).toThrow('[policy/root]');

    // A grant is about one path, and takes no wildcard.
    const { kv, vault } = world();
    const team = new VaultPolicy(vault, 'team');
    kv.grants.read(team, kv.secret('shop/db', { keys: ['a'] }));
    kv.grants.read(team, kv.secret('shop/web', { keys: ['a'] }));
    expect(team.policyDocument.rules.map(r => r.path)).toEqual(['secret/data/shop/db', 'secret/data/shop/web']);
    expect(() => kv.grants.read(team, kv.secret('shop/*', { keys: ['a'] }))).toThrow('[vault/path]');
  });

  test('takes the words that Vault knows, and "deny" only alone [POL-17]', () => {
    const words = ['create', 'read', 'update', 'patch', 'delete', 'list', 'sudo', 'subscribe', 'recover'] as const;
    expect(ruled({ path: 'a', capabilities: words }, { broad: MEANT }).policyDocument.rules[0]?.capabilities).toEqual(
      words,
    );

    // @ts-expect-error The word is misspelt: here as JavaScript would pass it.
    expect(refusal(() => ruled({ path: 'a', capabilities: ['reed'] }))).toEqual([
      'the rule for "a" has a capability that Vault does not know [policy/capability]',
      AT,
      '  given:   ["reed"]',
      '  allowed: create, read, update, patch, delete, list, sudo, deny, subscribe, recover',
      '  live:    failed to parse policy: path "a": invalid capability "reed"',
      '  fix:     use words of the list',
    ]);
    expect(refusal(() => ruled({ path: 'a', capabilities: [] }))).toEqual([
      'the rule for "a" has no capabilities [policy/capability]',
      AT,
      '  given:   []',
      '  allowed: create, read, update, patch, delete, list, sudo, deny, subscribe, recover',
      '  live:    silently ignored: the rule allows nothing',
      '  fix:     use words of the list',
    ]);
    const MIXED = [
      'the rule for "a" has "deny" beside other capabilities [policy/deny-mixed]',
      AT,
      '  given:   ["deny","read"]',
      '  allowed: "deny" alone, or none',
      '  live:    silently ignored: "deny" wins, and the others do nothing: 403 permission denied',
      '  fix:     drop "deny", or the others',
    ];
    expect(refusal(() => ruled({ path: 'a', capabilities: ['deny', 'read'] }))).toEqual(MIXED);
    // In two calls, too.
    const denied = ruled({ path: 'a', capabilities: ['deny'] });
    expect(refusal(() => denied.addToVaultPolicy({ path: 'a', capabilities: ['read'] }))).toEqual(MIXED);
  });

  const LOST = [
    '  allowed: path "..." { capabilities = ["read"] }, each path once, without wrapping or control groups',
    '  live:    failed to parse policy',
    '  fix:     correct the text, or print it with a raw Policy of @cdktf/provider-vault',
  ];

  test.each([
    ['path "a" {', 'the text of the policy cannot be read: line 1: '],
    [
      'path "a" { capabilities = ["reed"] }',
      'the text of the policy cannot be read: line 1: invalid capability "reed"',
    ],
    [
      'path "a" { capabilities = ["read"] min_wrapping_ttl = "1s" }',
      'the rule for "a" has conditions that would be lost: min_wrapping_ttl',
    ],
    [
      'path "a" { capabilities = ["read"] required_parameters = ["x"] }\npath "a" { capabilities = ["list"] }',
      '"a" stands there twice, with parameters',
    ],
  ])('is not read from the text %j', (text, problem) => {
    const [first, ...rest] = refusal(() => policy({ text }));

    expect(first).toContain(problem);
    expect(first).toContain('[policy/text]');
    expect(rest).toEqual([AT, ...LOST]);
  });

  test('is what Vault reads', () => {
    expect(refusal(() => ruled({ path: 'a/+*', capabilities: ['read'] }, { broad: MEANT }))).toEqual([
      `the rule for "a/+*" cannot be read by Vault: line 1: path "a/+*": invalid use of wildcards ('+*' is forbidden) [policy/text]`,
      AT,
      ...LOST,
    ]);
  });
});

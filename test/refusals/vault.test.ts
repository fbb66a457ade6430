import { Chart } from 'cdk8s';
import { Construct } from 'constructs';
import {
  KubernetesAuth,
  KubernetesCluster,
  KvEngine,
  printPolicy,
  Reviewer,
  State,
  VaultApp,
  VaultServer,
  type VaultServerProps,
  Workload,
} from 'vault-cdk';
import { refusal, refused } from '../support/said';
import { OUTSIDE, VAULT_FOR_PODS, vaultAt, world } from '../support/world';

const PASSWORD = { keys: ['password'] } as const;
const SEGMENTS = 'segments of visible characters, separated by single slashes, e.g. "shop/db"';
const WILDCARD = 'silently ignored: in a policy "*" and "+" are wildcards, and the rule would match other paths too';

describe('the path of a secret', () => {
  test.each([
    ['', 'is empty', SEGMENTS, '404 unsupported path'],
    [' shop/db', 'has a space at an end', '"shop/db"', '403 permission denied'],
    ['shop/db\n', 'has a space at an end', '"shop/db"', '403 permission denied'],
    ['/shop/db', 'has a slash at an end', '"shop/db"', 'value for "path" contains leading/trailing "/"'],
    ['shop/db/', 'has a slash at an end', '"shop/db"', 'value for "path" contains leading/trailing "/"'],
    ['shop//db', 'has an empty segment', '"shop/db"', '403 permission denied'],
    ['shop/*', 'contains the wildcard "*"', SEGMENTS, WILDCARD],
    ['shop/+/db', 'contains the wildcard "+"', SEGMENTS, WILDCARD],
    ['shop/../db', 'has a relative segment', SEGMENTS, '400 path cannot contain parent references'],
    ['shop/./db', 'has a relative segment', SEGMENTS, '400 path cannot contain parent references'],
    ['{{identity.entity.id}}/db', 'contains the braces of a template', SEGMENTS, '403 permission denied'],
    ['shop/the db', 'has a space or a character that is not visible ASCII', SEGMENTS, '403 permission denied'],
    ['läden/db', 'has a space or a character that is not visible ASCII', SEGMENTS, '403 permission denied'],
    ['db?version=1', 'contains "?", which a URL or a policy reads differently', SEGMENTS, '403 permission denied'],
    ['shop%2Fdb', 'contains "%", which a URL or a policy reads differently', SEGMENTS, '403 permission denied'],
    ['shop\\db', 'contains "\\\\", which a URL or a policy reads differently', SEGMENTS, '403 permission denied'],
  ])('%j is refused: it %s', (path, wrong, allowed, live) => {
    const { kv } = world();

    expect(refusal(() => kv.secret(path, PASSWORD))).toEqual([
      `the path of the secret ${wrong} [vault/path]`,
      '  at:      vault/secret (test/support/world.ts)',
      `  given:   ${JSON.stringify(path)}`,
      `  allowed: ${allowed}`,
      `  live:    ${live}`,
      `  fix:     ${allowed === SEGMENTS ? 'change the path of the secret' : `write ${allowed}`}`,
    ]);
  });

  test('is refused where a segment is longer than Vault can store as a file', () => {
    const { kv } = world();

    expect(refusal(() => kv.secret(`shop/${'x'.repeat(255)}`, PASSWORD))).toEqual([
      'the path of the secret is too long: 255 bytes [vault/path]',
      '  at:      vault/secret (test/support/world.ts)',
      `  given:   "${'x'.repeat(255)}"`,
      '  allowed: at most 254',
      '  live:    file name too long',
      '  fix:     give the path of the secret a shorter name',
    ]);
  });

  test.each(['data', 'metadata', 'delete', 'undelete', 'destroy', 'subkeys'])(
    'is refused where it was copied from the API with "%s/"',
    segment => {
      const { kv } = world();

      expect(refusal(() => kv.secret(`${segment}/shop/db`, PASSWORD))).toEqual([
        `a secret path is written as in the UI, without the KV v2 segment "${segment}/" [kv/path-names-the-api]`,
        '  at:      vault/secret (test/support/world.ts)',
        `  given:   "${segment}/shop/db"`,
        '  allowed: "shop/db"',
        '  live:    403 permission denied',
        `  fix:     drop "${segment}/"; the engine adds it where the Vault API needs it`,
      ]);
    },
  );

  test('is refused where it was copied from the API with the mount', () => {
    const { kv } = world();

    expect(refusal(() => kv.secret('secret/data/shop/db', PASSWORD))).toEqual([
      'a secret path does not repeat the mount and the "data/" of the API [kv/path-names-the-mount]',
      '  at:      vault/secret (test/support/world.ts)',
      '  given:   "secret/data/shop/db"',
      '  allowed: "shop/db"',
      '  live:    403 permission denied',
      '  fix:     drop "secret/data/"; the engine knows where it is mounted',
    ]);
  });

  test('is checked for an engine that is mounted already, too', () => {
    const { vault } = world();
    const kv = KvEngine.fromPath(vault, 'team/kv');

    expect(refusal(() => kv.secret('team/kv/data/shop/db', PASSWORD))).toEqual([
      'a secret path does not repeat the mount and the "data/" of the API [kv/path-names-the-mount]',
      '  at:      vault/kv:team%2Fkv (test/refusals/vault.test.ts)',
      '  given:   "team/kv/data/shop/db"',
      '  allowed: "shop/db"',
      '  live:    403 permission denied',
      '  fix:     drop "team/kv/data/"; the engine knows where it is mounted',
    ]);
  });
});

describe('the fields of a secret', () => {
  test.each([
    [[], 'has no fields'],
    [['password', 'username', 'password'], 'declares a field twice: "password"'],
    [[''], 'has a field whose name is empty or ends in a space'],
    [['password '], 'has a field whose name is empty or ends in a space'],
  ])('%j are refused: the secret %s', (keys: readonly string[], wrong) => {
    const { kv } = world();

    expect(refusal(() => kv.secret('shop/db', { keys }))).toEqual([
      `the secret "shop/db" ${wrong} [kv/keys]`,
      '  at:      vault/secret (test/support/world.ts)',
      `  given:   ${JSON.stringify(keys)}`,
      '  allowed: at least one name, each once, e.g. ["username", "password"]',
      '  live:    key "..." does not exist at the secret path',
      '  fix:     list the names of the fields, as `vault kv get` shows them',
    ]);
  });

  test('are asked for by a name that is declared', () => {
    const { kv } = world();
    const secret = kv.secret('shop/db', { keys: ['username', 'password'] });

    // @ts-expect-error The key is misspelt: here as JavaScript would call it.
    expect(refusal(() => secret.field('pasword'))).toEqual([
      'the secret "shop/db" has no field of this name [kv/unknown-key]',
      '  at:      vault/secret (test/support/world.ts)',
      '  given:   "pasword"',
      '  allowed: "username", "password"',
      '  live:    key "pasword" does not exist at the secret path',
      '  fix:     use a name of the list, or add this one to `keys` where the secret is declared',
    ]);
  });

  test('are not found on the prototype of an object', () => {
    const { kv } = world();
    const secret = kv.secret('shop/db', { keys: ['username', 'password'] });

    // @ts-expect-error Every object has a `constructor`.
    expect(refusal(() => secret.field('constructor'))).toEqual([
      'the secret "shop/db" has no field of this name [kv/unknown-key]',
      '  at:      vault/secret (test/support/world.ts)',
      '  given:   "constructor"',
      '  allowed: "username", "password"',
      '  live:    key "constructor" does not exist at the secret path',
      '  fix:     use a name of the list, or add this one to `keys` where the secret is declared',
    ]);
  });

  const AS_TEXT = [
    'the reference to "password" of secret/shop/db was used as text [secret/used-as-text]',
    '  allowed: a place to deliver the secret to, e.g. toFile("/mnt/secrets/password")',
    '  fix:     hand the reference itself to workload.consume()',
  ];

  test('refuse to become text', () => {
    const { password } = world().kv.secret('shop/db', PASSWORD).fields;

    // eslint-disable-next-line @typescript-eslint/restrict-template-expressions -- not everyone runs this rule
    expect(refusal(() => `postgresql://shop:${password}@pg:5432/shop`)).toEqual(AS_TEXT);
    expect(refusal(() => String(password))).toEqual(AS_TEXT);
    expect(refusal(() => [password].join(','))).toEqual(AS_TEXT);
  });

  test('refuse to become JSON', () => {
    const { password } = world().kv.secret('shop/db', PASSWORD).fields;

    expect(refusal(() => JSON.stringify({ password }))).toEqual(AS_TEXT);
  });
});

describe('a KV engine', () => {
  test.each([0, -1, 2.5])('does not keep %d versions', maxVersions => {
    const { vault } = world();

    expect(refusal(() => new KvEngine(vault, 'team', { maxVersions }))).toEqual([
      'the number of versions to keep is not a number of versions [kv/max-versions]',
      '  at:      vault/team (test/refusals/vault.test.ts)',
      `  given:   ${maxVersions}`,
      '  allowed: a whole number from 1',
      '  live:    silently ignored: with 0 Vault keeps its default of 10',
      '  fix:     drop `maxVersions`, or give a whole number',
    ]);
  });

  test('is mounted at a path without a slash at an end', () => {
    const { vault } = world();

    expect(refusal(() => new KvEngine(vault, 'team', { path: 'team/' }))).toEqual([
      'the mount path has a slash at an end [vault/path]',
      '  at:      vault/team (test/refusals/vault.test.ts)',
      '  given:   "team/"',
      '  allowed: "team"',
      '  live:    value for "path" contains leading/trailing "/"',
      '  fix:     write "team"',
    ]);
    expect(refusal(() => KvEngine.fromPath(vault, '/team'))).toEqual([
      'the mount path has a slash at an end [vault/path]',
      '  at:      vault',
      '  given:   "/team"',
      '  allowed: "team"',
      '  live:    value for "path" contains leading/trailing "/"',
      '  fix:     write "team"',
    ]);
  });

  test('has a path of its own', () => {
    const { vault } = world();

    expect(refusal(() => new KvEngine(vault, 'again', { path: 'secret' }))).toEqual([
      'two constructs claim one mount: "secret" [vault/name-taken]',
      '  at:      vault/again (test/refusals/vault.test.ts)',
      '  given:   "secret"',
      '  allowed: a name that is free; this one belongs to vault/secret (test/support/world.ts)',
      '  live:    silently ignored: the second write replaces the first, and Terraform undoes one with the other at every apply',
      '  fix:     give one of them another name',
    ]);
  });

  test.each([
    ['under', 'secret/shop', 'secret'],
    ['over', 'team', 'team/kv'],
  ])('does not lie %s another mount', (_, path, other) => {
    const { vault } = world();
    if (other !== 'secret') new KvEngine(vault, 'other', { path: other });

    expect(refusal(() => new KvEngine(vault, 'engine', { path }))).toEqual([
      `the mount "${path}" and the mount "${other}" lie one under the other [vault/mount-overlaps]`,
      '  at:      vault/engine (test/refusals/vault.test.ts)',
      `  given:   "${path}"`,
      '  allowed: a path that is no part of another mount, and has none as a part',
      `  live:    400 path is already in use at ${other}/`,
      '  fix:     give one of them another path',
    ]);
  });

  test('lies under a Vault', () => {
    const app = new VaultApp();

    expect(refusal(() => new KvEngine(app, 'secret'))).toEqual([
      'a thing in Vault lies under no VaultServer [vault/no-server]',
      '  at:      secret (test/refusals/vault.test.ts)',
      '  fix:     pass a VaultServer, or a construct below one, as the scope',
    ]);
    expect(refusal(() => VaultServer.of(new Chart(app, 'shop')))).toEqual([
      'a thing in Vault lies under no VaultServer [vault/no-server]',
      '  at:      shop',
      '  fix:     pass a VaultServer, or a construct below one, as the scope',
    ]);
  });
});

describe('a Vault', () => {
  const HIDDEN = '(not shown: what stands before "@" or after "?" may be secret)';
  const ALLOWED = [
    '  allowed: scheme, host and port, e.g. "https://vault.example.com:8200", without a slash at the end',
    '  live:    unsupported protocol scheme',
    '  fix:     write the address that VAULT_ADDR would hold',
  ];

  test.each([
    ['', ''],
    ['vault.example.com', 'vault.example.com'],
    ['ftp://vault.example.com', 'ftp://vault.example.com'],
    ['https://vault.example.com:8200/', 'https://vault.example.com:8200/'],
    ['https://vault.example.com:8200/ui', 'https://vault.example.com:8200/ui'],
    ['https://vault.example.com:8200/v1/secret/data', 'https://vault.example.com:8200/v1/secret/data'],
    ['https://vault.example.com:8200?namespace=a', HIDDEN],
    [' https://vault.example.com:8200', ' https://vault.example.com:8200'],
    ['https://admin:hunter2@vault.example.com:8200', HIDDEN],
  ])('is not at %j', (address, given) => {
    expect(refusal(() => vaultAt(address))).toEqual([
      'the address of Vault is not one [vault/address]',
      '  at:      vault (test/support/world.ts)',
      `  given:   ${JSON.stringify(given)}`,
      ...ALLOWED,
    ]);
  });

  test('is not at such an address for pods either', () => {
    expect(refusal(() => world({ vault: { address: 'https://vault.vault.svc:8200/v1' } }))).toEqual([
      'the address of Vault is not one [vault/address]',
      '  at:      vault/kubernetes (test/support/world.ts)',
      '  given:   "https://vault.vault.svc:8200/v1"',
      ...ALLOWED,
    ]);
  });

  test('shows a password of its address in no part of the refusal', () => {
    const error = refused(() => vaultAt('https://admin:hunter2@vault.example.com:8200'));

    expect(error.message).not.toContain('hunter2');
    expect(JSON.stringify(error.problem)).not.toContain('hunter2');
  });

  test('says where its Terraform state lies', () => {
    const withoutState: Omit<VaultServerProps, 'state'> = { address: 'https://vault.example.com:8200' };

    expect(refusal(() => new VaultServer(new VaultApp(), 'vault', withoutState as VaultServerProps))).toEqual([
      'the server does not say where Terraform keeps its state [vault/state-missing]',
      '  at:      vault (test/refusals/vault.test.ts)',
      '  allowed: State.s3(...), State.gcs(...), State.azurerm(...) or State.local()',
      '  live:    silently ignored: cdktf would print an absolute path of this machine, and the state would be deleted with the stack',
      '  fix:     pass `state`, e.g. `state: State.local()`',
    ]);
  });

  test('has a name that is a folder', () => {
    const props = { address: 'https://vault.example.com:8200', state: State.local() };
    const team = new Construct(new VaultApp(), 'team');

    expect(refusal(() => new VaultServer(team, 'our vault', props))).toEqual([
      'the name of the stack is not a folder name [vault/stack-name]',
      '  at:      team/our vault',
      '  given:   "our vault"',
      '  allowed: letters, digits, "_", "-" and ".": the name is a folder',
      '  fix:     give the VaultServer another id',
    ]);
  });

  test('has a name that Terraform can put into the name of a state file', () => {
    const props = { address: 'https://vault.example.com:8200', state: State.local() };
    const longest = 'v'.repeat(230);

    expect(new VaultServer(new VaultApp(), longest, props).node.id).toBe(longest);
    expect(refusal(() => new VaultServer(new VaultApp(), `${longest}v`, props))).toEqual([
      'the name of the stack is too long for Terraform: 231 bytes [vault/stack-name]',
      `  at:      ${longest}v`,
      `  given:   "${longest}v"`,
      '  allowed: at most 230',
      '  live:    file name too long',
      '  fix:     give the VaultServer another id',
    ]);
  });
});

describe('the name of a role and of its policy', () => {
  test('is lower case, as Vault stores it', () => {
    const { auth } = world();

    expect(refusal(() => new Workload(auth, 'api', { namespace: 'shop', name: 'Shop-API' }))).toEqual([
      'the name of the role is not a valid name [vault/name]',
      '  at:      vault/kubernetes/api (test/refusals/vault.test.ts)',
      '  given:   "Shop-API"',
      '  allowed: "shop-api"',
      '  live:    silently ignored: Vault stores "shop-api", and Terraform sees a difference at every plan',
      '  fix:     change the name of the role',
    ]);
  });

  test.each(['', 'shop/api', 'shop-*', 'shop-+', 'shop api', ' shop', 'shop-', '.shop'])('is not %j', name => {
    const { auth } = world();

    expect(refusal(() => new Workload(auth, 'api', { namespace: 'shop', name }))).toEqual([
      'the name of the role is not a valid name [vault/name]',
      '  at:      vault/kubernetes/api (test/refusals/vault.test.ts)',
      `  given:   ${JSON.stringify(name)}`,
      '  allowed: letters, digits, "_", "-" and ".", the first and last a letter, digit or "_"',
      '  live:    404 unsupported path',
      '  fix:     change the name of the role',
    ]);
  });

  test('is not too long where it is made from namespace and service account', () => {
    const { auth } = world();
    const serviceAccount = 'x'.repeat(253);

    expect(refusal(() => new Workload(auth, 'api', { namespace: 'shop', serviceAccount }))).toEqual([
      'the name of the role is too long: 258 bytes [vault/name]',
      '  at:      vault/kubernetes/api (test/refusals/vault.test.ts)',
      `  given:   "shop-${serviceAccount}"`,
      '  allowed: at most 254',
      '  live:    file name too long',
      '  fix:     give the name of the role a shorter name',
    ]);
  });

  test('belongs to one workload: a-b/c and a/b-c would share a-b-c', () => {
    const { auth } = world();
    new Workload(auth, 'first', { namespace: 'a-b', serviceAccount: 'c' });

    expect(refusal(() => new Workload(auth, 'second', { namespace: 'a', serviceAccount: 'b-c' }))).toEqual([
      'two constructs claim one role: "kubernetes-a-b-c" [vault/name-taken]',
      '  at:      vault/kubernetes/second (test/refusals/vault.test.ts)',
      '  given:   "kubernetes-a-b-c"',
      '  allowed: a name that is free; this one belongs to vault/kubernetes/first (test/refusals/vault.test.ts)',
      '  live:    silently ignored: the second write replaces the first, and Terraform undoes one with the other at every apply',
      '  fix:     give one of them another name',
    ]);
  });

  test('belongs to one auth mount, where it is a policy too', () => {
    const { app, auth, vault } = world();
    const stage = new KubernetesAuth(vault, 'stage', {
      cluster: new KubernetesCluster(app, 'stage', OUTSIDE),
      vault: VAULT_FOR_PODS,
      reviewer: Reviewer.client(),
    });
    new Workload(auth, 'api', { namespace: 'shop', name: 'shop' });

    expect(refusal(() => new Workload(stage, 'api', { namespace: 'shop', name: 'shop' }))).toEqual([
      'two constructs claim one policy: "shop" [vault/name-taken]',
      '  at:      vault/stage/api (test/refusals/vault.test.ts)',
      '  given:   "shop"',
      '  allowed: a name that is free; this one belongs to vault/kubernetes/api (test/refusals/vault.test.ts)',
      '  live:    silently ignored: the second write replaces the first, and Terraform undoes one with the other at every apply',
      '  fix:     give one of them another name',
    ]);
  });
});

test('a policy is not printed where the values of its conditions are not known', () => {
  const rule = { path: 'secret/data/shop/db', capabilities: ['read'], conditions: ['control_group'] } as const;

  expect(refusal(() => printPolicy({ name: 'shop', rules: [rule] }))).toEqual([
    'the rule for "secret/data/shop/db" has conditions whose values are not known, so it cannot be printed [policy/conditions-not-printed]',
    '  given:   ["control_group"]',
    '  allowed: capabilities and parameters',
    '  fix:     keep the text of the policy as it is',
  ]);
});

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CsiDelivery,
  DatabaseEngine,
  Duration,
  KubernetesAuth,
  KubernetesCluster,
  KvEngine,
  PostgresConnection,
  State,
  toFile,
  VaultApp,
  VaultServer,
  Workload,
} from 'vault-cdk';
import { stack, type PrintedStack } from '../support/printed';
import { refusal } from '../support/said';
import { VAULT_FOR_PODS, vaultAt } from '../support/world';

const ADDRESS = 'https://vault.example.com:8200';

/** One of everything that can be renamed, and what lies in it. */
function build(names: Readonly<Record<'auth' | 'kv' | 'database', string>>, old?: typeof names): PrintedStack {
  const app = new VaultApp();
  const vault = new VaultServer(app, 'vault', { address: ADDRESS, state: State.local() });
  const from = (what: keyof typeof names) => (old === undefined ? {} : { renamedFrom: old[what] });
  const auth = new KubernetesAuth(vault, names.auth, {
    cluster: new KubernetesCluster(app, 'prod'),
    delivery: new CsiDelivery(),
    vault: VAULT_FOR_PODS,
    ...from('auth'),
  });
  const { password } = new KvEngine(vault, names.kv, from('kv')).secret('db', { keys: ['password'] }).fields;
  const database = new DatabaseEngine(vault, names.database, from('database'));
  const connection = new PostgresConnection(database, 'shop', {
    url: 'postgresql://{{username}}:{{password}}@pg.internal:5432/shop',
    username: 'vault_admin',
  });
  database.role('readonly', {
    connection,
    creationStatements: [`CREATE ROLE "{{name}}" WITH LOGIN PASSWORD '{{password}}'`],
    defaultTtl: Duration.hours(1),
    maxTtl: Duration.hours(8),
  });
  new Workload(auth, 'api', { namespace: 'shop' }).consume(password, toFile('/mnt/secrets/password'));
  new Workload(auth, 'named', { namespace: 'shop', name: 'named' }).consume(password, toFile('/mnt/secrets/password'));
  return stack(app);
}

const OLD = { auth: 'k8s', kv: 'team/kv', database: 'db' };
const NEW = { auth: 'kubernetes', kv: 'kv', database: 'database' };

const addresses = ({ resource }: PrintedStack) =>
  Object.entries(resource).flatMap(([type, named]) => Object.keys(named).map(name => `${type}.${name}`));

describe('a renamed mount', () => {
  test('is moved with what is in it, from the address that each had', () => {
    const before = addresses(build(OLD));
    const { moved = [], removed, ...after } = build(NEW, OLD);

    expect(moved).toEqual([
      { from: 'vault_auth_backend.k8s', to: 'vault_auth_backend.kubernetes' },
      {
        from: 'vault_kubernetes_auth_backend_config.k8s',
        to: 'vault_kubernetes_auth_backend_config.kubernetes',
      },
      { from: 'vault_policy.k8s-shop-api', to: 'vault_policy.kubernetes-shop-api' },
      {
        from: 'vault_kubernetes_auth_backend_role.k8s-shop-api',
        to: 'vault_kubernetes_auth_backend_role.kubernetes-shop-api',
      },
      {
        from: 'vault_kubernetes_auth_backend_role.k8s-named',
        to: 'vault_kubernetes_auth_backend_role.kubernetes-named',
      },
      { from: 'vault_mount.team_kv_7eea05b6', to: 'vault_mount.kv' },
      { from: 'vault_kv_secret_backend_v2.team_kv_7eea05b6', to: 'vault_kv_secret_backend_v2.kv' },
      { from: 'vault_mount.db', to: 'vault_mount.database' },
    ]);
    // The provider cannot remove these at their old path, so Terraform forgets them and writes them at the new one.
    expect(removed).toEqual([
      { from: 'vault_database_secret_backend_connection.db_shop_d608fff0', lifecycle: { destroy: false } },
      { from: 'vault_database_secret_backend_role.db_readonly_58059bfd', lifecycle: { destroy: false } },
    ]);
    const gone = [...moved.map(m => m.from), ...(removed as readonly { from: string }[]).map(r => r.from)];
    const kept = addresses(after).filter(a => before.includes(a));
    expect(gone.sort()).toEqual(before.filter(a => !kept.includes(a)).sort());
    expect(addresses(after)).toEqual(expect.arrayContaining(moved.map(m => m.to)));
  });

  test('is written at its new path before anything is removed', () => {
    const { resource } = build(NEW, OLD);
    const first = { create_before_destroy: true };

    expect(resource['vault_kv_secret_backend_v2']?.['kv']?.['lifecycle']).toEqual(first);
    expect(resource['vault_kubernetes_auth_backend_config']?.['kubernetes']?.['lifecycle']).toEqual(first);
    expect(resource['vault_mount']?.['kv']?.['lifecycle']).toEqual({ prevent_destroy: true });
  });

  test('prints no block where nothing was renamed', () => {
    expect(build(NEW)).not.toHaveProperty('moved');
    expect(build(NEW)).not.toHaveProperty('removed');
  });
});

const terraform = (folder: string, ...args: readonly string[]) =>
  spawnSync('terraform', [...args, '-no-color'], {
    cwd: folder,
    encoding: 'utf8',
    // No provider is needed; a configuration of the machine could name a mirror that is not there.
    env: { ...process.env, TF_CLI_CONFIG_FILE: '/dev/null', CHECKPOINT_DISABLE: '1' },
  });
const hasTerraform = spawnSync('terraform', ['version'], { stdio: 'ignore' }).status === 0;

describe('the real terraform', () => {
  (hasTerraform ? test : test.skip)(
    'moves what the printed blocks say, and makes nothing anew',
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'vault-cdk-renamed-'));
      // The same addresses and blocks, with a resource that needs no provider in place of each.
      const plain = ({ resource, moved = [], removed = [] }: PrintedStack) =>
        JSON.stringify({
          resource: { terraform_data: Object.fromEntries(addresses({ resource }).map(a => [flat(a), {}])) },
          moved: moved.map(m => ({ from: `terraform_data.${flat(m.from)}`, to: `terraform_data.${flat(m.to)}` })),
          removed: (removed as readonly { from: string }[]).map(r => ({
            ...r,
            from: `terraform_data.${flat(r.from)}`,
          })),
        });
      const flat = (address: string) => address.replace('.', '-');
      try {
        writeFileSync(join(folder, 'main.tf.json'), plain(build(OLD)));
        expect(terraform(folder, 'init').status).toBe(0);
        expect(terraform(folder, 'apply', '-auto-approve').stdout).toContain('11 added, 0 changed, 0 destroyed');

        writeFileSync(join(folder, 'main.tf.json'), plain(build(NEW, OLD)));
        const plan = terraform(folder, 'apply', '-auto-approve').stdout;
        expect(plan.match(/has moved to/g)).toHaveLength(8);
        // The two of the database are forgotten, and written anew.
        expect(plan).toContain('2 added, 0 changed, 0 destroyed');
        expect(terraform(folder, 'plan', '-detailed-exitcode').status).toBe(0);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
    60_000,
  );
});

describe('a mount is not renamed', () => {
  test('from the name that it has', () => {
    const vault = vaultAt(ADDRESS);

    expect(refusal(() => new KvEngine(vault, 'kv', { renamedFrom: 'kv' }))).toEqual([
      'the mount "kv" is renamed from the name that it has [vault/renamed-to-itself]',
      '  at:      vault/kv (test/vault/renamed.test.ts)',
      '  given:   "kv"',
      '  allowed: the name that it had before',
      '  live:    Error: Redundant move statement',
      '  fix:     drop `renamedFrom`',
    ]);
  });

  test('from a name that is in use', () => {
    const vault = vaultAt(ADDRESS);
    new KvEngine(vault, 'old');

    expect(refusal(() => new DatabaseEngine(vault, 'new', { renamedFrom: 'old' }))).toEqual([
      'the mount "new" is renamed from "old", which is in use [vault/renamed-in-use]',
      '  at:      vault/new (test/vault/renamed.test.ts)',
      '  given:   "old"',
      '  allowed: a name that nothing has any more; this one belongs to vault/old (test/vault/renamed.test.ts)',
      '  live:    Error: Moved object still exists',
      '  fix:     remove what has the old name, or drop `renamedFrom` if this is another thing',
    ]);
  });

  test('from a name that comes into use later', () => {
    const vault = vaultAt(ADDRESS);
    new KvEngine(vault, 'new', { renamedFrom: 'old' });

    const away = (at: string) => [
      'the mount "old" was renamed to "new", and is used under its old name [vault/renamed-away]',
      `  at:      ${at}`,
      '  given:   "old"',
      '  allowed: "new", which is vault/new (test/vault/renamed.test.ts)',
      '  live:    Error: Moved object still exists, from Terraform; or 404 no handler for route, from Vault',
      '  fix:     use the new name; once the rename is applied everywhere, `renamedFrom` can go and the old name is free',
    ];
    expect(refusal(() => new KvEngine(vault, 'old'))).toEqual(away('vault/old (test/vault/renamed.test.ts)'));
    expect(refusal(() => KvEngine.fromPath(vault, 'old'))).toEqual(away('vault (test/support/world.ts)'));
  });

  test('twice from one name', () => {
    const vault = vaultAt(ADDRESS);
    new KvEngine(vault, 'a', { renamedFrom: 'old' });

    expect(refusal(() => new KvEngine(vault, 'b', { renamedFrom: 'old' }))).toEqual([
      'two of type mount are renamed from one: "a" and "b" [vault/renamed-twice]',
      '  at:      vault/b (test/vault/renamed.test.ts)',
      '  given:   "old"',
      '  allowed: a name that nothing else came from; this one became vault/a (test/vault/renamed.test.ts)',
      '  live:    Error: Ambiguous move statements',
      '  fix:     drop `renamedFrom` where the thing is new',
    ]);
  });

  test('from what is no path', () => {
    const vault = vaultAt(ADDRESS);

    expect(refusal(() => new KvEngine(vault, 'kv', { renamedFrom: 'old/' }))).toEqual([
      'the old path of the mount has a slash at an end [vault/path]',
      '  at:      vault/kv (test/vault/renamed.test.ts)',
      '  given:   "old/"',
      '  allowed: "old"',
      '  live:    value for "path" contains leading/trailing "/"',
      '  fix:     write "old"',
    ]);
  });

  test('and nor is an auth mount', () => {
    const app = new VaultApp();
    const vault = new VaultServer(app, 'vault', { address: ADDRESS, state: State.local() });
    const cluster = new KubernetesCluster(app, 'prod');

    expect(
      refusal(() => new KubernetesAuth(vault, 'k8s', { cluster, vault: VAULT_FOR_PODS, renamedFrom: 'k8s' })),
    ).toEqual([
      'the auth mount "k8s" is renamed from the name that it has [vault/renamed-to-itself]',
      '  at:      vault/k8s (test/vault/renamed.test.ts)',
      '  given:   "k8s"',
      '  allowed: the name that it had before',
      '  live:    Error: Redundant move statement',
      '  fix:     drop `renamedFrom`',
    ]);
  });
});

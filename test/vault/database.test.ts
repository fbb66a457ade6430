import { DatabaseSecretBackendRole } from '@cdktf/provider-vault/lib/database-secret-backend-role';
import {
  DatabaseEngine,
  type DatabaseRoleProps,
  Duration,
  KvEngine,
  PostgresConnection,
  type PostgresConnectionProps,
  toFile,
  Workload,
} from 'vault-cdk';
import { policies, resources, stack } from '../support/printed';
import { refusal, said } from '../support/said';
import { vaultAt, world } from '../support/world';

const URL = 'postgresql://{{username}}:{{password}}@pg.internal:5432/shop?sslmode=verify-full';
const CREATE = `CREATE ROLE "{{name}}" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'`;
const GRANT = 'GRANT SELECT ON ALL TABLES IN SCHEMA public TO "{{name}}"';

const aRole = { creationStatements: [CREATE, GRANT], defaultTtl: Duration.hours(1), maxTtl: Duration.hours(8) };

/** A database engine with a connection; props go over those of a good one. */
function database(props: Partial<PostgresConnectionProps> = {}) {
  const made = world();
  const engine = new DatabaseEngine(made.vault, 'database');
  const shop = new PostgresConnection(engine, 'shop', { url: URL, username: 'vault_admin', ...props });
  const role = (given: Partial<DatabaseRoleProps> = {}, name = 'readonly') =>
    engine.role(name, { connection: shop, ...aRole, ...given });
  return { ...made, engine, shop, role };
}

describe('a database engine', () => {
  test('is printed with its connection and roles, each role let in by its connection', () => {
    const { app, role } = database({ ca: 'PEM', passwordVersion: 2, verify: false });
    role({ revocationStatements: ['DROP ROLE IF EXISTS "{{name}}"'] }, 'readwrite');
    role();

    expect(resources(app, 'vault_mount')).toMatchObject({
      database: { path: 'database', type: 'database', lifecycle: { prevent_destroy: true } },
    });
    expect(resources(app, 'vault_database_secret_backend_connection')).toEqual({
      database_shop_ddacd7b0: {
        backend: '${vault_mount.database.path}',
        name: 'shop',
        plugin_name: 'postgresql-database-plugin',
        allowed_roles: ['readonly', 'readwrite'],
        verify_connection: false,
        postgresql: {
          connection_url: URL,
          username: 'vault_admin',
          password_wo: '${var.database_shop_password}',
          password_wo_version: 2,
          tls_ca: 'PEM',
        },
      },
    });
    const readonly = {
      backend: '${vault_mount.database.path}',
      name: 'readonly',
      db_name: '${vault_database_secret_backend_connection.database_shop_ddacd7b0.name}',
      creation_statements: [CREATE, GRANT],
      default_ttl: 3600,
      max_ttl: 28800,
    };
    expect(Object.values(resources(app, 'vault_database_secret_backend_role'))).toEqual([
      readonly,
      { ...readonly, name: 'readwrite', revocation_statements: ['DROP ROLE IF EXISTS "{{name}}"'] },
    ]);
  });

  test('takes the password from the run, and keeps it nowhere', () => {
    const { app, engine, shop } = database();
    const other = new PostgresConnection(engine, 'shop-eu', { url: URL, username: 'vault_admin' });

    expect(shop.passwordVariable).toBe('database_shop_password');
    // A shell cannot export a name with a hyphen.
    expect(other.passwordVariable).toMatch(/^database_shop_eu_password_[0-9a-f]{8}$/);
    expect(stack(app).variable).toMatchObject({
      database_shop_password: {
        description: 'Password of vault_admin for Vault (database/shop)',
        ephemeral: true,
        nullable: false,
        sensitive: true,
        type: 'string',
      },
    });
    expect(said('VC401', app)).toEqual([]);
  });

  test('escapes what Terraform would read as a template', () => {
    const { app, role } = database();
    role({ creationStatements: [`${CREATE}; DO $do$ BEGIN RAISE NOTICE '\${x}'; END $do$`] });

    const [printed] = Object.values(resources(app, 'vault_database_secret_backend_role')) as {
      creation_statements: string[];
    }[];
    expect(printed?.creation_statements[0]).toContain("RAISE NOTICE '$${x}'");
  });

  test('that is mounted already has the same verbs', () => {
    const { app, vault } = world();
    const engine = DatabaseEngine.fromPath(vault, 'database');
    const owned = engine.role('readonly', { connection: engine.connectionFromName('shop'), ...aRole });
    const known = engine.roleFromName('readwrite', { maxTtl: Duration.hours(2) });

    expect(DatabaseEngine.fromPath(vault, 'database')).toBe(engine);
    expect(owned.lease).toEqual({ ttl: 3600, maxTtl: 28800 });
    expect(known.lease).toEqual({ ttl: undefined, maxTtl: 7200 });
    expect(engine.roleFromName('other').lease).toEqual({ ttl: undefined, maxTtl: undefined });
    expect(Object.keys(resources(app, 'vault_mount'))).toEqual(['secret']);
    expect(Object.values(resources(app, 'vault_database_secret_backend_role'))).toMatchObject([
      { backend: 'database', db_name: 'shop', name: 'readonly' },
    ]);
  });
});

describe('a role', () => {
  test('is read at creds/, and only that; one that nobody makes is refused [POL-04]', () => {
    const { app, auth, engine, role } = database();
    const api = new Workload(auth, 'api', { namespace: 'shop' });
    const readonly = role();
    engine.grants.read(api, readonly);
    engine.grants.read(api, readonly);

    expect(policies(app)['kubernetes-shop-api']).toBe(
      '# read creds/readonly\npath "database/creds/readonly" {\n  capabilities = ["read"]\n}\n',
    );
    expect(engine.roleFromName('readonly')).toBe(readonly);
    expect(refusal(() => engine.roleFromName('webapp-readonly'))).toEqual([
      'the database engine "database" has no role "webapp-readonly" [database/unknown-role]',
      '  at:      vault/database (test/vault/database.test.ts)',
      '  given:   "webapp-readonly"',
      '  allowed: "readonly"',
      '  live:    400 unknown role: webapp-readonly',
      '  fix:     declare it first with database.role(...); one that a raw resource makes is DatabaseEngine.fromPath(...).roleFromName(...)',
    ]);
  });

  test('that a raw resource makes is referred to as one that exists', () => {
    const { vault, engine } = database();
    new DatabaseSecretBackendRole(engine, 'Raw', {
      backend: engine.backend,
      name: 'raw',
      dbName: 'shop',
      creationStatements: [CREATE],
    });

    expect(DatabaseEngine.fromPath(vault, 'database').roleFromName('raw').request).toEqual({
      operation: 'read',
      path: 'database/creds/raw',
    });
  });

  test('delivered brings the rights to renew token and lease, which a static secret does not need [POL-05] [POL-06]', () => {
    const { app, auth, kv, role } = database();
    const { username, password } = role().fields;
    const api = new Workload(auth, 'api', { namespace: 'shop' });
    api.consume(username, toFile('/mnt/secrets/username'));
    api.consume(password, toFile('/mnt/secrets/password'));
    const web = new Workload(auth, 'web', { namespace: 'shop' });
    web.consume(kv.secret('shop/web', { keys: ['key'] }).fields.key, toFile('/mnt/secrets/key'));

    expect(policies(app)['kubernetes-shop-api']).toBe(
      [
        '# renew the own token\npath "auth/token/renew-self" {\n  capabilities = ["update"]\n}\n',
        '# read creds/readonly\npath "database/creds/readonly" {\n  capabilities = ["read"]\n}\n',
        '# renew leases of creds/readonly\npath "sys/leases/renew" {\n  capabilities = ["update"]\n  allowed_parameters = {\n    "increment" = []\n    "lease_id" = ["database/creds/readonly/*"]\n  }\n  required_parameters = ["lease_id"]\n}\n',
      ].join('\n'),
    );
    expect(policies(app)['kubernetes-shop-web']).toBe(
      '# read shop/web\npath "secret/data/shop/web" {\n  capabilities = ["read"]\n}\n',
    );
    expect(app.judge().findings.filter(f => f.severity === 'error')).toEqual([]);
  });

  test('delivered alone makes a policy of three stanzas, with the name that was given [POL-07]', () => {
    const { app, auth, engine, shop } = database();
    const creds = engine.role('webapp-creds', { connection: shop, ...aRole });
    new Workload(auth, 'webapp', { namespace: 'webapp', name: 'webapp-db-creds' }).consume(
      creds.fields.password,
      toFile('/mnt/secrets/password'),
    );

    const text = policies(app)['webapp-db-creds'] ?? '';
    expect(text.match(/^path ".*" \{\n {2}capabilities = \[.*\]/gm)).toEqual([
      'path "auth/token/renew-self" {\n  capabilities = ["update"]',
      'path "database/creds/webapp-creds" {\n  capabilities = ["read"]',
      'path "sys/leases/renew" {\n  capabilities = ["update"]',
    ]);
  });

  test('refuses to become text', () => {
    const { role } = database();

    // eslint-disable-next-line @typescript-eslint/restrict-template-expressions -- not everyone runs this rule
    expect(refusal(() => `${role()}`)).toEqual([
      'the reference to the database role database/readonly was used as text [secret/used-as-text]',
      '  allowed: a place to deliver the secret to, e.g. toFile("/mnt/secrets/password")',
      '  fix:     hand the reference itself to workload.consume()',
    ]);
  });

  test('that is declared is not stated a second time', () => {
    const { engine, role } = database();
    role();

    expect(refusal(() => engine.roleFromName('readonly', { maxTtl: Duration.hours(1) }))).toEqual([
      'the database role "readonly" is declared by this app, and its lifetimes are stated a second time [database/unknown-role]',
      '  at:      vault/database (test/vault/database.test.ts)',
      '  given:   ["maxTtl"]',
      '  allowed: database.roleFromName("readonly")',
      '  live:    silently ignored: what the role itself says holds',
      '  fix:     drop the lifetimes here; the role says them',
    ]);
  });

  test('has a name of its own', () => {
    const { role } = database();
    role();

    expect(refusal(() => role())).toEqual([
      'two constructs claim one database role: "database/readonly" [vault/name-taken]',
      '  at:      vault/database (test/vault/database.test.ts)',
      '  given:   "database/readonly"',
      '  allowed: a name that is free; this one belongs to vault/database (test/vault/database.test.ts)',
      '  live:    silently ignored: the second write replaces the first, and Terraform undoes one with the other at every apply',
      '  fix:     give one of them another name',
    ]);
  });

  const KNOWN = `e.g. ["CREATE ROLE \\"{{name}}\\" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'"]`;
  const LOST =
    'silently ignored: Vault hands out credentials that the database does not know, and the application sees FATAL: password authentication failed for user "v-..."';

  test.each([
    [[], 'the database role "readonly" has no creation statements', 'empty creation statements'],
    [[GRANT], 'the creation statements of the database role "readonly" lack {{password}}', LOST],
    [
      [`CREATE ROLE app WITH LOGIN PASSWORD 'x'`],
      'the creation statements of the database role "readonly" lack {{name}} and {{password}}',
      LOST,
    ],
    [
      [`CREATE ROLE app WITH LOGIN PASSWORD '{{password}}'`],
      'the creation statements of the database role "readonly" lack {{name}}',
      LOST,
    ],
  ])('with the statements %j is refused', (creationStatements, problem, live) => {
    const { role } = database();

    expect(refusal(() => role({ creationStatements }))).toEqual([
      `${problem} [database/creation-statements]`,
      '  at:      vault/database/role:readonly (test/vault/database.test.ts)',
      `  given:   ${JSON.stringify(creationStatements)}`,
      `  allowed: ${KNOWN}`,
      `  live:    ${live}`,
      '  fix:     write each place as Vault replaces it, with its double braces',
    ]);
  });

  test('takes the older name of a place', () => {
    const { role } = database();

    expect(() => role({ creationStatements: [CREATE.replace('{{name}}', '{{username}}')] })).not.toThrow();
  });

  test('of a connection of another engine is refused', () => {
    const { vault, shop } = database();
    const other = new DatabaseEngine(vault, 'other');

    expect(refusal(() => other.role('readonly', { connection: shop, ...aRole }))).toEqual([
      'the connection "shop" lies in another engine than the role [database/other-connection]',
      '  at:      vault/other/role:readonly (test/vault/database.test.ts)',
      '  given:   "vault: database"',
      '  allowed: a connection of vault: other',
      '  live:    500 failed to find entry for connection with name: "shop"',
      '  fix:     declare the role on the engine of the connection, or a connection on this engine',
    ]);
  });
});

describe('lifetimes [AUTH-26]', () => {
  const TTL = [
    '  allowed: 0 < defaultTtl <= maxTtl, in seconds',
    '  live:    silently ignored: TTL of "..." exceeded the effective max_ttl of "..."; TTL value is capped accordingly. With 0 the limit is that of the mount, 768 hours',
    '  fix:     shorten `defaultTtl`, or lengthen `maxTtl`',
  ];

  test.each([
    [9, 8],
    [0, 8],
    [0, 0],
  ])('of a role: %d hours of at most %d are refused', (ttl, max) => {
    const { role, vault } = database();
    const given = { defaultTtl: Duration.hours(ttl), maxTtl: Duration.hours(max) };

    const refused = (at: string) => [
      'the leases of the database role "readonly" would last longer before their renewal than with all renewals, or not at all [database/ttl]',
      `  at:      ${at} (test/vault/database.test.ts)`,
      `  given:   {"defaultTtl":${ttl * 3600},"maxTtl":${max * 3600}}`,
      ...TTL,
    ];
    expect(refusal(() => role(given))).toEqual(refused('vault/database/role:readonly'));
    expect(refusal(() => DatabaseEngine.fromPath(vault, 'old').roleFromName('readonly', given))).toEqual(
      refused('vault/database:old'),
    );
  });

  test('of a login that are longer before its renewal than with all renewals are refused', () => {
    const { auth } = world();
    const given = { namespace: 'shop', tokenTtl: Duration.hours(9), tokenMaxTtl: Duration.hours(8) };

    expect(refusal(() => new Workload(auth, 'api', given))[0]).toBe(
      'a login would last longer before its renewal than with all renewals, or not at all [workload/token-ttl]',
    );
  });

  test('of a lease and of the login that makes it: a lease that would outlive its token is refused, with both numbers', () => {
    const { auth, role } = database();
    const { password } = role().fields;
    const api = new Workload(auth, 'api', { namespace: 'shop', tokenMaxTtl: Duration.hours(2) });

    expect(refusal(() => api.consume(password, toFile('/mnt/secrets/password')))).toEqual([
      'a lease of "creds/readonly" lasts up to 28800 s, and the login that makes it ends after 7200 s [workload/lease-outlives-token]',
      '  at:      vault/kubernetes/api (test/vault/database.test.ts)',
      '  given:   {"leaseMaxTtl":28800,"tokenMaxTtl":7200}',
      '  allowed: a lease that ends before its token, or with it',
      '  live:    silently ignored: Vault revokes the lease with its token, and the application sees FATAL: password authentication failed for user "v-..."',
      '  fix:     lengthen `tokenMaxTtl` of the workload, or shorten `maxTtl` of the role',
    ]);
    // Nothing of it was taken.
    expect(api.consumptions).toEqual([]);
  });

  test('of a lease that ends with its token, or is not known, pass', () => {
    const { auth, vault } = world();
    const engine = DatabaseEngine.fromPath(vault, 'database');
    const api = new Workload(auth, 'api', { namespace: 'shop', tokenMaxTtl: Duration.hours(8) });

    api.consume(engine.roleFromName('a', { maxTtl: Duration.hours(8) }).fields.password, toFile('/mnt/secrets/a'));
    api.consume(engine.roleFromName('b').fields.password, toFile('/mnt/secrets/b'));
    expect(() =>
      api.consume(
        engine.roleFromName('c', { defaultTtl: Duration.hours(9) }).fields.password,
        toFile('/mnt/secrets/c'),
      ),
    ).toThrow('[workload/lease-outlives-token]');
  });
});

describe('a connection', () => {
  const REFUSED_URL = [
    'the address of the database does not leave its credentials to Vault [database/connection-url]',
    '  at:      vault/database/shop (test/vault/database.test.ts)',
    '  given:   "(not shown: it may hold a password)"',
    '  allowed: "postgresql://{{username}}:{{password}}@pg.internal:5432/shop?sslmode=verify-full", the first part to the letter',
    '  live:    silently ignored: what stands there is kept in the state as text, and stays when Vault rotates the password: FATAL: password authentication failed for user',
    '  fix:     write {{username}}:{{password}}@ where the credentials stand, and the user as `username`',
  ];

  test.each([
    'postgresql://vault_admin:hunter2@pg.internal:5432/shop',
    'postgresql://vault_admin:{{password}}@pg.internal:5432/shop',
    'postgresql://{{username}}@pg.internal:5432/shop',
    'postgresql://pg.internal:5432/shop',
    'postgresql://{{username}}:{{password}}@pg.internal:5432/shop?password=hunter2',
    'postgresql://{{username}}:{{password}}@',
    'mysql://{{username}}:{{password}}@pg.internal:5432/shop',
    'host=pg.internal user={{username}} password={{password}}',
  ])('at %j is refused, and not shown', url => {
    expect(refusal(() => database({ url }))).toEqual(REFUSED_URL);
  });

  test.each([
    ['', ''],
    ['vault admin', 'vault admin'],
    ['vault_admin:hunter2', '(not shown: what stands behind ":" may be a password)'],
  ])('as %j is refused', (username, given) => {
    expect(refusal(() => database({ username }))).toEqual([
      'the user that Vault connects as is not a user name [database/username]',
      '  at:      vault/database/shop (test/vault/database.test.ts)',
      `  given:   ${JSON.stringify(given)}`,
      '  allowed: one word, e.g. "vault_admin"',
      '  live:    error verifying connection: ping failed: ... FATAL: password authentication failed for user',
      '  fix:     name the user alone',
    ]);
  });

  test.each([0, -1, 1.5])('with password version %d is refused', passwordVersion => {
    expect(refusal(() => database({ passwordVersion }))).toEqual([
      'the version of a password is not a count [database/password-version]',
      '  at:      vault/database/shop (test/vault/database.test.ts)',
      `  given:   ${passwordVersion}`,
      '  allowed: a whole number from 1',
      '  live:    silently ignored: with 0 the provider sends no password',
      '  fix:     drop `passwordVersion`, or count it up by one',
    ]);
  });
});

test('an engine is one type', () => {
  const vault = vaultAt('https://vault.example.com:8200');
  new KvEngine(vault, 'secret');

  expect(refusal(() => DatabaseEngine.fromPath(vault, 'secret'))[0]).toBe(
    'the mount "secret" is said to be database, and elsewhere to be kv version 2 [vault/mount-differs]',
  );
});

import { setTimeout as sleep } from 'node:timers/promises';
import { isKnown } from '../../src/access/documents';
import { at, textAt } from './harness/json';
import type { Postgres } from './harness/postgres';
import type { Vault } from './harness/vault';
import { errorsOf } from './harness/vault';
import { EXAMPLES } from './support/settings';
import { possibleFor, whyFor, World } from './support/world';

const CONNECTION = 'vault_database_secret_backend_connection';

/** A connection as Vault shows it. */
interface Connection {
  readonly connection_details: { readonly connection_url: string };
}

// What is particular to leased credentials; what every example has to show is in examples.e2e.test.ts.
const options = EXAMPLES['csi'] ?? {};
const possible = possibleFor(options);
const serverTest = possible ? test : test.skip;

describe(`leased credentials of a real PostgreSQL${whyFor(options)}`, () => {
  let world: World;
  let vault: Vault;
  let postgres: Postgres;
  /** Token of the workload. */
  let token: string;

  beforeAll(async () => {
    if (!possible) return;
    world = await World.start('csi', options);
    postgres = world.postgres;
    const made = await postgres.query(`CREATE TABLE orders (id int); INSERT INTO orders VALUES (1), (2)`);
    expect(made).toMatchObject({ code: 0 });
    await world.applyManifests();
    await world.applyStacks();
    vault = world.vaultOf({ stack: 'vault' });
    token = await login();
  }, 40 * 60_000);
  afterAll(async () => (world as World | undefined)?.stop());

  async function login(): Promise<string> {
    const [mount] = world.mounts;
    if (!mount) throw new Error('nothing is mounted');
    return (await world.login(mount.delivery, mount.pods)).token ?? '';
  }

  /** The one response that both keys are taken from, as the provider reads it for a volume. */
  async function read(as = token) {
    const { status, body } = await vault.request('GET', 'database/creds/readonly', { token: as });
    expect(status).toBe(200);
    return {
      lease: textAt(body, 'lease_id'),
      username: textAt(body, 'data', 'username'),
      password: textAt(body, 'data', 'password'),
    };
  }

  const root = async (method: string, path: string, body: unknown) => {
    const answer = await vault.request(method, path, { token: vault.rootToken, body });
    expect([path, errorsOf(answer)]).toEqual([path, []]);
    return answer;
  };
  const exists = async (username: string): Promise<boolean> =>
    (await postgres.query(`SELECT count(*) FROM pg_roles WHERE rolname = '${username}'`)).rows === '1';

  serverTest('log in to the database, may read, and may not write', async () => {
    const user = await read();
    expect(await postgres.query('SELECT current_user, count(*) FROM orders', user)).toEqual({
      code: 0,
      rows: `${user.username}|2`,
      error: '',
    });
    for (const [statement, refusal] of [
      ['INSERT INTO orders VALUES (3)', 'ERROR:  permission denied for table orders'],
      ['DELETE FROM orders', 'ERROR:  permission denied for table orders'],
      ['CREATE ROLE another', 'ERROR:  permission denied to create role'],
    ] as const) {
      const { code, error } = await postgres.query(statement, user);
      expect([statement, code, error]).toEqual([statement, 3, expect.stringContaining(refusal)]);
    }
  });

  serverTest('come from a database that Vault verifies: neither another CA nor another name will do', async () => {
    const { connection_details: printed } = at(
      (await root('GET', 'database/config/app', undefined)).body,
      'data',
    ) as Connection;
    const write = async (changed: object) => {
      const body = { plugin_name: 'postgresql-database-plugin', password: postgres.password, ...printed, ...changed };
      return vault.request('PUT', 'database/config/probe', { token: vault.rootToken, body });
    };
    const example = Object.values(at(world.printed.stacks.get('vault'), 'resource', CONNECTION) as object);
    const anotherCa = { tls_ca: textAt(example[0], 'postgresql', 'tls_ca') };
    const anotherName = { connection_url: printed.connection_url.replace('127.0.0.1', 'localhost') };
    expect(printed.connection_url).toMatch(/\?sslmode=verify-full$/);
    expect(errorsOf(await write(anotherCa))).toEqual([expect.stringContaining('x509: certificate signed by unknown')]);
    expect(errorsOf(await write(anotherName))).toEqual([expect.stringContaining('wanted to match localhost')]);
    expect(errorsOf(await write({}))).toEqual([]);
  });

  serverTest('are of one response: all that a volume takes is read by the same request', async () => {
    const reads = world.mounts.flatMap(({ delivery }) => (isKnown(delivery.reads) ? delivery.reads : []));
    expect(reads.map(r => [r.operation, r.path, r.key, r.file])).toEqual([
      ['read', 'database/creds/readonly', 'username', 'db-username'],
      ['read', 'database/creds/readonly', 'password', 'db-password'],
    ]);
    // The provider asks once for equal requests of one volume. Of two responses, name and password do not fit:
    const [one, another] = [await read(), await read()];
    expect(one.username).not.toBe(another.username);
    const mixed = await postgres.query('SELECT 1', { username: one.username, password: another.password });
    expect(mixed).toMatchObject({
      code: 2,
      error: expect.stringContaining('password authentication failed') as string,
    });
  });

  serverTest('are renewed by the workload itself: its login, and the leases of this role alone', async () => {
    const { lease, username } = await read();
    const renewed = await vault.request('PUT', 'sys/leases/renew', { token, body: { lease_id: lease } });
    expect([renewed.status, at(renewed.body, 'lease_id'), at(renewed.body, 'lease_duration')]).toEqual([
      200,
      lease,
      3600,
    ]);
    expect((await vault.request('PUT', 'auth/token/renew-self', { token, body: {} })).status).toBe(200);
    expect(await exists(username)).toBe(true);

    // Somebody else's: a role beside it, made by hand.
    await root('PUT', 'database/config/app', { allowed_roles: ['readonly', 'readwrite'] });
    const creation_statements = [`CREATE ROLE "{{name}}" WITH LOGIN PASSWORD '{{password}}'`];
    await root('PUT', 'database/roles/readwrite', { db_name: 'app', creation_statements });
    const others = textAt((await root('GET', 'database/creds/readwrite', undefined)).body, 'lease_id');
    for (const body of [{ lease_id: others }, { lease_id: [lease, others] }, {}, { lease_id: lease, other: 1 }]) {
      const answer = await vault.request('PUT', 'sys/leases/renew', { token, body });
      expect([body, answer.status]).toEqual([body, 403]);
    }
    for (const path of ['database/creds/readwrite', 'database/roles/readonly', `sys/leases/revoke`])
      expect([path, (await vault.request('GET', path, { token })).status]).toEqual([path, 403]);
  });

  serverTest('end with the login that made them: the user is gone from the database', async () => {
    const [own, other] = [await login(), await login()];
    const [gone, stays] = [await read(own), await read(other)];
    expect([await exists(gone.username), await exists(stays.username)]).toEqual([true, true]);

    await root('POST', 'auth/token/revoke', { token: own });
    for (let tries = 0; tries < 100 && (await exists(gone.username)); tries++) await sleep(100);
    expect([await exists(gone.username), await exists(stays.username)]).toEqual([false, true]);
    expect(await postgres.query('SELECT 1', gone)).toMatchObject({
      code: 2,
      error: expect.stringContaining('password authentication failed') as string,
    });
  });
});

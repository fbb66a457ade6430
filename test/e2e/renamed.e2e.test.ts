import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import {
  CsiDelivery,
  DatabaseEngine,
  Duration,
  KubernetesAuth,
  KubernetesCluster,
  KvEngine,
  OnChange,
  PostgresConnection,
  printPolicy,
  Reviewer,
  runnerPolicies,
  State,
  toFile,
  VaultApp,
  VaultServer,
  Workload,
} from 'vault-cdk';
import { at } from './harness/json';
import { applyForReal, hasProvider, resourcesIn } from './harness/terraform';
import { startVault, type Vault } from './harness/vault';

const possible = hasProvider();
const providerTest = possible ? test : test.skip;
const why = possible ? '' : ' (needs a terraform with hashicorp/vault 5.6.0: set TF_CLI_CONFIG_FILE)';

const folder = mkdtempSync(join(tmpdir(), 'vault-cdk-renamed-'));
const stackFolder = join(folder, 'cdktf.out/stacks/vault');
const PASSWORD = 'for-this-run-only';
let vault: Vault;

beforeAll(async () => {
  mkdirSync(stackFolder, { recursive: true });
  if (possible) vault = await startVault();
}, 40 * 60_000);
afterAll(async () => {
  if (possible) await vault.stop();
  rmSync(folder, { recursive: true });
});

/** One of everything that we print, with names that end so; nothing is protected, since all of it is destroyed too. */
function build(names: string, before?: string) {
  const app = new VaultApp();
  const server = new VaultServer(app, 'vault', { address: 'https://vault.example.com:8200', state: State.local() });
  const named = (what: string) => ({
    path: `${what}-${names}`,
    protect: false,
    ...(before === undefined ? {} : { renamedFrom: `${what}-${before}` }),
  });
  const apiServer = { url: 'https://prod.example.com:6443', ca: rootCertificates[0] ?? '' };
  const auth = new KubernetesAuth(server, 'auth', {
    cluster: new KubernetesCluster(app, 'prod', { apiServer }),
    delivery: new CsiDelivery(),
    reviewer: Reviewer.client(),
    vault: { address: 'http://vault.vault.svc:8200' },
    ...named('k8s'),
  });
  const { key } = new KvEngine(server, 'kv', named('kv')).secret('shop/api', { keys: ['key'] }).fields;
  const database = new DatabaseEngine(server, 'database', named('db'));
  const connection = new PostgresConnection(database, 'shop', {
    url: 'postgresql://{{username}}:{{password}}@127.0.0.1:5432/shop',
    username: 'vault_admin',
    verify: false,
  });
  const role = database.role('readonly', {
    connection,
    creationStatements: [`CREATE ROLE "{{name}}" WITH LOGIN PASSWORD '{{password}}'`],
    defaultTtl: Duration.hours(1),
    maxTtl: Duration.hours(8),
  });
  const api = new Workload(auth, 'api', { namespace: 'shop' });
  api.consume(key, toFile('/mnt/secrets/key'));
  api.consume(role.fields.password, toFile('/mnt/secrets/password'), { onChange: OnChange.rereads() });
  const { printOut, findings } = app.judge();
  expect(findings.filter(f => f.severity === 'error')).toEqual([]);
  return { printOut, variable: connection.passwordVariable };
}

/** Applies a program with a token that may do what the policies of its runs say, and nothing else. */
async function apply({ printOut, variable }: ReturnType<typeof build>, policy: string, others: readonly string[] = []) {
  const text = printOut.terraform.get('stacks/vault/cdk.tf.json') ?? '';
  writeFileSync(join(stackFolder, 'cdk.tf.json'), text);
  const root = { token: vault.rootToken };
  const [runner] = runnerPolicies(printOut.documents);
  const body = { policy: runner && printPolicy(runner.policy) };
  await vault.request('PUT', `sys/policies/acl/${policy}`, { ...root, body });
  const created = await vault.request('POST', 'auth/token/create', {
    ...root,
    body: { policies: [policy, ...others], no_default_policy: true },
  });
  const rootToken = String(at(created.body, 'auth', 'client_token'));
  const made = applyForReal(stackFolder, { address: vault.address, rootToken }, { [`TF_VAR_${variable}`]: PASSWORD });
  return { made, unknown: runner?.unknown };
}

const read = async (path: string) => vault.request('GET', path, { token: vault.rootToken });

describe(`renamed mounts, with the real provider${why}`, () => {
  providerTest('the derived policy of the run is all that it needs to make everything', async () => {
    expect(await apply(build('old'), 'runner-old')).toEqual({ made: resourcesIn(stackFolder), unknown: [] });
    const put = { token: vault.rootToken, body: { data: { key: 'kept' } } };
    expect((await vault.request('POST', 'kv-old/data/shop/api', put)).status).toBe(200);
  });

  providerTest(
    'a rename keeps what is stored, and needs the earlier policy of the run beside the new one',
    async () => {
      const accessor = at((await read('sys/auth')).body, 'data', 'k8s-old/', 'accessor');
      const { unknown } = await apply(build('new', 'old'), 'runner-new', ['runner-old']);

      expect(unknown).toHaveLength(1);
      expect(at((await read('kv-new/data/shop/api')).body, 'data', 'data')).toEqual({ key: 'kept' });
      expect(at((await read('sys/auth')).body, 'data', 'k8s-new/', 'accessor')).toBe(accessor);
      for (const path of [
        'db-new/config/shop',
        'db-new/roles/readonly',
        'auth/k8s-new/role/shop-api',
        'auth/k8s-new/config',
      ])
        expect([path, (await read(path)).status]).toEqual([path, 200]);
      for (const path of ['kv-old/config', 'db-old/config/shop', 'sys/policies/acl/k8s-old-shop-api'])
        expect([path, (await read(path)).status]).toEqual([path, 404]);
    },
  );

  providerTest('once it is applied, renamedFrom can go; and nothing of the password is kept', async () => {
    expect((await apply(build('new'), 'runner-new')).made).toBe(0);
    const state = readFileSync(join(folder, 'terraform.vault.tfstate'), 'utf8');
    expect(state).toContain('password_wo_version');
    expect(state).not.toContain(PASSWORD);
  });
});

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { applyTerraform } from './harness/applier';
import { serverBinary } from './harness/build';
import { canForward443 } from './harness/forward';
import { at } from './harness/json';
import { type Kubernetes, startKubernetes } from './harness/kubernetes';
import { Session } from './harness/process';
import { canUsePrivateMounts, errorsOf, startVault, type Vault } from './harness/vault';

// Before the first private mount is tried.
const outside = lookAround();

// Without a cache, the servers are built from source first.
const building = 40 * 60_000;
jest.setTimeout(60_000);
const linuxTest = canUsePrivateMounts() && canForward443() ? test : test.skip;
const wrongAudience = 'invalid audience (aud) claim: audience claim does not match any expected audience';

let kubernetes: Kubernetes;

beforeAll(async () => {
  await serverBinary('vault');
  kubernetes = await startKubernetes();
}, building);

afterAll(() => (kubernetes as Kubernetes | undefined)?.stop());

describe('the Kubernetes of the harness', () => {
  test('stores what is applied, strictly, and makes nothing up', async () => {
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'api', namespace: 'strict' } };
    await expect(kubernetes.apply(account)).rejects.toThrow('ServiceAccount strict/api: namespaces "strict" not found');

    await kubernetes.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'strict' } });
    const stored = await kubernetes.apply(account);
    expect(at(stored, 'metadata', 'uid')).toEqual(expect.any(String));

    await expect(kubernetes.apply({ ...account, automount: false })).rejects.toThrow(
      '.automount: field not declared in schema',
    );
    await expect(kubernetes.apply({ ...account, kind: 'ServiceAcount' })).rejects.toThrow(
      'ServiceAcount strict/api: the API server does not know kind ServiceAcount of v1',
    );
    await expect(kubernetes.apply({ ...account, metadata: { name: 'api' } })).rejects.toThrow(
      'ServiceAccount api: metadata.namespace is missing',
    );
  });

  test('takes objects of a CRD as soon as the CRD is applied', async () => {
    const schema = {
      type: 'object',
      properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } },
    };
    await kubernetes.apply({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'boxes.example.com' },
      spec: {
        group: 'example.com',
        names: { kind: 'Box', plural: 'boxes' },
        scope: 'Cluster',
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
      },
    });
    const box = { apiVersion: 'example.com/v1', kind: 'Box', metadata: { name: 'b' } };
    expect(at(await kubernetes.apply({ ...box, spec: { size: 1 } }), 'spec')).toEqual({ size: 1 });
    await expect(kubernetes.apply({ ...box, spec: { siez: 1 } })).rejects.toThrow(
      '.spec.siez: field not declared in schema',
    );
  });
});

describe('the Vault of the harness', () => {
  let vault: Vault;

  beforeAll(async () => {
    vault = await startVault();
  });

  afterAll(() => (vault as Vault | undefined)?.stop());

  test('answers requests and its own command line, and does not show its root token', async () => {
    const { rootToken: token } = vault;
    const list = await vault.request('LIST', 'sys/policies/acl', { token });
    expect(list).toMatchObject({ status: 200, body: { data: { keys: ['default', 'root'] } } });
    expect(await vault.request('GET', 'sys/mounts')).toEqual({ status: 403, body: { errors: ['permission denied'] } });

    const input = 'path "a" { capabilities = ["read"] }';
    expect(await vault.cli(['policy', 'write', 'a', '-'], { token, input })).toMatchObject({ code: 0 });
    expect(await vault.cli(['policy', 'read', 'a'], { token })).toMatchObject({ code: 0, stdout: `${input}\n` });
    expect(await vault.cli(['policy', 'read', 'a'])).toMatchObject({ code: 2 });

    expect(JSON.stringify(vault)).not.toContain(token);
    expect(inspect(vault)).not.toContain(token);
  });

  test('takes a Terraform document', async () => {
    const applied = await applyTerraform(
      {
        '//': { metadata: { version: '0.21.0' } },
        terraform: { required_providers: { vault: { source: 'vault', version: '5.6.0' } } },
        provider: { vault: [{ address: 'https://vault.example.com:8200' }] },
        variable: { description: { type: 'string' } },
        resource: {
          vault_auth_backend: { k8s: { type: 'kubernetes', path: 'prod/kubernetes', '//': { uniqueId: 'k8s' } } },
          vault_kv_secret_backend_v2: { kv: { mount: '${vault_mount.kv.path}', cas_required: true, max_versions: 3 } },
          vault_mount: {
            kv: {
              path: 'secret',
              type: 'kv',
              options: { version: '2' },
              description: '${var.description}: $${x} 100%%{',
            },
          },
          vault_policy: {
            own: {
              name: 'own',
              policy:
                'path "${vault_mount.kv.path}/data/{{identity.entity.aliases.${vault_auth_backend.k8s.accessor}.name}}" {}',
              depends_on: ['vault_kv_secret_backend_v2.kv'],
              lifecycle: { create_before_destroy: true },
            },
          },
        },
      },
      vault,
      { variables: { description: 'all of it' } },
    );
    expect(applied.map(({ path }) => path)).toEqual([
      'sys/auth/prod/kubernetes',
      'sys/mounts/secret',
      'secret/config',
      'sys/policies/acl/own',
    ]);

    const token = vault.rootToken;
    const mount = await vault.request('GET', 'sys/mounts/secret', { token });
    expect(mount.body).toMatchObject({ data: { description: 'all of it: ${x} 100%{', options: { version: '2' } } });
    const config = await vault.request('GET', 'secret/config', { token });
    expect(config.body).toMatchObject({ data: { cas_required: true, max_versions: 3 } });
    const accessor = String(
      at((await vault.request('GET', 'sys/auth/prod/kubernetes', { token })).body, 'data', 'accessor'),
    );
    expect(accessor).toMatch(/^auth_kubernetes_/);
    const policy = await vault.request('GET', 'sys/policies/acl/own', { token });
    expect(at(policy.body, 'data', 'policy')).toBe(
      `path "secret/data/{{identity.entity.aliases.${accessor}.name}}" {}`,
    );
  });

  test.each<[string, unknown]>([
    ['unknown block: data', { data: {} }],
    ['unknown argument of provider vault: namespace', { provider: { vault: [{ namespace: 'team' }] } }],
    ['unknown resource type: vault_audit', { resource: { vault_audit: {} } }],
    ['unknown argument of vault_policy.a: namespace', policyWith({ namespace: 'team' })],
    ['unknown argument of vault_policy.a: provider', policyWith({ provider: 'vault.other' })],
    ['unknown lifecycle argument of vault_policy.a: precondition', policyWith({ lifecycle: { precondition: [] } })],
    ['unknown resource that vault_policy.a refers to: vault_mount.b', policyWith({ name: '${vault_mount.b.path}' })],
    ['unknown resource that vault_policy.a refers to: vault_mount.b', policyWith({ depends_on: ['vault_mount.b'] })],
    ['these resources refer to each other in a circle: vault_policy.a', policyWith({ name: '${vault_policy.a.name}' })],
    ['vault_policy.a: variable v is not declared', policyWith({ name: '${var.v}' })],
    ['the expression "${upper("a")}" is not supported', policyWith({ name: '${upper("a")}' })],
    ['the template directive at "%{ if true }" is not supported', policyWith({ name: '%{ if true }' })],
    ['vault_policy.a: "name" is not of type text', policyWith({ name: 1 })],
    ['vault_policy.a: the argument "policy" is required', policyWith({ policy: null })],
    [
      'vault_policy.a: PUT sys/policies/acl/a was answered 400: failed to parse policy: path "a": invalid capability "reed"',
      policyWith({ policy: 'path "a" { capabilities = ["reed"] }' }),
    ],
    [
      'unknown argument of vault_database_secret_backend_connection.c: mysql',
      connectionWith({ mysql: { username: 'u' } }),
    ],
    [
      'unknown argument of postgresql in vault_database_secret_backend_connection.c: self_managed',
      connectionWith({ postgresql: { self_managed: true } }),
    ],
    [
      'vault_database_secret_backend_connection.c: "postgresql" is not of type block',
      connectionWith({ postgresql: [{}, {}] }),
    ],
    [
      'vault_database_secret_backend_connection.c: "password_wo_version" is not of type number',
      connectionWith({ postgresql: { password_wo_version: '1' } }),
    ],
    [
      'vault_database_secret_backend_connection.c: the argument "postgresql" is required',
      connectionWith({ postgresql: null }),
    ],
    [
      'vault_database_secret_backend_connection.c: the plugin "mysql-database-plugin" is not one of PostgreSQL',
      connectionWith({ plugin_name: 'mysql-database-plugin' }),
    ],
    [
      'vault_kubernetes_auth_backend_role.r: PUT auth/k/role/r was answered 404: ' +
        'no handler for route "auth/k/role/r". route entry not found.',
      {
        resource: {
          vault_auth_backend: { k: { type: 'kubernetes', path: 'k' } },
          vault_kubernetes_auth_backend_role: {
            r: { backend: 'k', role_name: 'r', bound_service_account_names: ['r'] },
          },
        },
      },
    ],
  ])('refuses a document: %s', async (message, json) => {
    await expect(applyTerraform(json, vault)).rejects.toMatchObject({ message });
  });
});

function connectionWith(args: Readonly<Record<string, unknown>>): unknown {
  const connection = { backend: 'db', name: 'c', postgresql: {}, ...args };
  return { resource: { vault_database_secret_backend_connection: { c: connection } } };
}

function policyWith(args: Readonly<Record<string, unknown>>): unknown {
  return { resource: { vault_policy: { a: { name: 'a', policy: 'path "a" {}', ...args } } } };
}

describe('both together', () => {
  linuxTest('Vault, in a pod, lets a service account in by its token for the right audience', async () => {
    for (const name of ['vault', 'shop']) {
      await kubernetes.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    }
    for (const [namespace, name] of [
      ['vault', 'vault'],
      ['shop', 'api'],
    ]) {
      await kubernetes.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } });
    }
    await kubernetes.apply({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'vault-reviews-tokens' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:auth-delegator' },
      subjects: [{ kind: 'ServiceAccount', name: 'vault', namespace: 'vault' }],
    });
    const forward = await kubernetes.forward443();
    if (!forward) throw new Error('port 443 was free a moment ago');
    const vault = await startVault({
      pod: {
        token: await kubernetes.tokenRequest('vault', 'vault'),
        ca: kubernetes.ca,
        hosts: { 'kubernetes.default.svc': forward.address },
      },
    });
    try {
      expect(lookAround()).toEqual(outside);
      await applyTerraform(
        {
          resource: {
            vault_auth_backend: { k: { type: 'kubernetes' } },
            vault_kubernetes_auth_backend_config: {
              k: { backend: '${vault_auth_backend.k.path}', kubernetes_host: 'https://kubernetes.default.svc:443' },
            },
            vault_kubernetes_auth_backend_role: {
              api: {
                backend: '${vault_auth_backend.k.path}',
                role_name: 'shop-api',
                bound_service_account_names: ['api'],
                bound_service_account_namespaces: ['shop'],
                audience: 'vault',
                token_policies: ['${vault_policy.api.name}'],
                token_no_default_policy: true,
              },
            },
            vault_mount: { kv: { path: 'secret', type: 'kv', options: { version: '2' } } },
            vault_policy: {
              api: { name: 'shop-api', policy: 'path "${vault_mount.kv.path}/data/db" { capabilities = ["read"] }' },
            },
          },
        },
        vault,
      );
      const body = { data: { password: 'example' } };
      expect(await vault.request('POST', 'secret/data/db', { token: vault.rootToken, body })).toMatchObject({
        status: 200,
      });

      const login = await vault.login(
        'kubernetes',
        'shop-api',
        await kubernetes.tokenRequest('shop', 'api', ['vault']),
      );
      expect([login.status, errorsOf(login)]).toEqual([200, []]);
      const token = login.token ?? '';
      expect(await vault.request('GET', 'secret/data/db', { token })).toMatchObject({
        status: 200,
        body: { data: body },
      });
      expect(await vault.request('GET', 'secret/data/other', { token })).toMatchObject({ status: 403 });

      const refused = await vault.login('kubernetes', 'shop-api', await kubernetes.tokenRequest('shop', 'api'));
      expect([refused.status, refused.token, errorsOf(refused)]).toEqual([403, undefined, [wrongAudience]]);
    } finally {
      await vault.stop();
      await forward.stop();
    }
    expect(processesThatName(vault.folder)).toEqual([]);
    expect(existsSync(vault.folder)).toBe(false);
    expect(lookAround()).toEqual(outside);
  });

  test.each([
    ['is told to end', (child: ReturnType<typeof spawn>) => child.stdin?.end()],
    ['is killed', (child: ReturnType<typeof spawn>) => child.kill('SIGKILL')],
  ])('leave nothing behind when their process %s', async (_, end) => {
    const session = new Session('nested');
    const folder = join(session.folder, 'tmp');
    mkdirSync(folder);
    try {
      const script = join(__dirname, 'harness', 'start-all.ts');
      const env = { ...process.env, TMPDIR: folder };
      const child = spawn(process.execPath, ['--import', 'tsx', script], { env, stdio: ['pipe', 'pipe', 'inherit'] });
      const ended = new Promise(resolve => child.once('exit', resolve));
      await new Promise((resolve, reject) => {
        child.stdout.once('data', resolve);
        child.once('exit', code => reject(new Error(`ended with ${code} before the servers were ready`)));
      });
      expect(processesThatName(folder).length).toBeGreaterThanOrEqual(3);

      end(child);
      await ended;
      for (let i = 0; i < 50 && processesThatName(folder).length > 0; i++) await sleep(100);
      expect(processesThatName(folder)).toEqual([]);
      expect(readdirSync(folder).filter(name => !name.startsWith('tsx-'))).toEqual([]); // tsx keeps its cache there
    } finally {
      await session.stop();
    }
  });
});

/** What a Vault "in a pod" must not change for everybody else. */
function lookAround(): unknown {
  const mounts = existsSync('/proc/self/mounts') ? readFileSync('/proc/self/mounts', 'utf8').split('\n') : [];
  return {
    hosts: readFileSync('/etc/hosts', 'utf8'),
    secrets: existsSync('/var/run/secrets'),
    notesOfMount: existsSync('/var/run/mount'),
    mounts: mounts.filter(line => /\/run\b|hosts/.test(line)),
  };
}

/** Every server and guard has the path of its folder on its command line. */
function processesThatName(folder: string): readonly string[] {
  const all = execFileSync('ps', ['-axww', '-o', 'pid=,args='], { encoding: 'utf8' });
  return all.split('\n').filter(line => line.includes(folder));
}

import { KubernetesAuthBackendRole } from '@cdktf/provider-vault/lib/kubernetes-auth-backend-role';
import { ApiObject, Chart, Duration, JsonPatch } from 'cdk8s';
import { TerraformOutput } from 'cdktf';
import { Construct } from 'constructs';
import {
  type Acknowledgement,
  CsiDelivery,
  KubernetesAuth,
  KubernetesCluster,
  KvEngine,
  Reviewer,
  State,
  toFile,
  toKubernetesSecret,
  VaultApp,
  VaultCdkError,
  VaultServer,
  Workload,
} from 'vault-cdk';
import { at } from '../../src/core/at';
import { inFolder } from '../support/folder';
import { refused, textOf } from '../support/said';
import {
  PLAINTEXT_IN_ETCD,
  configMap,
  deployment,
  OUTSIDE,
  VAULT_FOR_PODS,
  vaultAt,
  world,
  worldWithApi,
} from '../support/world';

// Each of these would go on without a word, and fail or do harm later. What matters here is that it is refused, and
// under which name; the wording belongs to the tests of that name.

/** The names of what refuses an action: the code of an error, or the rules that refuse an app. */
function refusedBy(action: () => VaultApp | undefined): readonly string[] {
  try {
    const findings = action()?.judge().findings ?? [];
    return [...new Set(findings.filter(f => f.severity === 'error').map(f => f.id))];
  } catch (error) {
    if (VaultCdkError.is(error)) return [error.code];
    throw error;
  }
}

describe('what Vault does not take is refused before Vault sees it', () => {
  test('an auth mount under another', () => {
    const { app, vault } = world();
    const cluster = new KubernetesCluster(app, 'stage', OUTSIDE);
    const props = { cluster, vault: VAULT_FOR_PODS, reviewer: Reviewer.client(), path: 'kubernetes/stage' };

    expect(refused(() => new KubernetesAuth(vault, 'stage', props)).code).toBe('vault/mount-overlaps');
  });

  test.each(['sys', 'sys/kv', 'auth', 'auth/kv', 'identity', 'cubbyhole', 'audit'])(
    'an engine at the path %s, which Vault keeps for itself',
    path => {
      const { vault } = world();

      expect(() => refused(() => new KvEngine(vault, 'engine', { path }))).not.toThrow();
    },
  );

  test('an auth mount at the path token, which Vault has already', () => {
    expect(() => refused(() => world({ path: 'token' }))).not.toThrow();
  });

  test.each([
    ['root', 'which Vault does not let anyone write'],
    ['default', 'which is on the token of everyone'],
    ['response-wrapping', 'which Vault does not let anyone write'],
    ['control-group', 'which Vault does not let anyone write'],
  ])('a workload whose policy is called %s, %s', name => {
    const { auth } = world();

    expect(refused(() => new Workload(auth, 'api', { namespace: 'shop', name })).code).toBe('vault/name');
  });

  test.each(['https:vault.example.com:8200', 'https:/vault.example.com:8200'])('the address %s', address => {
    expect(refused(() => vaultAt(address)).code).toBe('vault/address');
  });

  test.each(['stage.example.com:6443', 'https://stage.example.com:6443 ', ''])('an API server at %j', url => {
    const { app, vault } = world();
    const cluster = new KubernetesCluster(app, 'stage', { apiServer: { ...OUTSIDE.apiServer, url } });
    const stage = () => {
      new KubernetesAuth(vault, 'stage', { cluster, vault: VAULT_FOR_PODS, reviewer: Reviewer.client() });
    };

    expect(() => refused(stage)).not.toThrow();
  });

  test('an API server whose audience is empty, since the role would then take any token', () => {
    const { app, vault } = world();
    const cluster = new KubernetesCluster(app, 'stage', { apiServer: { ...OUTSIDE.apiServer, audience: '' } });
    const props = { cluster, vault: VAULT_FOR_PODS, reviewer: Reviewer.client() };

    expect(refused(() => new KubernetesAuth(vault, 'stage', props)).code).toBe('auth/audience');
  });

  test('a mount path that Terraform would read as a template', () => {
    const { vault } = world();

    expect(refused(() => new KvEngine(vault, 'engine', { path: 'team/${var.name}' })).code).toBe('vault/path');
  });
});

describe('a secret is not shown by the message that refuses it', () => {
  test.each([
    'https://admin:hunter2@vault.example.com:8200',
    'https://hunter2@vault.example.com:8200',
    'admin:hunter2@vault.example.com:8200',
    'https://admin:hunter2@vault example.com',
    'https://vault.example.com:8200?token=hunter2',
  ])('%s', address => {
    const error = refused(() => vaultAt(address));

    expect(error.message).not.toContain('hunter2');
    expect(JSON.stringify(error.problem)).not.toContain('hunter2');
  });
});

describe('a secret is refused as text wherever it is written', () => {
  test('in a manifest', () => {
    const { app, shop, password } = worldWithApi();
    configMap(shop, 'settings', { password });

    expect(refused(() => app.judge()).code).toBe('secret/used-as-text');
  });

  test('in a Terraform resource', () => {
    const { app, vault, password } = worldWithApi();
    new TerraformOutput(vault, 'output', { value: password });

    expect(refused(() => app.judge()).code).toBe('secret/used-as-text');
  });

  test('as a whole, not only one field of it', () => {
    const secret = world().kv.secret('shop/db', { keys: ['password'] });

    expect(refused(() => String(secret)).code).toBe('secret/used-as-text');
    expect(refused(() => JSON.stringify({ secret })).code).toBe('secret/used-as-text');
  });
});

describe('a value that only Terraform knows is refused in a manifest', () => {
  test('where a JSON patch brings it', () => {
    const { app, auth, shop } = world();
    configMap(shop, 'settings', {}).addJsonPatch(JsonPatch.add('/data/mount', auth.backend));

    expect(refused(() => app.judge()).code).toBe('kubernetes/terraform-token');
  });
});

describe('what belongs to one cluster or one Vault stays there', () => {
  test('a workload does not print into the chart of another cluster', () => {
    const { app, auth } = world();
    const chart = new Chart(new KubernetesCluster(app, 'stage'), 'shop', { namespace: 'shop' });

    expect(refused(() => new Workload(auth, 'api', { namespace: 'shop', chart })).code).toBe('workload/other-cluster');
  });

  test('a workload does not print into a chart of no cluster', () => {
    const { app, auth } = world();
    const chart = new Chart(app, 'elsewhere', { namespace: 'shop' });

    expect(refused(() => new Workload(auth, 'api', { namespace: 'shop', chart })).code).toBe('workload/other-cluster');
  });

  test('a workload is not granted what another Vault holds', () => {
    const { app, api } = worldWithApi();
    const other = new VaultServer(app, 'other', { address: 'https://other.example.com', state: State.local() });
    const kv = new KvEngine(other, 'secret');

    expect(refused(() => kv.grants.read(api, kv.secret('shop/db', { keys: ['password'] }))).code).toBe(
      'workload/other-vault',
    );
  });

  test('two clusters do not share a name, and so a folder', () => {
    const app = new VaultApp();
    const clusters = () => {
      for (const region of ['eu', 'us'])
        new Chart(new KubernetesCluster(new Construct(app, region), 'prod'), `shop-${region}`);
      return app;
    };

    expect(refusedBy(clusters)).not.toEqual([]);
  });

  test('two Vaults do not share a name, and so a file', () => {
    const app = new VaultApp();
    const vaults = () => {
      for (const region of ['eu', 'us'])
        new VaultServer(new Construct(app, region), 'vault', {
          address: `https://vault.${region}.example.com`,
          state: State.local(),
        });
      return app;
    };

    expect(refusedBy(vaults)).not.toEqual([]);
  });

  test('a chart in a chart of a cluster is of that cluster', () => {
    const { app, shop } = world();
    configMap(new Chart(shop, 'part', { namespace: 'shop' }), 'settings', {});

    const files = [...app.judge().printOut.kubernetes.keys()];
    expect(files.filter(file => !file.startsWith('prod/'))).toEqual([]);
  });
});

describe('one workload does not take from another', () => {
  test('the right to have its tokens reviewed', () => {
    const { app, vault } = world();
    const stage = new KubernetesAuth(vault, 'stage', {
      cluster: new KubernetesCluster(app, 'stage', OUTSIDE),
      vault: VAULT_FOR_PODS,
      reviewer: Reviewer.client(),
      delivery: new CsiDelivery(),
    });
    const { password } = KvEngine.fromPath(vault, 'team').secret('shop/db', { keys: ['password'] }).fields;
    for (const [namespace, serviceAccount, name] of [
      ['a-b', 'c', 'first'],
      ['a', 'b-c', 'second'],
    ] as const)
      new Workload(stage, name, { namespace, serviceAccount, name }).consume(password, toFile('/mnt/secrets/password'));

    const bindings = app.judge().printOut.documents.filter(d => d.value['kind'] === 'ClusterRoleBinding');
    expect(bindings.flatMap(d => d.value['subjects'])).toEqual(
      expect.arrayContaining([
        { kind: 'ServiceAccount', namespace: 'a-b', name: 'c' },
        { kind: 'ServiceAccount', namespace: 'a', name: 'b-c' },
      ]),
    );
  });

  test('its Kubernetes Secret, which two SecretProviderClasses would fill in turns', () => {
    const { app, auth, kv, shop, api, password } = worldWithApi({
      delivery: new CsiDelivery({ plaintextInEtcd: PLAINTEXT_IN_ETCD }),
    });
    const web = Workload.of(deployment(shop, 'web'), { auth });
    const both = () => {
      api.consume(password, toKubernetesSecret('shop-db', { key: 'password' }));
      web.consume(
        kv.secret('web/db', { keys: ['password'] }).fields.password,
        toKubernetesSecret('shop-db', { key: 'password' }),
      );
      return app;
    };

    expect(refusedBy(both)).not.toEqual([]);
  });
});

describe('what is said the second time is not ignored', () => {
  test.each([
    ['container', { container: 'proxy' }],
    ['lifetime', { tokenTtl: Duration.minutes(5) }],
    ['name', { name: 'another' }],
  ])('another %s for pods that are a workload already', (_, options) => {
    const { auth, pods } = worldWithApi();

    expect(() => refused(() => Workload.of(pods, { auth, ...options }))).not.toThrow();
  });
});

describe('a file cannot be a folder', () => {
  test.each([
    ['/mnt/secrets/db', '/mnt/secrets/db/password'],
    ['/mnt/secrets/db/password', '/mnt/secrets/db'],
  ])('%s beside %s', (first, second) => {
    const { auth, kv } = world();
    const { username, password } = kv.secret('shop/db', { keys: ['username', 'password'] }).fields;
    const api = new Workload(auth, 'api', { namespace: 'shop' });
    api.consume(username, toFile(first));

    expect(() => refused(() => api.consume(password, toFile(second)))).not.toThrow();
  });

  test.each(['/etc/password', '/usr/password', '/proc/password'])('%s would hide what its folder holds', path => {
    const { auth, kv } = world();
    const { password } = kv.secret('shop/db', { keys: ['password'] }).fields;
    const api = new Workload(auth, 'api', { namespace: 'shop' });

    expect(() => refused(() => api.consume(password, toFile(path)))).not.toThrow();
  });
});

describe('what a function checks is checked where an object is passed in its place', () => {
  test('a file', () => {
    const { api, password } = worldWithApi();

    expect(refused(() => api.consume(password, { kind: 'file', path: '/mnt/secrets/../password' })).code).toBe(
      'target/file-path',
    );
  });

  test('an acknowledgement', () => {
    const over: Acknowledgement = { reason: '', owner: '', until: '1999-12-31' };
    const plaintextInEtcd = { ...PLAINTEXT_IN_ETCD, ...over };

    expect(() => refused(() => new CsiDelivery({ plaintextInEtcd }))).not.toThrow();
  });
});

describe('a Kubernetes Secret is complete', () => {
  test('a certificate comes with its key', () => {
    const { app, api, password } = worldWithApi({ delivery: new CsiDelivery({ plaintextInEtcd: PLAINTEXT_IN_ETCD }) });
    api.consume(password, toKubernetesSecret('shop-tls', { key: 'tls.crt', type: 'kubernetes.io/tls' }));

    expect(refusedBy(() => app)).not.toEqual([]);
  });
});

describe('every refusal is a VaultCdkError', () => {
  test('where the place of a file is a folder', () => {
    inFolder({ 'cdktf.out/manifest.json/file': '' }, () => {
      const { app } = worldWithApi();

      expect(refused(() => app.synth()).code).toBe('app/not-written');
    });
  });

  test('where one service account is declared twice under two names', () => {
    const { auth } = world();
    new Workload(auth, 'first', { namespace: 'shop', serviceAccount: 'api' });

    const again = () => new Workload(auth, 'second', { namespace: 'shop', serviceAccount: 'api', name: 'another' });
    expect(refused(again).code).toMatch(/^(vault|workload)\//);
  });
});

describe('the message names what is to be changed', () => {
  test('the pods, not only their workload', () => {
    const { app, auth, shop } = worldWithApi();
    Workload.of(deployment(shop, 'worker', { containers: [{ name: 'a' }, { name: 'b' }] }), {
      auth,
      serviceAccount: 'api',
    });

    expect(refused(() => app.judge()).message).toContain('shop/worker');
  });

  test('the whole line, where a folder on its way has a space in its name', () => {
    const construct = new Construct(new VaultApp(), 'construct');
    const stack = 'Error\n    at Object.<anonymous> (/home/me/my app/main.ts:3:5)\n    at node:internal/main:1:1';
    Object.defineProperty(construct, Symbol.for('vault-cdk.declaredAt'), { value: { stack } });

    expect(at(construct)).toBe('construct (/home/me/my app/main.ts:3)');
  });

  test('the number of containers, where there is none', () => {
    const { app, auth, kv, shop } = world();
    const { password } = kv.secret('shop/db', { keys: ['password'] }).fields;
    const bare = new ApiObject(shop, 'bare', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      spec: { template: { spec: { containers: [] } } },
    });
    Workload.of(bare, { auth }).consume(password, toFile('/mnt/secrets/password'));

    expect(refused(() => app.judge()).message).not.toContain('several containers');
  });

  test('the field that is empty, as Vault says it', () => {
    const { app, api } = worldWithApi();
    api.role.boundServiceAccountNamespaces = [];

    expect(textOf('VC304', app.judge().findings).join('\n')).toContain(
      '"bound_service_account_namespaces" can not be empty if "bound_service_account_namespace_selector" is not set',
    );
  });

  test('token_no_default_policy, where a role carries the policy "default" that Vault always has', () => {
    const { app, auth, vault } = world();
    new KubernetesAuthBackendRole(vault, 'Raw', {
      backend: auth.backend,
      roleName: 'raw',
      boundServiceAccountNames: ['job'],
      boundServiceAccountNamespaces: ['batch'],
    });

    // Every raw role that says nothing is told to print a policy that nobody prints, and that its reads are refused.
    const lines = textOf('VC205', app.judge().findings).join('\n');
    expect(lines).not.toContain('every read is 403 permission denied');
  });
});

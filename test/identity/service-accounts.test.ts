import { ApiObject, Chart } from 'cdk8s';
import { Deployment, type IServiceAccount, ServiceAccount } from 'cdk8s-plus-28';
import { parse } from 'yaml';
import {
  Ca,
  CsiDelivery,
  Duration,
  KubernetesAuth,
  KvEngine,
  State,
  toFile,
  type VaultApp,
  VaultServer,
  Workload,
  type WorkloadOfOptions,
} from 'vault-cdk';
import { refusal, said } from '../support/said';
import { deployment, world, worldWithApi } from '../support/world';

function manifests(app: VaultApp, kind: string): readonly unknown[] {
  return app
    .judge()
    .printOut.documents.filter(d => d.value['kind'] === kind)
    .map(d => d.value);
}

/** The world with pods that read a password; what the account is, the test says. */
function api(options: Partial<WorkloadOfOptions> = {}, pod: Readonly<Record<string, unknown>> = {}) {
  const made = world();
  const { password } = made.kv.secret('shop/db', { keys: ['password'] }).fields;
  const workload = Workload.of(deployment(made.shop, 'api', pod), { auth: made.auth, ...options });
  workload.consume(password, toFile('/mnt/secrets/password'));
  return { ...made, workload, password };
}

describe('a service account of ours', () => {
  test('is printed with its labels, whose values stay quoted texts, and its annotations [IDT-01]', () => {
    const labels = { app: 'webapp', 'vault-integration': 'true' };
    const annotations = { 'example.com/owner': 'team shop' };
    const { app } = api({ serviceAccount: { name: 'webapp-sa', labels, annotations } });

    expect(manifests(app, 'ServiceAccount')).toEqual([
      {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'webapp-sa', namespace: 'shop', labels, annotations },
        automountServiceAccountToken: false,
      },
    ]);
    const [yaml = ''] = (app.judge().printOut.kubernetes.get('prod/shop.k8s.yaml') ?? '').split('---');
    expect(yaml).toContain('    app: webapp\n    vault-integration: "true"\n');
    // As the API server reads it, too.
    expect(parse(yaml, { version: '1.1' })).toMatchObject({ metadata: { labels } });
    // And where nothing is said, it carries none, as in the sample for PostgreSQL.
    expect(manifests(api().app, 'ServiceAccount')).toEqual([
      {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'api', namespace: 'shop' },
        automountServiceAccountToken: false,
      },
    ]);
  });

  test('has no token lying in its pods, unless it says so', () => {
    expect(manifests(api({ serviceAccount: { automountToken: true } }).app, 'ServiceAccount')).toMatchObject([
      { automountServiceAccountToken: true },
    ]);
  });

  test('is described by whoever comes first or later, and printed once', () => {
    const { app, auth, shop } = api();
    Workload.of(deployment(shop, 'second'), { auth, serviceAccount: { name: 'api', labels: { app: 'api' } } });
    Workload.of(deployment(shop, 'third'), { auth, serviceAccount: { name: 'api', annotations: { a: 'b' } } });

    expect(manifests(app, 'ServiceAccount')).toMatchObject([
      { metadata: { name: 'api', labels: { app: 'api' }, annotations: { a: 'b' } } },
    ]);
  });

  test('is printed once where two Vaults take it, each by an auth mount of its own', () => {
    const { app, prod, shop, workload } = api();
    const other = new VaultServer(app, 'other', { address: 'https://other.example.com:8200', state: State.local() });
    const second = new KubernetesAuth(other, 'kubernetes', {
      cluster: prod,
      delivery: new CsiDelivery(),
      vault: { address: 'https://other.example.com:8200', ca: Ca.system() },
    });
    const pods = ApiObject.of(shop.node.findChild('api'));
    const { key } = KvEngine.fromPath(other, 'secret').secret('shop/session', { keys: ['key'] }).fields;
    Workload.of(pods, { auth: second, serviceAccount: { name: 'api', labels: { app: 'api' } } }).consume(
      key,
      toFile('/mnt/other/key'),
    );

    expect(workload.serviceAccount).toBe('api');
    expect(manifests(app, 'ServiceAccount')).toMatchObject([{ metadata: { name: 'api', labels: { app: 'api' } } }]);
    expect(manifests(app, 'SecretProviderClass')).toMatchObject([
      { metadata: { name: 'api-vault' } },
      { metadata: { name: 'api-other' } },
    ]);
    expect(manifests(app, 'Deployment')).toMatchObject([
      {
        spec: {
          template: {
            spec: {
              serviceAccountName: 'api',
              volumes: [{ name: 'vault-secrets' }, { name: 'other-secrets' }],
              containers: [{ volumeMounts: [{ mountPath: '/mnt/secrets' }, { mountPath: '/mnt/other' }] }],
            },
          },
        },
      },
    ]);
    expect(app.judge().findings).toEqual([]);
  });
});

describe('a service account of others', () => {
  test('is not printed where the pods state it, or where that is said', () => {
    expect(manifests(api({}, { serviceAccountName: 'theirs' }).app, 'ServiceAccount')).toEqual([]);
    expect(manifests(api({ createServiceAccount: false }).app, 'ServiceAccount')).toEqual([]);
    expect(
      manifests(api({ createServiceAccount: true }, { serviceAccountName: 'ours' }).app, 'ServiceAccount'),
    ).toMatchObject([{ metadata: { name: 'ours' } }]);
  });

  test.each(['a construct of cdk8s-plus', 'one that it only refers to'])(
    'is taken from %s, and not printed again',
    kind => {
      const { app, auth, kv, shop } = world();
      const { password } = kv.secret('shop/db', { keys: ['password'] }).fields;
      const made = kind.startsWith('a construct');
      const serviceAccount = made
        ? new ServiceAccount(shop, 'account', { metadata: { name: 'webapp-sa' } })
        : ServiceAccount.fromServiceAccountName(shop, 'account', 'webapp-sa');
      const containers = [{ image: 'ghcr.io/example/api:1.0' }];
      const pods = new Deployment(shop, 'api', { containers, serviceAccount: serviceAccount as IServiceAccount });
      const workload = Workload.of(pods, { auth });
      workload.consume(password, toFile('/mnt/secrets/password'));

      expect([workload.serviceAccount, workload.roleName]).toEqual(['webapp-sa', 'shop-webapp-sa']);
      expect(manifests(app, 'ServiceAccount')).toHaveLength(made ? 1 : 0);
      expect(app.judge().findings).toEqual([]);
    },
  );
});

test('a construct that prints itself is not printed twice, whatever takes it', () => {
  const { app, auth, kv, shop } = world();
  const { password } = kv.secret('shop/db', { keys: ['password'] }).fields;
  const account = new ServiceAccount(shop, 'account', { metadata: { name: 'webapp-sa' } });
  const batch = new ServiceAccount(shop, 'batch', { metadata: { name: 'batch-sa' } });
  for (const workload of [
    Workload.of(deployment(shop, 'api'), { auth, serviceAccount: account }),
    new Workload(auth, 'batch', { namespace: 'shop', serviceAccount: batch }),
  ])
    workload.consume(password, toFile('/mnt/secrets/password'));
  Workload.of(deployment(shop, 'again'), { auth, serviceAccount: account });

  expect(manifests(app, 'ServiceAccount')).toMatchObject([
    { metadata: { name: 'webapp-sa' } },
    { metadata: { name: 'batch-sa' } },
  ]);
  expect(manifests(app, 'Deployment')).toMatchObject([
    { spec: { template: { spec: { serviceAccountName: 'webapp-sa' } } } },
    { spec: { template: { spec: { serviceAccountName: 'webapp-sa' } } } },
  ]);
  expect(app.judge().findings).toEqual([]);
});

describe('pods', () => {
  test('state their service account; "default", or one that is missing for its volume, is refused [IDT-02]', () => {
    for (const [options, pod] of [
      [{ serviceAccount: 'webapp-sa' }, {}],
      [{}, { serviceAccountName: 'webapp-sa' }],
    ] as const)
      expect(manifests(api(options, pod).app, 'Deployment')).toMatchObject([
        { spec: { template: { spec: { serviceAccountName: 'webapp-sa' } } } },
      ]);

    for (const [options, pod] of [
      [{ serviceAccount: 'default' }, {}],
      [{}, { serviceAccountName: 'default' }],
    ] as const)
      expect(refusal(() => api(options, pod))[0]).toContain('[workload/default-service-account]');

    // Pods that nobody made a workload, with the volume of one, run as "default".
    const { app, shop } = api();
    const csi = {
      driver: 'secrets-store.csi.k8s.io',
      readOnly: true,
      volumeAttributes: { secretProviderClass: 'api-vault' },
    };
    deployment(shop, 'by-hand', { volumes: [{ name: 'vault-secrets', csi }] });
    const [first = ''] = said('VC102', app);
    expect(first).toContain('error VC102: Deployment shop/by-hand runs as shop/default, but role "shop-api" admits');
  });

  test('find a token that ends, for one audience, where the application logs in by itself; a token Secret is warned of [AUTH-25]', () => {
    const { app, auth, kv, shop } = world();
    const secret = kv.secret('shop/db', { keys: ['password'] });
    const workload = Workload.of(deployment(shop, 'api'), { auth });
    kv.grants.read(workload, secret);
    workload.keepTokenIn('/var/run/secrets/vault/token', { expires: Duration.minutes(10) });

    expect(manifests(app, 'Deployment')).toMatchObject([
      {
        spec: {
          template: {
            spec: {
              serviceAccountName: 'api',
              containers: [
                {
                  volumeMounts: [{ name: 'vault-token', mountPath: '/var/run/secrets/vault', readOnly: true }],
                },
              ],
              volumes: [
                {
                  name: 'vault-token',
                  projected: {
                    sources: [{ serviceAccountToken: { audience: 'vault', expirationSeconds: 600, path: 'token' } }],
                  },
                },
              ],
            },
          },
        },
      },
    ]);
    expect(app.judge().findings).toEqual([]);

    const metadata = { name: 'vault-auth-token', annotations: { 'kubernetes.io/service-account.name': 'vault-auth' } };
    new ApiObject(shop, 'legacy', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata,
      type: 'kubernetes.io/service-account-token',
    });
    expect(app.judge().findings.map(f => [f.id, f.severity])).toEqual([['VC511', 'warning']]);
  });
});

test('one secret is read from several namespaces by a role and a policy for each pair, and a grant of it is one verb [IDT-04]', () => {
  const { app, auth, kv, prod } = world();
  const shared = kv.secret('shared/license', { keys: ['key'] });
  for (const namespace of ['production', 'staging']) {
    const chart = new Chart(app, namespace, { namespace });
    prod.includes(chart);
    const workload = Workload.of(deployment(chart, 'webapp'), { auth });
    kv.grants.read(workload, shared);
    kv.grants.read(workload, shared);
  }
  const { resource } = app.judge().printOut.documents[0]!.value as {
    readonly resource: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  };

  expect(Object.values(resource['vault_kubernetes_auth_backend_role']!)).toMatchObject(
    ['production', 'staging'].map(namespace => ({
      role_name: `${namespace}-webapp`,
      bound_service_account_names: ['webapp'],
      bound_service_account_namespaces: [namespace],
      token_policies: [`\${vault_policy.kubernetes-${namespace}-webapp.name}`],
    })),
  );
  expect(Object.values(resource['vault_policy']!)).toMatchObject(
    ['production', 'staging'].map(namespace => ({
      name: `kubernetes-${namespace}-webapp`,
      policy: '# read shared/license\npath "secret/data/shared/license" {\n  capabilities = ["read"]\n}\n',
    })),
  );
  expect(worldWithApi().app.judge().findings).toEqual([]);
  expect(app.judge().findings).toEqual([]);
});

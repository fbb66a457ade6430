import { ApiObject, Chart } from 'cdk8s';
import { ConfigMap, Deployment, type IServiceAccount, ServiceAccount } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import {
  Duration,
  KubernetesAuth,
  KubernetesCluster,
  KvEngine,
  Reviewer,
  State,
  toFile,
  VaultServer,
  Workload,
  type WorkloadOfOptions,
  type WorkloadOptions,
} from 'vault-cdk';
import { refusal } from '../support/said';
import { deployment, OUTSIDE, VAULT_FOR_PODS, world, worldWithApi } from '../support/world';

describe('pods become a workload', () => {
  test('not where their chart belongs to no cluster', () => {
    const { app, auth } = world();
    const pods = deployment(new Chart(app, 'elsewhere', { namespace: 'shop' }), 'api');

    expect(refusal(() => Workload.of(pods, { auth }))).toEqual([
      'the chart of the pods belongs to no cluster [workload/other-cluster]',
      '  at:      elsewhere/api',
      '  allowed: "prod"',
      '  live:    403 permission denied',
      '  fix:     say where it runs: cluster.includes(chart), for the cluster "prod"',
    ]);
  });

  test('not where their chart belongs to another cluster', () => {
    const { app, auth } = world();
    const pods = deployment(new Chart(new KubernetesCluster(app, 'stage'), 'shop', { namespace: 'shop' }), 'api');

    expect(refusal(() => Workload.of(pods, { auth }))).toEqual([
      'the pods are in another cluster than the one that the auth mount trusts [workload/other-cluster]',
      '  at:      stage/shop/api',
      '  given:   "stage"',
      '  allowed: "prod"',
      '  live:    403 permission denied',
      '  fix:     use the auth mount of that cluster',
    ]);
  });

  test('not without a namespace', () => {
    const { app, auth, prod } = world();
    const chart = new Chart(app, 'nowhere');
    prod.includes(chart);

    expect(refusal(() => Workload.of(deployment(chart, 'api'), { auth }))).toEqual([
      'neither the object nor its chart says in which namespace the pods run [workload/no-namespace]',
      '  at:      nowhere/api',
      '  allowed: a namespace on the chart, or on the object',
      '  live:    403 namespace not authorized, wherever it is applied by mistake',
      "  fix:     pass `namespace` to the chart, e.g. new Chart(app, 'shop', { namespace: 'shop' })",
    ]);
  });

  test('not as the account that every pod has which states none', () => {
    const { auth, shop } = world();
    const pods = deployment(shop, 'api', { serviceAccountName: 'default' });

    expect(refusal(() => Workload.of(pods, { auth }))).toEqual([
      'the service account "default" is shared by every pod of the namespace that states none [workload/default-service-account]',
      '  at:      vault/kubernetes/shop:default (test/refusals/workload.test.ts)',
      '  given:   "default"',
      '  allowed: a service account of its own',
      '  live:    silently ignored: every such pod could read these secrets',
      '  fix:     name a service account for this workload',
    ]);
  });

  test('not where nothing says how secrets travel', () => {
    const { vault, app, shop } = world();
    const cluster = new KubernetesCluster(app, 'stage', OUTSIDE);
    const stage = new KubernetesAuth(vault, 'stage', { cluster, vault: VAULT_FOR_PODS, reviewer: Reviewer.client() });

    expect(refusal(() => new Workload(stage, 'api', { namespace: shop.namespace! }))).toEqual([
      'nothing says how secrets travel to the workload [workload/no-delivery]',
      '  at:      vault/stage/api (test/refusals/workload.test.ts)',
      '  allowed: a delivery, e.g. new CsiDelivery()',
      '  fix:     pass `delivery` to the workload, or to its KubernetesAuth as the default',
    ]);
  });

  test('not where what says it is no delivery', () => {
    const { auth } = world();
    const delivery = { name: 'csi' } as unknown as NonNullable<WorkloadOptions['delivery']>;

    expect(refusal(() => new Workload(auth, 'api', { namespace: 'shop', delivery }))).toEqual([
      'nothing says how secrets travel to the workload [workload/no-delivery]',
      '  at:      vault/kubernetes/api (test/refusals/workload.test.ts)',
      '  allowed: a delivery, e.g. new CsiDelivery()',
      '  fix:     pass `delivery` to the workload, or to its KubernetesAuth as the default',
    ]);
  });

  test('not of a construct that prints no object', () => {
    const { auth, shop } = world();

    expect(refusal(() => Workload.of(new Construct(shop, 'group'), { auth }))).toEqual([
      'the construct prints no Kubernetes object of its own [workload/no-pods]',
      '  at:      shop/group',
      '  allowed: a cdk8s-plus workload, or an ApiObject with a pod template',
      '  fix:     pass the construct that makes the pods',
    ]);
  });

  test('not of an object that makes no pods', () => {
    const { app, auth, kv, shop } = world();
    const { password } = kv.secret('shop/db', { keys: ['password'] }).fields;
    Workload.of(new ConfigMap(shop, 'settings'), { auth }).consume(password, toFile('/mnt/secrets/password'));

    expect(refusal(() => app.judge())).toEqual([
      'the object makes no pods [workload/no-pods]',
      '  at:      shop/settings, pods of vault/kubernetes/shop:settings (test/refusals/workload.test.ts)',
      '  given:   "ConfigMap"',
      '  allowed: a Pod, or an object with a pod template: Deployment, StatefulSet, DaemonSet, Job, CronJob, Rollout ...',
      '  fix:     pass the object that makes the pods',
    ]);
  });

  test.each([
    ['longer than all of them', Duration.hours(48), undefined, '{"tokenTtl":172800,"tokenMaxTtl":86400}'],
    ['not at all', Duration.seconds(0), undefined, '{"tokenTtl":0,"tokenMaxTtl":86400}'],
    ['longer than both', Duration.hours(2), Duration.hours(1), '{"tokenTtl":7200,"tokenMaxTtl":3600}'],
  ])('not with a login that lasts %s', (_, tokenTtl, tokenMaxTtl, given) => {
    const { auth } = world();
    const max = tokenMaxTtl === undefined ? {} : { tokenMaxTtl };

    expect(refusal(() => new Workload(auth, 'api', { namespace: 'shop', tokenTtl, ...max }))).toEqual([
      'a login would last longer before its renewal than with all renewals, or not at all [workload/token-ttl]',
      '  at:      vault/kubernetes/api (test/refusals/workload.test.ts)',
      `  given:   ${given}`,
      '  allowed: 0 < tokenTtl <= tokenMaxTtl, in seconds',
      "  live:    'token_ttl' cannot be greater than 'token_max_ttl'",
      '  fix:     shorten `tokenTtl`, or lengthen `tokenMaxTtl`',
    ]);
  });

  test('not twice: new Workload() besides Workload.of() claims the same role', () => {
    const { auth } = worldWithApi();

    expect(refusal(() => new Workload(auth, 'api', { namespace: 'shop' }))).toEqual([
      'two constructs claim one role: "kubernetes-shop-api" [vault/name-taken]',
      '  at:      vault/kubernetes/api (test/refusals/workload.test.ts)',
      '  given:   "kubernetes-shop-api"',
      '  allowed: a name that is free; this one belongs to vault/kubernetes/shop:api (test/support/world.ts)',
      '  live:    silently ignored: the second write replaces the first, and Terraform undoes one with the other at every apply',
      '  fix:     give one of them another name',
    ]);
  });
});

describe('a workload consumes', () => {
  test('no field that the secret does not declare', () => {
    const { api, kv } = worldWithApi();
    const { pasword } = kv.secret('shop/db', { keys: ['password'] }).fields as unknown as Record<string, never>;

    expect(refusal(() => api.consume(pasword!, toFile('/mnt/secrets/other')))).toEqual([
      'what is consumed is not a field of a secret [workload/no-secret]',
      '  at:      vault/kubernetes/shop:api (test/support/world.ts)',
      '  given:   "undefined"',
      '  allowed: a field, e.g. kv.secret("shop/db", { keys: ["password"] }).fields.password',
      '  live:    key "undefined" does not exist at the secret path',
      '  fix:     check the name of the field: one that the secret does not declare is undefined',
    ]);
  });

  test('no path', () => {
    const { api } = worldWithApi();

    // @ts-expect-error A path is not a field: here as JavaScript would pass it.
    expect(refusal(() => api.consume('secret/data/shop/db#password', toFile('/mnt/secrets/other')))).toEqual([
      'what is consumed is not a field of a secret [workload/no-secret]',
      '  at:      vault/kubernetes/shop:api (test/support/world.ts)',
      '  given:   "string"',
      '  allowed: a field, e.g. kv.secret("shop/db", { keys: ["password"] }).fields.password',
      '  live:    key "undefined" does not exist at the secret path',
      '  fix:     check the name of the field: one that the secret does not declare is undefined',
    ]);
  });

  test('nothing of another Vault', () => {
    const { app, api } = worldWithApi();
    const other = new VaultServer(app, 'other', { address: 'https://other.example.com', state: State.local() });
    const { password } = new KvEngine(other, 'secret').secret('shop/db', { keys: ['password'] }).fields;

    expect(refusal(() => api.consume(password, toFile('/mnt/secrets/other')))).toEqual([
      'the secret "shop/db" is in another Vault than what it is granted to [workload/other-vault]',
      '  at:      vault/kubernetes/shop:api (test/support/world.ts)',
      '  given:   "other (test/refusals/workload.test.ts)"',
      '  allowed: vault (test/support/world.ts)',
      '  live:    403 permission denied',
      '  fix:     grant it to something in that Vault; for pods, make a second workload on an auth mount there',
    ]);
  });

  test('no two secrets into one file', () => {
    const { api, kv } = worldWithApi();
    const { key } = kv.secret('shop/session', { keys: ['key'] }).fields;

    expect(refusal(() => api.consume(key, toFile('/mnt/secrets/password')))).toEqual([
      'two secrets go to the file /mnt/secrets/password: "password" of shop/db and "key" of shop/session [workload/target-taken]',
      '  at:      vault/kubernetes/shop:api (test/support/world.ts)',
      '  live:    each `objectName` within a SecretProviderClass must be unique',
      '  fix:     give one of them another target',
    ]);
  });

  test('nothing of what was refused', () => {
    const { api, kv } = worldWithApi();
    const before = [api.consumptions, api.policyDocument];
    const { key } = kv.secret('shop/session', { keys: ['key'] }).fields;

    refusal(() => api.consume(key, toFile('/mnt/secrets/password')));
    refusal(() => api.consume(key, toFile('/etc/shop/key')));

    expect([api.consumptions, api.policyDocument]).toEqual(before);
  });
});

describe('a pod is changed', () => {
  /** An API whose pods say something more, and which reads a password. */
  function judged(pod: Readonly<Record<string, unknown>>, options: Partial<WorkloadOfOptions> = {}) {
    const { app, auth, kv, shop } = world();
    const { password } = kv.secret('shop/db', { keys: ['password'] }).fields;
    const api = Workload.of(deployment(shop, 'api', pod), { auth, ...options });
    api.consume(password, toFile('/mnt/secrets/password'));
    return app.judge();
  }

  const TWO = [
    { name: 'main', image: 'ghcr.io/example/api:1.0' },
    { name: 'proxy', image: 'ghcr.io/example/proxy:1.0' },
  ];

  test('not where it has several containers and none is named', () => {
    expect(refusal(() => judged({ containers: TWO }))).toEqual([
      'the pod has several containers, and nothing says which of them read the secrets [workload/container]',
      '  at:      shop/api, pods of vault/kubernetes/shop:api (test/refusals/workload.test.ts)',
      '  allowed: "main", "proxy"',
      '  live:    no such file or directory, in the application',
      '  fix:     pass `container` to Workload.of()',
    ]);
  });

  test('not where it has no container of the name', () => {
    expect(refusal(() => judged({ containers: TWO }, { container: 'api' }))).toEqual([
      'the pod has no container of this name [workload/container]',
      '  at:      shop/api, pods of vault/kubernetes/shop:api (test/refusals/workload.test.ts)',
      '  given:   "api"',
      '  allowed: "main", "proxy"',
      '  live:    no such file or directory, in the application',
      '  fix:     pass `container` to Workload.of()',
    ]);
  });

  test('not where it has one container, and another one is named', () => {
    expect(refusal(() => judged({}, { container: 'proxy' }))).toEqual([
      'the pod has no container of this name [workload/container]',
      '  at:      shop/api, pods of vault/kubernetes/shop:api (test/refusals/workload.test.ts)',
      '  given:   "proxy"',
      '  allowed: "main"',
      '  live:    no such file or directory, in the application',
      '  fix:     pass `container` to Workload.of()',
    ]);
  });

  test('where it has several containers and one is named', () => {
    const { documents } = judged({ containers: TWO }, { container: 'proxy' }).printOut;

    expect(documents.find(d => d.value['kind'] === 'Deployment')?.value).toMatchObject({
      spec: {
        template: {
          spec: {
            containers: [TWO[0], { ...TWO[1], volumeMounts: [{ name: 'vault-secrets', mountPath: '/mnt/secrets' }] }],
          },
        },
      },
    });
  });

  test('not where it runs as another account', () => {
    expect(refusal(() => judged({ serviceAccountName: 'web' }, { serviceAccount: 'api' }))).toEqual([
      'the pod runs as the service account "web", and its role in Vault is for "api" [workload/other-service-account]',
      '  at:      shop/api, pods of vault/kubernetes/shop:api (test/refusals/workload.test.ts)',
      '  given:   "web"',
      '  allowed: "api"',
      '  live:    403 service account name not authorized',
      '  fix:     drop the service account of the pod, or pass it as `serviceAccount` to Workload.of()',
    ]);
  });

  test('not where a cdk8s-plus workload runs as another account', () => {
    const { app, auth, kv, shop } = world();
    const { password } = kv.secret('shop/db', { keys: ['password'] }).fields;
    const serviceAccount = new ServiceAccount(shop, 'account', { metadata: { name: 'web' } });
    const containers = [{ image: 'ghcr.io/example/api:1.0' }];
    const api = Workload.of(
      new Deployment(shop, 'api', { serviceAccount: serviceAccount as IServiceAccount, containers }),
      {
        auth,
        serviceAccount: 'api',
      },
    );
    api.consume(password, toFile('/mnt/secrets/password'));

    expect(refusal(() => app.judge())).toEqual([
      'the pod runs as the service account "web", and its role in Vault is for "api" [workload/other-service-account]',
      '  at:      shop/api, pods of vault/kubernetes/shop:api (test/refusals/workload.test.ts)',
      '  given:   "web"',
      '  allowed: "api"',
      '  live:    403 service account name not authorized',
      '  fix:     drop the service account of the pod, or pass it as `serviceAccount` to Workload.of()',
    ]);
  });

  test('not where it has another volume of the name', () => {
    expect(refusal(() => judged({ volumes: [{ name: 'vault-secrets', emptyDir: {} }] }))).toEqual([
      'the pod has another entry with the name that the secrets need [workload/pod-conflict]',
      '  at:      shop/api, pods of vault/kubernetes/shop:api (test/refusals/workload.test.ts)',
      '  given:   "vault-secrets"',
      '  live:    Duplicate value',
      "  fix:     give the pod's own entry another name",
    ]);
  });

  test('not where it has another mount at the folder', () => {
    const containers = [{ name: 'main', volumeMounts: [{ name: 'cache', mountPath: '/mnt/secrets' }] }];

    expect(refusal(() => judged({ containers }))).toEqual([
      'the pod has another entry with the mountPath that the secrets need [workload/pod-conflict]',
      '  at:      shop/api, pods of vault/kubernetes/shop:api (test/refusals/workload.test.ts)',
      '  given:   "/mnt/secrets"',
      '  live:    must be unique',
      "  fix:     give the pod's own entry another mountPath",
    ]);
  });

  test('where it has the volume and the mount already', () => {
    const volumeAttributes = { secretProviderClass: 'api-vault' };
    const volume = {
      name: 'vault-secrets',
      csi: { driver: 'secrets-store.csi.k8s.io', readOnly: true, volumeAttributes },
    };
    const mount = { name: 'vault-secrets', mountPath: '/mnt/secrets', readOnly: true };
    const { documents } = judged({
      volumes: [volume],
      containers: [{ name: 'main', volumeMounts: [mount] }],
    }).printOut;

    expect(documents.find(d => d.value['kind'] === 'Deployment')?.value).toMatchObject({
      spec: { template: { spec: { volumes: [volume], containers: [{ name: 'main', volumeMounts: [mount] }] } } },
    });
  });

  test('not where the object has lost its pod template', () => {
    const { app, auth, kv, shop } = world();
    const { password } = kv.secret('shop/db', { keys: ['password'] }).fields;
    const bare = new ApiObject(shop, 'bare', { apiVersion: 'apps/v1', kind: 'Deployment', spec: {} });
    Workload.of(bare, { auth }).consume(password, toFile('/mnt/secrets/password'));

    expect(refusal(() => app.judge())).toEqual([
      'the object makes no pods [workload/no-pods]',
      '  at:      shop/bare, pods of vault/kubernetes/shop:bare (test/refusals/workload.test.ts)',
      '  given:   "Deployment"',
      '  allowed: a Pod, or an object with a pod template: Deployment, StatefulSet, DaemonSet, Job, CronJob, Rollout ...',
      '  fix:     pass the object that makes the pods',
    ]);
  });
});

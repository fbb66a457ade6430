// Rows of the requirements, each proven whole in one test; the parts are tested one by one in the files beside this one.
import { ApiObject } from 'cdk8s';
import {
  acknowledge,
  Ca,
  CsiDelivery,
  Duration,
  KubernetesAuth,
  KubernetesCluster,
  OnChange,
  State,
  toEnv,
  toFile,
  toKubernetesSecret,
  VaultApp,
  VaultServer,
  Workload,
} from 'vault-cdk';
import { LeasedRole } from '../support/leased';
import { podSpec, printed, providerClass } from '../support/printed';
import { refused, said } from '../support/said';
import { PLAINTEXT_IN_ETCD, deployment, VAULT_FOR_PODS, world, worldWithApi } from '../support/world';

const until = { owner: 'platform', until: '2099-12-31' };
const PLAIN = { delivery: new CsiDelivery({ plaintextInEtcd: PLAINTEXT_IN_ETCD }) };
const image = 'docker.io/library/busybox:1.37';
const code = (action: () => unknown) => refused(action).code;
const rotating = (minutes: number) => ({ secretsStoreCsi: { rotation: { pollInterval: Duration.minutes(minutes) } } });

test('the role is that of the workload, and is always there [CSI-03]', () => {
  const { app, api } = worldWithApi();

  expect(providerClass(app).parameters['roleName']).toBe(api.roleName);
});

test('the mount is printed in one spelling, that of the provider, whatever it is called [CSI-04]', () => {
  for (const [version, spelling] of [
    ['1.7.4', 'vaultAuthMountPath'],
    ['1.3.0', 'vaultKubernetesMountPath'],
  ] as const) {
    const { app } = worldWithApi({ path: 'clusters/prod' }, { secretsStoreCsi: {}, vaultCsiProvider: { version } });
    const mounts = Object.entries(providerClass(app).parameters).filter(([k]) => k.endsWith('MountPath'));
    expect(mounts).toEqual([[spelling, 'clusters/prod']]);
  }
});

test('objects are a block of YAML with one entry for each value; none, twice the same, or a key that is unknown cannot be said [CSI-06]', () => {
  const { app, api, kv } = worldWithApi();
  const { key } = kv.secret('shop/session', { keys: ['key'] }).fields;
  const empty = world();
  const target = { ...toFile('/mnt/secrets/other'), objectAlias: 'x' };
  api.consume(key, target);

  expect(code(() => api.consume(key, toFile('/mnt/secrets/password')))).toBe('workload/target-taken');
  expect(app.judge().printOut.kubernetes.get('prod/shop.k8s.yaml')).toContain(
    '    objects: |\n      - objectName: "password"\n        secretPath: "secret/data/shop/db"\n',
  );
  expect(Object.keys(providerClass(app).objects[1] ?? {})).not.toContain('objectAlias');
  new Workload(empty.auth, 'api', { namespace: 'shop' });
  expect(refused(() => empty.app.judge()).message).toContain('the workload may do nothing in Vault');
});

test('a file has a clean path below the mount, and its path is asked of the workload [CSI-07]', () => {
  const { app, api, password } = worldWithApi();

  for (const path of ['password', '/mnt/secrets/../etc/password', '/mnt//password', '/password'])
    expect(code(() => toFile(path))).toBe('target/file-path');
  expect(providerClass(app).objects[0]?.['objectName']).toBe('password');
  expect(api.pathOf(password)).toBe('/mnt/secrets/password');
});

test('the version of the provider decides what is printed, and what it lacks is refused [CSI-08]', () => {
  const at = (version: string) => ({ secretsStoreCsi: {}, vaultCsiProvider: { version } });
  const { api, kv } = worldWithApi({}, at('1.2.0'));
  const { store } = kv.secret('shop/keystore', { keys: ['store'] }).fields;

  expect(code(() => worldWithApi({}, at('1.0.0')))).toBe('csi/provider-too-old');
  expect(code(() => api.consume(store, toFile('/mnt/secrets/store', { encoding: 'hex' })))).toBe(
    'csi/provider-too-old',
  );
});

test('values go on into a Kubernetes Secret only where that is asked for, from files that are written [CSI-09]', () => {
  const { app, api, kv } = worldWithApi(PLAIN);
  const { username, password } = kv.secret('shop/db', { keys: ['username', 'password'] }).fields;
  expect(providerClass(app).secretObjects).toBeUndefined();
  api.consume(username, toKubernetesSecret('db-creds', { key: 'username' }));
  api.consume(password, toKubernetesSecret('db-creds', { key: 'password' }));

  const { objects, secretObjects } = providerClass(app);
  expect(secretObjects).toEqual([
    {
      secretName: 'db-creds',
      type: 'Opaque',
      data: [
        { objectName: '.kubernetes-secrets/db-creds/username', key: 'username' },
        // The file that the application reads, too.
        { objectName: 'password', key: 'password' },
      ],
    },
  ]);
  expect(objects.map(o => o['objectName'])).toEqual(['password', '.kubernetes-secrets/db-creds/username']);
});

test('the volume is mounted read only at /mnt/secrets, whole: a subPath is refused [CSI-13]', () => {
  const { app, auth, kv, shop } = world(PLAIN);
  const { password } = kv.secret('shop/db', { keys: ['password'] }).fields;
  Workload.of(deployment(shop, 'api'), { auth }).consume(password, toEnv('DB_PASSWORD'));
  expect(podSpec(app).containers[0]?.['volumeMounts']).toEqual([
    { name: 'vault-secrets', mountPath: '/mnt/secrets', readOnly: true },
  ]);

  const volumeMounts = [{ name: 'vault-secrets', mountPath: '/etc/password', subPath: 'password' }];
  const containers = [{ name: 'main', image: 'ghcr.io/example/web:1.0', volumeMounts }];
  Workload.of(deployment(shop, 'web', { containers }), { auth }).consume(password, toEnv('DB_PASSWORD'));
  expect(code(() => app.judge())).toBe('csi/sub-path');
});

test('a variable needs someone who answers for etcd; a file does not [CSI-16]', () => {
  const { api, password } = worldWithApi();

  const { problem } = refused(() => api.consume(password, toEnv('DB_PASSWORD')));
  expect([problem.code, problem.allowed]).toEqual([
    'csi/plaintext-in-etcd',
    'toFile(path), or a delivery that says it: new CsiDelivery({ plaintextInEtcd: { ...acknowledge(...), encryptedAtRest, readers } })',
  ]);
  const plain = worldWithApi(PLAIN);
  expect(() => plain.api.consume(plain.password, toEnv('DB_PASSWORD'))).not.toThrow();
});

test('files lie in memory: Windows is refused, nodes that swap are found [CSI-18]', () => {
  const { app, auth, kv, shop } = world();
  const { password } = kv.secret('shop/db', { keys: ['password'] }).fields;
  const pods = deployment(shop, 'api', { nodeSelector: { 'kubernetes.io/os': 'windows' } });
  Workload.of(pods, { auth }).consume(password, toFile('/mnt/secrets/password'));

  expect(code(() => app.judge())).toBe('csi/windows');
  expect(said('VC525', worldWithApi({}, { secretsStoreCsi: {}, nodesSwap: true }).app)).not.toEqual([]);
});

test('the application knows nothing of Vault: no address, no token, neither from us nor of its own [CSI-19]', () => {
  const { app } = worldWithApi();
  expect(podSpec(app).containers[0]).not.toHaveProperty('env');

  const { auth, kv, shop, app: other } = world();
  const { password } = kv.secret('shop/db', { keys: ['password'] }).fields;
  const env = [{ name: 'VAULT_ADDR', value: 'https://vault.vault.svc:8200' }];
  const pods = deployment(shop, 'api', { containers: [{ name: 'main', image: 'ghcr.io/example/api:1.0', env }] });
  Workload.of(pods, { auth }).consume(password, toFile('/mnt/secrets/password'));
  expect(code(() => other.judge())).toBe('csi/calls-vault');
});

test('the permission of a file fits the user: root alone for root, all for anyone else, since fsGroup does nothing [CSI-22]', () => {
  const judged = (securityContext: Readonly<Record<string, unknown>>, mode?: number) => {
    const { app, auth, kv, shop } = world();
    const { password } = kv.secret('shop/db', { keys: ['password'] }).fields;
    const target = toFile('/mnt/secrets/password', mode === undefined ? {} : { mode });
    Workload.of(deployment(shop, 'api', { securityContext }), { auth }).consume(password, target);
    return app;
  };
  const permission = (app: VaultApp) => providerClass(app).objects[0]?.['filePermission'];

  for (const mode of [0o400, 0o440])
    for (const context of [{ runAsUser: 1000, fsGroup: 2000 }, { runAsNonRoot: true }])
      expect(code(() => judged(context, mode).judge())).toBe('csi/unreadable-file');
  expect(permission(judged({ runAsUser: 1000 }))).toBe(0o444);
  expect(permission(judged({ runAsUser: 0 }, 0o400))).toBe(0o400);
  expect(said('VC524', judged({ runAsUser: 0 }))[0]).toContain('which run as root and could do with 0o400');
  expect(judged({ runAsUser: 1000 }).judge().assumptions.at(-1)).toBe(
    'whoever runs in the containers of shop/api may read the file /mnt/secrets/password: files of the CSI driver belong to root, and it ignores fsGroup',
  );
});

test('a credential that ends is read anew in time: never and too late are refused, late is found [CSI-24]', () => {
  const consume = (features: NonNullable<Parameters<typeof world>[1]>) => {
    const { app, api, vault } = worldWithApi({}, features);
    api.consume(new LeasedRole(vault).fields.password, toFile('/mnt/secrets/db'), { onChange: OnChange.rereads() });
    return app;
  };

  expect(code(() => consume({ secretsStoreCsi: { rotation: false } }))).toBe('csi/rotation-off');
  expect(code(() => consume(rotating(60)))).toBe('csi/rotation-too-slow');
  expect(said('VC521', consume(rotating(31)))).toHaveLength(3);
  expect(said('VC521', consume(rotating(30)))).toEqual([]);
});

test('the CA of Vault is stated, and to take any certificate someone answers for [CSI-27]', () => {
  const skipVerify = true as unknown as ReturnType<typeof acknowledge>;
  const parameters = (auth: Parameters<typeof world>[0]) => providerClass(worldWithApi(auth).app).parameters;
  const vault = (ca: Ca) => ({ vault: { address: 'https://vault.vault.svc:8200', ca } });

  expect(code(() => world({ vault: { address: 'https://vault.vault.svc:8200' } }))).toBe('auth/ca-missing');
  expect(code(() => new CsiDelivery({ tls: { skipVerify } }))).toBe('acknowledge/date');
  expect(parameters(vault(Ca.secret('vault-ca')))['vaultCACertPath']).toBe('/vault/tls/ca.crt');
  expect(parameters(vault(Ca.configMap('vault-ca')))['vaultCACertPath']).toBe('/vault/tls/ca.crt');
  expect(parameters(vault(Ca.system()))).not.toHaveProperty('vaultCACertPath');
  const laboratory = new CsiDelivery({ tls: { skipVerify: acknowledge('a laboratory', until) } });
  expect(parameters({ delivery: laboratory })['vaultSkipTLSVerify']).toBe('true');
});

test('how the application learns of a new value is asked for, and printed where it takes a helper [CSI-25]', () => {
  const { app, auth, shop, vault } = world({}, rotating(2));
  const { username, password } = new LeasedRole(vault).fields;
  const api = Workload.of(deployment(shop, 'api', { securityContext: { runAsUser: 1000 } }), { auth });

  expect(code(() => api.consume(username, toFile('/mnt/secrets/username')))).toBe('csi/unheard-change');
  api.consume(username, toFile('/mnt/secrets/username'), {
    onChange: OnChange.signal('SIGUSR1', { process: 'api', image }),
  });
  api.consume(password, toFile('/mnt/secrets/password'), { onChange: OnChange.restart({ process: 'api', image }) });
  expect(podSpec(app).containers.map(c => c['name'])).toEqual(['main', 'usr1-api', 'restart-api']);
  for (const onChange of [OnChange.watchesFile(), OnChange.rereads()])
    expect(() => api.consume(password, toFile(`/mnt/secrets/${onChange.way.kind}`), { onChange })).not.toThrow();
  expect(podSpec(app).containers).toHaveLength(3);
});

test('nothing is mounted over, or below, the folder of the secrets, and no path is typed twice [CSI-33]', () => {
  const { app, auth, kv, shop } = world();
  const { password } = kv.secret('shop/db', { keys: ['password'] }).fields;
  const volumeMounts = [{ name: 'cache', mountPath: '/mnt/secrets/db/cache' }];
  const containers = [{ name: 'main', image: 'ghcr.io/example/api:1.0', volumeMounts }];
  const pods = deployment(shop, 'api', { containers, volumes: [{ name: 'cache', emptyDir: {} }] });
  const api = Workload.of(pods, { auth });
  api.consume(password, toFile('/mnt/secrets/db/password'));

  expect(api.pathOf(password)).toBe('/mnt/secrets/db/password');
  expect(code(() => app.judge())).toBe('csi/overlapping-mounts');
});

test('value by value it is said what goes into a Kubernetes Secret, and counted [CSI-36]', () => {
  const { app, api, kv } = worldWithApi(PLAIN);
  const { username, password } = kv.secret('shop/db', { keys: ['username', 'password'] }).fields;
  api.consume(username, toFile('/mnt/secrets/username'));
  api.consume(password, toKubernetesSecret('shop-db', { key: 'password' }));

  expect(providerClass(app).secretObjects?.flatMap(s => s['data'])).toHaveLength(1);
  expect(app.judge().assumptions).toContain(
    '1 of 3 values of shop/api lie in etcd as text, in the Secret shop-db: etcd is encrypted (platform, until 2099-12-31; encrypted at rest; read by Group platform)',
  );
});

test('a Secret that the driver fills can be changed [CSI-40]', () => {
  const options = { key: 'password', immutable: true } as unknown as { key: string };

  expect(refused(() => toKubernetesSecret('shop-db', options)).problem.fix).toBe(
    'drop `immutable`; for values that never change, put the version into the name of the Secret',
  );
});

test('the provider is Vault, and who logs in is the service account of the pods [CSI-43]', () => {
  const { app, api } = worldWithApi();

  expect([providerClass(app).provider, podSpec(app)['serviceAccountName']]).toEqual(['vault', api.serviceAccount]);
});

describe('the smallest use of CSI with a Kubernetes Secret', () => {
  function minimal(delivery: CsiDelivery, namespace?: string) {
    const app = new VaultApp();
    const vault = new VaultServer(app, 'vault', {
      address: 'https://vault.example.com',
      state: State.local(),
      ...(namespace === undefined ? {} : { namespace }),
    });
    const cluster = new KubernetesCluster(app, 'prod', {
      features: { ...rotating(2), vaultCsiProvider: { agent: false } },
    });
    const auth = new KubernetesAuth(vault, 'kubernetes', {
      cluster,
      delivery,
      vault: { ...VAULT_FOR_PODS, address: 'https://vault.example.com' },
    });
    const pod = new ApiObject(cluster.chartFor('app'), 'pod', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'app' },
      spec: {
        securityContext: { runAsUser: 1000 },
        containers: [{ name: 'web', image: 'ghcr.io/example/app:1.0' }],
      },
    });
    const { username, password } = new LeasedRole(vault).fields;
    const onChange = OnChange.restart({ process: 'app', image });
    const web = Workload.of(pod, { auth, serviceAccount: 'app-sa', name: 'app-readonly', onChange });
    web.consume(username, toFile('/mnt/secrets/db-username'));
    web.consume(password, toFile('/mnt/secrets/db-password'));
    web.consume(username, toEnv('username', { keyOf: 'db-creds', envFrom: true }));
    web.consume(password, toEnv('password', { keyOf: 'db-creds', envFrom: true }));
    return { app, web };
  }

  test('prints the class, the bare Pod, its account, its role and a policy that reads and renews; and asks who answers for it [ACC-05] [CSI-41]', () => {
    const { app, web } = minimal(PLAIN.delivery);
    const { metadata, parameters, objects, secretObjects } = providerClass(app);

    expect([metadata.namespace, parameters]).toEqual([
      'app',
      {
        vaultAddress: 'https://vault.example.com',
        vaultAuthMountPath: 'kubernetes',
        roleName: 'app-readonly',
        audience: 'vault',
      },
    ]);
    const read = { secretPath: 'database/creds/readonly', filePermission: 0o444 };
    expect(objects).toEqual([
      { objectName: 'db-username', secretKey: 'username', ...read },
      { objectName: 'db-password', secretKey: 'password', ...read },
    ]);
    expect(secretObjects).toEqual([
      {
        secretName: 'db-creds',
        type: 'Opaque',
        data: [
          { objectName: 'db-username', key: 'username' },
          { objectName: 'db-password', key: 'password' },
        ],
      },
    ]);
    const { containers, volumes, serviceAccountName } = podSpec(app, 'Pod');
    expect([serviceAccountName, containers[0], volumes]).toEqual([
      'app-sa',
      {
        name: 'web',
        image: 'ghcr.io/example/app:1.0',
        volumeMounts: [{ name: 'vault-secrets', mountPath: '/mnt/secrets', readOnly: true }],
        envFrom: [{ secretRef: { name: 'db-creds' } }],
      },
      [
        {
          name: 'vault-secrets',
          csi: {
            driver: 'secrets-store.csi.k8s.io',
            readOnly: true,
            volumeAttributes: { secretProviderClass: metadata.name },
          },
        },
      ],
    ]);
    expect(printed(app, 'ServiceAccount').map(a => a.metadata)).toEqual([{ name: 'app-sa', namespace: 'app' }]);
    expect(app.judge().chain.model.roles.map(r => [r.name, r.serviceAccounts, r.namespaces])).toEqual([
      ['app-readonly', ['app-sa'], ['app']],
    ]);
    expect(web.policyDocument.rules.map(r => [r.path, r.capabilities])).toEqual([
      ['auth/token/renew-self', ['update']],
      ['database/creds/readonly', ['read']],
      ['sys/leases/renew', ['update']],
    ]);
    expect(app.judge().findings.filter(f => f.severity === 'error')).toEqual([]);
    expect(code(() => minimal(new CsiDelivery()))).toBe('csi/plaintext-in-etcd');
    expect(providerClass(minimal(PLAIN.delivery, 'platform/app').app).parameters).toMatchObject({
      vaultNamespace: 'platform/app',
      vaultAuthMountPath: 'kubernetes',
    });
  });

  test('a file that also goes into a variable is watched once', () => {
    const [, helper] = podSpec(minimal(PLAIN.delivery).app, 'Pod').containers;
    expect(helper?.['args']).toEqual(['app', '10', '30', '/mnt/secrets/db-username', '/mnt/secrets/db-password']);
  });
});

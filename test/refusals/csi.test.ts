import { Chart } from 'cdk8s';
import {
  Ca,
  CsiDelivery,
  KubernetesAuth,
  KubernetesCluster,
  KvEngine,
  SecretField,
  State,
  toEnv,
  toFile,
  toKubernetesSecret,
  VaultApp,
  VaultServer,
  Workload,
} from 'vault-cdk';
import { refusal } from '../support/said';
import { PLAINTEXT_IN_ETCD, deployment, VAULT_FOR_PODS, world, worldWithApi } from '../support/world';

describe('the CSI delivery', () => {
  test('mounts its one volume whole in each folder, so no two files have one name in it', () => {
    const { api, kv } = worldWithApi();
    const { password } = kv.secret('shop/queue', { keys: ['password'] }).fields;

    expect(refusal(() => api.consume(password, toFile('/mnt/queue/password')))).toEqual([
      'the file /mnt/secrets/password and the file /mnt/queue/password would be one file of the CSI volume, "password", since the volume is mounted whole in each folder [csi/several-folders]',
      '  at:      vault/kubernetes/shop:api (test/support/world.ts)',
      '  given:   ["/mnt/secrets","/mnt/queue"]',
      '  allowed: files of different names, or below one folder',
      '  live:    each `objectName` within a SecretProviderClass must be unique',
      '  fix:     move both below one folder, e.g. "/mnt/secrets", each in a folder of its own',
    ]);
  });

  test('makes no file a folder of another folder', () => {
    const { api, kv } = worldWithApi();
    const { username } = kv.secret('shop/db', { keys: ['username'] }).fields;
    const { key } = kv.secret('shop/session', { keys: ['key'] }).fields;
    api.consume(username, toFile('/mnt/other/db'));
    api.consume(key, toFile('/mnt/other/key'));

    expect(refusal(() => api.consume(key, toFile('/mnt/secrets/db/key')))[0]).toBe(
      'the file /mnt/other/db and the file /mnt/secrets/db/key would be one file of the CSI volume, "db", since the volume is mounted whole in each folder [csi/several-folders]',
    );
  });

  test('takes files in folders below the folder, whichever comes first', () => {
    const { auth, kv } = world();
    const { username, password } = kv.secret('shop/db', { keys: ['username', 'password'] }).fields;
    const api = new Workload(auth, 'api', { namespace: 'shop' });
    api.consume(username, toFile('/mnt/secrets/db/username'));
    api.consume(password, toFile('/mnt/secrets/password'));

    expect(api.consumptions).toHaveLength(2);
  });

  test('is given the CA of Vault as a file, not as text', () => {
    expect(
      refusal(() => worldWithApi({ vault: { address: 'https://vault.vault.svc:8200', ca: Ca.pem('PEM') } })),
    ).toEqual([
      'the CSI provider reads the CA from a file in its own pods, so it cannot be given as text [csi/ca-as-text]',
      '  at:      vault/kubernetes/shop:api (test/support/world.ts)',
      '  allowed: Ca.configMap(name), Ca.secret(name) or Ca.system()',
      '  live:    silently ignored: the parameter vaultCAPem has had no effect since provider 0.1.0',
      '  fix:     put the certificate into a ConfigMap that the provider mounts, and name it with Ca.configMap()',
    ]);
  });

  test('names its objects after the service account and the stack, which Kubernetes has to take', () => {
    const { auth } = world();
    const serviceAccount = 'x'.repeat(250);

    expect(refusal(() => new Workload(auth, 'api', { namespace: 'shop', serviceAccount, name: 'api' }))).toEqual([
      'the name of the SecretProviderClass is too long: 256 bytes [kubernetes/name]',
      '  at:      vault/kubernetes/api (test/refusals/csi.test.ts)',
      `  given:   "${serviceAccount}-vault"`,
      '  allowed: at most 253',
      '  live:    must be no more than 253 characters',
      '  fix:     give the name of the SecretProviderClass a shorter name',
    ]);
  });

  test('names its volume after the stack, which Kubernetes has to take', () => {
    const app = new VaultApp();
    const stack = 'v'.repeat(60);
    const vault = new VaultServer(app, stack, { address: 'https://vault.example.com:8200', state: State.local() });
    const cluster = new KubernetesCluster(app, 'stage');
    const auth = new KubernetesAuth(vault, 'stage', { cluster, vault: VAULT_FOR_PODS, delivery: new CsiDelivery() });
    const chart = new Chart(cluster, 'shop', { namespace: 'shop' });
    const { password } = KvEngine.fromPath(vault, 'secret').secret('shop/db', { keys: ['password'] }).fields;
    Workload.of(deployment(chart, 'api'), { auth }).consume(password, toFile('/mnt/secrets/password'));

    expect(refusal(() => app.judge())).toEqual([
      'the name of the volume is too long: 68 bytes [kubernetes/name]',
      `  at:      ${stack}/stage/shop:api (test/refusals/csi.test.ts)`,
      `  given:   "${stack}-secrets"`,
      '  allowed: at most 63',
      '  live:    must be no more than 63 characters',
      '  fix:     give the name of the volume a shorter name',
    ]);
  });

  test.each([
    ['the environment variable DB_PASSWORD', toEnv('DB_PASSWORD')],
    ['the key "password" of the Secret shop-db', toKubernetesSecret('shop-db', { key: 'password' })],
  ])('does not fill %s, unless someone answers for it [CSI-11]', (what, target) => {
    const { api, password } = worldWithApi();

    expect(refusal(() => api.consume(password, target))).toEqual([
      `the CSI driver delivers files; ${what} would be filled from a Kubernetes Secret, which lies in etcd as text [csi/plaintext-in-etcd]`,
      '  at:      vault/kubernetes/shop:api (test/support/world.ts)',
      '  allowed: toFile(path), or a delivery that says it: new CsiDelivery({ plaintextInEtcd: { ...acknowledge(...), encryptedAtRest, readers } })',
      '  live:    silently ignored: whoever reads Secrets of the namespace reads the value, and so does a backup of etcd',
      '  fix:     read the file in the application, or acknowledge it with a reason, an owner and a day',
    ]);
  });

  const ACKNOWLEDGED = { plaintextInEtcd: PLAINTEXT_IN_ETCD };

  test('asks those who accept it who reads Secrets there, and whether etcd is encrypted [CSI-11]', () => {
    const given = (part: object) =>
      refusal(() => new CsiDelivery({ plaintextInEtcd: { ...PLAINTEXT_IN_ETCD, ...part } }));

    expect(given({ readers: ['everyone'] })).toEqual([
      'an acknowledgement of values in etcd says who may read Secrets there [csi/readers]',
      '  given:   ["everyone"]',
      '  allowed: at least one of "User <name>", "Group <name>", "ServiceAccount <namespace>/<name>"',
      '  fix:     name them; kubectl auth can-i get secrets --namespace <namespace> --as <user> tells of each',
    ]);
    expect(given({ readers: [] })[1]).toBe('  given:   []');
    expect(given({ readers: undefined })[0]).toContain('[csi/readers]');
    expect(given({ encryptedAtRest: undefined })).toEqual([
      'an acknowledgement of values in etcd says whether Secrets are encrypted there [csi/encrypted-at-rest]',
      '  allowed: true or false',
      '  fix:     ask who runs the API server for its --encryption-provider-config',
    ]);
    expect(given({ until: '1999-12-31' })[0]).toContain('[acknowledge/expired]');
  });

  test('gives a Kubernetes Secret one type', () => {
    const { api, kv } = worldWithApi({ delivery: new CsiDelivery(ACKNOWLEDGED) });
    const { crt, key } = kv.secret('shop/tls', { keys: ['crt', 'key'] }).fields;
    api.consume(crt, toKubernetesSecret('shop-tls', { key: 'tls.crt', type: 'kubernetes.io/tls' }));

    expect(refusal(() => api.consume(key, toKubernetesSecret('shop-tls', { key: 'key.pem' })))).toEqual([
      'the Secret "shop-tls" is asked for with two types [csi/secret-type]',
      '  at:      vault/kubernetes/shop:api (test/support/world.ts)',
      '  given:   ["kubernetes.io/tls","Opaque"]',
      '  allowed: one type for each Secret',
      '  live:    type: Invalid value: field is immutable',
      '  fix:     state the same type everywhere, or use two names',
    ]);
  });

  test.each([
    ['the environment variable DB_PASSWORD', toEnv('DB_PASSWORD')],
    ['the key "password" of the Secret shop-db', toKubernetesSecret('shop-db', { key: 'password' })],
  ])('does not fill %s twice', (what, target) => {
    const { api, kv, password } = worldWithApi({ delivery: new CsiDelivery(ACKNOWLEDGED) });
    const { key } = kv.secret('shop/session', { keys: ['key'] }).fields;
    api.consume(password, target);

    expect(refusal(() => api.consume(key, target))).toEqual([
      `two secrets go to ${what}: "password" of shop/db and "key" of shop/session [workload/target-taken]`,
      '  at:      vault/kubernetes/shop:api (test/support/world.ts)',
      '  live:    each `objectName` within a SecretProviderClass must be unique',
      '  fix:     give one of them another target',
    ]);
  });

  test('makes no two requests that differ only in their arguments', () => {
    const { api, vault } = worldWithApi();
    const certificate = (name: string): SecretField =>
      new SecretField(
        {
          server: vault,
          mount: 'pki',
          path: 'issue/shop',
          request: { operation: 'update', path: 'pki/issue/shop', body: { common_name: name } },
          rule: { path: 'pki/issue/shop', capabilities: ['update'] },
          nesting: 'data',
          keys: ['certificate'],
        },
        'certificate',
      );
    api.consume(certificate('api.shop'), toFile('/mnt/secrets/api.pem'));

    expect(refusal(() => api.consume(certificate('web.shop'), toFile('/mnt/secrets/web.pem')))).toEqual([
      'two requests to "pki/issue/shop" differ only in their arguments, and the CSI provider would make one of them for both [csi/shared-response]',
      '  at:      vault/kubernetes/shop:api (test/support/world.ts)',
      '  given:   [{"common_name":"api.shop"},{"common_name":"web.shop"}]',
      '  allowed: one set of arguments for each path in one workload',
      '  live:    silently ignored: both files hold the answer to the first request',
      '  fix:     use one workload for each, or another delivery',
    ]);
  });

  test.each(['v1.7.4', '1.7', 'latest', ''])('does not know the provider version %j', version => {
    const { auth } = world({}, { secretsStoreCsi: {}, vaultCsiProvider: { version } });

    expect(refusal(() => new Workload(auth, 'api', { namespace: 'shop' }))).toEqual([
      'this is no version of the Vault CSI provider [csi/provider-version]',
      '  at:      vault/kubernetes/api (test/refusals/csi.test.ts)',
      `  given:   "${version}"`,
      '  allowed: three numbers, e.g. "1.7.4"',
      '  fix:     state the version that runs in the cluster, without a "v"',
    ]);
  });

  test('does not print what an old provider would ignore', () => {
    const { auth } = world({}, { secretsStoreCsi: {}, vaultCsiProvider: { version: '1.0.0' } });

    expect(refusal(() => new Workload(auth, 'api', { namespace: 'shop' }))).toEqual([
      'the Vault CSI provider 1.0.0 does not read "audience" [csi/provider-too-old]',
      '  at:      vault/kubernetes/api (test/refusals/csi.test.ts)',
      '  given:   "1.0.0"',
      '  allowed: version 1.1.0 or later',
      '  live:    silently ignored: unknown keys of a SecretProviderClass have no effect',
      '  fix:     update the provider, or do without what needs this key',
    ]);
  });

  test('does not print an encoding that an old provider would ignore', () => {
    const { api, kv } = worldWithApi({}, { secretsStoreCsi: {}, vaultCsiProvider: { version: '1.2.0' } });
    const { store } = kv.secret('shop/keystore', { keys: ['store'] }).fields;

    expect(refusal(() => api.consume(store, toFile('/mnt/secrets/store', { encoding: 'base64' })))).toEqual([
      'the Vault CSI provider 1.2.0 does not read "encoding" [csi/provider-too-old]',
      '  at:      vault/kubernetes/shop:api (test/support/world.ts)',
      '  given:   "1.2.0"',
      '  allowed: version 1.3.0 or later',
      '  live:    silently ignored: unknown keys of a SecretProviderClass have no effect',
      '  fix:     update the provider, or do without what needs this key',
    ]);
  });
});

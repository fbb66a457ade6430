import {
  type ClusterFeatures,
  CsiDelivery,
  KubernetesAuth,
  KvEngine,
  State,
  toEnv,
  toFile,
  toKubernetesSecret,
  VaultServer,
  Workload,
} from 'vault-cdk';
import { refusal } from '../support/said';
import { PLAINTEXT_IN_ETCD, VAULT_FOR_PODS, world, worldWithApi } from '../support/world';

const ACKNOWLEDGED = new CsiDelivery({
  plaintextInEtcd: PLAINTEXT_IN_ETCD,
});

function refusedIn(features: ClusterFeatures): readonly string[] {
  const { auth } = world({}, features);
  return refusal(() => new Workload(auth, 'api', { namespace: 'shop' }));
}

describe('CSI does not deliver to a cluster', () => {
  test('that states what runs there, and has no driver', () => {
    expect(refusedIn({ vaultCsiProvider: {} })).toEqual([
      'the Secrets Store CSI driver does not run in the cluster "prod", by what is stated of it [csi/not-installed]',
      '  at:      vault/kubernetes/api (test/refusals/csi-cluster.test.ts)',
      '  given:   ["vaultCsiProvider"]',
      '  allowed: a cluster whose `features` have `secretsStoreCsi`, or which states none',
      '  live:    MountVolume.SetUp failed: driver name secrets-store.csi.k8s.io not found in the list of registered CSI drivers',
      '  fix:     install the driver and state it, or use another delivery',
    ]);
  });

  test.each(['v1.6.0', '1.6', ''])('whose driver has the version %j', version => {
    expect(refusedIn({ secretsStoreCsi: { version } })).toEqual([
      'this is no version of the Secrets Store CSI driver [csi/driver-version]',
      '  at:      vault/kubernetes/api (test/refusals/csi-cluster.test.ts)',
      `  given:   "${version}"`,
      '  allowed: three numbers, e.g. "1.6.0"',
      '  fix:     state the version that runs in the cluster, without a "v"',
    ]);
  });

  test('whose driver knows only v1alpha1', () => {
    expect(refusedIn({ secretsStoreCsi: { version: '0.3.0' } })).toEqual([
      'the Secrets Store CSI driver 0.3.0 does not know secrets-store.csi.x-k8s.io/v1 [csi/driver-too-old]',
      '  at:      vault/kubernetes/api (test/refusals/csi-cluster.test.ts)',
      '  given:   "0.3.0"',
      '  allowed: version 1.0.0 or later',
      '  live:    no matches for kind "SecretProviderClass" in version "secrets-store.csi.x-k8s.io/v1"',
      '  fix:     update the driver',
    ]);
  });

  test.each([
    ['is handed tokens for another audience', ['istio-ca'], undefined, '["istio-ca"]'],
    ['does not look at the tokens that it is handed', ['vault'], '1.2.0', '[]'],
  ])('whose provider may create no tokens, and %s', (_, audiences, version, handed) => {
    const provider = { createsTokens: false, ...(version === undefined ? {} : { version }) };

    expect(refusedIn({ secretsStoreCsi: { audiences }, vaultCsiProvider: provider })).toEqual([
      'the provider is handed no token for the audience "vault", and may create none [csi/no-token]',
      '  at:      vault/kubernetes/api (test/refusals/csi-cluster.test.ts)',
      `  given:   {"audiences":${handed},"createsTokens":false}`,
      '  allowed: `audiences` with "vault", or a provider that creates tokens',
      '  live:    serviceaccounts "api" is forbidden: cannot create resource "serviceaccounts/token" in API group "" in the namespace "shop"',
      '  fix:     set `tokenRequests` in the chart of the driver and state `audiences`',
    ]);
  });

  test('but does where the token is handed, or nothing says otherwise', () => {
    for (const features of [
      undefined,
      { secretsStoreCsi: { audiences: ['vault'] }, vaultCsiProvider: { createsTokens: false } },
      { secretsStoreCsi: {}, vaultCsiProvider: { createsTokens: false } },
      { secretsStoreCsi: { audiences: [] } },
    ])
      expect(() => worldWithApi({}, features)).not.toThrow();
  });

  test('for two Vaults, where nothing says to which of them the Agent talks', () => {
    const { app, prod, auth } = world({}, { secretsStoreCsi: {}, vaultCsiProvider: { agent: true } });
    const other = new VaultServer(app, 'other', { address: 'https://other.example.com:8200', state: State.local() });
    const second = new KubernetesAuth(other, 'prod', { cluster: prod, vault: VAULT_FOR_PODS, delivery: ACKNOWLEDGED });
    new Workload(auth, 'api', { namespace: 'shop' });

    expect(refusal(() => new Workload(second, 'web', { namespace: 'shop' }))).toEqual([
      'the Agent of the provider talks to one Vault, and workloads of the cluster log in to two [csi/agent-of-which-vault]',
      '  at:      other/prod/web (test/refusals/csi-cluster.test.ts)',
      '  given:   ["https://vault.vault.svc:8200","https://vault.example.com:8200"]',
      '  allowed: `agentAddress` in the features of the cluster "prod"; the other workload is vault/kubernetes/api (test/refusals/csi-cluster.test.ts)',
      '  live:    silently ignored: without an address the login goes to the Vault of the Agent: 403 permission denied',
      '  fix:     state the address of the Vault that the Agent talks to',
    ]);
  });

  test.each([
    ['the environment variable DB_PASSWORD', toEnv('DB_PASSWORD')],
    ['the key "password" of the Secret shop-db', toKubernetesSecret('shop-db', { key: 'password' })],
  ])('where the driver writes no Secrets: not into %s', (what, target) => {
    const { api, password } = worldWithApi({ delivery: ACKNOWLEDGED }, { secretsStoreCsi: { syncSecret: false } });

    expect(refusal(() => api.consume(password, target))).toEqual([
      `${what} would be filled from a Kubernetes Secret, and in the cluster "prod" the driver may not write one [csi/sync-off]`,
      '  at:      vault/kubernetes/shop:api (test/support/world.ts)',
      '  given:   {"syncSecret":false}',
      '  allowed: toFile(path), or a cluster whose driver syncs',
      '  live:    The secret operation failed with forbidden error. If you installed the CSI driver using helm, ensure syncSecret.enabled=true is set.',
      '  fix:     read the file in the application; or set `syncSecret.enabled` in the chart of the driver and state `syncSecret`',
    ]);
  });
});

test('what is not stated of a cluster is not checked, and said', () => {
  const { app, api, password } = worldWithApi({ delivery: ACKNOWLEDGED });
  api.consume(password, toEnv('DB_PASSWORD'));

  expect(app.judge().assumptions).toEqual([
    '1 of 2 values of shop/api lie in etcd as text, in the Secret api-vault-env: etcd is encrypted (platform, until 2099-12-31; encrypted at rest; read by Group platform)',
    'the Secrets Store CSI driver and the Vault CSI provider 1.7.4 run in the cluster "prod", whose features are not stated',
    'the driver in the cluster "prod" may write Kubernetes Secrets (syncSecret.enabled)',
    'whoever runs in the containers of shop/api may read the file /mnt/secrets/password: files of the CSI driver belong to root, and it ignores fsGroup',
  ]);
});

test('where everything is stated, nothing is assumed of the cluster', () => {
  const features = { secretsStoreCsi: { syncSecret: true, rotation: false }, vaultCsiProvider: {} } as const;
  const { app, auth, vault } = world({}, features);
  const { key } = KvEngine.fromPath(vault, 'kv').secret('shop/session', { keys: ['key'] }).fields;
  new Workload(auth, 'api', { namespace: 'shop' }).consume(key, toFile('/mnt/secrets/key', { mode: 0o400 }));

  expect(app.judge().assumptions).toEqual([]);
});

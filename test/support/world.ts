import { ApiObject, Chart } from 'cdk8s';
import {
  acknowledge,
  Ca,
  type ClusterFeatures,
  CsiDelivery,
  KubernetesAuth,
  type KubernetesAuthProps,
  KubernetesCluster,
  KvEngine,
  type PlaintextInEtcd,
  State,
  toFile,
  VaultApp,
  VaultServer,
  Workload,
} from 'vault-cdk';

/** That values may lie in Kubernetes Secrets. */
export const PLAINTEXT_IN_ETCD: PlaintextInEtcd = {
  ...acknowledge('etcd is encrypted', { owner: 'platform', until: '2099-12-31' }),
  encryptedAtRest: true,
  readers: ['Group platform'],
};

/** One Vault in the one cluster that it trusts, a KV engine and an empty chart. Nothing is written. */
export function world(auth: Partial<KubernetesAuthProps> = {}, features?: ClusterFeatures) {
  const app = new VaultApp();
  const vault = new VaultServer(app, 'vault', { address: 'https://vault.example.com:8200', state: State.local() });
  const prod = new KubernetesCluster(app, 'prod', features === undefined ? {} : { features });
  const kubernetes = new KubernetesAuth(vault, 'kubernetes', {
    cluster: prod,
    delivery: new CsiDelivery(),
    vault: { address: 'https://vault.vault.svc:8200', ca: Ca.configMap('vault-ca') },
    ...auth,
  });
  const kv = new KvEngine(vault, 'secret');
  const shop = new Chart(app, 'shop', { namespace: 'shop' });
  prod.includes(shop);
  return { app, vault, prod, auth: kubernetes, kv, shop };
}

/** The world with an API in it: a Deployment that reads a password from a file. */
export function worldWithApi(auth: Partial<KubernetesAuthProps> = {}, features?: ClusterFeatures) {
  const made = world(auth, features);
  const pods = deployment(made.shop, 'api');
  const api = Workload.of(pods, { auth: made.auth });
  const { password } = made.kv.secret('shop/db', { keys: ['username', 'password'] }).fields;
  api.consume(password, toFile('/mnt/secrets/password'));
  return { ...made, pods, api, password };
}

/** A Vault and nothing else. */
export function vaultAt(address: string): VaultServer {
  return new VaultServer(new VaultApp(), 'vault', { address, state: State.local() });
}

/** A CA as PEM text, as far as anyone reads it here. */
export const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

/** A cluster that Vault reaches from outside. */
export const OUTSIDE = { apiServer: { url: 'https://stage.example.com:6443', ca: CERTIFICATE } };

/** How pods reach Vault, where a test is about something else. */
export const VAULT_FOR_PODS = { address: 'https://vault.example.com:8200', ca: Ca.system() };

/** A Deployment as plain data; `pod` goes over the spec of its pods. */
export function deployment(chart: Chart, name: string, pod: Readonly<Record<string, unknown>> = {}): ApiObject {
  const spec = { containers: [{ name: 'main', image: 'ghcr.io/example/api:1.0' }], ...pod };
  return new ApiObject(chart, name, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec } },
  });
}

/** A ConfigMap as plain data. */
export function configMap(chart: Chart, name: string, data: Readonly<Record<string, unknown>>): ApiObject {
  return new ApiObject(chart, name, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
}

/** A SecretProviderClass as a team writes it by hand; `parameters` goes over those of a good one. */
export function secretProviderClass(
  chart: Chart,
  name: string,
  parameters: Readonly<Record<string, string>> = {},
): ApiObject {
  return new ApiObject(chart, name, {
    apiVersion: 'secrets-store.csi.x-k8s.io/v1',
    kind: 'SecretProviderClass',
    metadata: { name },
    spec: {
      provider: 'vault',
      parameters: {
        vaultAddress: 'https://vault.vault.svc:8200',
        vaultAuthMountPath: 'kubernetes',
        roleName: 'shop-api',
        audience: 'vault',
        objects: '- objectName: password\n  secretPath: secret/data/shop/db\n  secretKey: password\n',
        ...parameters,
      },
    },
  });
}

/** The volume by which pods mount a SecretProviderClass. */
export function csiVolume(secretProviderClass: string) {
  const csi = { driver: 'secrets-store.csi.k8s.io', readOnly: true, volumeAttributes: { secretProviderClass } };
  return { name: secretProviderClass, csi };
}

/** A Job as plain data. */
export function job(chart: Chart, name: string): ApiObject {
  const spec = { restartPolicy: 'Never', containers: [{ name: 'main', image: 'ghcr.io/example/migrate:1.0' }] };
  return new ApiObject(chart, name, {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: { template: { spec } },
  });
}

import { Chart } from 'cdk8s';
import {
  CsiDelivery,
  KubernetesAuth,
  KubernetesCluster,
  KvEngine,
  State,
  toFile,
  VaultApp,
  VaultServer,
  Workload,
} from 'vault-cdk';
import { ownership, ownershipMarkdown } from '../src/operate/ownership';
import { configMap, deployment } from './support/world';

/** A platform team's cluster with an application team's namespace. */
function owned(
  owners: { readonly platform?: string; readonly shop?: string } = { platform: 'platform', shop: 'shop' },
) {
  const app = new VaultApp();
  const vault = new VaultServer(app, 'vault', { address: 'https://vault.example.com:8200', state: State.local() });
  const cluster = new KubernetesCluster(app, 'prod', owners.platform === undefined ? {} : { owner: owners.platform });
  const delivery = new CsiDelivery();
  const auth = new KubernetesAuth(vault, 'kubernetes', { cluster, delivery, vault: { address: 'http://vault:8200' } });
  const { password } = new KvEngine(vault, 'secret').secret('shop/db', { keys: ['password'] }).fields;
  const chart = new Chart(app, 'shop', { namespace: 'shop' });
  cluster.includes(chart);
  Workload.of(deployment(chart, 'api'), { auth }).consume(password, toFile('/mnt/secrets/password'));
  configMap(chart, 'settings', {});
  new Workload(auth, 'helm', { namespace: 'shop' }).consume(password, toFile('/mnt/secrets/password'));
  // Later than the workloads, which makes no difference.
  cluster.namespace('shop', owners.shop === undefined ? {} : { owner: owners.shop });
  return app;
}

const labels = (app: VaultApp) =>
  app
    .judge()
    .printOut.documents.filter(d => d.format === 'kubernetes')
    .map(({ value, group }) => {
      const { name, labels: all } = value['metadata'] as { name: string; labels?: Readonly<Record<string, string>> };
      return [`${group} ${String(value['kind'])} ${name}`, all?.['owner']];
    });

test('every object of ours says who answers for it: the platform for the cluster, the team for what is in its namespace', () => {
  expect(labels(owned())).toEqual([
    ['prod ClusterRoleBinding vault:kubernetes:reviewer:vault:vault', 'platform'],
    ['prod Namespace shop', 'shop'],
    ['prod ServiceAccount helm', 'shop'],
    ['prod SecretProviderClass helm-vault', 'shop'],
    ['prod ServiceAccount api', 'shop'],
    ['prod SecretProviderClass api-vault', 'shop'],
    // Those of the team are as the team wrote them.
    ['prod Deployment api', undefined],
    ['prod ConfigMap settings', undefined],
  ]);
});

test('where no owner is stated, nothing is labelled', () => {
  expect(labels(owned({})).map(([, owner]) => owner)).toEqual(Array(8).fill(undefined));
});

test('a table says who answers for what', () => {
  expect(ownershipMarkdown(ownership(owned().judge().printOut.documents)).split('\n')).toEqual([
    '| file | owner | what |',
    '| --- | --- | --- |',
    '| prod/platform.k8s.yaml | platform | 1 ClusterRoleBinding |',
    '| prod/platform.k8s.yaml | shop | 1 Namespace |',
    '| prod/shop-vault.k8s.yaml | shop | 1 SecretProviderClass, 1 ServiceAccount |',
    '| prod/shop.k8s.yaml | not stated | 1 ConfigMap, 1 Deployment |',
    '| prod/shop.k8s.yaml | shop | 1 SecretProviderClass, 1 ServiceAccount |',
    '| stacks/vault/cdk.tf.json | not stated | 1 vault_auth_backend, 1 vault_kubernetes_auth_backend_config, 2 vault_kubernetes_auth_backend_role, 1 vault_kv_secret_backend_v2, 1 vault_mount, 2 vault_policy |',
  ]);
});

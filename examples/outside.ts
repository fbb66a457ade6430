// One Vault outside of two clusters. In one, an account reviews tokens, and its own token is stored in Vault; in the other
// each workload's token reviews itself. `vault-cdk bootstrap` prints the script that gives Terraform what it asks for.
import { Chart } from 'cdk8s';
import { Deployment } from 'cdk8s-plus-28';
import {
  ApiServer,
  Ca,
  CsiDelivery,
  KubernetesAuth,
  KubernetesCluster,
  KvEngine,
  Reviewer,
  State,
  toFile,
  VaultApp,
  VaultServer,
  Workload,
} from 'vault-cdk';

const app = new VaultApp();

// From this version of the provider on, the token of the reviewer stands in neither state nor plan.
const vault = new VaultServer(app, 'vault', {
  address: 'https://vault.example.com:8200',
  state: State.local(),
  providerVersion: '5.7.0',
});
const database = new KvEngine(vault, 'secret').secret('shop/db', { keys: ['username', 'password'] }).fields;

// The same shop in each cluster, behind an auth mount of its own.
function shop(cluster: KubernetesCluster, reviewer: Reviewer): void {
  const auth = new KubernetesAuth(vault, `kubernetes-${cluster.name}`, {
    cluster,
    reviewer,
    delivery: new CsiDelivery(),
    vault: { address: vault.address, ca: Ca.configMap('vault-ca') },
  });
  const chart = new Chart(cluster, 'shop', { namespace: cluster.namespace('shop') });
  const api = new Deployment(chart, 'api', { containers: [{ image: 'ghcr.io/example/shop-api:1.0' }] });
  const workload = Workload.of(api, { auth });
  workload.consume(database.username, toFile('/mnt/secrets/db/username'));
  workload.consume(database.password, toFile('/mnt/secrets/db/password'));
}

shop(new KubernetesCluster(app, 'eu', { apiServer: ApiServer.fromVariables() }), Reviewer.stored());
shop(new KubernetesCluster(app, 'us', { apiServer: ApiServer.fromVariables() }), Reviewer.client());

app.synth();

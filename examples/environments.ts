// One shop in three environments, each with a Vault and a cluster of its own. What differs is data; no line asks which
// environment it is in.
import { Chart } from 'cdk8s';
import { Deployment } from 'cdk8s-plus-28';
import {
  Ca,
  CsiDelivery,
  Duration,
  KubernetesAuth,
  KubernetesCluster,
  KvEngine,
  State,
  toFile,
  VaultApp,
  VaultServer,
  Workload,
} from 'vault-cdk';

interface Environment {
  readonly vault: string;
  readonly replicas: number;
  readonly tokenMaxTtl: Duration;
}

const environments: Readonly<Record<string, Environment>> = {
  dev: { vault: 'https://vault.dev.example.com:8200', replicas: 1, tokenMaxTtl: Duration.hours(24) },
  staging: { vault: 'https://vault.staging.example.com:8200', replicas: 1, tokenMaxTtl: Duration.hours(8) },
  prod: { vault: 'https://vault.prod.example.com:8200', replicas: 3, tokenMaxTtl: Duration.hours(8) },
};

const app = new VaultApp({ environments: Object.keys(environments) });

for (const [name, { vault: address, replicas, tokenMaxTtl }] of Object.entries(environments)) {
  const vault = new VaultServer(app, `${name}-vault`, { address, state: State.local() });
  const cluster = new KubernetesCluster(app, name, { owner: 'platform' });
  const auth = new KubernetesAuth(vault, 'kubernetes', {
    cluster,
    delivery: new CsiDelivery(),
    vault: { address: 'https://vault.vault.svc:8200', ca: Ca.configMap('vault-ca') },
  });

  const chart = new Chart(cluster, 'shop', { namespace: cluster.namespace('shop', { owner: 'shop' }) });
  const api = new Deployment(chart, 'api', { replicas, containers: [{ image: 'ghcr.io/example/shop-api:1.0' }] });
  const { password } = new KvEngine(vault, 'secret').secret('shop/db', { keys: ['password'] }).fields;
  Workload.of(api, { auth, tokenMaxTtl }).consume(password, toFile('/mnt/secrets/db/password'));
}

app.synth();

// A shop on one cluster, with Vault in that cluster: a web front end, an API and a migration Job, each with its secrets.
//
//   npm run quickstart
import { Chart } from 'cdk8s';
import { Deployment, Job } from 'cdk8s-plus-28';
import {
  Ca,
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

const app = new VaultApp();

// Where Vault is, where its Terraform state lies, and which cluster it trusts.
const vault = new VaultServer(app, 'vault', { address: 'https://vault.example.com:8200', state: State.local() });
const prod = new KubernetesCluster(app, 'prod');
const auth = new KubernetesAuth(vault, 'kubernetes', {
  cluster: prod,
  delivery: new CsiDelivery(),
  vault: { address: 'https://vault.vault.svc:8200', ca: Ca.configMap('vault-ca') },
});

// Which secrets there are: names of fields, never values.
const kv = new KvEngine(vault, 'secret');
const session = kv.secret('shop/web/session', { keys: ['key'] }).fields;
const payments = kv.secret('shop/api/payments', { keys: ['token'] }).fields;
const database = kv.secret('shop/db', { keys: ['username', 'password'] }).fields;
const owner = kv.secret('shop/db-owner', { keys: ['username', 'password'] }).fields;

// The shop, in plain cdk8s.
const shop = new Chart(app, 'shop', { namespace: prod.namespace('shop') });
prod.includes(shop);
const web = new Deployment(shop, 'web', { containers: [{ image: 'ghcr.io/example/shop-web:1.0' }] });
const api = new Deployment(shop, 'api', { containers: [{ image: 'ghcr.io/example/shop-api:1.0' }] });
const migrate = new Job(shop, 'migrate', { containers: [{ image: 'ghcr.io/example/shop-migrate:1.0' }] });

// Who reads what. Service accounts, roles, policies and volumes follow from these lines.
Workload.of(web, { auth }).consume(session.key, toFile('/mnt/secrets/session-key'));

const shopApi = Workload.of(api, { auth });
shopApi.consume(database.username, toFile('/mnt/secrets/db/username'));
shopApi.consume(database.password, toFile('/mnt/secrets/db/password'));
shopApi.consume(payments.token, toFile('/mnt/secrets/payments-token'));

const migration = Workload.of(migrate, { auth });
migration.consume(owner.username, toFile('/mnt/secrets/username'));
migration.consume(owner.password, toFile('/mnt/secrets/password'));

app.synth();

// A shop that runs already, as its team wrote it, gains Vault with the lines at the end. Its names and selectors stay as they are.
//
//   npm run -s build && node bin/vault-cdk synth --app "node --import tsx examples/brownfield.ts"
import { Chart, Cron, Size } from 'cdk8s';
import { ConfigMap, CronJob, Deployment, EnvValue, type IConfigMap, Service } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
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

/** The shop, as it was before Vault: not one line in this class is new. */
class Shop extends Chart {
  readonly web: Deployment;
  readonly api: Deployment;
  readonly report: CronJob;

  constructor(scope: Construct, id: string) {
    super(scope, id, { namespace: 'shop', labels: { 'app.kubernetes.io/part-of': 'shop' } });
    const settings = new ConfigMap(this, 'settings', { data: { CURRENCY: 'EUR', PAGE_SIZE: '50' } });
    const resources = { memory: { request: Size.mebibytes(64), limit: Size.mebibytes(128) } };

    this.api = new Deployment(this, 'api', {
      replicas: 3,
      containers: [
        {
          image: 'ghcr.io/example/shop-api:2.4.1',
          args: ['serve', '--database-password-file', '/etc/shop/database/password'],
          portNumber: 8080,
          envVariables: { CURRENCY: EnvValue.fromConfigMap(settings as IConfigMap, 'CURRENCY') },
          resources,
        },
      ],
    });
    new Service(this, 'api-service', { selector: this.api, ports: [{ port: 80, targetPort: 8080 }] });

    this.web = new Deployment(this, 'web', {
      replicas: 2,
      containers: [{ image: 'ghcr.io/example/shop-web:2.4.1', portNumber: 3000, resources }],
    });

    this.report = new CronJob(this, 'report', {
      schedule: Cron.schedule({ minute: '15', hour: '4' }),
      containers: [{ image: 'ghcr.io/example/shop-report:1.9.0', args: ['--out', '/tmp/report.csv'] }],
    });
  }
}

const app = new VaultApp(); // it was: new App()
const shop = new Shop(app, 'shop');

// --- Vault: everything below is new. The engine, the auth mount and the namespace exist already, so none of them is printed. ---
const vault = new VaultServer(app, 'vault', { address: 'https://vault.example.com:8200', state: State.local() });
const prod = new KubernetesCluster(app, 'prod');
prod.includes(shop);
const auth = KubernetesAuth.fromPath(vault, 'kubernetes', {
  cluster: prod,
  delivery: new CsiDelivery(),
  vault: { address: 'https://vault.vault.svc:8200', ca: Ca.configMap('vault-ca') },
});
const { password } = KvEngine.fromPath(vault, 'secret').secret('shop/db', { keys: ['password'] }).fields;

Workload.of(shop.api, { auth }).consume(password, toFile('/etc/shop/database/password'));
Workload.of(shop.report, { auth }).consume(password, toFile('/etc/shop/database/password'));

app.synth();

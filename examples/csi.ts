// A pod that reads its database credentials from files, and as environment variables: the smallest use of the CSI driver with
// a Kubernetes Secret beside it. Another team runs Vault, its KV engine and the cluster.
import { ApiObject, Chart } from 'cdk8s';
import {
  acknowledge,
  Ca,
  CsiDelivery,
  Duration,
  KubernetesAuth,
  KubernetesCluster,
  KvEngine,
  State,
  toEnv,
  toFile,
  VaultApp,
  VaultServer,
  Workload,
} from 'vault-cdk';

const app = new VaultApp();
const vault = new VaultServer(app, 'vault', { address: 'https://vault.example.com', state: State.local() });

// What runs in the cluster, stated once: the files of running pods are read anew every two minutes.
const prod = new KubernetesCluster(app, 'prod', {
  features: {
    secretsStoreCsi: { version: '1.6.0', rotation: { pollInterval: Duration.minutes(2) }, syncSecret: true },
    vaultCsiProvider: { version: '1.7.4' },
  },
});
const auth = new KubernetesAuth(vault, 'kubernetes', {
  cluster: prod,
  vault: { address: 'https://vault.example.com', ca: Ca.system() },
  // What lies in a Kubernetes Secret lies in etcd as text; someone answers for it, until someone looks again.
  delivery: new CsiDelivery({
    plaintextInEtcd: acknowledge('etcd is encrypted, and only app-sa reads Secrets of this namespace', {
      owner: 'platform',
      until: '2099-12-31',
    }),
  }),
});

// Written by hand today. A leased credential goes here instead: DatabaseEngine.fromPath(vault, 'database').role('readonly', ...),
// which then asks how the application learns of a new one (`onChange`).
const { username, password } = KvEngine.fromPath(vault, 'secret').secret('app/database', {
  keys: ['username', 'password'],
}).fields;

const chart = new Chart(app, 'app', { namespace: prod.namespace('app') });
prod.includes(chart);
const pod = new ApiObject(chart, 'pod', {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'app' },
  spec: { containers: [{ name: 'web', image: 'ghcr.io/example/app:1.0' }] },
});

const web = Workload.of(pod, { auth, serviceAccount: 'app-sa', name: 'app-readonly' });
web.consume(username, toFile('/mnt/secrets/db-username'));
web.consume(password, toFile('/mnt/secrets/db-password'));
web.consume(username, toEnv('username', { keyOf: 'db-creds', envFrom: true }));
web.consume(password, toEnv('password', { keyOf: 'db-creds', envFrom: true }));

app.synth();

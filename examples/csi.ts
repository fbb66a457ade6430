// A pod that reads database credentials from files, and as environment variables: the smallest use of the CSI driver with a
// Kubernetes Secret beside it. Vault makes a database user for each pod, who may read, and drops it when its lease ends.
// Another team runs the cluster.
import { ApiObject, Chart } from 'cdk8s';
import {
  acknowledge,
  Ca,
  CsiDelivery,
  DatabaseEngine,
  Duration,
  KubernetesAuth,
  KubernetesCluster,
  OnChange,
  PostgresConnection,
  State,
  toEnv,
  toFile,
  VaultApp,
  VaultServer,
  Workload,
} from 'vault-cdk';

const app = new VaultApp();
const vault = new VaultServer(app, 'vault', { address: 'https://vault.example.com', state: State.local() });

// What runs in the cluster, stated once: files of running pods are read anew every two minutes. The Agent beside the provider
// keeps a login and its leases alive; without it each of these reads would make another user, and restart the pod.
const prod = new KubernetesCluster(app, 'prod', {
  features: {
    secretsStoreCsi: { version: '1.6.0', rotation: { pollInterval: Duration.minutes(2) }, syncSecret: true },
    vaultCsiProvider: { version: '1.7.4', agent: true },
  },
});
const auth = new KubernetesAuth(vault, 'kubernetes', {
  cluster: prod,
  vault: { address: 'https://vault.example.com', ca: Ca.system() },
  // What lies in a Kubernetes Secret lies in etcd as text; someone answers for it, until someone looks again.
  delivery: new CsiDelivery({
    plaintextInEtcd: {
      ...acknowledge('the framework reads one variable only', { owner: 'platform', until: '2099-12-31' }),
      encryptedAtRest: true,
      readers: ['Group platform', 'ServiceAccount kube-system/secrets-store-csi-driver'],
    },
  }),
});

// The password of vault_admin is no prop: TF_VAR_database_app_password=... terraform apply, and neither file nor state holds it.
const database = new DatabaseEngine(vault, 'database');
const connection = new PostgresConnection(database, 'app', {
  url: 'postgresql://{{username}}:{{password}}@pg.example.com:5432/app?sslmode=verify-full',
  username: 'vault_admin',
  ca: `\
-----BEGIN CERTIFICATE-----
MIIBozCCAUmgAwIBAgIUWlhO6IN/T5R69PDibbtQcDTBLXUwCgYIKoZIzj0EAwIw
HjEcMBoGA1UEAwwTRXhhbXBsZSBEYXRhYmFzZSBDQTAgFw0yNjExMjUwMzAxMzRa
GA8yMDk4MDEzMTAzMDEzNFowHjEcMBoGA1UEAwwTRXhhbXBsZSBEYXRhYmFzZSBD
QTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABAIQcrBZmNnnINNfwmvNV4JjUGyZ
wdMD5uSnGmu3025zD2EZP0NwCMC7l77HgDZkbfiO8Hl0XOSC83eLnCfGHjSjYzBh
MB0GA1UdDgQWBBTCMerZpULhf/YBz7iejhvFfYE98DAfBgNVHSMEGDAWgBTCMerZ
pULhf/YBz7iejhvFfYE98DAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwIB
BjAKBggqhkjOPQQDAgNIADBFAiB7VYCWq9KBC5E+l8YfwitkdLTIE+q6NHJfKkA3
+ou8twIhAIdLfq0dKbLqnvFUHcnbPyjd9IWTFWO+UExtq7Ol+dTV
-----END CERTIFICATE-----
`,
});
const { username, password } = database.role('readonly', {
  connection,
  creationStatements: [
    `CREATE ROLE "{{name}}" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'`,
    'GRANT SELECT ON ALL TABLES IN SCHEMA public TO "{{name}}"',
  ],
  defaultTtl: Duration.hours(1),
  maxTtl: Duration.hours(8),
}).fields;

// The user of the image is stated, since a process may be told only by its own.
const chart = new Chart(app, 'app', { namespace: prod.namespace('app') });
prod.includes(chart);
const pod = new ApiObject(chart, 'pod', {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'app' },
  spec: {
    securityContext: { runAsUser: 1000 },
    containers: [{ name: 'web', image: 'ghcr.io/example/app:1.0' }],
  },
});

// Environment variables stay as they are while a process runs, so it is restarted when the user is a new one.
const web = Workload.of(pod, {
  auth,
  serviceAccount: 'app-sa',
  name: 'app-readonly',
  onChange: OnChange.restart({ process: 'app', image: 'docker.io/library/busybox:1.37' }),
});
web.consume(username, toFile('/mnt/secrets/db-username'));
web.consume(password, toFile('/mnt/secrets/db-password'));
web.consume(username, toEnv('username', { keyOf: 'db-creds', envFrom: true }));
web.consume(password, toEnv('password', { keyOf: 'db-creds', envFrom: true }));

app.synth();

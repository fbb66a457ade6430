import { Chart } from 'cdk8s';
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
import { refusal, said } from '../support/said';
import { deployment, secretProviderClass } from '../support/world';

interface Names {
  /** Name of the environment that is printed. */
  readonly name?: string;
  /** Path of the secret that it reads. */
  readonly secret?: string;
  /** Path of its auth mount. */
  readonly mount?: string;
  /** Address of its Vault, as pods see it. */
  readonly address?: string;
  /** All environments. */
  readonly environments?: readonly string[];
}

/** One environment of several, with a workload in it. */
function environment({
  name = 'dev',
  secret = 'shop/db',
  mount = 'kubernetes',
  address = 'https://vault.vault.svc:8200',
  environments = ['dev', 'prod', 'prod-eu'],
}: Names = {}) {
  const app = new VaultApp({ environments });
  const vault = new VaultServer(app, `${name}-vault`, { address: 'https://v.example.com', state: State.local() });
  const cluster = new KubernetesCluster(app, name);
  const delivery = new CsiDelivery();
  const auth = new KubernetesAuth(vault, mount, { cluster, delivery, vault: { address, ca: Ca.system() } });
  const chart = new Chart(cluster, 'shop', { namespace: cluster.namespace('shop') });
  const { password } = new KvEngine(vault, 'secret').secret(secret, { keys: ['password'] }).fields;
  Workload.of(deployment(chart, 'api'), { auth }).consume(password, toFile('/mnt/secrets/password'));
  return { app, chart };
}

const REST = [
  '  live:    silently ignored: it works where the other environment lets it, and is 403 permission denied where it does not',
  '  fix:     take mounts, paths and addresses from the data of the environment that is printed',
];
const CLASS = '  at:      dev/shop.k8s.yaml (dev/shop/dev-vault:kubernetes:api/SecretProviderClass)';

describe('VC701: what is printed for one environment names another', () => {
  test.each<[string, Names]>([
    ['no environment', {}],
    ['its own', { secret: 'shop/dev/db', mount: 'kubernetes-dev', address: 'https://vault.dev.svc:8200' }],
    ['a word that only starts like another', { secret: 'product/prodigy' }],
    ['its own, of which another is a part', { name: 'prod-eu', secret: 'shop/prod-eu/db' }],
    ['another, where no environments are stated', { environments: [], secret: 'shop/prod/db' }],
    ['another, where what is printed is of none', { name: 'shared', secret: 'shop/prod/db' }],
    ['another, where what is printed is of several', { name: 'dev-and-prod', secret: 'shop/prod/db' }],
  ])('is silent about %s', (_, names) => {
    expect(said('VC701', environment(names).app)).toEqual([]);
  });

  test('is said of a path, in the policy and where it is read [IDT-10]', () => {
    expect(said('VC701', environment({ secret: 'shop/prod/db' }).app)).toEqual([
      'warning VC701: a path in SecretProviderClass shop/api-dev-vault of dev is "secret/data/shop/prod/db", which names the environment "prod"',
      CLASS,
      ...REST,
      'warning VC701: a path in policy "kubernetes-shop-api" of dev is "secret/data/shop/prod/db", which names the environment "prod"',
      '  at:      stacks/dev-vault/cdk.tf.json (dev-vault/kubernetes/shop:api/Policy)',
      ...REST,
    ]);
    // A function over data has no such name to write: the same program is silent about every environment.
    for (const name of ['dev', 'prod', 'prod-eu']) expect(said('VC701', environment({ name }).app)).toEqual([]);
  });

  test('is said of an auth mount', () => {
    const lines = said('VC701', environment({ mount: 'kubernetes-prod' }).app);

    expect(lines.filter(l => l.startsWith('warning'))).toEqual([
      'warning VC701: the auth mount in SecretProviderClass shop/api-dev-vault of dev is "kubernetes-prod", which names the environment "prod"',
      'warning VC701: the auth mount of dev is "kubernetes-prod", which names the environment "prod"',
    ]);
  });

  test('is said of the address of Vault, and names the longer environment where one is a part of the other', () => {
    const { app } = environment({ address: 'https://vault.prod-eu.example.com:8200' });

    expect(said('VC701', app)).toEqual([
      'warning VC701: the address of Vault of dev is "https://vault.prod-eu.example.com:8200", which names the environment "prod-eu"',
      CLASS,
      ...REST,
    ]);
  });

  test('is said of what is written by hand', () => {
    const { app, chart } = environment();
    secretProviderClass(chart, 'by-hand', {
      objects: '- objectName: a\n  secretPath: secret/data/prod/a\n  secretKey: a\n',
    });

    expect(said('VC701', app)[0]).toBe(
      'warning VC701: a path in SecretProviderClass shop/by-hand of dev is "secret/data/prod/a", which names the environment "prod"',
    );
  });
});

test('the name of an environment is a part of other names', () => {
  expect(refusal(() => new VaultApp({ environments: ['dev', 'Prod'] }))).toEqual([
    'the name of the environment is not a valid name [kubernetes/name]',
    '  at:      new VaultApp',
    '  given:   "Prod"',
    '  allowed: lower-case letters, digits and "-", at most 63',
    "  live:    a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
    '  fix:     change the name of the environment',
  ]);
});

import { Mount } from '@cdktf/provider-vault/lib/mount';
import { Chart, Duration } from 'cdk8s';
import { Construct } from 'constructs';
import { CsiDelivery, KubernetesCluster, KvEngine, State, toFile, VaultApp, VaultServer, Workload } from 'vault-cdk';
import { refusal } from '../support/said';
import { world, worldWithApi } from '../support/world';

describe('two things of one kind are kept apart', () => {
  test('two clusters, wherever they lie', () => {
    const app = new VaultApp();
    for (const region of ['eu', 'us']) new KubernetesCluster(new Construct(app, region), 'prod');

    expect(refusal(() => app.judge())).toEqual([
      'two clusters have one name, and so one folder: "prod" [app/same-name]',
      '  at:      us/prod (test/refusals/apart.test.ts)',
      '  given:   ["eu/prod","us/prod"]',
      '  allowed: one id for each, wherever it lies; the first is eu/prod (test/refusals/apart.test.ts)',
      '  live:    silently ignored: the second would overwrite the first',
      '  fix:     give one of them another id',
    ]);
  });

  test('two Vaults, wherever they lie', () => {
    const app = new VaultApp();
    const props = { address: 'https://vault.example.com', state: State.local() };
    for (const region of ['eu', 'us']) new VaultServer(new Construct(app, region), 'vault', props);

    expect(refusal(() => app.judge())).toEqual([
      'two stacks have one name, and so one file stacks/<stack>/cdk.tf.json: "vault" [app/same-name]',
      '  at:      us/vault (test/refusals/apart.test.ts)',
      '  given:   ["eu/vault","us/vault"]',
      '  allowed: one id for each, wherever it lies; the first is eu/vault (test/refusals/apart.test.ts)',
      '  live:    silently ignored: the second would overwrite the first',
      '  fix:     give one of them another id',
    ]);
  });

  test('two workloads of one service account', () => {
    const { auth } = world();
    new Workload(auth, 'first', { namespace: 'shop', serviceAccount: 'api' });

    const again = () => new Workload(auth, 'second', { namespace: 'shop', serviceAccount: 'api', name: 'another' });
    expect(refusal(again)).toEqual([
      'the service account "shop/api" is two workloads on one auth mount [workload/identity-taken]',
      '  at:      vault/kubernetes/second (test/refusals/apart.test.ts)',
      '  allowed: one workload for each service account; this one is vault/kubernetes/first (test/refusals/apart.test.ts)',
      '  live:    silently ignored: pods log in with one of the roles, and the rights of the other are missing',
      '  fix:     use the first workload for both, or give the pods a service account of their own',
    ]);
  });

  test('a workload, and what is said of it later', () => {
    const { auth, pods } = worldWithApi();
    const [at, live] = ['vault/kubernetes/shop:api (test/support/world.ts)', 'what was said first would hold'];

    expect(refusal(() => Workload.of(pods, { auth, tokenTtl: Duration.minutes(5) }))).toEqual([
      'the pods are a workload already, and it was made with another `tokenTtl` [workload/said-twice]',
      `  at:      ${at}`,
      '  given:   300',
      '  allowed: 3600, or nothing',
      `  live:    silently ignored: ${live}`,
      '  fix:     say `tokenTtl` where the workload is made first',
    ]);
    expect(refusal(() => Workload.of(pods, { auth, delivery: new CsiDelivery() }))[0]).toBe(
      'the pods are a workload already, and it was made with another `delivery` [workload/said-twice]',
    );
    expect(Workload.of(pods, { auth, tokenTtl: Duration.hours(1), name: 'shop-api' })).toBe(
      Workload.of(pods, { auth }),
    );
  });

  test('a file and a folder of the same name', () => {
    const { api, kv } = worldWithApi();
    const { key } = kv.secret('shop/session', { keys: ['key'] }).fields;

    expect(refusal(() => api.consume(key, toFile('/mnt/secrets/password/key')))).toEqual([
      'a file would lie in another file: "password" of shop/db and "key" of shop/session [workload/file-is-a-folder]',
      '  at:      vault/kubernetes/shop:api (test/support/world.ts)',
      '  given:   ["/mnt/secrets/password","/mnt/secrets/password/key"]',
      '  live:    not a directory',
      '  fix:     give one of them another target',
    ]);
  });
});

describe('what would disappear is refused', () => {
  test('a folder of the image, under a volume', () => {
    const { auth, kv } = world();
    const api = new Workload(auth, 'api', { namespace: 'shop' });
    const { password } = kv.secret('shop/db', { keys: ['password'] }).fields;

    expect(refusal(() => api.consume(password, toFile('/etc/password')))).toEqual([
      'the CSI volume would be mounted over "/etc" and hide what lies there [csi/hides-a-folder]',
      '  at:      vault/kubernetes/api (test/refusals/apart.test.ts)',
      '  given:   ["/etc/password"]',
      '  allowed: a folder that holds nothing else, e.g. "/mnt/secrets"',
      '  live:    no such file or directory, for what the image has there',
      '  fix:     read the secret from a folder of its own',
    ]);
    expect(() => api.consume(password, toFile('/etc/shop/password'))).not.toThrow();
  });

  test('a Terraform resource under a chart, which nothing prints', () => {
    const { app, shop } = world();
    new Mount(new Chart(shop, 'part'), 'mount', { path: 'kv', type: 'kv' });

    expect(refusal(() => app.judge())).toEqual([
      'a Terraform resource lies under no stack [terraform/no-stack]',
      '  at:      shop/part/mount',
      '  allowed: a VaultServer, or another TerraformStack, above it',
      '  live:    silently ignored: it would be printed nowhere',
      '  fix:     pass a VaultServer, or a construct below one, as the scope',
    ]);
  });
});

describe('what Vault keeps for itself is refused', () => {
  test('the path of an engine', () => {
    const { vault } = world();

    expect(refusal(() => new KvEngine(vault, 'engine', { path: 'sys/kv' }))).toEqual([
      'Vault keeps the path "sys" for itself [vault/mount-reserved]',
      '  at:      vault/engine (test/refusals/apart.test.ts)',
      '  given:   "sys/kv"',
      '  allowed: a path that does not start with "audit", "auth", "cubbyhole", "identity", "sys"',
      '  live:    cannot mount "sys/kv/"',
      '  fix:     give the mount another path',
    ]);
  });
});

import { Chart } from 'cdk8s';
import { Deployment } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
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
} from '../src';

type Moved = 'server' | 'engine' | 'cluster' | 'auth';
const MOVES: readonly Moved[] = ['server', 'engine', 'cluster', 'auth'];

/** The same declaration, with some constructs a few levels further down. */
function build(moved: readonly Moved[]): VaultApp {
  const app = new VaultApp();
  const place = (scope: Construct, what: Moved): Construct =>
    moved.includes(what) ? new Construct(new Construct(scope, `${what}-team`), 'group') : scope;
  const vault = new VaultServer(place(app, 'server'), 'vault', {
    address: 'https://vault.example.com:8200',
    state: State.local(),
  });
  const cluster = new KubernetesCluster(place(app, 'cluster'), 'prod');
  const kv = new KvEngine(place(vault, 'engine'), 'team/kv');
  const auth = new KubernetesAuth(place(vault, 'auth'), 'kubernetes', {
    cluster,
    delivery: new CsiDelivery(),
    vault: { address: 'http://vault.vault.svc:8200' },
  });
  const secret = kv.secret('shop/db', { keys: ['password'] });

  const shop = new Chart(app, 'shop', { namespace: cluster.namespace('shop') });
  cluster.includes(shop);
  const api = Workload.of(new Deployment(shop, 'api', { containers: [{ image: 'ghcr.io/example/api:1.0' }] }), {
    auth,
  });
  api.consume(secret.fields.password, toFile('/mnt/secrets/password'));
  const elsewhere = new Workload(auth, 'batch', { namespace: 'shop' });
  elsewhere.consume(secret.fields.password, toFile('/mnt/secrets/password'));
  kv.grants.write(elsewhere, secret);
  return app;
}

/** The Terraform half by address, without the paths in the tree that cdktf notes for people. */
function addresses(app: VaultApp): Readonly<Record<string, unknown>> {
  const text = app.judge().printOut.terraform.get('stacks/vault/cdk.tf.json')!;
  const { resource } = JSON.parse(text) as { resource: Record<string, Record<string, Record<string, unknown>>> };
  return Object.fromEntries(
    Object.entries(resource).flatMap(([type, all]) =>
      Object.entries(all).map(([name, { '//': metadata, ...rest }]) => [`${type}.${name}`, rest]),
    ),
  );
}

const original = build([]);

test('addresses come from the type and the name in Vault alone', () => {
  expect(Object.keys(addresses(original)).sort()).toEqual([
    'vault_auth_backend.kubernetes',
    'vault_kubernetes_auth_backend_config.kubernetes',
    'vault_kubernetes_auth_backend_role.kubernetes-shop-api',
    'vault_kubernetes_auth_backend_role.kubernetes-shop-batch',
    'vault_kv_secret_backend_v2.team_kv_7eea05b6',
    'vault_mount.team_kv_7eea05b6',
    'vault_policy.kubernetes-shop-api',
    'vault_policy.kubernetes-shop-batch',
  ]);
});

test.each([...MOVES.map(m => [m]), MOVES])(
  'moving %s changes no Terraform address, no manifest and no file',
  (...moved: readonly Moved[]) => {
    const after = build(moved);
    expect(addresses(after)).toEqual(addresses(original));
    expect(after.judge().printOut.kubernetes).toEqual(original.judge().printOut.kubernetes);
  },
);

test('a chart of the user stays where it was, so that its names and selectors do not change', () => {
  const alone = new VaultApp();
  const chart = new Chart(alone, 'shop', { namespace: 'shop' });
  new Deployment(chart, 'api', { containers: [{ image: 'ghcr.io/example/api:1.0' }] });
  const named = (app: VaultApp) => {
    const deployment = app.judge().printOut.documents.find(d => d.value['kind'] === 'Deployment')!.value as {
      metadata: unknown;
      spec: { selector: unknown };
    };
    return [deployment.metadata, deployment.spec.selector];
  };
  expect(named(original)).toEqual(named(alone));
});

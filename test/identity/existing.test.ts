import { Ca, CsiDelivery, KubernetesAuth, KubernetesCluster, KvEngine, Reviewer, SharedRole } from 'vault-cdk';
import { Duration, State, toFile, VaultApp, VaultServer, Workload, type ExistingKubernetesAuthProps } from 'vault-cdk';
import { Chart } from 'cdk8s';
import { refusal } from '../support/said';
import { deployment, OUTSIDE, world, worldWithApi } from '../support/world';

/** A Vault and a cluster that have everything already. */
function estate(props: Partial<ExistingKubernetesAuthProps> = {}) {
  const app = new VaultApp();
  const vault = new VaultServer(app, 'vault', { address: 'https://vault.example.com:8200', state: State.local() });
  const prod = new KubernetesCluster(app, 'prod');
  const auth = KubernetesAuth.fromPath(vault, 'kubernetes', {
    cluster: prod,
    delivery: new CsiDelivery(),
    vault: { address: 'https://vault.vault.svc:8200', ca: Ca.configMap('vault-ca') },
    ...props,
  });
  const kv = KvEngine.fromPath(vault, 'secret');
  const { password } = kv.secret('shop/db', { keys: ['password'] }).fields;
  const shop = new Chart(app, 'shop', { namespace: prod.existingNamespace('shop') });
  prod.includes(shop);
  return { app, vault, prod, auth, kv, password, shop };
}

const resourceTypes = (app: VaultApp) => {
  const stack = app.judge().printOut.documents.find(d => d.format === 'terraform')!.value;
  return Object.keys(stack['resource'] ?? {}).sort();
};
const kinds = (app: VaultApp) =>
  app
    .judge()
    .printOut.documents.filter(d => d.format === 'kubernetes')
    .map(d => d.value['kind']);

describe('an auth mount that exists already', () => {
  test('prints no mount, no settings, no right of a reviewer and no namespace; roles and policies lie on it', () => {
    const { app, auth, password, shop } = estate();
    Workload.of(deployment(shop, 'api'), { auth }).consume(password, toFile('/mnt/secrets/password'));

    expect(resourceTypes(app)).toEqual(['vault_kubernetes_auth_backend_role', 'vault_policy']);
    expect(kinds(app)).toEqual(['ServiceAccount', 'SecretProviderClass', 'Deployment']);
    expect(app.judge().findings.map(f => [f.id, f.severity])).toEqual([['VC121', 'note']]);
  });

  test('gives workloads the same half as one that is ours', () => {
    const ours = worldWithApi();
    const { app, auth, password, shop } = estate();
    Workload.of(deployment(shop, 'api'), { auth }).consume(password, toFile('/mnt/secrets/password'));
    const half = (a: VaultApp) => a.judge().printOut.kubernetes.get('prod/shop.k8s.yaml');

    expect(half(app)).toBe(half(ours.app));
  });

  test('has the audience that is stated, or that its reviewer needs', () => {
    expect(estate().auth.audience).toBe('vault');
    expect(estate({ audience: 'https://vault.example.com' }).auth.audience).toBe('https://vault.example.com');
    expect(estate({ reviewer: Reviewer.client() }).auth.audience).toBe('https://kubernetes.default.svc');
  });

  test('still prints the right of each workload that reviews its own token', () => {
    const { app, auth, password, shop } = estate({ reviewer: Reviewer.client() });
    Workload.of(deployment(shop, 'api'), { auth }).consume(password, toFile('/mnt/secrets/password'));

    expect(kinds(app)).toContain('ClusterRoleBinding');
  });

  test('is no second home of its Vault, though it says what reviews', () => {
    const { app, vault } = estate();
    const stage = new KubernetesCluster(app, 'stage', OUTSIDE);
    const vaultForPods = { address: 'https://vault.example.com:8200', ca: Ca.system() };

    expect(() => KubernetesAuth.fromPath(vault, 'stage', { cluster: stage, vault: vaultForPods })).not.toThrow();
  });

  test('is refused for what any mount is refused for', () => {
    const { vault, prod, auth } = estate();
    const vaultForPods = { address: 'https://vault.vault.svc:8200', ca: Ca.system() };
    const again = (path: string) =>
      refusal(() => KubernetesAuth.fromPath(vault, path, { cluster: prod, vault: vaultForPods }));

    expect(auth.path).toBe('kubernetes');
    expect(again('second')[0]).toBe('the cluster "prod" has two auth mounts in one Vault [auth/cluster-trusted-twice]');
    expect(again('auth/second')[0]).toBe(
      'the path of an auth mount is written without "auth/" [auth/path-names-the-api]',
    );
    expect(refusal(() => estate({ audience: 'a b' }))[0]).toBe(
      'the audience is empty or holds a space [auth/audience]',
    );
    expect(refusal(() => estate({ vault: { address: 'https://vault.vault.svc:8200' } }))).toEqual([
      'pods reach Vault by https, and nothing says which CA signed its certificate [auth/ca-missing]',
      '  at:      vault/auth:kubernetes (test/identity/existing.test.ts)',
      '  given:   "https://vault.vault.svc:8200"',
      '  allowed: Ca.system(), Ca.configMap(name), Ca.secret(name) or Ca.pem(text)',
      '  live:    x509: certificate signed by unknown authority',
      '  fix:     pass `vault.ca`; Ca.system() where a public CA signed it',
    ]);
  });
});

describe('a role that exists already', () => {
  test('prints nothing; what it grants is not known, and that is said, never an error', () => {
    const { app, auth, kv, shop } = world();
    const there = SharedRole.fromName(auth, 'monitoring', { serviceAccounts: ['api', 'web'], namespaces: ['shop'] });
    const { password } = kv.secret('shop/db', { keys: ['password'] }).fields;
    const workload = Workload.of(deployment(shop, 'api'), { auth, role: there });
    workload.consume(password, toFile('/mnt/secrets/password'));

    expect(workload.roleName).toBe('monitoring');
    expect(resourceTypes(app)).toEqual([
      'vault_auth_backend',
      'vault_kubernetes_auth_backend_config',
      'vault_kv_secret_backend_v2',
      'vault_mount',
    ]);
    expect(app.judge().findings).toEqual([
      {
        id: 'VC202',
        severity: 'note',
        message:
          'SecretProviderClass shop/api-vault: the role "monitoring" on auth/kubernetes exists already, and what it grants is not printed',
        origin: { file: 'prod/shop.k8s.yaml', construct: 'shop/vault:kubernetes:api/SecretProviderClass' },
        fix: 'read the missing part too, or try it on the live Vault: vault token capabilities',
      },
    ]);
  });

  test('is not made a second time', () => {
    const { auth } = world();
    const bindings = { serviceAccounts: ['api'], namespaces: ['shop'], tokenMaxTtl: Duration.hours(1) };
    SharedRole.fromName(auth, 'monitoring', bindings);

    expect(refusal(() => new SharedRole(auth, 'monitoring', bindings))[0]).toBe(
      'two constructs claim one role: "kubernetes-monitoring" [vault/name-taken]',
    );
  });

  test('and no other is unknown: a role that nobody makes is still an error', () => {
    const { app, auth, kv, shop } = world();
    SharedRole.fromName(auth, 'other', { serviceAccounts: ['api'], namespaces: ['shop'] });
    const { password } = kv.secret('shop/db', { keys: ['password'] }).fields;
    const workload = Workload.of(deployment(shop, 'api'), { auth });
    workload.consume(password, toFile('/mnt/secrets/password'));
    workload.role.roleName = 'renamed';

    expect(app.judge().findings.map(f => f.id)).toContain('VC101');
  });
});

test('a namespace that exists already is checked like any other, and not printed', () => {
  const { app, prod } = world();

  expect(prod.existingNamespace('shop')).toBe('shop');
  expect(kinds(app)).not.toContain('Namespace');
  expect(refusal(() => prod.existingNamespace('Shop'))[0]).toBe('the namespace is not a valid name [kubernetes/name]');
});

import { AuthBackend } from '@cdktf/provider-vault/lib/auth-backend';
import { KubernetesAuthBackendConfig } from '@cdktf/provider-vault/lib/kubernetes-auth-backend-config';
import { ApiObject, Chart } from 'cdk8s';
import {
  CsiDelivery,
  KubernetesAuth,
  KubernetesCluster,
  Reviewer,
  State,
  toFile,
  VaultServer,
  Workload,
} from 'vault-cdk';
import { checked } from '../support/folder';
import { said, textOf } from '../support/said';
import { OUTSIDE, secretProviderClass, VAULT_FOR_PODS, world, worldWithApi } from '../support/world';
import { ROLE, terraform } from '../support/yaml';

describe('VC313: a Secret holds a service account token that never ends', () => {
  const FIX =
    '  fix:     for a reviewer, use Reviewer.client(), which needs no token, JWT auth, or Reviewer.stored({ tokenSecret: false }) and a token that ends; for an application, workload.keepTokenIn(path)';

  function stored(tokenSecret: boolean) {
    const { app } = world();
    const address = 'https://other.example.com:8200';
    const other = new VaultServer(app, 'other', { address, state: State.local(), providerVersion: '5.7.0' });
    const cluster = new KubernetesCluster(app, 'stage', OUTSIDE);
    const reviewer = Reviewer.stored({ tokenSecret });
    new KubernetesAuth(other, 'kubernetes-stage', { cluster, vault: VAULT_FOR_PODS, reviewer });
    return app;
  }

  test('is silent about other Secrets, and where the token is asked for instead', () => {
    const { app, shop } = world();
    new ApiObject(shop, 'empty', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'empty' }, type: 'Opaque' });

    expect(said('VC313', app)).toEqual([]);
    expect(said('VC313', stored(false))).toEqual([]);
    const projected = worldWithApi();
    projected.api.keepTokenIn('/var/run/vault/token');
    expect(said('VC313', projected.app)).toEqual([]);
  });

  test('is said of the Secret that the stored reviewer prints, which holds no value', () => {
    const app = stored(true);

    expect(said('VC313', app)).toEqual([
      'warning VC313: Secret vault/vault-auth-token holds a token of vault/vault-auth that never ends',
      '  at:      stage/platform.k8s.yaml (stage/platform/reviewer:Secret:vault:vault-auth-token)',
      FIX,
    ]);
    expect(said('VC401', app)).toEqual([]);
  });

  test('names file and line, where files are read', () => {
    const secret = [
      'apiVersion: v1',
      'kind: Secret',
      'metadata: { name: t, namespace: vault }',
      'type: kubernetes.io/service-account-token',
      '',
    ];

    expect(textOf('VC313', checked({ 'prod/t.yaml': secret.join('\n') }))).toEqual([
      'warning VC313: Secret vault/t holds a token of vault/? that never ends',
      '  at:      prod/t.yaml:1',
      FIX,
    ]);
  });
});

describe('VC314: an auth mount of type kubernetes has no settings', () => {
  const mount = (vault: VaultServer, type = 'kubernetes') =>
    new AuthBackend(vault, 'Raw', { type, path: 'kubernetes-dev' });
  const host = 'https://dev.example.com:6443';

  test('is silent about mounts of ours, about those of another type, and about those that have settings', () => {
    expect(said('VC314', world().app)).toEqual([]);
    const approle = world();
    mount(approle.vault, 'approle');
    expect(said('VC314', approle.app)).toEqual([]);
    const configured = world();
    const backend = mount(configured.vault).path;
    new KubernetesAuthBackendConfig(configured.vault, 'RawConfig', { backend, kubernetesHost: host });
    expect(said('VC314', configured.app)).toEqual([]);
  });

  test('is silent where another stack has the settings, or where it is not known whose they are', () => {
    const { app, vault } = world();
    mount(vault);
    const second = new VaultServer(app, 'second', { address: 'https://vault.example.com:8200', state: State.local() });
    new KubernetesAuthBackendConfig(second, 'C', { backend: 'kubernetes-dev', kubernetesHost: host });
    expect(said('VC314', app)).toEqual([]);

    const unknown = world();
    mount(unknown.vault);
    new KubernetesAuthBackendConfig(unknown.vault, 'C', { backend: '${var.backend}', kubernetesHost: host });
    expect(said('VC314', unknown.app)).toEqual([]);
  });

  const MESSAGE = [
    'error VC314: auth/kubernetes-dev is of type kubernetes and has no settings',
    '  at:      stacks/vault/cdk.tf.json (vault/Raw)',
    '  live:    500 could not load backend configuration',
    '  fix:     print a vault_kubernetes_auth_backend_config for the mount, or make the mount by KubernetesAuth; drop the mount if it is not used',
  ];

  test('is said of a mount that is enabled and never configured', () => {
    const { app, vault } = world();
    mount(vault);

    expect(said('VC314', app)).toEqual(MESSAGE);
  });

  test('is said where the settings of that path are those of another Vault', () => {
    const { app, vault } = world();
    mount(vault);
    const other = new VaultServer(app, 'other', { address: 'https://other.example.com:8200', state: State.local() });
    const backend = mount(other).path;
    new KubernetesAuthBackendConfig(other, 'C', { backend, kubernetesHost: host });

    expect(said('VC314', app)).toEqual(MESSAGE);
  });
});

describe("VC315: a role chooses namespaces by their labels, and the workload's own token reviews", () => {
  const SELECTOR = '{"matchLabels":{"vault":"yes"}}';

  function api(reviewer: Reviewer, selector: string | undefined) {
    const { app, kv } = world();
    const vault = kv.server;
    const cluster = new KubernetesCluster(app, 'stage', OUTSIDE);
    const auth = new KubernetesAuth(vault, 'kubernetes-stage', { cluster, vault: VAULT_FOR_PODS, reviewer });
    const workload = new Workload(auth, 'api', { namespace: 'shop', delivery: new CsiDelivery() });
    workload.consume(kv.secret('shop/db', { keys: ['password'] }).fields.password, toFile('/mnt/secrets/password'));
    if (selector !== undefined) workload.role.boundServiceAccountNamespaceSelector = selector;
    return app;
  }

  test('is silent without a selector, and where a reviewer is there', () => {
    expect(said('VC315', api(Reviewer.client(), undefined))).toEqual([]);
    const own = worldWithApi();
    own.api.role.boundServiceAccountNamespaceSelector = SELECTOR;
    expect(said('VC315', own.app)).toEqual([]);
  });

  test('is said of the role', () => {
    expect(said('VC315', api(Reviewer.client(), SELECTOR))).toEqual([
      'error VC315: role "shop-api" of auth/kubernetes-stage has a namespace selector, and no reviewer is stored',
      '  at:      stacks/vault/cdk.tf.json (vault/kubernetes-stage/api/Role)',
      '  live:    TokenReviewer JWT needs to be configured to use namespace selectors',
      '  fix:     name the namespaces, or let another account review: Reviewer.stored(), with the right to get namespaces',
    ]);
  });

  test('is silent where the settings hold a token, kept or not', () => {
    const role = { ...ROLE, bound_service_account_namespace_selector: SELECTOR };
    for (const argument of ['token_reviewer_jwt', 'token_reviewer_jwt_wo']) {
      const file = JSON.parse(terraform(role)) as { resource: Record<string, unknown> };
      const config = { backend: 'kubernetes', disable_local_ca_jwt: true, [argument]: '${var.jwt}' };
      file.resource['vault_kubernetes_auth_backend_config'] = { k: config };
      expect(textOf('VC315', checked({ 'stacks/vault/cdk.tf.json': JSON.stringify(file) }))).toEqual([]);
    }
  });
});

describe('VC316: a SecretProviderClass logs in at the auth mount of another cluster', () => {
  function twoClusters() {
    const made = worldWithApi();
    const stage = new KubernetesCluster(made.app, 'stage', OUTSIDE);
    const chart = new Chart(made.app, 'stage-shop', { namespace: 'shop' });
    stage.includes(chart);
    return { ...made, stage, chart };
  }

  test('is silent about what workloads print, and about mounts that the program does not know', () => {
    const { app, chart } = twoClusters();
    secretProviderClass(chart, 'elsewhere', { vaultAuthMountPath: 'of-somebody-else' });

    expect(said('VC316', app)).toEqual([]);
  });

  test('is silent where another Vault has a mount of that name for this cluster', () => {
    const { app, chart, stage } = twoClusters();
    const second = new VaultServer(app, 'second', { address: 'https://second.example.com:8200', state: State.local() });
    new KubernetesAuth(second, 'kubernetes', { cluster: stage, vault: VAULT_FOR_PODS, reviewer: Reviewer.client() });
    secretProviderClass(chart, 'hand-written');

    expect(said('VC316', app)).toEqual([]);
  });

  test('names both clusters', () => {
    const { app, chart } = twoClusters();
    secretProviderClass(chart, 'hand-written');

    expect(said('VC316', app)).toEqual([
      'error VC316: SecretProviderClass shop/hand-written of cluster "stage" logs in at auth/kubernetes, which trusts cluster "prod"',
      '  at:      stage/stage-shop.k8s.yaml (stage-shop/hand-written)',
      '  live:    403 permission denied',
      '  fix:     name the auth mount of its own cluster; a function that takes the cluster and its KubernetesAuth keeps them together',
    ]);
  });

  test('says so of a chart that belongs to no cluster', () => {
    const { app } = twoClusters();
    secretProviderClass(new Chart(app, 'loose', { namespace: 'shop' }), 'hand-written');

    expect(said('VC316', app)[0]).toBe(
      'error VC316: SecretProviderClass shop/hand-written of no cluster logs in at auth/kubernetes, which trusts cluster "prod"',
    );
  });
});

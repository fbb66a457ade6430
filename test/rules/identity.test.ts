import { KubernetesAuthBackendRole } from '@cdktf/provider-vault/lib/kubernetes-auth-backend-role';
import { Policy } from '@cdktf/provider-vault/lib/policy';
import { ApiObject } from 'cdk8s';
import { Ca, CsiDelivery, Duration, KubernetesAuth, SharedRole, VaultServer, State, Workload } from 'vault-cdk';
import { checked } from '../support/folder';
import { said, textOf } from '../support/said';
import { world, worldWithApi } from '../support/world';
import { ROLE, terraform } from '../support/yaml';

/** The world with a role that somebody wrote by hand. */
function worldWithRawRole(role: Readonly<Record<string, unknown>>) {
  const made = world();
  new KubernetesAuthBackendRole(made.vault, 'Raw', {
    backend: made.auth.backend,
    roleName: 'raw',
    boundServiceAccountNames: ['job'],
    boundServiceAccountNamespaces: ['batch'],
    tokenNoDefaultPolicy: true,
    ...role,
  });
  return made;
}

const AT_RAW = '  at:      stacks/vault/cdk.tf.json (vault/Raw)';

describe('VC121: a role lies on an auth mount that is not printed', () => {
  const vaultForPods = { address: 'https://vault.vault.svc:8200', ca: Ca.system() };

  test('is silent where the mount is printed', () => {
    expect(said('VC121', worldWithApi().app)).toEqual([]);
  });

  test('is said once for each mount that exists already, by the name of its first role', () => {
    const { app, prod, kv } = world();
    const vault = new VaultServer(app, 'other', { address: 'https://other.example.com', state: State.local() });
    const auth = KubernetesAuth.fromPath(vault, 'prod', {
      cluster: prod,
      vault: vaultForPods,
      delivery: new CsiDelivery(),
    });
    for (const id of ['api', 'web'])
      new Workload(auth, id, { namespace: 'shop' }).addToVaultPolicy({
        path: 'secret/data/shop',
        capabilities: ['read'],
      });

    expect(kv.server).not.toBe(vault);
    expect(said('VC121', app)).toEqual([
      'note VC121: auth/prod is not printed: its cluster, its reviewer and its settings are taken for granted',
      '  at:      stacks/other/cdk.tf.json (other/auth:prod/api/Role)',
      '  fix:     try one login, or print the mount with its settings too',
    ]);
  });

  test('names the line, where files are read', () => {
    const findings = checked({ 'stacks/vault/cdk.tf.json': terraform({ ...ROLE, backend: 'elsewhere' }) });

    expect(textOf('VC121', findings)).toEqual([
      'note VC121: auth/elsewhere is not printed: its cluster, its reviewer and its settings are taken for granted',
      '  at:      stacks/vault/cdk.tf.json:16',
      '  fix:     try one login, or print the mount with its settings too',
    ]);
  });
});

describe('VC207: a role names a policy that is not printed and that nothing says to exist', () => {
  test('is silent about policies that are printed, about "default", and about what is said to exist', () => {
    const { app, vault } = worldWithRawRole({ tokenPolicies: ['Printed', 'default', 'there'], tokenMaxTtl: 60 });
    new Policy(vault, 'Printed', { name: 'printed', policy: 'path "a" {\n  capabilities = ["read"]\n}\n' });
    vault.statePolicy('there');

    expect(said('VC207', app)).toEqual([]);
    expect(said('VC205', app)[0]).toBe(
      'warning VC205: role "raw" carries the policy "there", of which nothing is known: it is not among what was read',
    );
  });

  test('is said where nobody knows of it', () => {
    expect(said('VC207', worldWithRawRole({ tokenPolicies: ['nowhere'] }).app)).toEqual([
      'error VC207: role "raw" names the policy "nowhere", which is neither printed nor said to exist',
      AT_RAW,
      '  live:    silently ignored: the login succeeds, and every read is 403 permission denied',
      '  fix:     print the policy, name the right one, or say that it exists: VaultPolicy.fromName',
    ]);
  });

  test('is said where it is in another Vault', () => {
    const { app } = worldWithRawRole({ tokenPolicies: ['there'] });
    const other = new VaultServer(app, 'other', { address: 'https://other.example.com', state: State.local() });
    other.statePolicy('there');

    expect(said('VC207', app)[0]).toBe(
      'error VC207: role "raw" names the policy "there", which is neither printed nor said to exist',
    );
  });

  test('is silent where files are read, since another program may print the policy', () => {
    const findings = checked({ 'stacks/vault/cdk.tf.json': terraform({ ...ROLE, token_policies: ['other'] }) });

    expect(textOf('VC207', findings)).toEqual([]);
    expect(textOf('VC205', findings)).not.toEqual([]);
  });
});

describe('VC321: a role does not say how long a login lasts with all its renewals', () => {
  const SAID = [
    'warning VC321: role "raw" has no token_max_ttl',
    AT_RAW,
    '  live:    silently ignored: a token of a service account that was deleted is renewed until then',
    '  fix:     set token_max_ttl (tokenMaxTtl), or token_period where a token is to be renewed without end',
  ];

  test.each([
    ['an end', { tokenMaxTtl: 3600 }],
    ['an explicit end', { tokenExplicitMaxTtl: 3600 }],
    ['a period, which is meant', { tokenPeriod: 3600 }],
    ['batch tokens, which nobody can renew', { tokenType: 'batch' }],
  ])('is silent about %s', (_, role) => {
    expect(said('VC321', worldWithRawRole(role).app)).toEqual([]);
  });

  test('is silent about a workload, which has an end unless it says otherwise', () => {
    expect(said('VC321', worldWithApi().app)).toEqual([]);
  });

  test.each([
    ['nothing is said', {}],
    ['only a beginning is', { tokenTtl: 3600 }],
    ['zeros are', { tokenMaxTtl: 0, tokenPeriod: 0, tokenExplicitMaxTtl: 0 }],
  ])('is said of a raw role where %s', (_, role) => {
    expect(said('VC321', worldWithRawRole(role).app)).toEqual(SAID);
  });

  test('is said of a shared role where nothing is said, and not where an end is', () => {
    const { app, auth } = world();
    const bindings = { serviceAccounts: ['infra-sa'], namespaces: ['production', 'staging'] };
    new SharedRole(auth, 'endless', bindings).addToVaultPolicy({ path: 'a', capabilities: ['read'] });
    new SharedRole(auth, 'ending', { ...bindings, tokenMaxTtl: Duration.hours(8) }).addToVaultPolicy({
      path: 'a',
      capabilities: ['read'],
    });

    expect(said('VC321', app).filter(line => line.startsWith('warning'))).toEqual([
      'warning VC321: role "endless" has no token_max_ttl',
    ]);
  });

  test('names the line, where files are read', () => {
    const { token_max_ttl: _, ...role } = ROLE;

    expect(textOf('VC321', checked({ 'stacks/vault/cdk.tf.json': terraform(role) })).slice(0, 2)).toEqual([
      'warning VC321: role "shop-api" has no token_max_ttl',
      '  at:      stacks/vault/cdk.tf.json:16',
    ]);
  });
});

describe('VC511: a Secret holds a token of a service account that never ends', () => {
  const secret = (type?: string) => {
    const { app, shop } = worldWithApi();
    const annotations = { 'kubernetes.io/service-account.name': 'vault-auth' };
    const metadata = { name: 'vault-auth-token', annotations };
    new ApiObject(shop, 'token', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata,
      ...(type === undefined ? {} : { type }),
    });
    return app;
  };

  test.each([[undefined], ['Opaque'], ['kubernetes.io/tls']])('is silent about a Secret of type %s', type => {
    expect(said('VC511', secret(type))).toEqual([]);
  });

  test('is said of a token Secret', () => {
    expect(said('VC511', secret('kubernetes.io/service-account-token'))).toEqual([
      'warning VC511: Secret shop/vault-auth-token holds a token of the service account "vault-auth" without an end',
      '  at:      prod/shop.k8s.yaml (shop/token)',
      '  fix:     drop the Secret; have the kubelet project a token that ends, for one audience: workload.keepTokenIn(path)',
    ]);
  });

  test('is no matter of a token that the kubelet projects, and that ends', () => {
    const { app, api } = worldWithApi();
    api.keepTokenIn('/var/run/vault/token');

    expect(said('VC511', app)).toEqual([]);
  });
});

import { KubernetesAuthBackendRole } from '@cdktf/provider-vault/lib/kubernetes-auth-backend-role';
import { Policy } from '@cdktf/provider-vault/lib/policy';
import {
  Duration,
  KubernetesAuth,
  KubernetesCluster,
  Reviewer,
  SharedRole,
  toFile,
  type VaultApp,
  VaultPolicy,
  type VaultServer,
  Workload,
} from 'vault-cdk';
import { refusal } from '../support/said';
import { deployment, OUTSIDE, VAULT_FOR_PODS, world } from '../support/world';

type Json = Readonly<Record<string, unknown>>;

/** The resources of a type that a stack prints, without what is there only for people. */
function resources(app: VaultApp, type: string): readonly Json[] {
  const stack = app.judge().printOut.documents.find(d => d.format === 'terraform')!.value as {
    readonly resource: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  };
  return Object.values(stack.resource[type] ?? {}).map(({ '//': metadata, lifecycle, ...rest }) => rest);
}

/** A policy as a team writes it by hand. */
function policy(vault: VaultServer, name: string): void {
  new Policy(vault, name, { name, policy: `path "secret/data/${name}" {\n  capabilities = ["read"]\n}\n` });
}

const ids = (app: VaultApp, severity: string) =>
  app
    .judge()
    .findings.filter(f => f.severity === severity)
    .map(f => `${f.id}: ${f.message}`);

const MONITORING = {
  serviceAccounts: ['prometheus-sa', 'grafana-sa', 'alertmanager-sa'],
  namespaces: ['monitoring'],
  tokenTtl: Duration.hours(2),
  tokenMaxTtl: Duration.hours(8),
};
const SHARED_INFRA = {
  serviceAccounts: ['infra-sa'],
  namespaces: ['production', 'staging'],
  tokenTtl: Duration.hours(1),
};

const COMMON = {
  backend: '${vault_auth_backend.kubernetes.path}',
  audience: 'vault',
  alias_name_source: 'serviceaccount_uid',
  token_no_default_policy: true,
  token_type: 'service',
};

describe('a role of an estate that is imported', () => {
  function monitoring() {
    const made = world();
    policy(made.vault, 'monitoring-read');
    const role = new SharedRole(made.auth, 'monitoring', {
      ...MONITORING,
      policies: [VaultPolicy.fromName(made.vault, 'monitoring-read')],
    });
    return { ...made, role };
  }

  test('admits several accounts of a namespace, each named, and that is warned of [AUTH-14]', () => {
    const { app } = monitoring();

    expect(resources(app, 'vault_kubernetes_auth_backend_role')).toEqual([
      {
        ...COMMON,
        role_name: 'monitoring',
        bound_service_account_names: ['prometheus-sa', 'grafana-sa', 'alertmanager-sa'],
        bound_service_account_namespaces: ['monitoring'],
        token_policies: ['monitoring-read'],
        token_ttl: 7200,
        token_max_ttl: 28800,
      },
    ]);
    expect(ids(app, 'error')).toEqual([]);
    expect(ids(app, 'warning')).toContain(
      'VC303: role "monitoring" admits 3 identities: monitoring/prometheus-sa, monitoring/grafana-sa, monitoring/alertmanager-sa',
    );
  });

  test('admits one account of several namespaces; that, and logins without an end, are warned of [AUTH-15]', () => {
    const { app, auth, vault } = world();
    policy(vault, 'shared-infra');
    new SharedRole(auth, 'shared-infra', { ...SHARED_INFRA, policies: [VaultPolicy.fromName(vault, 'shared-infra')] });

    expect(resources(app, 'vault_kubernetes_auth_backend_role')).toEqual([
      {
        ...COMMON,
        role_name: 'shared-infra',
        bound_service_account_names: ['infra-sa'],
        bound_service_account_namespaces: ['production', 'staging'],
        token_policies: ['shared-infra'],
        token_ttl: 3600,
      },
    ]);
    expect(ids(app, 'error')).toEqual([]);
    expect(ids(app, 'warning')).toEqual(
      expect.arrayContaining([
        'VC303: role "shared-infra" admits 2 identities: production/infra-sa, staging/infra-sa',
        'VC321: role "shared-infra" has no token_max_ttl',
      ]),
    );
  });

  test('keeps its own name and that of its policy where a workload takes its place [AUTH-16]', () => {
    const { app, auth, kv } = world();
    const secret = kv.secret('webapp', { keys: ['password'] });
    const options = {
      name: 'webapp-db',
      policyName: 'webapp-db-creds',
      serviceAccount: 'webapp-sa',
      namespace: 'production',
      tokenTtl: Duration.hours(2),
      tokenMaxTtl: Duration.hours(8),
    };
    kv.grants.read(new Workload(auth, 'webapp', options), secret);

    expect(resources(app, 'vault_kubernetes_auth_backend_role')).toEqual([
      {
        ...COMMON,
        role_name: 'webapp-db',
        bound_service_account_names: ['webapp-sa'],
        bound_service_account_namespaces: ['production'],
        token_policies: ['${vault_policy.webapp-db-creds.name}'],
        token_ttl: 7200,
        token_max_ttl: 28800,
      },
    ]);
    expect(resources(app, 'vault_policy')).toMatchObject([{ name: 'webapp-db-creds' }]);
    expect(app.judge().findings).toEqual([]);
  });

  /** Both roles of the estate, as the library says them or word for word. */
  function estate(kind: 'ours' | 'raw') {
    const { app, auth, vault } = world();
    if (kind === 'ours') {
      new SharedRole(auth, 'monitoring', { ...MONITORING, policies: [VaultPolicy.fromName(vault, 'monitoring-read')] });
      new SharedRole(auth, 'shared-infra', {
        ...SHARED_INFRA,
        policies: [VaultPolicy.fromName(vault, 'shared-infra')],
      });
    } else {
      const role = (name: string, names: string[], namespaces: string[], rest: object) =>
        new KubernetesAuthBackendRole(vault, name, {
          backend: auth.backend,
          roleName: name,
          boundServiceAccountNames: names,
          boundServiceAccountNamespaces: namespaces,
          ...rest,
        });
      role('monitoring', ['prometheus-sa', 'grafana-sa', 'alertmanager-sa'], ['monitoring'], {
        tokenPolicies: ['monitoring-read'],
        tokenTtl: 7200,
        tokenMaxTtl: 28800,
      });
      role('shared-infra', ['infra-sa'], ['production', 'staging'], {
        tokenPolicies: ['shared-infra'],
        tokenTtl: 3600,
      });
    }
    return { app, vault };
  }

  const WARNED = [
    'VC303: role "monitoring" admits 3 identities: monitoring/prometheus-sa, monitoring/grafana-sa, monitoring/alertmanager-sa',
    'VC303: role "shared-infra" admits 2 identities: production/infra-sa, staging/infra-sa',
    'VC321: role "shared-infra" has no token_max_ttl',
  ];

  test('is refused where its policies are nowhere, and only warned of where they are declared [ACC-17] [POL-08]', () => {
    const { app, vault } = estate('raw');
    expect(resources(app, 'vault_kubernetes_auth_backend_role')).toMatchObject([
      { role_name: 'monitoring', token_policies: ['monitoring-read'], token_ttl: 7200, token_max_ttl: 28800 },
      { role_name: 'shared-infra', token_policies: ['shared-infra'], token_ttl: 3600 },
    ]);
    expect(ids(app, 'error')).toEqual([
      'VC207: role "monitoring" names the policy "monitoring-read", which is neither printed nor said to exist',
      'VC207: role "shared-infra" names the policy "shared-infra", which is neither printed nor said to exist',
    ]);
    expect(refusal(() => app.synth())[0]).toBe('the app prints 2 things that cannot work [app/refused]');

    policy(vault, 'monitoring-read');
    VaultPolicy.fromName(vault, 'shared-infra');
    expect(ids(app, 'error')).toEqual([]);
    expect(ids(app, 'warning')).toEqual(expect.arrayContaining(WARNED));

    // Ours cannot name a policy that is nowhere: it takes no text.
    const ours = estate('ours');
    const terraform = resources(ours.app, 'vault_kubernetes_auth_backend_role');
    expect(terraform).toMatchObject(resources(app, 'vault_kubernetes_auth_backend_role'));
    expect(ids(ours.app, 'error')).toEqual([]);
    expect(ids(ours.app, 'warning')).toEqual(expect.arrayContaining(WARNED));
  });

  test('may do nothing only where somebody says so', () => {
    const { app, auth } = world();
    new SharedRole(auth, 'empty', SHARED_INFRA);

    expect(refusal(() => app.judge())).toEqual([
      'the app has 1 problem [app/invalid]',
      '  - vault/kubernetes/empty: the role may do nothing in Vault; grant something, name a policy, or remove it',
      '  fix:     correct each line above; every problem of the tree is listed, and nothing was written',
    ]);
  });
});

describe('what is granted to a shared role', () => {
  test('stands in a policy of its own, beside those that it names', () => {
    const { app, auth, kv, vault } = world();
    policy(vault, 'monitoring-read');
    const role = new SharedRole(auth, 'monitoring', {
      ...MONITORING,
      policies: [VaultPolicy.fromName(vault, 'monitoring-read')],
    });
    const secret = kv.secret('monitoring/scrape', { keys: ['token'] });
    kv.grants.read(role, secret);
    kv.grants.read(role, secret);

    expect(role.policy?.nameInput).toBe('kubernetes-monitoring');
    expect(resources(app, 'vault_kubernetes_auth_backend_role')).toMatchObject([
      { token_policies: ['${vault_policy.kubernetes-monitoring.name}', 'monitoring-read'] },
    ]);
    expect(resources(app, 'vault_policy')).toContainEqual({
      name: 'kubernetes-monitoring',
      policy: '# read monitoring/scrape\npath "secret/data/monitoring/scrape" {\n  capabilities = ["read"]\n}\n',
    });
  });

  test('is judged in both directions, for each of its accounts', () => {
    const { app, auth, kv } = world();
    const role = new SharedRole(auth, 'monitoring', MONITORING);
    kv.grants.read(role, kv.secret('monitoring/scrape', { keys: ['token'] }));
    expect(app.judge().findings.map(f => f.id)).toEqual(['VC303']);

    role.policy!.policy = 'path "secret/data/other" {\n  capabilities = ["read"]\n}\n';
    const found = app.judge().findings.map(f => f.id);
    expect(found.filter(id => id === 'VC203')).toHaveLength(3);
    expect(found).toContain('VC204');
  });

  test('is what its workloads consume, which have neither role nor policy of their own', () => {
    const { app, auth, kv, shop } = world();
    const bindings = { serviceAccounts: ['api', 'web'], namespaces: ['shop'], tokenMaxTtl: Duration.hours(8) };
    const role = new SharedRole(auth, 'shop', bindings);
    const { password, username } = kv.secret('shop/db', { keys: ['username', 'password'] }).fields;
    const { key } = kv.secret('shop/session', { keys: ['key'] }).fields;
    const api = Workload.of(deployment(shop, 'api'), { auth, role });
    api.consume(password, toFile('/mnt/secrets/password'));
    api.consume(username, toFile('/mnt/secrets/username'));
    const web = Workload.of(deployment(shop, 'web'), { auth, role });
    web.consume(key, toFile('/mnt/secrets/key'));

    expect([api.roleName, web.roleName, api.sharedRole]).toEqual(['shop', 'shop', role]);
    expect(resources(app, 'vault_kubernetes_auth_backend_role')).toMatchObject([
      { role_name: 'shop', token_policies: ['${vault_policy.kubernetes-shop.name}'] },
    ]);
    expect(role.policyDocument.rules.map(r => [r.path, r.capabilities])).toEqual([
      ['secret/data/shop/db', ['read']],
      ['secret/data/shop/session', ['read']],
    ]);
    expect(
      app
        .judge()
        .printOut.documents.filter(d => d.value['kind'] === 'SecretProviderClass')
        .map(d => (d.value['spec'] as { readonly parameters: Json }).parameters['roleName']),
    ).toEqual(['shop', 'shop']);
    expect(app.judge().findings.map(f => f.id)).toEqual(['VC303']);
    expect(Workload.of(deployment(shop, 'api-2', { serviceAccountName: 'api' }), { auth, role })).toBe(api);
  });

  test('reviews itself by the right of each of its accounts', () => {
    const { app, vault } = world();
    const cluster = new KubernetesCluster(app, 'stage', OUTSIDE);
    const stage = new KubernetesAuth(vault, 'stage', { cluster, vault: VAULT_FOR_PODS, reviewer: Reviewer.client() });
    new SharedRole(stage, 'infra', SHARED_INFRA).addToVaultPolicy({ path: 'a', capabilities: ['read'] });

    expect(
      app
        .judge()
        .printOut.documents.filter(d => d.value['kind'] === 'ClusterRoleBinding' && d.group === 'stage')
        .map(d => (d.value['metadata'] as Json)['name']),
    ).toEqual(['vault:stage:reviewer:production:infra-sa', 'vault:stage:reviewer:staging:infra-sa']);
  });
});

describe('the settings of tokens', () => {
  test.each([
    [{}, { token_ttl: 3600, token_max_ttl: 86400 }],
    [{ tokenTtl: Duration.minutes(5) }, { token_ttl: 300, token_max_ttl: 86400 }],
    [{ tokenPeriod: Duration.hours(1) }, { token_ttl: 0, token_max_ttl: 0, token_period: 3600 }],
    [
      { tokenPeriod: Duration.hours(1), tokenExplicitMaxTtl: Duration.days(7) },
      { token_ttl: 0, token_max_ttl: 0, token_period: 3600, token_explicit_max_ttl: 604800 },
    ],
    [
      { tokenExplicitMaxTtl: Duration.days(2) },
      { token_ttl: 3600, token_max_ttl: 172800, token_explicit_max_ttl: 172800 },
    ],
    [{ tokenType: 'batch' }, { token_type: 'batch', token_ttl: 3600, token_max_ttl: 3600 }],
    [
      { tokenBoundCidrs: ['10.0.0.0/8', 'fd00::/8'], tokenNumUses: 3, aliasNameSource: 'serviceaccount_name' },
      {
        token_bound_cidrs: ['10.0.0.0/8', 'fd00::/8'],
        token_num_uses: 3,
        alias_name_source: 'serviceaccount_name',
        token_ttl: 3600,
        token_max_ttl: 86400,
      },
    ],
  ] as const)('%j of a workload are the arguments %j', (options, settings) => {
    const { app, auth } = world();
    new Workload(auth, 'api', { namespace: 'shop', ...options }).addToVaultPolicy({
      path: 'a',
      capabilities: ['read'],
    });
    const [role] = resources(app, 'vault_kubernetes_auth_backend_role');
    const { audience, backend, bound_service_account_names, bound_service_account_namespaces, ...rest } = role!;
    const { role_name, token_no_default_policy, token_policies, ...said } = rest;

    expect(said).toEqual({ alias_name_source: 'serviceaccount_uid', token_type: 'service', ...settings });
  });

  test.each([
    [{ tokenPeriod: Duration.hours(1) }, 'tokenPeriod'],
    [{ tokenType: 'batch' }, 'tokenType'],
    [{ tokenBoundCidrs: ['10.0.0.0/8'] }, 'tokenBoundCidrs'],
    [{ tokenNumUses: 3 }, 'tokenNumUses'],
    [{ aliasNameSource: 'serviceaccount_name' }, 'aliasNameSource'],
    [{ policyName: 'other' }, 'policyName'],
  ] as const)('are fixed: a later %j is refused', (options, option) => {
    const { auth, shop } = world();
    Workload.of(deployment(shop, 'api'), { auth });

    expect(
      refusal(() => Workload.of(deployment(shop, 'again', { serviceAccountName: 'api' }), { auth, ...options }))[0],
    ).toBe(`the pods are a workload already, and it was made with another \`${option}\` [workload/said-twice]`);
  });
});

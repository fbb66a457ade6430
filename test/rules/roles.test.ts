import { KubernetesAuthBackendRole } from '@cdktf/provider-vault/lib/kubernetes-auth-backend-role';
import { TerraformVariable } from 'cdktf';
import { existsSync, readFileSync } from 'node:fs';
import { toFile, type VaultApp, Workload } from 'vault-cdk';
import { checked, inFolder } from '../support/folder';
import { refusal, refused, said, textOf } from '../support/said';
import { deployment, world, worldWithApi } from '../support/world';
import { ROLE, terraform } from '../support/yaml';

/** The world with an API whose role binds other names and namespaces than was declared. */
function bound(names: string[], namespaces: string[]): VaultApp {
  const { app, api } = worldWithApi();
  api.role.boundServiceAccountNames = names;
  api.role.boundServiceAccountNamespaces = namespaces;
  return app;
}

/** Every role that an app prints, by name: whom it binds. */
function roles(app: VaultApp): unknown {
  const stack = app.judge().printOut.documents.find(d => d.format === 'terraform')?.value as {
    readonly resource: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  };
  return Object.fromEntries(
    Object.values(stack.resource['vault_kubernetes_auth_backend_role'] ?? {}).map(r => [
      r['role_name'],
      { names: r['bound_service_account_names'], namespaces: r['bound_service_account_namespaces'] },
    ]),
  );
}

const AT = '  at:      stacks/vault/cdk.tf.json (vault/kubernetes/shop:api/Role)';

describe('VC301: a role admits every service account in every namespace', () => {
  test.each([
    ['one account in one namespace', ['api'], ['shop']],
    ['every account of one namespace', ['*'], ['shop']],
    ['one account of every namespace', ['api'], ['*']],
  ])('is silent about %s', (_, names, namespaces) => {
    expect(said('VC301', bound(names, namespaces))).toEqual([]);
  });

  test.each([
    ['alone', ['*'], ['*']],
    ['beside others', ['api', '*'], ['shop', '*']],
  ])('is said where both are "*" %s', (_, names, namespaces) => {
    expect(said('VC301', bound(names, namespaces))).toEqual([
      'error VC301: role "shop-api" binds "*" in "*"',
      AT,
      '  live:    silently ignored: Vault takes "*" for both',
      '  fix:     bind one service account in one namespace',
    ]);
  });
});

describe('VC302: a role admits service accounts by a wildcard', () => {
  test.each([
    ['no wildcard', ['api'], ['shop']],
    ['"*" in "*", which is refused', ['*'], ['*']],
  ])('is silent about %s', (_, names, namespaces) => {
    expect(said('VC302', bound(names, namespaces))).toEqual([]);
  });

  test.each([
    ['every account', ['*'], ['shop'], 'shop/*'],
    ['every namespace', ['api'], ['*'], '*/api'],
    ['a part of a name', ['api-*'], ['shop'], 'shop/api-*'],
  ])('is said of %s', (_, names, namespaces, admits) => {
    expect(said('VC302', bound(names, namespaces))).toEqual([
      `warning VC302: role "shop-api" admits ${admits}`,
      AT,
      '  fix:     bind one service account in one namespace',
    ]);
  });

  test('names the line, where files are read', () => {
    const role = { ...ROLE, bound_service_account_namespaces: ['*'] };

    expect(textOf('VC302', checked({ 'stacks/vault/cdk.tf.json': terraform(role) }))).toEqual([
      'warning VC302: role "shop-api" admits */api',
      '  at:      stacks/vault/cdk.tf.json:16',
      '  fix:     bind one service account in one namespace',
    ]);
  });
});

describe('VC303: a role admits several service accounts', () => {
  test.each([
    ['one account in one namespace', ['api'], ['shop']],
    ['a wildcard, of which another rule speaks', ['*'], ['shop']],
  ])('is silent about %s', (_, names, namespaces) => {
    expect(said('VC303', bound(names, namespaces))).toEqual([]);
  });

  test('is said of names times namespaces, as Vault binds them', () => {
    expect(said('VC303', bound(['api', 'web'], ['shop', 'stage']))).toEqual([
      'warning VC303: role "shop-api" admits 4 identities: shop/api, shop/web, stage/api, stage/web',
      AT,
      '  fix:     make one workload for each service account',
    ]);
  });
});

describe('VC304: a role binds no service account or no namespace', () => {
  const NO_NAMESPACES =
    '400 "bound_service_account_namespaces" can not be empty if "bound_service_account_namespace_selector" is not set';

  test('is silent where both are bound', () => {
    expect(said('VC304', bound(['api'], ['shop']))).toEqual([]);
  });

  test('is silent where namespaces are chosen by their labels', () => {
    const { app, api } = worldWithApi();
    api.role.boundServiceAccountNamespaces = [];
    api.role.boundServiceAccountNamespaceSelector = '{"matchLabels":{"vault":"yes"}}';

    expect(said('VC304', app)).toEqual([]);
  });

  test('is silent where a Terraform variable says who is bound', () => {
    const { app, api, vault } = worldWithApi();
    api.role.boundServiceAccountNames = new TerraformVariable(vault, 'names', {}).listValue;

    expect(said('VC304', app)).toEqual([]);
  });

  test.each([
    ['service account', [], ['shop'], '400 "bound_service_account_names" can not be empty'],
    ['namespace', ['api'], [], NO_NAMESPACES],
  ])('is said where no %s is bound', (what, names, namespaces, live) => {
    expect(said('VC304', bound(names, namespaces))).toEqual([
      `error VC304: role "shop-api" binds no ${what}`,
      AT,
      `  live:    ${live}`,
      '  fix:     bind one service account in one namespace',
    ]);
  });

  test('is said where nothing is stated', () => {
    const { bound_service_account_namespaces: _, ...role } = ROLE;

    expect(textOf('VC304', checked({ 'stacks/vault/cdk.tf.json': terraform(role) }))).toEqual([
      'error VC304: role "shop-api" binds no namespace',
      '  at:      stacks/vault/cdk.tf.json:16',
      `  live:    ${NO_NAMESPACES}`,
      '  fix:     bind one service account in one namespace',
    ]);
  });
});

describe('whom a role admits', () => {
  test('is bound exactly: empty names and namespaces are refused, "*" for both is refused, "*" in either is warned of [AUTH-18]', () => {
    // As it is declared: one account, one namespace.
    expect(roles(worldWithApi().app)).toEqual({ 'shop-api': { names: ['api'], namespaces: ['shop'] } });

    // Empty, in a declaration and in what is printed.
    const { auth } = world();
    const declared = (namespace: string, serviceAccount: string) => () =>
      new Workload(auth, `${namespace}:${serviceAccount}`, { namespace, serviceAccount });
    expect(refusal(declared('', 'api'))[0]).toBe('the namespace is not a valid name [kubernetes/name]');
    expect(refusal(declared('shop', ''))[0]).toBe(
      'the name of the service account is not a valid name [kubernetes/name]',
    );
    for (const app of [bound([], ['shop']), bound(['api'], []), bound([], [])])
      expect(refused(() => app.synth()).message).toContain('error VC304: role "shop-api" binds no ');

    // Vault takes the empty text as a name (seen with 1.21), and nobody can log in.
    const nameless = world();
    new KubernetesAuthBackendRole(nameless.vault, 'Raw', {
      backend: nameless.auth.backend,
      roleName: 'raw',
      boundServiceAccountNames: [''],
      boundServiceAccountNamespaces: ['shop'],
      tokenNoDefaultPolicy: true,
    });
    expect(said('VC304', nameless.app)[0]).toBe('error VC304: role "raw" binds no service account');

    // "*" for both, in a declaration and in what is printed.
    expect(refusal(declared('*', '*'))[0]).toBe('the namespace is not a valid name [kubernetes/name]');
    const everyone = bound(['*'], ['*']);
    expect(refused(() => everyone.synth()).message).toContain('error VC301: role "shop-api" binds "*" in "*"');

    // "*" in either: no error, a warning.
    for (const app of [bound(['*'], ['shop']), bound(['api'], ['*'])]) {
      const { findings } = app.judge();
      expect(findings.filter(f => f.severity === 'error')).toEqual([]);
      expect(findings.map(f => `${f.severity} ${f.id}`)).toContain('warning VC302');
    }
  });

  test('is one service account in one namespace for each role; a role that binds more is warned of [AUTH-19]', () => {
    const { app, auth, kv, shop, vault } = worldWithApi();
    const { key } = kv.secret('shop/session', { keys: ['key'] }).fields;
    Workload.of(deployment(shop, 'web'), { auth }).consume(key, toFile('/mnt/secrets/key'));
    new Workload(auth, 'api-of-stage', { namespace: 'stage', serviceAccount: 'api' }).consume(
      key,
      toFile('/mnt/secrets/key'),
    );

    expect(roles(app)).toEqual({
      'shop-api': { names: ['api'], namespaces: ['shop'] },
      'shop-web': { names: ['web'], namespaces: ['shop'] },
      'stage-api': { names: ['api'], namespaces: ['stage'] },
    });
    expect(app.judge().findings).toEqual([]);

    new KubernetesAuthBackendRole(vault, 'Monitoring', {
      backend: auth.backend,
      roleName: 'monitoring',
      boundServiceAccountNames: ['prometheus-sa', 'grafana-sa'],
      boundServiceAccountNamespaces: ['monitoring'],
      tokenNoDefaultPolicy: true,
    });
    expect(said('VC303', app)).toEqual([
      'warning VC303: role "monitoring" admits 2 identities: monitoring/prometheus-sa, monitoring/grafana-sa',
      '  at:      stacks/vault/cdk.tf.json (vault/Monitoring)',
      '  fix:     make one workload for each service account',
    ]);
  });
});

describe('VC311: the reviewer token or the CA of the pod is pinned in an auth mount', () => {
  test('is silent where Vault reads them itself', () => {
    expect(said('VC311', world().app)).toEqual([]);
  });

  test('is silent where Vault is elsewhere, and has to be told the CA', () => {
    const { app, auth } = world();
    auth.config.kubernetesHost = 'https://prod.example.com:6443';
    auth.config.kubernetesCaCert = 'PEM';

    expect(said('VC311', app)).toEqual([]);
  });

  test('names what is pinned', () => {
    const { app, auth } = world();
    auth.config.kubernetesCaCert = 'PEM';
    auth.config.tokenReviewerJwt = '${var.jwt}';

    expect(said('VC311', app)).toEqual([
      'warning VC311: auth/kubernetes pins kubernetes_ca_cert and token_reviewer_jwt',
      '  at:      stacks/vault/cdk.tf.json (vault/kubernetes/Config)',
      '  live:    403 permission denied, for every login once the token has expired',
      '  fix:     drop kubernetes_ca_cert and token_reviewer_jwt where Vault runs in the cluster',
    ]);
  });
});

describe('VC312: an auth mount validates the issuer of tokens', () => {
  const REST = [
    '  at:      stacks/vault/cdk.tf.json (vault/kubernetes/Config)',
    '  live:    403 invalid issuer (iss) claim',
    '  fix:     drop issuer, and set disable_iss_validation to true, which the provider would otherwise send as false',
  ];

  test('is silent where the auth mount is ours', () => {
    expect(said('VC312', world().app)).toEqual([]);
  });

  test.each([false, undefined])('is said where disable_iss_validation is %s', value => {
    const { app, auth } = world();
    if (value === undefined) auth.config.resetDisableIssValidation();
    else auth.config.disableIssValidation = value;

    expect(said('VC312', app)).toEqual([
      'warning VC312: auth/kubernetes does not say disable_iss_validation = true',
      ...REST,
    ]);
  });

  test('an issuer is printed where it is stated, and warned of; by default none is, and its validation is off [AUTH-06]', () => {
    inFolder({}, () => {
      const { app, auth } = worldWithApi();
      const config = () => {
        const stderr = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
        app.synth();
        stderr.mockRestore();
        const text = readFileSync('cdktf.out/stacks/vault/cdk.tf.json', 'utf8');
        const { resource } = JSON.parse(text) as { readonly resource: Readonly<Record<string, unknown>> };
        return resource['vault_kubernetes_auth_backend_config'];
      };

      expect(config()).toMatchObject({ kubernetes: { disable_iss_validation: true } });
      expect(config()).not.toMatchObject({ kubernetes: { issuer: expect.anything() as unknown } });
      expect(app.judge().findings).toEqual([]);

      auth.config.issuer = 'https://kubernetes.default.svc.cluster.local';
      expect(config()).toMatchObject({ kubernetes: { issuer: 'https://kubernetes.default.svc.cluster.local' } });
      expect(said('VC312', app)).toEqual(['warning VC312: auth/kubernetes sets issuer', ...REST]);
      expect(existsSync('dist/prod/shop.k8s.yaml')).toBe(true);
    });
  });
});

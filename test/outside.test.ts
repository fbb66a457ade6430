import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Chart } from 'cdk8s';
import {
  acknowledge,
  ApiServer,
  Ca,
  CsiDelivery,
  KubernetesAuth,
  type KubernetesAuthProps,
  KubernetesCluster,
  KvEngine,
  Reviewer,
  State,
  toFile,
  VaultApp,
  VaultServer,
  Workload,
} from 'vault-cdk';
import { bootstrap } from '../src/operate/bootstrap';
import { applyTerraform } from './e2e/harness/applier';
import { refused, said } from './support/said';
import { deployment, OUTSIDE, VAULT_FOR_PODS } from './support/world';

interface Stack {
  readonly resource: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  readonly variable?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly terraform: Readonly<Record<string, unknown>>;
}

/** A Vault outside of one cluster, where a workload reads a password. */
function outside(
  auth: Partial<KubernetesAuthProps> = {},
  { apiServer = ApiServer.fromVariables(), providerVersion = '5.7.0', protocol = 'https' } = {},
) {
  const app = new VaultApp();
  const address = `${protocol}://vault.example.com:8200`;
  const vault = new VaultServer(app, 'vault', { address, state: State.local(), providerVersion });
  const cluster = new KubernetesCluster(app, 'prod', { apiServer });
  const kubernetes = new KubernetesAuth(vault, 'kubernetes', {
    cluster,
    reviewer: Reviewer.stored(),
    delivery: new CsiDelivery(),
    vault: VAULT_FOR_PODS,
    ...auth,
  });
  const { password } = new KvEngine(vault, 'secret').secret('shop/db', { keys: ['password'] }).fields;
  new Workload(kubernetes, 'api', { namespace: 'shop' }).consume(password, toFile('/mnt/secrets/password'));
  return { app, vault, cluster, auth: kubernetes };
}

const stackOf = (app: VaultApp): Stack =>
  app.judge().printOut.documents.find(d => d.format === 'terraform')!.value as unknown as Stack;
const configOf = (app: VaultApp) => {
  const { '//': _, ...config } = stackOf(app).resource['vault_kubernetes_auth_backend_config']!['kubernetes']!;
  return config;
};
const manifests = (app: VaultApp, kind: string) =>
  app
    .judge()
    .printOut.documents.filter(d => d.value['kind'] === kind)
    .map(d => d.value);

/** What Vault is told when the print-out is applied with these variables; nothing else knows the write-only version. */
async function written(app: VaultApp, variables: Readonly<Record<string, string>>) {
  const sent: Record<string, unknown>[] = [];
  const request = (method: string, path: string, { body }: { body?: unknown } = {}) => {
    if (method === 'PUT' && path === 'auth/kubernetes/config') sent.push(body as Record<string, unknown>);
    return Promise.resolve({ status: 200, headers: {}, body: { data: {} } });
  };
  await applyTerraform(stackOf(app), { request, rootToken: 'root' }, { variables });
  return sent[0];
}

const GIVEN = {
  kubernetes_host_prod: 'https://prod.example.com:6443',
  kubernetes_ca_prod: 'CA',
  reviewer_jwt_prod: 'JWT',
};

describe('a Vault outside of the cluster, with a stored reviewer', () => {
  test('takes host, CA and token from variables, and the token is sensitive; without host or CA, with a host inside of the cluster, or with a literal token it is refused [AUTH-05]', () => {
    const { app, auth } = outside();

    expect(configOf(app)).toMatchObject({
      backend: '${vault_auth_backend.kubernetes.path}',
      kubernetes_host: '${var.kubernetes_host_prod}',
      kubernetes_ca_cert: '${var.kubernetes_ca_prod}',
      token_reviewer_jwt_wo: '${var.reviewer_jwt_prod}',
      disable_local_ca_jwt: true,
      disable_iss_validation: true,
    });
    const text = { type: 'string', nullable: false };
    expect(stackOf(app).variable).toMatchObject({
      kubernetes_host_prod: text,
      kubernetes_ca_prod: text,
      reviewer_jwt_prod: { ...text, sensitive: true, ephemeral: true },
    });
    for (const [name, block] of Object.entries(stackOf(app).variable!))
      expect([name, block['default']]).toEqual([name, undefined]);

    const stated = (apiServer: Partial<ApiServer>) =>
      refused(() => outside({}, { apiServer: apiServer as ApiServer })).code;
    expect(stated({ ...OUTSIDE.apiServer, url: '' })).toBe('vault/address');
    expect(stated({ ...OUTSIDE.apiServer, ca: '' })).toBe('auth/api-server-ca');
    expect(stated({ ...OUTSIDE.apiServer, url: 'https://kubernetes.default.svc' })).toBe('auth/api-server-address');
    // @ts-expect-error the CA is required
    const noCa: ApiServer = { url: 'https://prod.example.com:6443' };
    // @ts-expect-error and so is the address
    const noUrl: ApiServer = { ca: OUTSIDE.apiServer.ca };
    expect([noCa, noUrl]).toHaveLength(2);
    // No property takes a token; one that is written over ours is refused.
    auth.config.tokenReviewerJwt = 'ey-is-what-tokens-start-with';
    expect(said('VC401', app)[0]).toBe(
      'error VC401: "resource.vault_kubernetes_auth_backend_config.kubernetes.token_reviewer_jwt" holds a literal value',
    );
  });

  test('keeps the token out of state and plan from provider 5.7 on, and says which Terraform can do that', () => {
    const { app } = outside();

    expect(configOf(app)).not.toHaveProperty('token_reviewer_jwt');
    expect(stackOf(app).terraform).toMatchObject({
      required_version: '>= 1.11.0',
      required_providers: { vault: { source: 'hashicorp/vault', version: '5.7.0' } },
    });
  });

  test('keeps it in the state of an older provider where someone answers for that', () => {
    const tokenInState = acknowledge('the state is encrypted', { owner: 'platform', until: '2999-12-31' });
    const { app } = outside({ reviewer: Reviewer.stored({ tokenInState }) }, { providerVersion: '5.6.0' });

    expect(configOf(app)).toMatchObject({ token_reviewer_jwt: '${var.reviewer_jwt_prod}' });
    expect(configOf(app)).not.toHaveProperty('token_reviewer_jwt_wo');
    expect(stackOf(app).variable!['reviewer_jwt_prod']).toMatchObject({ sensitive: true });
    expect(stackOf(app).variable!['reviewer_jwt_prod']).not.toHaveProperty('ephemeral');
    expect(stackOf(app).terraform).not.toHaveProperty('required_version');
  });

  test('takes an address and a CA that are written down', () => {
    const config = configOf(outside({}, { apiServer: OUTSIDE.apiServer }).app);

    expect(config).toMatchObject({ kubernetes_host: OUTSIDE.apiServer.url, kubernetes_ca_cert: OUTSIDE.apiServer.ca });
    const { app } = outside({}, { apiServer: ApiServer.fromVariables({ url: OUTSIDE.apiServer.url }) });
    expect(configOf(app)).toMatchObject({
      kubernetes_host: OUTSIDE.apiServer.url,
      kubernetes_ca_cert: '${var.kubernetes_ca_prod}',
    });
  });

  test('reaches Vault as it is meant to, and the write-only version changes with everything beside the token', async () => {
    expect(await written(outside().app, GIVEN)).toEqual({
      kubernetes_host: GIVEN.kubernetes_host_prod,
      kubernetes_ca_cert: 'CA',
      token_reviewer_jwt: 'JWT',
      disable_local_ca_jwt: true,
      disable_iss_validation: true,
      use_annotations_as_alias_metadata: false,
    });

    const version = (app: VaultApp) => String(configOf(app)['token_reviewer_jwt_wo_version']);
    const own = version(outside().app);
    expect(own).toBe(
      '${parseint(substr(sha256(jsonencode([1, var.kubernetes_host_prod, var.kubernetes_ca_prod, "", true, true, "", []])), 0, 7), 16)}',
    );
    const late = outside();
    late.auth.config.pemKeys = ['a public key'];
    const others = [
      outside({ issuer: 'https://issuer.example.com' }).app,
      outside({ reviewer: Reviewer.stored({ generation: 2 }) }).app,
      outside({}, { apiServer: OUTSIDE.apiServer }).app,
      late.app,
    ].map(version);
    expect(new Set([own, ...others]).size).toBe(5);
    expect(version(outside().app)).toBe(own);
  });

  test('prints the account that reviews, in its namespace [AUTH-07]', () => {
    const { app } = outside();

    expect(manifests(app, 'ServiceAccount')).toContainEqual({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'vault-auth', namespace: 'vault' },
    });
    expect(manifests(app, 'Namespace')).toContainEqual({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'vault' },
    });
  });

  test('prints the Secret that Kubernetes fills with its token, unless told not to; that it never ends is a finding that names the alternatives [AUTH-08]', () => {
    const { app } = outside();

    expect(manifests(app, 'Secret')).toEqual([
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: {
          name: 'vault-auth-token',
          namespace: 'vault',
          annotations: { 'kubernetes.io/service-account.name': 'vault-auth' },
        },
        type: 'kubernetes.io/service-account-token',
      },
    ]);
    const [finding, ...more] = app.judge().findings;
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ id: 'VC313', severity: 'warning' });
    expect(finding!.fix).toMatch(/Reviewer\.client\(\).*JWT auth/);

    const without = outside({ reviewer: Reviewer.stored({ tokenSecret: false }) }).app;
    expect(manifests(without, 'Secret')).toEqual([]);
    expect(without.judge().findings).toEqual([]);
  });

  test('prints the binding that lets the account review, never one without the other [RBAC-01]', () => {
    const bindingOf = (app: VaultApp) => manifests(app, 'ClusterRoleBinding');
    const binding = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'vault-auth-binding', annotations: { 'vault-cdk/stack': 'vault' } },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:auth-delegator' },
      subjects: [{ kind: 'ServiceAccount', name: 'vault-auth', namespace: 'vault' }],
    };

    expect(bindingOf(outside({ reviewer: Reviewer.stored({ bindingName: 'vault-auth-binding' }) }).app)).toEqual([
      binding,
    ]);
    // There is no way to have the account without it: every reviewer prints its own.
    expect(bindingOf(outside().app)).toMatchObject([
      {
        metadata: { name: 'vault:kubernetes:reviewer:vault:vault-auth' },
        roleRef: binding.roleRef,
        subjects: binding.subjects,
      },
    ]);
    expect(bindingOf(outside({ reviewer: Reviewer.client() }).app)).toMatchObject([
      { roleRef: binding.roleRef, subjects: [{ name: 'api', namespace: 'shop' }] },
    ]);
  });

  test('and the runbook tells how to see that it is missing [RBAC-02]', () => {
    const [entry] =
      /^2\. \*\*The reviewer may not review[^]*?(?=^3\.)/m.exec(
        readFileSync(join(__dirname, '..', 'docs', 'login.md'), 'utf8'),
      ) ?? [];

    expect(entry).toContain('`system:auth-delegator`');
    expect(entry).toContain(
      'kubectl auth can-i create tokenreviews.authentication.k8s.io --as system:serviceaccount:<namespace>:<name>\n',
    );
  });

  test('is what the documentation of Vault has, name by name [ACC-10, AUTH-06]', () => {
    const issuer = 'https://kubernetes.default.svc.cluster.local';
    const { app } = outside({ issuer, reviewer: Reviewer.stored({ bindingName: 'vault-auth-binding' }) });
    const names = ['ServiceAccount', 'ClusterRoleBinding', 'Secret']
      .flatMap(kind => manifests(app, kind))
      .map(m => `${String(m['kind'])} ${(m['metadata'] as { name: string }).name}`);

    expect(names).toEqual([
      'ServiceAccount vault-auth',
      'ServiceAccount api',
      'ClusterRoleBinding vault-auth-binding',
      'Secret vault-auth-token',
    ]);
    expect(stackOf(app).resource['vault_auth_backend']).toMatchObject({ kubernetes: { type: 'kubernetes' } });
    expect(configOf(app)).toMatchObject({ issuer, disable_iss_validation: false });
    expect(Object.keys(stackOf(app).variable!).sort()).toEqual([
      'kubernetes_ca_prod',
      'kubernetes_host_prod',
      'reviewer_jwt_prod',
    ]);
    expect(said('VC312', app)[0]).toBe('warning VC312: auth/kubernetes sets issuer');
    // The steps that are documented with it are a script, whose behaviour `test/operate` shows.
    const { documents } = app.judge().printOut;
    const { lines } = bootstrap(documents, app.judge().chain.model).find(s => s.name === 'variables')!;
    for (const name of Object.keys(stackOf(app).variable!)) expect(lines).toContain(`export TF_VAR_${name}`);
  });

  test('is one account for two Vaults, with a binding for each', () => {
    const { app, cluster } = outside();
    const address = 'https://second.example.com:8200';
    const second = new VaultServer(app, 'second', { address, state: State.local(), providerVersion: '5.9.0' });
    new KubernetesAuth(second, 'kubernetes', { cluster, reviewer: Reviewer.stored(), vault: VAULT_FOR_PODS });

    expect(manifests(app, 'Secret')).toHaveLength(1);
    expect(manifests(app, 'ClusterRoleBinding')).toHaveLength(2);
  });
});

describe("a Vault outside of the cluster, with each workload's own token", () => {
  test('asks for the token that the API server takes, binds every account, and stores nothing', () => {
    const { app } = outside({ reviewer: Reviewer.client() }, { providerVersion: '5.6.0' });

    expect(configOf(app)).toEqual({
      backend: '${vault_auth_backend.kubernetes.path}',
      kubernetes_host: '${var.kubernetes_host_prod}',
      kubernetes_ca_cert: '${var.kubernetes_ca_prod}',
      disable_iss_validation: true,
      disable_local_ca_jwt: true,
    });
    expect(Object.keys(stackOf(app).variable!).sort()).toEqual(['kubernetes_ca_prod', 'kubernetes_host_prod']);
    expect(manifests(app, 'SecretProviderClass')).toMatchObject([
      { spec: { parameters: { audience: 'https://kubernetes.default.svc' } } },
    ]);
    expect(app.judge().findings).toEqual([]);
  });
});

test('all consumers of an auth mount connect alike, by one object: its address and its CA [AUTH-29, IDT-06]', () => {
  const { app, auth, cluster } = outside({
    vault: { address: 'https://vault.internal:8200', ca: Ca.configMap('vault-ca', { key: 'tls.crt' }) },
  });
  const { password } = new KvEngine(auth.server, 'team').secret('web', { keys: ['password'] }).fields;
  const chart = new Chart(app, 'web', { namespace: 'web' });
  cluster.includes(chart);
  Workload.of(deployment(chart, 'web'), { auth }).consume(password, toFile('/mnt/secrets/password'));

  const connections = manifests(app, 'SecretProviderClass').map(m => {
    const { parameters } = m['spec'] as { readonly parameters: Readonly<Record<string, string>> };
    return [parameters['vaultAddress'], parameters['vaultCACertPath'], parameters['vaultAuthMountPath']];
  });
  expect(connections).toEqual([
    ['https://vault.internal:8200', '/vault/tls/tls.crt', 'kubernetes'],
    ['https://vault.internal:8200', '/vault/tls/tls.crt', 'kubernetes'],
  ]);
  // The check before pods start is of that one connection.
  const { chain, printOut } = app.judge();
  expect(bootstrap(printOut.documents, chain.model).find(s => s.name === 'connection')!.lines).toEqual([
    'vault read -field=kubernetes_host auth/kubernetes/config   # is the API server of prod',
    '# kubectl --context "$CONTEXT_PROD" run vault-preflight --rm -i --restart=Never --image=curlimages/curl -- curl -sSk https://vault.internal:8200/v1/sys/health',
  ]);
  // No workload takes another one, and no cluster has a second connection to the same Vault.
  // @ts-expect-error the connection is that of the auth mount
  new Workload(auth, 'other', { namespace: 'shop', vault: { address: 'https://elsewhere:8200' } });
  const second = () =>
    new KubernetesAuth(auth.server, 'second', { cluster, vault: VAULT_FOR_PODS, reviewer: Reviewer.client() });
  expect(refused(second).code).toBe('auth/cluster-trusted-twice');
});

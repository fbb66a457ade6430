import { type ApiObject, Chart, Lazy } from 'cdk8s';
import { Fn } from 'cdktf';
import { Ca, KubernetesAuth, KubernetesCluster, Reviewer, Workload } from 'vault-cdk';
import { refusal } from '../support/said';
import { configMap, OUTSIDE, VAULT_FOR_PODS, world } from '../support/world';

const LABEL = [
  '  allowed: lower-case letters, digits and "-", at most 63',
  "  live:    a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
];
const SUBDOMAIN = [
  '  allowed: lower-case letters, digits, "-" and ".", at most 253',
  "  live:    a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
];

describe('a cluster', () => {
  test.each(['Prod', 'prod.eu', 'prod_1', '-prod'])('is not called %j', name => {
    const { app } = world();

    expect(refusal(() => new KubernetesCluster(app, name))).toEqual([
      'the name of the cluster is not a valid name [kubernetes/name]',
      `  at:      ${name} (test/refusals/kubernetes.test.ts)`,
      `  given:   "${name}"`,
      ...LABEL,
      '  fix:     change the name of the cluster',
    ]);
  });

  test('has a name that is no longer than a label', () => {
    const { app } = world();
    const name = 'p'.repeat(64);

    expect(refusal(() => new KubernetesCluster(app, name))).toEqual([
      'the name of the cluster is too long: 64 bytes [kubernetes/name]',
      `  at:      ${name} (test/refusals/kubernetes.test.ts)`,
      `  given:   "${name}"`,
      '  allowed: at most 63',
      '  live:    must be no more than 63 characters',
      '  fix:     give the name of the cluster a shorter name',
    ]);
  });

  test.each(['', 'Shop', 'shop*', 'shop/api', 'shop.eu', ' shop'])('has no namespace %j', namespace => {
    const { prod } = world();

    expect(refusal(() => prod.namespace(namespace))).toEqual([
      'the namespace is not a valid name [kubernetes/name]',
      '  at:      prod (test/support/world.ts)',
      `  given:   "${namespace}"`,
      ...LABEL,
      '  fix:     change the namespace',
    ]);
  });

  test('does not take a chart that belongs to another one', () => {
    const { app, shop } = world();
    const stage = new KubernetesCluster(app, 'stage');

    expect(refusal(() => stage.includes(shop))).toEqual([
      'a chart belongs to two clusters [cluster/chart-taken]',
      '  at:      shop',
      '  given:   ["prod","stage"]',
      '  allowed: one cluster for each chart',
      '  fix:     make one chart for each cluster, e.g. by a function that takes the cluster',
    ]);
  });

  test('does not take a chart that lies under another one', () => {
    const { app, prod } = world();
    const stage = new KubernetesCluster(app, 'stage');

    expect(refusal(() => prod.includes(new Chart(stage, 'shop')))).toEqual([
      'a chart belongs to two clusters [cluster/chart-taken]',
      '  at:      stage/shop',
      '  given:   ["stage","prod"]',
      '  allowed: one cluster for each chart',
      '  fix:     make one chart for each cluster, e.g. by a function that takes the cluster',
    ]);
  });
});

describe('an auth mount', () => {
  test('lies under a Vault', () => {
    const { app, prod } = world();

    expect(refusal(() => new KubernetesAuth(app, 'kubernetes', { cluster: prod, vault: VAULT_FOR_PODS }))).toEqual([
      'a thing in Vault lies under no VaultServer [vault/no-server]',
      '  at:      kubernetes (test/refusals/kubernetes.test.ts)',
      '  fix:     pass a VaultServer, or a construct below one, as the scope',
    ]);
  });

  test('is written without "auth/"', () => {
    expect(refusal(() => world({ path: 'auth/kubernetes' }))).toEqual([
      'the path of an auth mount is written without "auth/" [auth/path-names-the-api]',
      '  at:      vault/kubernetes (test/support/world.ts)',
      '  given:   "auth/kubernetes"',
      '  allowed: "kubernetes"',
      '  live:    403 permission denied, on .../v1/auth/auth/.../login',
      '  fix:     drop "auth/"; each consumer is given the spelling that it wants',
    ]);
  });

  test('is written without a slash at an end', () => {
    expect(refusal(() => world({ path: 'kubernetes/' }))).toEqual([
      'the path of the auth mount has a slash at an end [vault/path]',
      '  at:      vault/kubernetes (test/support/world.ts)',
      '  given:   "kubernetes/"',
      '  allowed: "kubernetes"',
      '  live:    value for "path" contains leading/trailing "/"',
      '  fix:     write "kubernetes"',
    ]);
  });

  test('has a path of its own', () => {
    const { app, vault } = world();
    const cluster = new KubernetesCluster(app, 'stage', OUTSIDE);
    const props = { cluster, vault: VAULT_FOR_PODS, reviewer: Reviewer.client(), path: 'kubernetes' };

    expect(refusal(() => new KubernetesAuth(vault, 'stage', props))).toEqual([
      'two constructs claim one auth mount: "kubernetes" [vault/name-taken]',
      '  at:      vault/stage (test/refusals/kubernetes.test.ts)',
      '  given:   "kubernetes"',
      '  allowed: a name that is free; this one belongs to vault/kubernetes (test/support/world.ts)',
      '  live:    silently ignored: the second write replaces the first, and Terraform undoes one with the other at every apply',
      '  fix:     give one of them another name',
    ]);
  });

  test.each(['', ' ', 'vault prod', 'vault\n'])('does not ask for the audience %j', audience => {
    expect(refusal(() => world({ audience }))).toEqual([
      'the audience is empty or holds a space [auth/audience]',
      '  at:      vault/kubernetes (test/support/world.ts)',
      `  given:   ${JSON.stringify(audience)}`,
      '  allowed: one word or URL, e.g. "vault"',
      '  live:    invalid audience (aud) claim: audience claim does not match any expected audience',
      '  fix:     drop `audience` for the default, or name one',
    ]);
  });

  test('says which CA signed the certificate that pods see', () => {
    expect(refusal(() => world({ vault: { address: 'https://vault.vault.svc:8200' } }))).toEqual([
      'pods reach Vault by https, and nothing says which CA signed its certificate [auth/ca-missing]',
      '  at:      vault/kubernetes (test/support/world.ts)',
      '  given:   "https://vault.vault.svc:8200"',
      '  allowed: Ca.system(), Ca.configMap(name), Ca.secret(name) or Ca.pem(text)',
      '  live:    x509: certificate signed by unknown authority',
      '  fix:     pass `vault.ca`; Ca.system() where a public CA signed it',
    ]);
  });

  test('needs no CA where pods reach Vault by http', () => {
    expect(world({ vault: { address: 'http://vault.vault.svc:8200' } }).auth.vault.ca).toEqual(Ca.system());
  });

  test('is the only one that trusts its cluster', () => {
    const { vault, prod } = world();

    expect(refusal(() => new KubernetesAuth(vault, 'again', { cluster: prod, vault: VAULT_FOR_PODS }))).toEqual([
      'the cluster "prod" has two auth mounts in one Vault [auth/cluster-trusted-twice]',
      '  at:      vault/again (test/refusals/kubernetes.test.ts)',
      '  given:   ["kubernetes","again"]',
      '  allowed: one mount for each cluster; the first is vault/kubernetes (test/support/world.ts)',
      '  live:    silently ignored: the same trust under two names, and a consumer may log in to the wrong one',
      '  fix:     use the first mount for both',
    ]);
  });

  test('is the only one whose cluster Vault runs in', () => {
    const { app, vault } = world();
    const cluster = new KubernetesCluster(app, 'stage');

    expect(refusal(() => new KubernetesAuth(vault, 'stage', { cluster, vault: VAULT_FOR_PODS }))).toEqual([
      'Vault runs in one cluster, and two claim to be it: "prod" and "stage" [auth/two-homes]',
      '  at:      vault/stage (test/refusals/kubernetes.test.ts)',
      '  given:   "Reviewer.local()"',
      '  allowed: Reviewer.stored() or Reviewer.client() for the cluster that Vault does not run in; the first claim is vault/kubernetes (test/support/world.ts)',
      '  live:    403 permission denied, for every login from the other cluster',
      '  fix:     state the API server of the other cluster and choose another reviewer for it',
    ]);
  });
});

describe("Vault's own service account", () => {
  test('does not review where the cluster states an API server outside itself', () => {
    const { app, vault } = world();
    const cluster = new KubernetesCluster(app, 'stage', OUTSIDE);

    expect(refusal(() => new KubernetesAuth(vault, 'stage', { cluster, vault: VAULT_FOR_PODS }))).toEqual([
      'Vault\'s own account can only review where Vault runs, and the cluster "stage" states an API server outside itself [auth/not-in-cluster]',
      '  at:      vault/stage (test/refusals/kubernetes.test.ts)',
      '  given:   "https://stage.example.com:6443"',
      '  allowed: Reviewer.stored() or Reviewer.client() for a Vault elsewhere',
      '  live:    400 open /var/run/secrets/kubernetes.io/serviceaccount/ca.crt: no such file or directory',
      '  fix:     choose another reviewer, or drop `apiServer` if Vault runs in this cluster',
    ]);
  });

  test.each(['vault', 'vault/vault/vault', ''])('is not called %j', serviceAccount => {
    expect(refusal(() => world({ reviewer: Reviewer.local({ serviceAccount }) }))).toEqual([
      "Vault's service account is written as namespace and name [auth/reviewer-account]",
      '  at:      vault/kubernetes (test/support/world.ts)',
      `  given:   "${serviceAccount}"`,
      '  allowed: "vault/vault"',
      '  fix:     write `namespace/name`',
    ]);
  });

  test('has a namespace and a name that Kubernetes takes', () => {
    expect(refusal(() => world({ reviewer: Reviewer.local({ serviceAccount: 'Vault/vault' }) }))).toEqual([
      "the namespace of Vault's service account is not a valid name [kubernetes/name]",
      '  at:      vault/kubernetes (test/support/world.ts)',
      '  given:   "Vault"',
      ...LABEL,
      "  fix:     change the namespace of Vault's service account",
    ]);
    expect(refusal(() => world({ reviewer: Reviewer.local({ serviceAccount: 'vault/' }) }))).toEqual([
      "the name of Vault's service account is not a valid name [kubernetes/name]",
      '  at:      vault/kubernetes (test/support/world.ts)',
      '  given:   ""',
      ...SUBDOMAIN,
      "  fix:     change the name of Vault's service account",
    ]);
  });
});

describe("a workload's own token as reviewer", () => {
  test('takes no audience but that of the API server', () => {
    expect(refusal(() => world({ reviewer: Reviewer.client(), audience: 'vault' }))).toEqual([
      "with the workload's own token as reviewer, the API server takes only tokens for itself [auth/audience-not-reviewable]",
      '  at:      vault/kubernetes (test/support/world.ts)',
      '  given:   "vault"',
      '  allowed: "https://kubernetes.default.svc"',
      '  live:    403 permission denied',
      '  fix:     drop `audience`, or let another account review: Reviewer.stored(), or Reviewer.local() where Vault runs in the cluster',
    ]);
  });

  test('takes the audience that the API server states', () => {
    const stage = (audience: string): KubernetesAuth => {
      const { app, vault } = world();
      const apiServer = { ...OUTSIDE.apiServer, audience: 'https://oidc.example.com/stage' };
      const cluster = new KubernetesCluster(app, 'stage', { apiServer });
      const props = { cluster, vault: VAULT_FOR_PODS, reviewer: Reviewer.client(), audience };
      return new KubernetesAuth(vault, 'stage', props);
    };

    expect(stage('https://oidc.example.com/stage').audience).toBe('https://oidc.example.com/stage');
    expect(refusal(() => stage('vault'))).toEqual([
      "with the workload's own token as reviewer, the API server takes only tokens for itself [auth/audience-not-reviewable]",
      '  at:      vault/stage (test/refusals/kubernetes.test.ts)',
      '  given:   "vault"',
      '  allowed: "https://oidc.example.com/stage"',
      '  live:    403 permission denied',
      '  fix:     drop `audience`, or let another account review: Reviewer.stored(), or Reviewer.local() where Vault runs in the cluster',
    ]);
  });

  test('needs to know the API server', () => {
    expect(refusal(() => world({ reviewer: Reviewer.client() }))).toEqual([
      'a Vault outside the cluster has to know the API server [auth/api-server-missing]',
      '  at:      vault/kubernetes (test/support/world.ts)',
      '  allowed: apiServer: { url, ca }, or ApiServer.fromVariables(), on the KubernetesCluster',
      '  live:    400 open /var/run/secrets/kubernetes.io/serviceaccount/ca.crt: no such file or directory',
      '  fix:     state the API server of the cluster "prod", or use Reviewer.local() where Vault runs in it',
    ]);
  });
});

describe('the service account of a workload', () => {
  test.each(['API', 'api*', '*', 'shop/api', ' api'])('is not called %j', serviceAccount => {
    const { auth } = world();

    expect(refusal(() => new Workload(auth, 'api', { namespace: 'shop', serviceAccount }))).toEqual([
      'the name of the service account is not a valid name [kubernetes/name]',
      '  at:      vault/kubernetes/api (test/refusals/kubernetes.test.ts)',
      `  given:   "${serviceAccount}"`,
      ...SUBDOMAIN,
      '  fix:     change the name of the service account',
    ]);
  });

  test('has a name that is no longer than Kubernetes takes', () => {
    const { auth } = world();
    const serviceAccount = 'x'.repeat(254);

    expect(refusal(() => new Workload(auth, 'api', { namespace: 'shop', serviceAccount }))).toEqual([
      'the name of the service account is too long: 254 bytes [kubernetes/name]',
      '  at:      vault/kubernetes/api (test/refusals/kubernetes.test.ts)',
      `  given:   "${serviceAccount}"`,
      '  allowed: at most 253',
      '  live:    must be no more than 253 characters',
      '  fix:     give the name of the service account a shorter name',
    ]);
  });
});

describe('a manifest', () => {
  const TOKEN = [
    '  at:      shop/settings',
    '  allowed: a value that is fixed in code',
    '  live:    silently ignored: the manifest would say ${TfToken[TOKEN.0]}',
    '  fix:     pass a name that is fixed in code, or read it in the cluster from a TerraformOutput',
  ];

  test('holds no text that only Terraform knows', () => {
    const { app, auth, shop } = world();
    configMap(shop, 'settings', { mount: auth.backend });

    expect(refusal(() => app.judge())).toEqual([
      'ConfigMap field "data.mount" holds a value that only Terraform knows [kubernetes/terraform-token]',
      ...TOKEN,
    ]);
  });

  test('holds no such text inside of another, or behind something lazy', () => {
    const first = world();
    configMap(first.shop, 'settings', { login: `/v1/auth/${first.auth.backend}/login` });
    const second = world();
    configMap(second.shop, 'settings', { login: Lazy.any({ produce: () => Fn.lower(second.auth.backend) }) });

    for (const { app } of [first, second])
      expect(refusal(() => app.judge())).toEqual([
        'ConfigMap field "data.login" holds a value that only Terraform knows [kubernetes/terraform-token]',
        ...TOKEN,
      ]);
  });

  test('holds no list and no number that only Terraform knows', () => {
    const first = world();
    configMap(first.shop, 'settings', { keys: first.kv.mount.allowedManagedKeys });
    const second = world();
    configMap(second.shop, 'settings', { keys: second.kv.mount.defaultLeaseTtlSeconds });

    for (const { app } of [first, second])
      expect(refusal(() => app.judge())).toEqual([
        'ConfigMap field "data.keys" holds a value that only Terraform knows [kubernetes/terraform-token]',
        ...TOKEN,
      ]);
  });

  test('holds no key that only Terraform knows', () => {
    const { app, auth, shop } = world();
    configMap(shop, 'settings', { [auth.backend]: 'kubernetes' });

    expect(refusal(() => app.judge())).toEqual([
      'a key below "data" holds a value that only Terraform knows [kubernetes/terraform-token]',
      ...TOKEN,
    ]);
  });

  test('is in no namespace that only Terraform knows', () => {
    const { auth } = world();

    expect(refusal(() => new Workload(auth, 'api', { namespace: auth.backend }))).toEqual([
      'the namespace is not a valid name [kubernetes/name]',
      '  at:      vault/kubernetes/api (test/refusals/kubernetes.test.ts)',
      `  given:   "${auth.backend}"`,
      ...LABEL,
      '  fix:     change the namespace',
    ]);
  });

  test('depends on no Terraform resource', () => {
    const { app, auth, shop } = world();
    configMap(shop, 'settings', {}).node.addDependency(auth.mount);

    expect(refusal(() => app.judge())).toEqual([
      'a manifest depends on something that prints no manifest [kubernetes/depends-on-terraform]',
      '  at:      shop/settings',
      '  given:   "vault/kubernetes/Resource"',
      '  allowed: dependencies between manifests',
      '  live:    Error: cannot find a parent chart (directly or indirectly)',
      '  fix:     drop the dependency: the order across the border is platform charts, then Terraform, then workloads',
    ]);
  });

  test('does not depend on itself by way of others', () => {
    const { app, shop } = world();
    const [a, b, c] = ['a', 'b', 'c'].map(name => configMap(shop, name, {})) as [ApiObject, ApiObject, ApiObject];
    a.node.addDependency(b);
    b.node.addDependency(c);
    c.node.addDependency(a);

    expect(refusal(() => app.judge())).toEqual([
      'manifests depend on each other in a circle [kubernetes/dependency-cycle]',
      '  at:      shop/a',
      '  given:   ["shop/a","shop/b","shop/c","shop/a"]',
      '  fix:     remove one of these dependencies',
    ]);
  });
});

import { ApiObject, Chart } from 'cdk8s';
import { Deployment } from 'cdk8s-plus-28';
import { Fn } from 'cdktf';
import {
  CsiDelivery,
  Duration,
  KubernetesAuth,
  KubernetesCluster,
  KvEngine,
  State,
  toFile,
  VaultApp,
  VaultServer,
  Workload,
} from '../src';

interface Resource {
  readonly [argument: string]: unknown;
}

function start() {
  const app = new VaultApp();
  const vault = new VaultServer(app, 'vault', { address: 'https://vault.example.com:8200', state: State.local() });
  const cluster = new KubernetesCluster(app, 'prod');
  const auth = new KubernetesAuth(vault, 'kubernetes', {
    cluster,
    delivery: new CsiDelivery(),
    vault: { address: 'http://vault.vault.svc:8200' },
  });
  const secret = KvEngine.fromPath(vault, 'secret').secret('webapp/production', { keys: ['db_pass'] });
  return { app, vault, cluster, auth, secret };
}

/** The resources of a type that a stack prints, without what is there only for people. */
function resources(app: VaultApp, type: string): readonly Resource[] {
  const stack = app.judge().printOut.documents.find(d => d.format === 'terraform')!.value as {
    resource: Record<string, Record<string, Resource>>;
  };
  return Object.values(stack.resource[type] ?? {}).map(({ '//': metadata, lifecycle, ...rest }) => rest);
}

function manifests(app: VaultApp, kind: string): readonly unknown[] {
  const { documents } = app.judge().printOut;
  return documents.filter(d => d.value['kind'] === kind).map(d => d.value);
}

describe('the auth mount of a cluster', () => {
  test('is one mount that every delivery takes from its workload; a second one for the cluster is refused [AUTH-01]', () => {
    const { app, vault, cluster, auth, secret } = start();
    const api = new Workload(auth, 'api', { namespace: 'shop' });
    const web = new Workload(auth, 'web', { namespace: 'shop' });
    for (const w of [api, web]) w.consume(secret.fields.db_pass, toFile('/mnt/secrets/db'));

    expect(resources(app, 'vault_auth_backend')).toHaveLength(1);
    expect(manifests(app, 'SecretProviderClass')).toMatchObject([
      { spec: { parameters: { vaultAuthMountPath: 'kubernetes', roleName: 'shop-api' } } },
      { spec: { parameters: { vaultAuthMountPath: 'kubernetes', roleName: 'shop-web' } } },
    ]);
    expect(() => new KubernetesAuth(vault, 'again', { cluster, vault: { address: 'http://v:8200' } })).toThrow(
      '[auth/cluster-trusted-twice]',
    );
    // A delivery without a mount and a role cannot be written down: a workload makes it, and takes a mount.
    // @ts-expect-error an auth mount is required
    expect(() => Workload.of(new Deployment(new Chart(app, 'c'), 'd', { containers: [{ image: 'i' }] }), {})).toThrow();
  });

  test('is of type kubernetes at the path "kubernetes", or at another one [AUTH-02]', () => {
    const { app, vault, cluster } = start();
    expect(resources(app, 'vault_auth_backend')).toEqual([{ type: 'kubernetes', path: 'kubernetes' }]);

    const other = new KubernetesCluster(app, 'staging', {
      apiServer: { url: 'https://staging.example.com:6443', ca: 'a certificate' },
    });
    expect(cluster.apiServer).toBeUndefined();
    expect(
      () =>
        new KubernetesAuth(vault, 'staging', {
          cluster: other,
          path: 'kubernetes-staging',
          vault: { address: 'http://v:8200' },
        }),
    ).toThrow('[auth/not-in-cluster]');
  });

  test('is printed with the right of its reviewer, never one without the other [AUTH-03]', () => {
    expect(manifests(start().app, 'ClusterRoleBinding')).toEqual([
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name: 'vault:kubernetes:reviewer:vault:vault' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:auth-delegator' },
        subjects: [{ kind: 'ServiceAccount', name: 'vault', namespace: 'vault' }],
      },
    ]);
  });

  test('lets Vault read the files of its own pod; pinning them is a finding [AUTH-04, ACC-09]', () => {
    const { app, auth } = start();
    expect(resources(app, 'vault_auth_backend')).toEqual([{ type: 'kubernetes', path: 'kubernetes' }]);
    expect(resources(app, 'vault_kubernetes_auth_backend_config')).toEqual([
      {
        backend: '${vault_auth_backend.kubernetes.path}',
        kubernetes_host: 'https://kubernetes.default.svc:443',
        disable_iss_validation: true,
        disable_local_ca_jwt: false,
      },
    ]);
    expect(app.judge().findings).toEqual([]);

    // As the documentation of Vault has it, word for word: the two files of the pod, by hand.
    const pod = '/var/run/secrets/kubernetes.io/serviceaccount';
    auth.config.kubernetesCaCert = Fn.file(`${pod}/ca.crt`);
    auth.config.tokenReviewerJwt = Fn.file(`${pod}/token`);
    expect(resources(app, 'vault_kubernetes_auth_backend_config')).toMatchObject([
      { kubernetes_ca_cert: `\${file("${pod}/ca.crt")}`, token_reviewer_jwt: `\${file("${pod}/token")}` },
    ]);
    expect(app.judge().findings.map(f => [f.id, f.severity, f.message])).toEqual([
      ['VC311', 'warning', 'auth/kubernetes pins kubernetes_ca_cert and token_reviewer_jwt'],
    ]);
  });
});

describe('the role of a workload', () => {
  test('binds one account in one namespace, for one audience, with its lifetimes in seconds [AUTH-13]', () => {
    const { app, auth, secret } = start();
    const options = {
      name: 'webapp',
      serviceAccount: 'webapp-sa',
      namespace: 'production',
      tokenTtl: Duration.hours(1),
      tokenMaxTtl: Duration.hours(4),
    };
    new Workload(auth, 'webapp', options).consume(secret.fields.db_pass, toFile('/mnt/secrets/db_pass'));

    expect(resources(app, 'vault_kubernetes_auth_backend_role')).toEqual([
      {
        backend: '${vault_auth_backend.kubernetes.path}',
        role_name: 'webapp',
        bound_service_account_names: ['webapp-sa'],
        bound_service_account_namespaces: ['production'],
        audience: 'vault',
        alias_name_source: 'serviceaccount_uid',
        token_policies: ['${vault_policy.webapp.name}'],
        token_no_default_policy: true,
        token_type: 'service',
        token_ttl: 3600,
        token_max_ttl: 14400,
      },
    ]);
    expect(resources(app, 'vault_policy')).toMatchObject([{ name: 'webapp' }]);
  });

  test('is one link of a chain of objects, and every link is checked: account, role, policy, path [AUTH-22]', () => {
    const { app, auth, cluster, secret } = start();
    const chart = new Chart(app, 'web', { namespace: cluster.namespace('production') });
    cluster.includes(chart);
    const workload = Workload.of(new Deployment(chart, 'webapp', { containers: [{ image: 'i' }] }), { auth });
    workload.consume(secret.fields.db_pass, toFile('/mnt/secrets/db_pass'));
    const pods = ApiObject.of(chart.node.findChild('webapp')).name;
    const broken = (): readonly (readonly string[])[] =>
      app
        .judge()
        .findings.filter(f => f.severity === 'error')
        .map(f => [f.id, f.message]);
    expect(broken()).toEqual([]);

    workload.role.boundServiceAccountNames = ['somebody-else'];
    expect(broken()).toContainEqual([
      'VC102',
      `Deployment production/${pods} runs as production/webapp, but role "production-webapp" admits service accounts "somebody-else" in namespaces "production" (stacks/vault/cdk.tf.json)`,
    ]);
    workload.role.boundServiceAccountNames = ['webapp'];
    workload.role.tokenPolicies = ['nobody-wrote-it'];
    expect(broken().map(([id]) => id)).toEqual(['VC203', 'VC207']);
    workload.role.tokenPolicies = [workload.policy.name];
    workload.policy.policy = 'path "secret/webapp/production" {\n  capabilities = ["read"]\n}\n';
    expect(broken()).toContainEqual([
      'VC201',
      'SecretProviderClass production/webapp-vault reads "secret/data/webapp/production", which role "production-webapp" may not read: no rule matches',
    ]);
  });
});

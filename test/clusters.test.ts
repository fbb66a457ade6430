import { AuthBackend } from '@cdktf/provider-vault/lib/auth-backend';
import { Chart } from 'cdk8s';
import {
  type ApiServer,
  Ca,
  CsiDelivery,
  KubernetesAuth,
  KubernetesCluster,
  KvEngine,
  Reviewer,
  State,
  toFile,
  VaultApp,
  VaultServer,
  Workload,
} from 'vault-cdk';
import { refused, said } from './support/said';
import { CERTIFICATE, deployment, secretProviderClass } from './support/world';

const CLUSTERS = ['prod', 'staging', 'dev'];
const pem = (name: string) => CERTIFICATE.replace('MIIB', name.toUpperCase());
const apiServerOf = (name: string): ApiServer => ({ url: `https://${name}-cluster.example.com:6443`, ca: pem(name) });

/** One Vault, and a mount for each cluster of a list. */
function fleet(names: readonly string[] = CLUSTERS) {
  const app = new VaultApp();
  const address = 'https://vault.example.com:8200';
  const vault = new VaultServer(app, 'vault', { address, state: State.local(), providerVersion: '5.7.0' });
  const kv = new KvEngine(vault, 'secret');
  const clusters = names.map(name => {
    const cluster = new KubernetesCluster(app, name, { apiServer: apiServerOf(name) });
    const auth = new KubernetesAuth(vault, `kubernetes-${name}`, {
      cluster,
      reviewer: Reviewer.stored({ serviceAccount: `vault/reviewer-of-${name}` }),
      delivery: new CsiDelivery(),
      vault: { address, ca: Ca.system() },
    });
    const chart = new Chart(cluster, 'shop', { namespace: cluster.namespace(`shop-${name}`) });
    const { password } = kv.secret(`shop/${name}`, { keys: ['password'] }).fields;
    Workload.of(deployment(chart, `api-${name}`), { auth }).consume(password, toFile('/mnt/secrets/password'));
    return cluster;
  });
  return { app, vault, clusters };
}

function resources(app: VaultApp, type: string) {
  const stack = app.judge().printOut.documents.find(d => d.format === 'terraform')!.value as {
    readonly resource: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  };
  return stack.resource[type] ?? {};
}

describe('one Vault for several clusters', () => {
  test('has a mount for each, from a list; one path cannot be two mounts, and the manifests of a cluster use its own [AUTH-10]', () => {
    const { app, vault } = fleet();

    expect(Object.values(resources(app, 'vault_auth_backend')).map(r => [r['type'], r['path']])).toEqual(
      expect.arrayContaining(CLUSTERS.map(name => ['kubernetes', `kubernetes-${name}`])),
    );
    const taken = () =>
      new KubernetesAuth(vault, 'again', {
        path: 'kubernetes-dev',
        cluster: new KubernetesCluster(app, 'test', { apiServer: apiServerOf('test') }),
        reviewer: Reviewer.client(),
        vault: { address: 'https://vault.example.com:8200', ca: Ca.system() },
      });
    expect(refused(taken).code).toBe('vault/name-taken');

    const classes = app.judge().printOut.documents.filter(d => d.value['kind'] === 'SecretProviderClass');
    expect(
      classes.map(d => [
        d.group,
        (d.value['spec'] as { parameters: Record<string, string> }).parameters['vaultAuthMountPath'],
      ]),
    ).toEqual(CLUSTERS.map(name => [name, `kubernetes-${name}`]));
    // One that somebody writes by hand for the mount of another cluster is refused.
    const second = fleet();
    const dev = second.clusters[2]!;
    secretProviderClass(new Chart(dev, 'raw', { namespace: 'shop' }), 'raw', { vaultAuthMountPath: 'kubernetes-prod' });
    expect(said('VC316', second.app)[0]).toMatch(
      /^error VC316: .* logs in at auth\/kubernetes-prod, which trusts cluster "prod"$/,
    );
  });

  test('has settings for each mount; one that is enabled and never configured refuses the app [AUTH-11, ACC-11]', () => {
    const { app } = fleet();
    const configs = resources(app, 'vault_kubernetes_auth_backend_config');

    for (const name of CLUSTERS)
      expect(configs[`kubernetes-${name}`]).toMatchObject({
        backend: `\${vault_auth_backend.kubernetes-${name}.path}`,
        kubernetes_host: `https://${name}-cluster.example.com:6443`,
        kubernetes_ca_cert: pem(name),
        token_reviewer_jwt_wo: `\${var.reviewer_jwt_${name}}`,
        disable_local_ca_jwt: true,
      });
    expect(Object.keys(configs)).toHaveLength(3);
    expect(app.judge().findings.filter(f => f.severity === 'error')).toEqual([]);

    const two = fleet(['prod', 'staging']);
    new AuthBackend(two.vault, 'Dev', { type: 'kubernetes', path: 'kubernetes-dev' });
    expect(said('VC314', two.app)[0]).toBe(
      'error VC314: auth/kubernetes-dev is of type kubernetes and has no settings',
    );
    expect(refused(() => two.app.synth()).code).toBe('app/refused');
  });

  test('prints for each cluster what is its own, and nothing of another', () => {
    const files = [...fleet().app.judge().printOut.kubernetes];

    expect(files.map(([path]) => path)).toEqual(
      CLUSTERS.flatMap(c => [`${c}/platform.k8s.yaml`, `${c}/shop.k8s.yaml`]),
    );
    for (const [path, text] of files)
      for (const other of CLUSTERS.filter(c => !path.startsWith(`${c}/`)))
        expect([path, other, new RegExp(`\\b${other}\\b`).test(text)]).toEqual([path, other, false]);
  });
});

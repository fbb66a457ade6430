import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { at } from './harness/json';
import type { Kubernetes } from './harness/kubernetes';
import { applyForReal, hasProvider } from './harness/terraform';
import { EXAMPLES } from './support/settings';
import { possible, World } from './support/world';

const root = join(__dirname, '../..');
const hasKubectl = spawnSync('kubectl', ['version', '--client'], { stdio: 'ignore' }).status === 0;
const runs = possible && hasKubectl;
const serverTest = runs ? test : test.skip;
const why = runs ? '' : ' (needs kubectl, the CRDs, private mounts and port 443)';

describe(`the way from nothing to running pods, as vault-cdk bootstrap prints it${why}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'vault-cdk-bootstrap-'));
  const kubeconfig = join(folder, 'kubeconfig');
  let world: World;
  let exported: Readonly<Record<string, string>> = {};

  beforeAll(async () => {
    if (!runs) return;
    world = await World.start('outside', EXAMPLES['outside']);
    const entries = [...world.clusters].map(([name, kubernetes]) => ({ name, ...kubernetes.access }));
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: entries.map(({ name, cluster }) => ({ name, cluster })),
      users: entries.map(({ name, user }) => ({ name, user })),
      contexts: entries.map(({ name }) => ({ name, context: { cluster: name, user: name } })),
    };
    writeFileSync(kubeconfig, JSON.stringify(config), { mode: 0o600 });
  }, 40 * 60_000);
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await (world as World | undefined)?.stop();
  });

  /** Runs one step as its users do, in the shell that they have, and then some more lines. */
  function step(name: string, after = '') {
    const printed = ['cdktf.out', 'dist'].map(f => join(world.printed.folder, f));
    const cli = spawnSync(process.execPath, [join(root, 'bin/vault-cdk'), 'bootstrap', ...printed, '--step', name], {
      encoding: 'utf8',
    });
    expect([cli.status, cli.stderr]).toEqual([0, '']);
    const script = join(folder, `${name}.sh`);
    writeFileSync(script, `${cli.stdout}\n${after}\n`);
    const env = { PATH: process.env['PATH'] ?? '', HOME: folder, KUBECONFIG: kubeconfig, VAULT_CDK_TRIES: '3' };
    return spawnSync('sh', [script], { cwd: folder, env, encoding: 'utf8', timeout: 60_000 });
  }

  serverTest('kubectl takes the platform manifests of each cluster', async () => {
    const ran = step('platform');
    expect([ran.status, ran.stderr]).toEqual([0, '']);
    for (const kubernetes of world.clusters.values()) {
      const { status } = await kubernetes.request('GET', '/api/v1/namespaces/shop');
      expect(status).toBe(200);
    }
  });

  serverTest('what a person has to give is said, while Kubernetes has not filled the Secret of the reviewer', () => {
    const ran = step('variables');
    expect(ran.status).not.toBe(0);
    expect(ran.stderr).toMatch(/vault-cdk: no .* of cluster eu: apply its platform manifests first/);
  });

  serverTest('the variables of the stack are read from the clusters, and none is shown', async () => {
    await fill(world);
    const names = Object.keys(at(world.printed.stacks.get('vault'), 'variable') as object);
    const ran = step('variables', names.map(n => `printf '%s\\0%s\\0' ${n} "$TF_VAR_${n}"`).join('\n'));
    const parts = ran.stdout.split('\0');
    exported = Object.fromEntries(names.map((_, i) => [parts[2 * i] ?? '', parts[2 * i + 1] ?? '']));

    const [eu, us] = [world.clusterOf('eu'), world.clusterOf('us')];
    const { reviewer_jwt_eu: token, ...rest } = exported;
    expect(rest).toEqual({
      kubernetes_ca_eu: eu.ca.trimEnd(),
      kubernetes_ca_us: us.ca.trimEnd(),
      kubernetes_host_eu: eu.url,
      kubernetes_host_us: us.url,
    });
    expect(token?.split('.')).toHaveLength(3);
    expect(ran.stderr).not.toContain(token);
    expect(ran.stdout.replaceAll(token ?? '', '')).not.toMatch(/eyJ/);
  });

  const provider = EXAMPLES['outside']?.provider;
  const applies = runs && hasProvider(provider);
  (applies ? test : test.skip)(
    `terraform takes them${applies ? '' : ' (needs a terraform with hashicorp/vault 5.7.0: set TF_CLI_CONFIG_FILE)'}, and every workload logs in`,
    async () => {
      const env = Object.fromEntries(Object.entries(exported).map(([k, v]) => [`TF_VAR_${k}`, v]));
      expect(applyForReal(world.stackFolder('vault'), world.vaultOf({ stack: 'vault' }), env)).toBeGreaterThan(0);
      const ran = step('workloads');
      expect([ran.status, ran.stderr]).toEqual([0, '']);
      for (const { pods, delivery } of world.mounts) expect((await world.login(delivery, pods)).status).toBe(200);
    },
  );
});

/** What controllers of Kubernetes do, which do not run here: the token of the Secret, and the CA of each namespace. */
async function fill(world: World): Promise<void> {
  const write = (kubernetes: Kubernetes, manifest: object): Promise<unknown> => kubernetes.apply(manifest);
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  for (const kubernetes of world.clusters.values())
    await write(kubernetes, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kube-root-ca.crt', namespace: 'default' },
      data: { 'ca.crt': kubernetes.ca },
    });
  const eu = world.clusterOf('eu');
  const token = await eu.tokenRequest('vault', 'vault-auth');
  await write(eu, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'vault-auth-token', namespace: 'vault' },
    data: { token: base64(token), 'ca.crt': base64(eu.ca), namespace: base64('vault') },
  });
}

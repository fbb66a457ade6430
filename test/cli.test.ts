import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../src/cli/main';
import { root } from './support/project';

const golden = join(root, 'test/golden/quickstart');
const folder = mkdtempSync(join(tmpdir(), 'vault-cdk-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a command line; what went to stdout and stderr comes back as text. */
function cli(...args: readonly string[]) {
  let stdout = '';
  let stderr = '';
  const spy = jest.spyOn(process.stderr, 'write').mockImplementation(text => {
    stderr += String(text);
    return true;
  });
  try {
    const code = main(args, text => (stdout += text));
    return { code, stdout, stderr };
  } finally {
    spy.mockRestore();
  }
}

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

describe('vault-cdk', () => {
  test('says how it is used, and ends with 2 when nothing was asked for', () => {
    expect(cli('--help')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('vault-cdk check [PATH...]') as string,
    });
    expect(cli().code).toBe(2);
    expect(cli('--version')).toMatchObject({ code: 0, stdout: '0.1.0\n' });
  });

  test('refuses what it does not know, without a stack trace', () => {
    expect(cli('chek')).toEqual({
      code: 2,
      stdout: '',
      stderr: [
        'there is no such command [cli/unknown-command]',
        '  given:   "chek"',
        '  allowed: synth, check, access, checklist, bootstrap, runner-policy, owners, graph, security',
        '  fix:     see vault-cdk --help',
        '',
      ].join('\n'),
    });
    expect(cli('check', '--format', 'xml')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('[cli/unknown-format]') as string,
    });
    expect(cli('check', '--nope').stderr).toContain("Unknown option '--nope'");
  });

  test('check is silent about a good print-out, and ends with 0', () => {
    expect(cli('check', golden)).toEqual({
      code: 0,
      stdout: 'Checked 1 Terraform stack and 11 manifests: 0 errors, 0 warnings, 0 notes\n',
      stderr: '',
    });
    expect(JSON.parse(cli('check', golden, '--format', 'json').stdout)).toEqual({ findings: [] });
  });

  test('check names what is wrong in the files of others with file and line, and ends with 1', () => {
    const pod = file(
      'pod.yaml',
      [
        'apiVersion: v1',
        'kind: ConfigMap',
        'metadata: { name: first, namespace: shop }',
        '---',
        'apiVersion: v1',
        'kind: Pod',
        'metadata: { name: web, namespace: shop }',
        'spec:',
        '  serviceAccountName: web',
        '  containers: [{ name: web, image: i, volumeMounts: [{ name: s, mountPath: /s }] }]',
        '  volumes:',
        '    - { name: s, csi: { driver: secrets-store.csi.k8s.io, readOnly: true, volumeAttributes: { secretProviderClass: nowhere } } }',
        '',
      ].join('\n'),
    );
    const { code, stdout } = cli('check', pod);
    expect(code).toBe(1);
    expect(stdout).toBe(
      [
        'error VC104: Pod shop/web mounts the SecretProviderClass "nowhere", which is not in namespace "shop"',
        `  at:      ${pod}:5`,
        '  live:    failed to get secretproviderclass ..., error: secretproviderclasses.secrets-store.csi.x-k8s.io "..." not found',
        '  fix:     print the SecretProviderClass in the namespace of the pods',
        'Checked 0 Terraform stacks and 2 manifests: 1 errors, 0 warnings, 0 notes',
        '',
      ].join('\n'),
    );
  });

  test('a file that cannot be read ends with 2, and names file and line', () => {
    const broken = file('broken.yaml', 'a: 1\nb: [1, 2\nc: 3\n');
    const { code, stderr } = cli('check', broken);
    expect(code).toBe(2);
    expect(stderr).toContain('a file is not YAML [read/unreadable]');
    expect(stderr).toMatch(/ {2}at: {6}.*broken\.yaml:\d+\n/);
    expect(cli('check', join(folder, 'missing'))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('a path does not exist [read/missing]') as string,
    });
    expect(cli('check', file('broken.tf.json', '{ "resource": ')).stderr).toContain(
      'a file is not JSON [read/unreadable]',
    );
  });

  test('access shows who may do what, and where it is delivered', () => {
    const { access } = JSON.parse(cli('access', golden, '--format', 'json').stdout) as { access: unknown[] };
    expect(access).toContainEqual({
      stack: 'vault',
      who: 'shop/web',
      may: ['read'],
      path: 'secret/data/shop/web/session',
      through: { mount: 'kubernetes', role: 'shop-web', policies: ['kubernetes-shop-web'] },
      delivered: ['csi: /mnt/secrets/session-key'],
    });
    expect(access).toHaveLength(4);
    expect(cli('access', golden).stdout.split('\n')).toHaveLength(7);
  });

  test('checklist names each secret once, with the fields that are read', () => {
    expect(cli('checklist', golden).stdout).toContain(
      [
        '[ ] secret/shop/db: password, username   (read by shop/api-vault)',
        '    vault kv put -mount=secret shop/db -     # then type {"password": "...", "username": "..."} and Ctrl-D',
      ].join('\n'),
    );
  });

  test('bootstrap prints all steps as a script, or one of them, or data', () => {
    const outside = join(root, 'test/golden/outside');
    const paths = [join(outside, 'cdktf.out'), join(outside, 'dist')];
    const { code, stdout } = cli('bootstrap', ...paths);
    expect(code).toBe(0);
    expect(stdout.match(/^# \d\. /gm)).toHaveLength(6);
    expect(stdout).toContain(`kubectl --context "$CONTEXT_EU" apply -f ${outside}/dist/eu/platform.k8s.yaml`);
    expect(cli('bootstrap', '--step', 'variables', ...paths).stdout.match(/^export .*$/gm)).toEqual([
      'export TF_VAR_kubernetes_ca_eu',
      'export TF_VAR_kubernetes_ca_us',
      'export TF_VAR_kubernetes_host_eu',
      'export TF_VAR_kubernetes_host_us',
      'export TF_VAR_reviewer_jwt_eu',
    ]);
    const { steps } = JSON.parse(cli('bootstrap', '--format', 'json', ...paths).stdout) as {
      steps: { name: string }[];
    };
    expect(steps.map(s => s.name)).toEqual(['platform', 'variables', 'terraform', 'values', 'connection', 'workloads']);
  });

  test('checklist names a secret for each Vault that has to have it', () => {
    const environments = join(root, 'test/golden/environments');
    const { stdout } = cli('checklist', join(environments, 'cdktf.out'), join(environments, 'dist'));
    expect(stdout.match(/^\[ \].*$/gm)).toEqual(
      ['dev', 'prod', 'staging'].map(
        e => `[ ] secret/shop/db: password   (in the Vault of ${e}-vault, read by shop/api-${e}-vault)`,
      ),
    );
  });
});

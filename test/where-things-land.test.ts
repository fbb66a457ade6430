import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { clean, makeProject, output, root, run } from './support/project';

const place = mkdtempSync(join(tmpdir(), 'vault-cdk-lands-'));
afterAll(() => rmSync(place, { recursive: true }));

const project = (name: string, program?: string) => makeProject(join(place, name), program);

// As the two commands run an app; that they do is shown with the real ones in the end-to-end tests.
const CDKTF = {
  CDKTF_OUTDIR: 'cdktf.out',
  CDKTF_CONTEXT_JSON: '{"excludeStackIdFromLogicalIds":"true","cdktfRelativeModules":["./"]}',
  CDKTF_CONTINUE_SYNTH_ON_ERROR_ANNOTATIONS: 'true',
  SYNTH_HCL_OUTPUT: 'false',
};
const CDK8S = { CDK8S_OUTDIR: 'dist', CDK8S_RECORD_CONSTRUCT_METADATA: 'false' };

describe('where things land', () => {
  const reference = project('reference');
  const first = run(reference, ['node', 'main.js']);
  const printed = output(reference);

  test('a run prints both halves, each where its tools look for it, and nothing else', () => {
    expect([first.status, first.stdout, first.stderr]).toEqual([0, '', '']);
    expect(Object.keys(printed)).toEqual([
      'cdktf.out.files.json',
      'cdktf.out/manifest.json',
      'cdktf.out/stacks/vault/cdk.tf.json',
      'dist/prod/platform.k8s.yaml',
      'dist/prod/shop.k8s.yaml',
    ]);
  });

  test.each([
    ['tsx', ['node', join(root, 'node_modules/tsx/dist/cli.mjs'), 'main.ts'], {}],
    ['node --import tsx', ['node', '--import', 'tsx', 'main.ts'], {}],
    ['vault-cdk synth', ['node', join(root, 'bin/vault-cdk'), 'synth'], {}],
    ['the environment of cdktf synth', ['node', '--import', 'tsx', 'main.ts'], CDKTF],
    ['the environment of cdk8s synth', ['node', '--import', 'tsx', 'main.ts'], CDK8S],
  ] as const)('%s prints the same bytes, from another checkout', (name, command, env) => {
    const folder = project(`a/deeper/checkout/${name.replaceAll(/\W/g, '-')}`);
    const { status, stderr } = run(folder, command, env);
    expect([status, stderr]).toEqual([0, '']);
    expect(output(folder)).toEqual(printed);
  });

  test('nothing of the machine is in the output: no path, no time, no stack trace', () => {
    const all = Object.values(printed).join('\n');
    for (const trace of [place, root, 'node_modules', 'main.ts', 'main.js', String(new Date().getFullYear())])
      expect(all).not.toContain(trace);
    expect(all).not.toMatch(/\bat .*:\d+:\d+/);
    expect(printed['cdktf.out/stacks/vault/cdk.tf.json']).toContain('"path": "../../../terraform.vault.tfstate"');
  });

  test('CDKTF_OUTDIR and CDK8S_OUTDIR choose the folders, however deep', () => {
    const folder = project('elsewhere');
    const { status } = run(folder, ['node', 'main.js'], { CDKTF_OUTDIR: 'build/tf', CDK8S_OUTDIR: 'build/k8s' });
    expect(status).toBe(0);
    expect(output(folder)).toEqual({});
    expect(readFileSync(join(folder, 'build/tf/stacks/vault/cdk.tf.json'), 'utf8')).toBe(
      printed['cdktf.out/stacks/vault/cdk.tf.json'],
    );
    expect(readFileSync(join(folder, 'build/k8s/prod/shop.k8s.yaml'), 'utf8')).toBe(printed['dist/prod/shop.k8s.yaml']);
  });
});

describe('what is there already', () => {
  const small = (extra: string) => `
    import { ApiObject, Chart } from 'cdk8s';
    import { State, VaultApp, VaultServer } from 'vault-cdk';
    const app = new VaultApp();
    new VaultServer(app, 'one', { address: 'https://v:8200', state: State.local() });
    new ApiObject(new Chart(app, 'a'), 'o', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'o', namespace: 'n' } });
    ${extra}
    app.synth();
  `;
  const second = `
    new VaultServer(app, 'two', { address: 'https://w:8200', state: State.local() });
    new ApiObject(new Chart(app, 'b'), 'o', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'p', namespace: 'n' } });
  `;
  const write = (folder: string, program: string) =>
    writeFileSync(join(folder, 'main.js'), ts.transpile(program, { module: ts.ModuleKind.CommonJS }));

  test('stale files go; state, what terraform made and what people put there stay', () => {
    const folder = project('stale', small(second));
    expect(run(folder, ['node', 'main.js']).status).toBe(0);
    const kept = {
      'terraform.two.tfstate': 'state',
      'cdktf.out/stacks/two/terraform.tfstate': 'state',
      'cdktf.out/stacks/two/.terraform.lock.hcl': 'lock',
      'cdktf.out/stacks/two/.terraform/providers': 'providers',
      'dist/by-hand.yaml': 'mine: true',
    };
    mkdirSync(join(folder, 'cdktf.out/stacks/two/.terraform'));
    for (const [path, text] of Object.entries(kept)) writeFileSync(join(folder, path), text);

    write(folder, small(''));
    expect(run(folder, ['node', 'main.js']).status).toBe(0);
    expect(existsSync(join(folder, 'dist/b.k8s.yaml'))).toBe(false);
    expect(existsSync(join(folder, 'cdktf.out/stacks/two/cdk.tf.json'))).toBe(false);
    expect(existsSync(join(folder, 'dist/a.k8s.yaml'))).toBe(true);
    for (const [path, text] of Object.entries(kept))
      expect([path, readFileSync(join(folder, path), 'utf8')]).toEqual([path, text]);
  });

  test('a refused app writes nothing and removes nothing', () => {
    const folder = project('refused', small(second));
    expect(run(folder, ['node', 'main.js']).status).toBe(0);
    const before = output(folder);
    const same = `new ApiObject(new Chart(app, 'c'), 'o', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'o', namespace: 'n' } });`;
    write(folder, small(same));
    const { status, stderr } = run(folder, ['node', 'main.js']);
    expect(status).toBe(1);
    expect(stderr).toContain('error VC501: ConfigMap n/o is printed by a/o and by c/o');
    expect(output(folder)).toEqual(before);
  });

  test('an app that is refused from the start leaves not even a folder', () => {
    const folder = project('never', small(`new Chart(app, 'x').node.addValidation({ validate: () => ['broken'] });`));
    expect(run(folder, ['node', 'main.js']).status).toBe(1);
    expect(readdirSync(folder).sort()).toEqual([
      'cdk8s.yaml',
      'cdktf.json',
      'main.js',
      'main.ts',
      'node_modules',
      'package.json',
    ]);
  });
});

test('the printed examples are the golden ones; UPDATE_GOLDEN=1 writes them anew', () => {
  for (const example of readdirSync(join(root, 'examples'))
    .filter(f => f.endsWith('.ts'))
    .map(f => f.replace(/\.ts$/, ''))) {
    const folder = project(`golden-${example}`, readFileSync(join(root, 'examples', `${example}.ts`), 'utf8'));
    execFileSync('node', ['main.js'], { cwd: folder, env: clean });
    const golden = join(root, 'test/golden', example);
    if (process.env['UPDATE_GOLDEN'] === '1') {
      rmSync(golden, { recursive: true, force: true });
      for (const f of ['cdktf.out', 'dist', 'pods'].filter(d => existsSync(join(folder, d))))
        cpSync(join(folder, f), join(golden, f), { recursive: true });
    }
    const { 'cdktf.out.files.json': list, ...expected } = output(folder);
    expect([example, output(golden)]).toEqual([example, expected]);
  }
});

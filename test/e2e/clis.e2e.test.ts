import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeProject, output, run } from '../support/project';

// 600 MB that only this file needs, so they are no development dependency; kept beside the servers.
const VERSIONS = { 'cdk8s-cli': '2.207.60', 'cdktf-cli': '0.21.0' };
const cache =
  process.env['VAULT_CDK_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'vault-cdk');
const installed = join(cache, `clis-${Object.values(VERSIONS).join('-')}`);
const cli = (name: string) => join(installed, 'node_modules', '.bin', name);

const place = mkdtempSync(join(tmpdir(), 'vault-cdk-clis-'));
afterAll(() => rmSync(place, { recursive: true }));

beforeAll(() => {
  if (existsSync(installed)) return;
  const half = `${installed}.${process.pid}`;
  mkdirSync(half, { recursive: true });
  writeFileSync(join(half, 'package.json'), JSON.stringify({ private: true, dependencies: VERSIONS }));
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: half,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  renameSync(half, installed);
}, 10 * 60_000);

const quiet = { CHECKPOINT_DISABLE: '1', DISABLE_VERSION_CHECK: '1', CDK8S_CHECK_UPGRADE: 'false', CI: 'true' };

test('the real cdktf and cdk8s commands run the same program, and it prints the same bytes under both', () => {
  const alone = makeProject(join(place, 'alone'));
  expect(run(alone, ['node', 'main.js']).status).toBe(0);
  const expected = output(alone);
  expect(Object.keys(expected)).toHaveLength(5);

  const cdktf = makeProject(join(place, 'under', 'cdktf'));
  const first = run(cdktf, [cli('cdktf'), 'synth'], quiet);
  expect([first.status, first.stdout]).toEqual([
    0,
    expect.stringContaining('Generated Terraform code for the stacks: vault'),
  ]);
  expect(output(cdktf)).toEqual(expected);

  const cdk8s = makeProject(join(place, 'under', 'cdk8s'));
  const second = run(cdk8s, [cli('cdk8s'), 'synth'], quiet);
  expect([second.status, second.stdout]).toEqual([0, expect.stringContaining('dist/prod/shop.k8s.yaml')]);
  expect(output(cdk8s)).toEqual(expected);
});

test('a refused app fails both commands, and they leave no Terraform and no manifest', () => {
  const program =
    "import { VaultApp } from 'vault-cdk';\nconst app = new VaultApp();\napp.node.addValidation({ validate: () => ['broken'] });\napp.synth();\n";
  const folder = makeProject(join(place, 'refused'), program);
  for (const name of ['cdktf', 'cdk8s']) {
    const { status, stdout, stderr } = run(folder, [cli(name), 'synth'], quiet);
    expect([name, status]).toEqual([name, 1]);
    expect(`${stdout}${stderr}`).toContain('the app has 1 problem [app/invalid]');
  }
  expect(Object.keys(output(folder))).toEqual([]);
});

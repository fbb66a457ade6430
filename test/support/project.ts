import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { filesBelow } from '../../src/core/files-below';

/** The checkout. */
export const root = join(__dirname, '../..');

/** Makes a user's project: the program, its configuration, and its packages. */
export function makeProject(
  folder: string,
  program = readFileSync(join(root, 'examples/quickstart.ts'), 'utf8'),
): string {
  mkdirSync(join(folder, 'node_modules', '@cdktf'), { recursive: true });
  for (const p of ['cdk8s', 'cdk8s-plus-28', 'cdktf', 'constructs', 'tsx', '@cdktf/provider-vault'])
    symlinkSync(join(root, 'node_modules', p), join(folder, 'node_modules', p));
  symlinkSync(root, join(folder, 'node_modules', 'vault-cdk'));
  const app = 'node --import tsx main.ts';
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "commonjs" }\n');
  writeFileSync(
    join(folder, 'cdktf.json'),
    JSON.stringify({ language: 'typescript', app, context: { excludeStackIdFromLogicalIds: 'true' } }),
  );
  writeFileSync(join(folder, 'cdk8s.yaml'), `language: typescript\napp: ${app}\noutput: dist\n`);
  writeFileSync(join(folder, 'main.ts'), program);
  writeFileSync(
    join(folder, 'main.js'),
    ts.transpile(program, { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 }),
  );
  return folder;
}

/** The environment without what the two commands set. */
export const clean = Object.fromEntries(Object.entries(process.env).filter(([k]) => !/^(CDKTF|CDK8S|SYNTH)_/.test(k)));

/** Runs a command in a project. */
export function run(folder: string, command: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const [file = '', ...args] = command;
  return spawnSync(file, args, { cwd: folder, env: { ...clean, ...env }, encoding: 'utf8' });
}

/** Every file of the output by its path. */
export function output(folder: string): Readonly<Record<string, string>> {
  const files = ['cdktf.out', 'dist', 'pods', 'cdktf.out.files.json']
    .filter(f => existsSync(join(folder, f)))
    .flatMap(f => {
      const path = join(folder, f);
      return f.endsWith('.json') ? [path] : filesBelow(path);
    });
  return Object.fromEntries(files.sort().map(f => [relative(folder, f), readFileSync(f, 'utf8')]));
}

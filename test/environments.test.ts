import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { output, root } from './support/project';

const ENVIRONMENTS = ['dev', 'staging', 'prod'];
const printed = output(join(root, 'test/golden/environments'));

describe('one program for several environments', () => {
  test('prints a tree for each, which holds nothing of another', () => {
    const paths = ENVIRONMENTS.flatMap(e => [
      `cdktf.out/stacks/${e}-vault/cdk.tf.json`,
      `dist/${e}/platform.k8s.yaml`,
      `dist/${e}/shop.k8s.yaml`,
    ]);
    expect(Object.keys(printed)).toEqual(['cdktf.out/manifest.json', ...paths].sort());
    for (const path of paths) {
      const named = ENVIRONMENTS.filter(e => new RegExp(`\\b${e}\\b`).test(printed[path]!));
      expect([path, named]).toEqual([path, ENVIRONMENTS.filter(e => path.includes(`/${e}`))]);
    }
  });

  test('asks nowhere which one it is in', () => {
    const program = readFileSync(join(root, 'examples/environments.ts'), 'utf8');

    expect(program).not.toMatch(/[!=]==?|\bswitch\b|\bif\b|\?|process\.env/);
  });
});

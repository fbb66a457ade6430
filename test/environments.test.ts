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

  // Its other half, that each is valid, is proven by a real API server: test/e2e/examples.e2e.test.ts.
  test('prints one SecretProviderClass for each from the same lines, which differ in what was put in', () => {
    const classes = ENVIRONMENTS.map(e => {
      const text = printed[`dist/${e}/shop.k8s.yaml`]!.split('---\n').find(d =>
        d.includes('kind: SecretProviderClass'),
      )!;
      expect(text).toContain(`vault-cdk/stack: ${e}-vault\n`);
      return text.replaceAll(`${e}-vault`, 'ENVIRONMENT-vault');
    });

    expect(new Set(classes).size).toBe(1);
    expect(classes[0]).toContain('apiVersion: secrets-store.csi.x-k8s.io/v1\n');
  });

  test('asks nowhere which one it is in', () => {
    const program = readFileSync(join(root, 'examples/environments.ts'), 'utf8');

    expect(program).not.toMatch(/[!=]==?|\bswitch\b|\bif\b|\?|process\.env/);
  });
});

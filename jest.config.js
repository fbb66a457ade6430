// `--outputFile` does not make its folder.
require('node:fs').mkdirSync('test-results', { recursive: true });

// Each of these files holds tests of defects that are still open, beside many that pass: `npm run test:open` runs them.
// A file leaves this list when its last defect is mended; nothing is ever added to it.
const open = [
  'refusals/types',
  'refusals/silent',
  'refusals/workload',
  'refusals/app',
  'refusals/targets',
  'policy/hcl',
  'policy/evaluator',
  'rules/access',
  'rules/roles',
  'rules/login-chain',
  'rules/secrets',
  'rules/objects',
  'contract',
  'core/print',
  'core/names',
  'core/output',
].map(f => `<rootDir>/test/${f}.test.ts`);

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: [
    '/node_modules/',
    '<rootDir>/test/e2e/',
    ...(process.env['OPEN_DEFECTS'] === '1' ? [] : open),
  ],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  moduleNameMapper: { '^vault-cdk$': '<rootDir>/src/index.ts' },
  modulePathIgnorePatterns: ['<rootDir>/lib/', '<rootDir>/dist/', '<rootDir>/cdktf.out/'],
};

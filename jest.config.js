// `--outputFile` does not make its folder.
require('node:fs').mkdirSync('test-results', { recursive: true });

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/e2e/'],
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
  // For a machine that is busy; no test is timed by it.
  testTimeout: 30_000,
  // Of two cores jest would use one.
  maxWorkers: '100%',
  modulePathIgnorePatterns: ['<rootDir>/lib/', '<rootDir>/dist/', '<rootDir>/cdktf.out/'],
};

const base = require('./jest.config');

/** @type {import('jest').Config} */
module.exports = {
  ...base,
  testMatch: ['<rootDir>/test/e2e/**/*.e2e.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  // Each file starts servers of its own, and there are two cores.
  maxWorkers: 1,
  reporters: ['default', '<rootDir>/test/e2e/reporter.js'],
  testTimeout: 120_000,
};

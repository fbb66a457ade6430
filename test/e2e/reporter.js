const { existsSync, readFileSync, rmSync } = require('node:fs');

const COUNTS = 'test-results/e2e-counts.txt';

/** Prints what the end-to-end tests counted, and every test that was skipped, as the last lines of the run. */
module.exports = class {
  onRunStart() {
    rmSync(COUNTS, { force: true });
  }

  onRunComplete(_, results) {
    const sums = new Map();
    const lines = existsSync(COUNTS) ? readFileSync(COUNTS, 'utf8').trim().split('\n') : [];
    for (const line of lines) {
      const [what, n] = line.split('\t');
      sums.set(what, (sums.get(what) ?? 0) + Number(n));
    }
    const skipped = results.testResults.flatMap(file => file.testResults).filter(test => test.status === 'pending');
    for (const test of skipped) console.log(`skipped: ${test.fullName}`);
    for (const [what, n] of sums) console.log(`${what}: ${n}`);
    console.log(`skips: ${skipped.length}`);
  }
};

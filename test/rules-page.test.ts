import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rulesPage } from '../scripts/rules-page';

test('docs/rules.md is what the rules say; npm run docs:rules writes it', () => {
  expect(readFileSync(join(__dirname, '../docs/rules.md'), 'utf8')).toBe(rulesPage());
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Chain } from '../../src/access/chain';
import { readModel } from '../../src/access/read';
import { recommended } from '../../src/rules/pack';
import { judge } from '../../src/rules/rule';

/** What rules say in tests, in full: severity and id stand before it. */
const SAID = new Set(
  readdirSync(__dirname)
    .filter(file => file.endsWith('.test.ts'))
    .flatMap(file => [...readFileSync(join(__dirname, file), 'utf8').matchAll(/['"`](\w+ VC\d+): /g)])
    .map(match => match[1]!),
);

describe('the rules', () => {
  const ids = recommended.map(rule => rule.id);

  test('have an id of three digits each, unique and in order', () => {
    expect(ids.filter(id => !/^VC\d{3}$/.test(id))).toEqual([]);
    expect(ids).toEqual([...new Set(ids)].sort());
  });

  test('keep the ids that people acknowledge findings by', () => {
    expect(ids).toEqual(
      expect.arrayContaining(
        'VC101 VC102 VC103 VC104 VC201 VC202 VC203 VC204 VC205 VC301 VC302 VC303 VC304 VC311 VC312 VC401 VC501'.split(
          ' ',
        ),
      ),
    );
  });

  test.each(recommended)('$id says what is wrong, why that is bad, and what to do', ({ title, why, fix, live }) => {
    for (const text of [title, why, fix, ...(live === undefined ? [] : [live])]) {
      expect(text.trim()).toBe(text);
      expect(text).not.toBe('');
      expect(text).not.toMatch(/\.$/);
    }
    expect(title).toMatch(/^[^A-Z]|^[A-Z]{2}|^Secret|^Kubernetes|^Vault/);
  });

  test('have titles that differ', () => {
    expect(new Set(recommended.map(rule => rule.title)).size).toBe(recommended.length);
  });

  test('are each broken by a test, which compares severity and message', () => {
    expect(recommended.map(r => `${r.severity} ${r.id}`).filter(said => !SAID.has(said))).toEqual([]);
  });

  test('are not compared with another severity than they have', () => {
    expect([...SAID].filter(said => !recommended.some(r => `${r.severity} ${r.id}` === said))).toEqual([]);
  });

  test('say nothing about nothing', () => {
    expect(judge(recommended, { chain: new Chain(readModel([])), documents: [] })).toEqual([]);
  });
});

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const root = join(__dirname, '..');
const pages = ['README.md', ...readdirSync(join(root, 'docs')).map(f => join('docs', f))].filter(f =>
  f.endsWith('.md'),
);
const blocks = pages.flatMap(page =>
  [...readFileSync(join(root, page), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map((m, i) => ({
    name: `${page} block ${i + 1}`,
    code: m[1]!,
  })),
);

// Below the checkout, so that the programs find its packages and its tsconfig.
const folder = mkdtempSync(join(root, 'test', '.docs-'));
const here = process.cwd();
afterAll(() => {
  process.chdir(here);
  rmSync(folder, { recursive: true });
});

const programs = blocks.map(({ name, code }, i) => {
  const file = join(folder, `block-${i}.ts`);
  writeFileSync(file, `${code.replace(/^(.+?);? \/\/ => (.+)$/gm, 'expect($1).toEqual($2);')}\nexport {};\n`);
  return { name, file };
});

test('every block compiles as it stands', () => {
  const config = ts.readConfigFile(join(root, 'tsconfig.json'), f => ts.sys.readFile(f)) as { config: unknown };
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
  const program = ts.createProgram(
    programs.map(p => p.file),
    { ...options, noUnusedLocals: false },
  );
  const faults = ts
    .getPreEmitDiagnostics(program)
    .map(d => `${d.file?.fileName.replace(folder, '') ?? ''}: ${ts.flattenDiagnosticMessageText(d.messageText, '\n')}`);
  expect(faults).toEqual([]);
});

test.each(programs)('$name runs, and its `// =>` lines hold', ({ file }) => {
  const place = `${file}.run`;
  mkdirSync(place);
  process.chdir(place);
  expect(() => jest.requireActual<object>(file)).not.toThrow();
});

test('the two commands stand at the top of the README', () => {
  const top = readFileSync(join(root, 'README.md'), 'utf8').split('\n').slice(0, 25).join('\n');
  expect(top).toContain('npm ci && npm run quickstart');
  expect(top).toContain('npm test');
});

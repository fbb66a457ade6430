import fc from 'fast-check';
import { parseAllDocuments, stringify } from 'yaml';
import { readModel } from '../../src/access/read';
import { Chain } from '../../src/access/chain';
import type { PrintedDocument } from '../../src/access/documents';
import { recommended } from '../../src/rules/pack';
import { judge } from '../../src/rules/rule';
import { bundle } from '../support/bundle';
import { inFolder, run } from '../support/folder';

/** Whatever may stand in a file where something else is expected. */
const junk = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -1,
    0o400,
    1.5,
    '',
    ' ',
    '*',
    '/',
    '..',
    'vault',
    '${x}',
    '{{ .Values }}',
    '- a',
    'a: b: c',
    [],
    {},
    [[]],
    [{}],
  ),
  fc.string(),
  fc.jsonValue({ maxDepth: 2 }),
);

type Path = readonly (string | number)[];

/** Every place in a value. */
function placesIn(value: unknown, at: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [at];
  const entries: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? value.map((v, i) => [i, v] as const)
    : Object.entries(value);
  return [at, ...entries.flatMap(([key, v]) => placesIn(v, [...at, key]))];
}

/** The value with something else at one place. */
function withAt(value: unknown, [key, ...rest]: Path, what: unknown): unknown {
  if (key === undefined) return what;
  if (Array.isArray(value)) return value.map((v: unknown, i) => (i === key ? withAt(v, rest, what) : v));
  return { ...(value as object), [key]: withAt((value as Record<string, unknown>)[key], rest, what) };
}

const files = bundle();
const manifests = parseAllDocuments(files['prod/shop.yaml']!).map(d => d.toJS() as unknown);
const terraform = JSON.parse(files['stacks/vault/cdk.tf.json']!) as unknown;
const all: readonly unknown[] = [...manifests, terraform];
const places = all.flatMap((value, index) => placesIn(value).map(path => ({ index, path })));

/** The bundle with junk in some of its places. */
const damaged = fc.array(fc.tuple(fc.constantFrom(...places), junk), { minLength: 1, maxLength: 3 }).map(changes =>
  changes.reduce<readonly unknown[]>((values, [{ index, path }, what]) => {
    try {
      return values.map((v, i) => (i === index ? withAt(v, path, what) : v));
    } catch {
      return values; // The place went with an earlier change.
    }
  }, all),
);

function documents(values: readonly unknown[], cluster: string): readonly PrintedDocument[] {
  return values.flatMap((value, i): readonly PrintedDocument[] => {
    const isTerraform = i === values.length - 1;
    return typeof value !== 'object' || value === null || Array.isArray(value)
      ? []
      : [
          {
            format: isTerraform ? 'terraform' : 'kubernetes',
            origin: { file: `${cluster}/${i}` },
            value: value as Record<string, unknown>,
            group: cluster,
          },
        ];
  });
}

describe('whatever stands in the files', () => {
  test('the rules end with findings, each with a text, and with nothing else', () => {
    fc.assert(
      fc.property(damaged, values => {
        const read = documents(values, 'a');
        for (const f of judge(recommended, { chain: new Chain(readModel(read)), documents: read })) {
          expect(f.message).not.toMatch(/\[object |undefined|function/);
          expect(read.map(d => d.origin.file)).toContain(f.origin.file);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('nothing is said of a right bundle that lies beside it, in another cluster with another Vault', () => {
    fc.assert(
      fc.property(damaged, values => {
        const read = [...documents(values, 'a'), ...documents(all, 'b')];
        const chain = new Chain(readModel(read));
        const said = judge(recommended, { chain, documents: read }).filter(f => f.origin.file.startsWith('b/'));
        // Which of the two Vaults a class without a stack logs in to is not known; what is known is right.
        expect(said.filter(f => f.severity === 'error')).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  test('the command says findings, or what it cannot read, and never throws anything else', () => {
    fc.assert(
      fc.property(damaged, values => {
        const damagedFiles = {
          'prod/shop.yaml': values
            .slice(0, -1)
            .map(v => `---\n${stringify(v)}`)
            .join(''),
          'stacks/vault/cdk.tf.json': JSON.stringify(values.at(-1)),
        };
        const { code } = inFolder(damagedFiles, () => run('check', '.', '--format', 'json'));
        expect([0, 1, 2]).toContain(code);
      }),
      { numRuns: 30 },
    );
  });

  test('so it is with a text of any kind for the objects, which the provider would read as YAML', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.jsonValue().map(v => JSON.stringify(v)),
          fc.jsonValue().map(v => stringify(v)),
        ),
        text => {
          const values = withAt(all, [1, 'spec', 'parameters', 'objects'], text) as readonly unknown[];
          const read = documents(values, 'a');
          judge(recommended, { chain: new Chain(readModel(read)), documents: read });
        },
      ),
      { numRuns: 300 },
    );
  });
});

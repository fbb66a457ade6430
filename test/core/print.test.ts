import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, App as ManifestApp, Chart } from 'cdk8s';
import { Annotations, LocalBackend, TerraformStack, TerraformVariable } from 'cdktf';
import { Construct } from 'constructs';
import * as fc from 'fast-check';
import { VaultApp } from '../../src';
import { objectsInOrder } from '../../src/core/order';
import { VaultCdkError } from '../../src/errors/error';

const place = mkdtempSync(join(tmpdir(), 'vault-cdk-print-'));
afterAll(() => rmSync(place, { recursive: true }));

const newApp = () => new VaultApp({ terraformOutdir: join(place, 'tf'), kubernetesOutdir: join(place, 'k8s') });
const newChart = (id = 'chart') => new Chart(newApp(), id);
const object = (scope: Construct, id: string) => new ApiObject(scope, id, { apiVersion: 'v1', kind: 'ConfigMap' });
const objects = <T extends string>(scope: Construct, ...ids: readonly T[]) =>
  Object.fromEntries(ids.map(id => [id, object(scope, id)])) as Readonly<Record<T, ApiObject>>;
/** Ids below the chart, in the order in which the objects are printed. */
const order = (chart: Chart) => objectsInOrder(chart).map(o => o.node.path.slice(chart.node.path.length + 1));

/** The whole text of our error. */
function refusal(attempt: () => unknown): string {
  try {
    attempt();
  } catch (error) {
    return VaultCdkError.is(error) ? error.message : `not an error of ours: ${String(error)}`;
  }
  return 'nothing was refused';
}

describe('the objects of a chart are printed', () => {
  test('in the order of the tree, where nothing depends on anything', () => {
    const chart = newChart();
    const group = new Construct(chart, 'group');
    object(chart, 'b');
    object(group, 'z');
    object(group, 'a');
    object(chart, 'a');
    expect(order(chart)).toEqual(['group/z', 'group/a', 'b', 'a']);
  });

  test('after what they depend on, and otherwise in the order of the tree', () => {
    const chart = newChart();
    const { a, b, d } = objects(chart, 'a', 'b', 'c', 'd', 'e');
    a.addDependency(d);
    d.addDependency(b);
    expect(order(chart)).toEqual(['b', 'd', 'a', 'c', 'e']);
  });

  test('once, however many depend on them', () => {
    const chart = newChart();
    const { a, b, c, d } = objects(chart, 'a', 'b', 'c', 'd');
    a.addDependency(b, c);
    b.addDependency(d);
    c.addDependency(d);
    a.addDependency(d);
    expect(order(chart)).toEqual(['d', 'b', 'c', 'a']);
  });

  test('after all objects of a construct that they depend on, and all objects of one that depends', () => {
    const chart = newChart();
    const [app, database] = [new Construct(chart, 'app'), new Construct(chart, 'database')];
    objects(app, 'a', 'b');
    objects(new Construct(database, 'inner'), 'c');
    objects(database, 'd');
    app.node.addDependency(database);
    expect(order(chart)).toEqual(['database/inner/c', 'database/d', 'app/a', 'app/b']);
  });

  test('after the others of their construct, when they depend on the construct itself', () => {
    const chart = newChart();
    const group = new Construct(chart, 'group');
    const { a } = objects(group, 'a', 'b', 'c');
    a.addDependency(group);
    expect(order(chart)).toEqual(['group/b', 'group/c', 'group/a']);
  });

  test('without those of a chart below, which has a file of its own', () => {
    const chart = newChart();
    const { a } = objects(chart, 'a');
    const below = new Chart(chart, 'below');
    const { b } = objects(below, 'b');
    a.addDependency(b);
    expect([order(chart), order(below)]).toEqual([['a'], ['b']]);
  });

  test('in their own order, whatever chart they depend on, since a chart is a file of its own', () => {
    const app = newApp();
    const [one, two] = [new Chart(app, 'one'), new Chart(app, 'two')];
    objects(one, 'a', 'b');
    objects(two, 'c');
    one.addDependency(two);
    expect([order(one), order(two)]).toEqual([['a', 'b'], ['c']]);
  });

  test('though they depend on a chart that is empty', () => {
    const app = newApp();
    const [one, empty] = [new Chart(app, 'one'), new Chart(app, 'empty')];
    objects(one, 'a');
    one.addDependency(empty);
    expect(refusal(() => order(one))).toBe('nothing was refused');
  });

  test('each after what it needs, whatever the dependencies', () => {
    const pairs = fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 25 });
    fc.assert(
      fc.property(pairs, edges => {
        const chart = newChart();
        const all = Array.from({ length: 10 }, (_, i) => object(chart, `o${i}`));
        // From the greater to the smaller, so that there is no circle.
        const needs = edges.filter(([from, to]) => from > to);
        needs.forEach(([from, to]) => all[from]!.addDependency(all[to]!));
        const printed = objectsInOrder(chart);
        expect(new Set(printed)).toEqual(new Set(all));
        expect(printed).toHaveLength(10);
        const late = needs.filter(([from, to]) => printed.indexOf(all[from]!) < printed.indexOf(all[to]!));
        expect(late).toEqual([]);
      }),
    );
  });

  test('as stock cdk8s orders them', () => {
    const build = (chart: Chart) => {
      const { a, b, c } = objects(chart, 'a', 'b', 'c', 'd');
      const group = new Construct(chart, 'group');
      objects(group, 'e', 'f');
      a.addDependency(group);
      b.addDependency(c);
      return chart;
    };
    const stock = build(new Chart(new ManifestApp({ outdir: place }), 'chart')).toJson() as readonly {
      readonly metadata: { readonly name: string };
    }[];
    expect(objectsInOrder(build(newChart())).map(o => o.name)).toEqual(stock.map(m => m.metadata.name));
  });

  test('where there are many dependencies and long chains of them', () => {
    // Walked rung by rung, the ladder has 2^60 ways down: a walk that forgets where it was does not come back.
    const ladder = newChart();
    const rungs = Array.from({ length: 60 }, (_, i) => Object.values(objects(ladder, `a${i}`, `b${i}`)));
    rungs.slice(1).forEach((rung, i) => rung.forEach(o => o.addDependency(...rungs[i]!)));
    expect(objectsInOrder(ladder)).toHaveLength(120);

    const chain = newChart();
    const links = Array.from({ length: 1_000 }, (_, i) => object(chain, `o${i}`));
    links.slice(1).forEach((o, i) => links[i]!.addDependency(o));
    expect(objectsInOrder(chain).map(o => o.node.id)).toEqual(links.map(o => o.node.id).reverse());
  });
});

describe('a circle of dependencies is refused, with the way round it', () => {
  const text = (at: string, ...given: readonly string[]) =>
    [
      'manifests depend on each other in a circle [kubernetes/dependency-cycle]',
      `  at:      ${at}`,
      `  given:   ${JSON.stringify(given)}`,
      '  fix:     remove one of these dependencies',
    ].join('\n');

  test('of two objects', () => {
    const chart = newChart();
    const { a, b } = objects(chart, 'a', 'b');
    a.addDependency(b);
    b.addDependency(a);
    expect(refusal(() => order(chart))).toBe(text('chart/a', 'chart/a', 'chart/b', 'chart/a'));
  });

  test('that does not hold the first object', () => {
    const chart = newChart();
    const { a, b, c, d } = objects(chart, 'a', 'b', 'c', 'd');
    a.addDependency(b);
    b.addDependency(c);
    c.addDependency(d);
    d.addDependency(b);
    expect(refusal(() => order(chart))).toBe(text('chart/b', 'chart/b', 'chart/c', 'chart/d', 'chart/b'));
  });

  test('of whole constructs', () => {
    const chart = newChart();
    const [one, two] = [new Construct(chart, 'one'), new Construct(chart, 'two')];
    objects(one, 'a');
    objects(two, 'b');
    one.node.addDependency(two);
    two.node.addDependency(one);
    expect(refusal(() => order(chart))).toBe(text('chart/one/a', 'chart/one/a', 'chart/two/b', 'chart/one/a'));
  });

  test('by VaultApp too, before anything is written', () => {
    const app = newApp();
    const { a, b } = objects(new Chart(app, 'chart'), 'a', 'b');
    a.addDependency(b);
    b.addDependency(a);
    expect(refusal(() => app.synth())).toBe(text('chart/a', 'chart/a', 'chart/b', 'chart/a'));
  });

  test('but not an object that depends on itself', () => {
    const chart = newChart();
    const { a } = objects(chart, 'a', 'b');
    a.addDependency(a);
    expect(order(chart)).toEqual(['a', 'b']);
  });
});

/** A tree of both halves, with everything that cdktf writes into its manifest. */
function tree(app: VaultApp): VaultApp {
  const [one, two] = [new TerraformStack(app, 'one'), new TerraformStack(app, 'two')];
  for (const stack of [one, two]) new LocalBackend(stack, { path: `../../../${stack.node.id}.tfstate` });
  const input = new TerraformVariable(one, 'input', { type: 'string', default: 'x' });
  new TerraformVariable(two, 'output', { default: input.stringValue });
  two.addDependency(one);
  Annotations.of(input).addWarning('is old');
  Annotations.of(one).addInfo('is a stack');
  const chart = new Chart(app, 'chart', { namespace: 'shop', labels: { b: '1', a: '2' } });
  const { x, y } = objects(chart, 'x', 'y');
  x.addDependency(y);
  return app;
}

const everything = (app: VaultApp) => {
  const { terraform, kubernetes } = app.judge().printOut;
  return Object.fromEntries([...terraform, ...kubernetes]);
};

describe('what is printed', () => {
  test('has the annotations of a stack in its manifest, with level and place and nothing else', () => {
    const manifest = JSON.parse(everything(tree(newApp()))['manifest.json']!) as { stacks: Record<string, unknown> };
    expect(manifest.stacks).toEqual({
      one: {
        annotations: [
          { constructPath: 'one', level: '@cdktf/info', message: 'is a stack' },
          { constructPath: 'one/input', level: '@cdktf/warn', message: 'is old' },
        ],
        constructPath: 'one',
        dependencies: [],
        name: 'one',
        stackMetadataPath: 'stacks/one/metadata.json',
        synthesizedStackPath: 'stacks/one/cdk.tf.json',
        workingDirectory: 'stacks/one',
      },
      two: {
        annotations: [],
        constructPath: 'two',
        dependencies: ['one'],
        name: 'two',
        stackMetadataPath: 'stacks/two/metadata.json',
        synthesizedStackPath: 'stacks/two/cdk.tf.json',
        workingDirectory: 'stacks/two',
      },
    });
  });

  test('holds no stack trace and no absolute path', () => {
    const text = Object.values(everything(tree(newApp()))).join('\n');
    for (const trace of [process.cwd(), place, tmpdir(), 'node_modules', 'print.test.ts', 'stackTrace', 'at '])
      expect(text).not.toContain(trace);
    expect(text).not.toMatch(/"\/[a-z]/);
  });

  test('is the same bytes for the same tree, and again when it is printed once more', () => {
    const app = tree(newApp());
    const first = everything(app);
    expect(everything(app)).toEqual(first);
    expect(everything(tree(newApp()))).toEqual(first);
    expect(Object.keys(first)).toEqual([
      'manifest.json',
      'stacks/one/cdk.tf.json',
      'stacks/two/cdk.tf.json',
      'chart.k8s.yaml',
    ]);
  });

  test('is the same bytes for Terraform, whatever the order in which things are declared', () => {
    const build = (names: readonly string[]) => {
      const app = newApp();
      for (const name of names) {
        const stack = new TerraformStack(app, name);
        new LocalBackend(stack, { path: 'x.tfstate' });
        names.forEach(n => new TerraformVariable(stack, n, { type: 'string', description: n, default: n }));
      }
      return Object.fromEntries(app.judge().printOut.terraform);
    };
    expect(build(['b', 'c', 'a'])).toEqual(build(['a', 'b', 'c']));
  });

  test('does not depend on the folder that the program runs in', () => {
    const here = everything(tree(newApp()));
    const before = process.cwd();
    try {
      process.chdir(place);
      // With the context of this project, which is what a stack's logical ids may depend on.
      writeFileSync('cdktf.json', JSON.stringify({ context: { excludeStackIdFromLogicalIds: 'true' } }));
      expect(everything(tree(newApp()))).toEqual(here);
    } finally {
      process.chdir(before);
    }
  });
});

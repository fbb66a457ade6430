// What we rely on in cdktf, cdk8s and cdk8s-plus, as tests on the stock engines: the traps E1 to E11 that were found by
// experiment. When an upgrade of an engine makes one of these fail, the trap has moved. Beside each stands what VaultApp
// makes of it.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Mount } from '@cdktf/provider-vault/lib/mount';
import {
  ApiObject,
  App as ManifestApp,
  Chart,
  type IResolver,
  ImplicitTokenResolver,
  JsonPatch,
  Lazy,
  LazyResolver,
  NumberStringUnionResolver,
} from 'cdk8s';
import { Deployment, Secret, ServiceAccount } from 'cdk8s-plus-28';
import {
  AnnotationMetadataEntryType,
  Annotations,
  App as TerraformApp,
  Aspects,
  AssetType,
  CONTEXT_ENV,
  LocalBackend,
  Manifest,
  TerraformAsset,
  TerraformStack,
  TerraformVariable,
  Token,
} from 'cdktf';
import { Construct } from 'constructs';
import { State, VaultApp, VaultCdkError, VaultServer } from '../src';

const place = mkdtempSync(join(tmpdir(), 'vault-cdk-contract-'));
afterAll(() => rmSync(place, { recursive: true }));

let folders = 0;
/** A folder that no other test has, and that does not exist yet. */
const folder = () => join(place, String((folders += 1)));

/** Trap E2: the one member that cdk8s asks of the root. */
class StockAppWithResolvers extends TerraformApp {
  readonly resolvers: readonly IResolver[] = [
    new LazyResolver(),
    new ImplicitTokenResolver(),
    new NumberStringUnionResolver(),
  ];
}

const stock = () => new TerraformApp({ outdir: folder() });
const joined = () => new StockAppWithResolvers({ outdir: folder() });
const manifests = () => new ManifestApp({ outdir: folder() });
const ours = () => new VaultApp({ terraformOutdir: folder(), kubernetesOutdir: folder() });

const configMap = (scope: Construct, id: string, data: Readonly<Record<string, unknown>> = {}) =>
  new ApiObject(scope, id, { apiVersion: 'v1', kind: 'ConfigMap', data });
/** A stack that says where its state lies; what happens to one that does not is a test of its own below. */
function stackOf(app: Construct, id = 'stack'): TerraformStack {
  const stack = new TerraformStack(app, id);
  new LocalBackend(stack, { path: `../../../${id}.tfstate` });
  return stack;
}
const variable = (app: TerraformApp, id = 'v') => new TerraformVariable(stackOf(app), id, {});

interface ConfigMap {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly data: Readonly<Record<string, unknown>>;
}
const printed = (chart: Chart): readonly ConfigMap[] => chart.toJson() as readonly ConfigMap[];
const yaml = (app: VaultApp) => Object.fromEntries(app.judge().printOut.kubernetes);

/** What is thrown, as a text. */
function messageOf(attempt: () => unknown): string {
  try {
    attempt();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing was thrown';
}

/** Whether VaultApp refuses an app with an error of ours, whatever its text. */
function refusesWithOurs(app: VaultApp): boolean {
  try {
    app.judge();
  } catch (error) {
    return VaultCdkError.is(error);
  }
  return false;
}

const NO_RESOLVERS = `Failed serializing construct at path 'chart/x' with name 'chart-x-c8073d9e': TypeError: resolvers is not iterable`;

describe('E1: a chart under a stock cdktf app', () => {
  test('cannot be printed, since its root has no resolvers', () => {
    const chart = new Chart(stock(), 'chart');
    configMap(chart, 'x');
    expect(messageOf(() => printed(chart))).toBe(NO_RESOLVERS);
  });
});

describe('E2: a cdktf app with the one member that cdk8s asks of the root', () => {
  const tree = (app: TerraformApp) => {
    const chart = new Chart(app, 'chart');
    configMap(chart, 'x', { a: 'b' });
    const below = new Chart(stackOf(app), 'chart');
    configMap(below, 'y');
    return [chart, below] as const;
  };

  test('prints charts, one inside a stack too', () => {
    const [chart, below] = tree(joined());
    expect(printed(chart)).toEqual([
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'chart-x-c8073d9e' }, data: { a: 'b' } },
    ]);
    expect(printed(below).map(m => m.metadata)).toEqual([{ name: 'stack-chart-y-c8194929' }]);
  });

  test('VaultApp is one', () => {
    const app = ours();
    const [chart] = tree(app);
    expect(printed(chart)).toEqual(printed(tree(joined())[0]));
    expect(yaml(app)).toEqual({
      'chart.k8s.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: chart-x-c8073d9e\ndata:\n  a: b\n',
      'stack-chart.k8s.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: stack-chart-y-c8194929\ndata: {}\n',
    });
  });
});

describe('E3: a stack under a cdk8s app', () => {
  test('prints, but has no cdktf app, so that cross-stack references and the manifest have no place', () => {
    const stack = new TerraformStack(manifests(), 'stack');
    expect(Object.keys(stack.toTerraform() as object)).toEqual(['//']);
    expect(messageOf(() => TerraformApp.of(stack)).split('\n')[0]).toBe(
      `No app could be identified for the construct at path 'stack' (likely a TerraformStack).`,
    );
  });
});

describe('E4: a value that only Terraform knows, in a manifest', () => {
  type Leak = (v: TerraformVariable) => Readonly<Record<string, unknown>>;
  const LEAKS = {
    'a text': v => ({ x: `role-${v.stringValue}` }),
    'a number': v => ({ x: v.numberValue }),
    'a list': v => ({ x: v.listValue }),
    'a key': v => ({ [v.stringValue]: 'x' }),
    'an object': v => ({ x: v.value as unknown }),
    'a map': v => ({ x: Token.asStringMap(v.value) }),
    'a list of numbers': v => ({ x: Token.asNumberList(v.value) }),
    'a late value': v => ({ x: Lazy.any({ produce: () => v.stringValue }) as unknown }),
  } satisfies Record<string, Leak>;

  const printedBy = (leak: Leak) => {
    const app = joined();
    const chart = new Chart(app, 'chart');
    configMap(chart, 'x', leak(variable(app)));
    return printed(chart)[0]!.data;
  };

  test('stock cdk8s prints a text, a list, a key and a map silently as they are', () => {
    const token = String.raw`\{TfToken\[TOKEN\.\d+\]\}`;
    expect(printedBy(LEAKS['a text'])).toEqual({ x: expect.stringMatching(`^role-\\$${token}$`) as unknown });
    expect(printedBy(LEAKS['a list'])).toEqual({ x: [expect.stringMatching(`^#${token}$`)] });
    expect(Object.keys(printedBy(LEAKS['a key']))).toEqual([expect.stringMatching(`^\\$${token}$`)]);
    expect(Object.keys(printedBy(LEAKS['a map'])['x'] as object)).toEqual([expect.stringMatching(`^&${token}$`)]);
    expect(printedBy(LEAKS['a late value'])).toEqual({ x: expect.stringMatching(`^\\$${token}$`) as unknown });
  });

  test('stock cdk8s prints a number silently as a huge negative one', () => {
    expect(printedBy(LEAKS['a number'])['x']).toBeLessThan(-1e200);
    expect((printedBy(LEAKS['a list of numbers'])['x'] as number[])[0]).toBeLessThan(-1e200);
  });

  test('stock cdk8s fails on an object, and does not say why', () => {
    expect(messageOf(() => printedBy(LEAKS['an object']))).toBe(
      `Failed serializing construct at path 'chart/x' with name 'chart-x-c8073d9e': TypeError: Cannot read properties of undefined (reading 'scope')`,
    );
  });

  const refusal = (what: string) =>
    [
      `${what} holds a value that only Terraform knows [kubernetes/terraform-token]`,
      '  at:      chart/x',
      '  allowed: a value that is fixed in code',
      '  live:    silently ignored: the manifest would say ${TfToken[TOKEN.0]}',
      '  fix:     pass a name that is fixed in code, or read it in the cluster from a TerraformOutput',
    ].join('\n');

  const refusedBy = (make: (chart: Chart, v: TerraformVariable) => unknown) => {
    const app = ours();
    make(new Chart(app, 'chart'), variable(app));
    return messageOf(() => app.judge());
  };

  test.each([
    ['a text', 'ConfigMap field "data.x"'],
    ['a number', 'ConfigMap field "data.x"'],
    ['a list', 'ConfigMap field "data.x"'],
    ['a key', 'a key below "data"'],
    ['an object', 'ConfigMap field "data.x"'],
    ['a map', 'ConfigMap field "data.x"'],
    ['a list of numbers', 'ConfigMap field "data.x"'],
    ['a late value', 'ConfigMap field "data.x"'],
  ] as const)('VaultApp refuses it as %s', (kind, what) => {
    const leak: Leak = LEAKS[kind];
    expect(refusedBy((chart, v) => configMap(chart, 'x', leak(v)))).toBe(refusal(what));
  });

  test('VaultApp refuses it deep inside, and names the way there', () => {
    const make = (chart: Chart, v: TerraformVariable) => configMap(chart, 'x', { a: [{ b: ['c', v.stringValue] }] });
    expect(refusedBy(make)).toBe(refusal('ConfigMap field "data.a.0.b.1"'));
    const key = (chart: Chart, v: TerraformVariable) => configMap(chart, 'x', { a: [{ [v.stringValue]: 'c' }] });
    expect(refusedBy(key)).toBe(refusal('a key below "data.a.0"'));
  });

  test('VaultApp refuses it as a name, and names the field as the manifest has it', () => {
    const make = (chart: Chart, v: TerraformVariable) =>
      new ApiObject(chart, 'x', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: v.stringValue } });
    expect(refusedBy(make)).toBe(refusal('ConfigMap field "metadata.name"'));
  });

  // Shapes in which cdktf hides a token: a number written into a text, a list of which only a part is used.
  test.each<readonly [string, Leak]>([
    ['a number inside a text', v => ({ x: `port-${v.numberValue}` })],
    ['a number as a key', v => ({ [v.numberValue]: 'x' })],
    ['a list behind other items', v => ({ x: ['a', ...v.listValue] })],
    ['a list as a text', v => ({ x: v.listValue.join(',') })],
    ['the first item of a list', v => ({ x: v.listValue[0] })],
  ])('VaultApp refuses it as %s', (_, leak) => {
    expect(refusedBy((chart, v) => configMap(chart, 'x', leak(v)))).toContain('[kubernetes/terraform-token]');
  });

  test('VaultApp refuses it in a JSON patch, which cdk8s applies after its resolvers', () => {
    const make = (chart: Chart, v: TerraformVariable) =>
      configMap(chart, 'x').addJsonPatch(JsonPatch.add('/data/x', v.stringValue));
    expect(refusedBy(make)).toContain('[kubernetes/terraform-token]');
  });

  test('VaultApp leaves alone what only looks a little like one', () => {
    const app = ours();
    const data = { a: '${HOME}', b: '1e5', c: -5, d: -1e100, e: '-8.1', f: [1], g: ['#{x}'], h: true, i: null, j: [] };
    const chart = new Chart(app, 'chart');
    configMap(chart, 'x', data);
    const { i, ...rest } = data;
    expect(i).toBeNull();
    expect(printed(chart)[0]!.data).toEqual(rest);
    expect(Object.keys(yaml(app))).toEqual(['chart.k8s.yaml']);
  });
});

describe('E5: an aspect on the app', () => {
  const tree = (app: TerraformApp) => {
    const stack = stackOf(app);
    new TerraformVariable(stack, 'v', {});
    const seen = { app: [] as string[], stack: [] as string[] };
    Aspects.of(app).add({ visit: c => void seen.app.push(c.node.path) });
    Aspects.of(stack).add({ visit: c => void seen.stack.push(c.node.path) });
    return seen;
  };

  test('is never visited by stock cdktf, without a word; one on a stack is', () => {
    const app = stock();
    const seen = tree(app);
    app.synth();
    expect(seen).toEqual({ app: [], stack: ['stack', 'stack/backend', 'stack/v'] });
  });

  test('is visited by VaultApp, once for every construct of both halves', () => {
    const app = ours();
    const seen = tree(app);
    configMap(new Chart(app, 'chart'), 'x');
    app.synth();
    expect(seen.app).toEqual(['', 'stack', 'stack/backend', 'stack/v', 'chart', 'chart/x']);
    expect(seen.stack).toEqual(['stack', 'stack/backend', 'stack/v']);
  });

  test('of VaultApp may add to the tree, and what it adds is visited and printed', () => {
    const app = ours();
    const chart = new Chart(app, 'chart');
    const seen: string[] = [];
    Aspects.of(app).add({
      visit: c => {
        seen.push(c.node.path);
        if (c === chart) configMap(chart, 'added');
      },
    });
    expect(Object.values(yaml(app)).join('')).toContain('name: chart-added-c8');
    expect(seen).toEqual(['', 'chart', 'chart/added']);
  });

  test('sees each construct once, however often VaultApp is asked to judge', () => {
    const app = ours();
    const { app: seen } = tree(app);
    app.judge();
    app.synth();
    expect(seen).toEqual(['', 'stack', 'stack/backend', 'stack/v']);
  });
});

describe('E6: a dependency across the border', () => {
  const tree = (app: TerraformApp) => {
    const terraform = variable(app);
    const chart = new Chart(app, 'chart');
    const manifest = configMap(chart, 'x');
    const other = new Chart(app, 'other');
    configMap(other, 'y');
    return { terraform, chart, manifest, other };
  };
  const NO_PARENT = 'cannot find a parent chart (directly or indirectly)';

  test('breaks every chart of stock cdk8s, unrelated ones too, whichever half depends on the other', () => {
    const one = tree(joined());
    one.manifest.node.addDependency(one.terraform);
    expect(messageOf(() => printed(one.other))).toBe(NO_PARENT);
    const two = tree(joined());
    two.terraform.node.addDependency(two.manifest);
    expect(messageOf(() => printed(two.other))).toBe(NO_PARENT);
  });

  const refusal = (at: string, given: string) =>
    [
      'a manifest depends on something that prints no manifest [kubernetes/depends-on-terraform]',
      `  at:      ${at}`,
      `  given:   "${given}"`,
      '  allowed: dependencies between manifests',
      '  live:    Error: cannot find a parent chart (directly or indirectly)',
      '  fix:     drop the dependency: the order across the border is platform charts, then Terraform, then workloads',
    ].join('\n');

  test('is refused by VaultApp, from a manifest and from a whole chart', () => {
    const one = ours();
    const { manifest, terraform } = tree(one);
    manifest.node.addDependency(terraform);
    expect(messageOf(() => one.judge())).toBe(refusal('chart/x', 'stack/v'));
    const two = ours();
    const { chart } = tree(two);
    chart.addDependency(two.node.findChild('stack'));
    expect(messageOf(() => two.judge())).toBe(refusal('chart', 'stack'));
  });

  test('is refused by VaultApp the other way round too, since no order comes of it', () => {
    const app = ours();
    const { manifest, terraform } = tree(app);
    terraform.node.addDependency(manifest);
    expect(refusesWithOurs(app)).toBe(true);
  });
});

describe('E7: a validation', () => {
  const tree = (app: TerraformApp | ManifestApp) => {
    const runs: Record<string, number> = {};
    const count = (c: Construct, name: string) => {
      runs[name] = 0;
      c.node.addValidation({
        validate: () => {
          runs[name]! += 1;
          return [];
        },
      });
    };
    count(app, 'app');
    count(new Construct(app, 'other'), 'other');
    if (TerraformApp.isApp(app)) {
      const stack = stackOf(app);
      count(stack, 'stack');
      count(new TerraformVariable(stack, 'v', {}), 'element');
    }
    const charts = [1, 2, 3].map(i => new Chart(app, `chart-${i}`));
    charts.forEach(chart => configMap(chart, 'x'));
    count(charts[0]!, 'chart');
    return { runs, charts };
  };

  test('runs in stock cdktf for the app and for what lies in stacks, and for nothing else', () => {
    const app = joined();
    const { runs } = tree(app);
    app.synth();
    expect(runs).toEqual({ app: 1, stack: 1, element: 1, other: 0, chart: 0 });
  });

  test('runs in stock cdk8s for the whole tree, once more for every chart that is asked for its JSON', () => {
    const { runs, charts } = tree(joined());
    charts.forEach(printed);
    expect(runs).toEqual({ app: 3, stack: 3, element: 3, other: 3, chart: 3 });
  });

  test('runs in VaultApp once for each construct', () => {
    const app = ours();
    const { runs } = tree(app);
    app.synth();
    expect(runs).toEqual({ app: 1, stack: 1, element: 1, other: 1, chart: 1 });
  });

  test('that fails is told by VaultApp together with all others, each with its place', () => {
    const app = ours();
    const { charts } = tree(app);
    for (const c of [app, app.node.findChild('other'), charts[1]!])
      c.node.addValidation({ validate: () => ['is broken'] });
    Annotations.of(app.node.findChild('stack')).addError('is wrong');
    expect(messageOf(() => app.synth())).toBe(
      [
        'the app has 4 problems [app/invalid]',
        '  - <root>: is broken',
        '  - other: is broken',
        '  - chart-2: is broken',
        '  - stack: is wrong',
        '  fix:     correct each line above; every problem of the tree is listed, and nothing was written',
      ].join('\n'),
    );
    expect([existsSync(app.outdir), existsSync(app.kubernetesOutdir)]).toEqual([false, false]);
  });
});

describe('E8: a Terraform resource under a chart', () => {
  const mount = (app: TerraformApp) => new Mount(new Chart(app, 'chart'), 'mount', { path: 'kv', type: 'kv' });

  test('is made by cdktf without a word, and fails only where something asks for one of its attributes', () => {
    expect(messageOf(() => mount(joined()).path).split('\n')[0]).toBe(
      `No stack could be identified for the construct at path 'chart/mount'`,
    );
    const app = joined();
    stackOf(app);
    mount(app);
    app.synth();
    expect(readFileSync(join(app.outdir, 'stacks/stack/cdk.tf.json'), 'utf8')).not.toContain('vault_mount');
  });

  test('is refused by VaultApp, since nothing would print it', () => {
    const app = ours();
    mount(app);
    expect(refusesWithOurs(app)).toBe(true);
  });
});

describe('E9: a grant of cdk8s-plus', () => {
  const tree = () => {
    const chart = new Chart(manifests(), 'chart');
    return { secret: new Secret(chart, 'secret'), account: new ServiceAccount(chart, 'account') };
  };
  const TAKEN = /^There is already a Construct with name 'Role[0-9a-f]{42}' in Secret \[secret\]$/;

  test('cannot be given twice, nor a wider one after a narrower one', () => {
    const once = tree();
    once.secret.permissions.grantRead(once.account);
    expect(messageOf(() => once.secret.permissions.grantRead(once.account))).toMatch(TAKEN);
    const wider = tree();
    wider.secret.permissions.grantRead(wider.account);
    expect(messageOf(() => wider.secret.permissions.grantReadWrite(wider.account))).toMatch(TAKEN);
  });

  test('of isolation cannot be given twice either', () => {
    const { connections } = new Deployment(new Chart(manifests(), 'chart'), 'api', { containers: [{ image: 'x' }] });
    connections.isolate();
    expect(messageOf(() => connections.isolate())).toBe(
      `There is already a Construct with name 'DefaultDenyAll' in Deployment [api]`,
    );
  });
});

describe('E10: cdk8s-plus', () => {
  test('changes the object that the caller passed as props', () => {
    const props = { stringData: { a: '1' } };
    new Secret(new Chart(manifests(), 'chart'), 'secret', props).addStringData('b', '2');
    expect(props).toEqual({ stringData: { a: '1', b: '2' } });
  });
});

describe('E11: what we use of cdktf, so that its successor can take its place', () => {
  test('stacks, apps, tokens and assets are told by symbols, which the successor keeps', () => {
    const symbols = (x: object) => Object.getOwnPropertySymbols(x).map(s => s.description);
    const app = stock();
    const stack = stackOf(app);
    writeFileSync(join(place, 'file.txt'), 'x');
    const asset = new TerraformAsset(stack, 'asset', { path: join(place, 'file.txt'), type: AssetType.FILE });
    expect(symbols(app)).toContain('cdktf/App');
    expect(symbols(stack)).toContain('cdktf/TerraformStack');
    expect(symbols(asset)).toContain('cdktf/customSynthesis');
    expect([TerraformApp.isApp(app), TerraformStack.isStack(stack), TerraformStack.isStack(app)]).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('names, folders and levels of the manifest are as the cdktf command reads them', () => {
    expect([Manifest.fileName, Manifest.stacksFolder, Manifest.stackMetadataPath]).toEqual([
      'manifest.json',
      'stacks',
      'metadata.json',
    ]);
    expect(Object.values(AnnotationMetadataEntryType)).toEqual(['@cdktf/info', '@cdktf/warn', '@cdktf/error']);
    expect(CONTEXT_ENV).toBe('CDKTF_CONTEXT_JSON');
  });

  test('VaultApp prints what a stock app prints, file by file, but for the stack traces', () => {
    const build = <A extends TerraformApp>(app: A): A => {
      const one = stackOf(app, 'one');
      const two = stackOf(app, 'two');
      const input = new TerraformVariable(one, 'v', { type: 'string', default: 'x' });
      new TerraformVariable(two, 'w', { default: input.stringValue });
      two.addDependency(one);
      return app;
    };
    const reference = build(new TerraformApp({ outdir: folder(), stackTraces: false }));
    reference.synth();
    const app = build(ours());
    app.synth();
    const files = (root: string) =>
      readdirSync(root, { recursive: true, encoding: 'utf8' })
        .filter(f => f.endsWith('.json'))
        .sort()
        .map(f => [f, JSON.parse(readFileSync(join(root, f), 'utf8')) as unknown]);
    expect(files(app.outdir)).toEqual(files(reference.outdir));
    expect(files(app.outdir).map(([f]) => f)).toEqual([
      'manifest.json',
      'stacks/one/cdk.tf.json',
      'stacks/two/cdk.tf.json',
    ]);
  });

  test('VaultApp writes the files of assets where a stock app does', () => {
    const source = join(place, 'asset.txt');
    writeFileSync(source, 'content');
    const app = ours();
    const stack = stackOf(app);
    new TerraformAsset(stack, 'asset', { path: source, type: AssetType.FILE, assetHash: 'hash' });
    app.synth();
    expect(readFileSync(join(app.outdir, 'stacks/stack/assets/asset/hash/asset.txt'), 'utf8')).toBe('content');
  });
});

describe('the output folder', () => {
  test('is made by the constructor of a stock app, before anything can be refused', () => {
    const outdir = folder();
    new TerraformApp({ outdir });
    expect(readdirSync(outdir)).toEqual(['stacks']);
  });

  test('is not made by VaultApp until there is something to write', () => {
    const parent = folder();
    mkdirSync(parent);
    const app = new VaultApp({ terraformOutdir: join(parent, 'tf'), kubernetesOutdir: join(parent, 'k8s') });
    configMap(new Chart(app, 'chart'), 'x');
    app.judge();
    expect(readdirSync(parent)).toEqual([]);
    app.synth();
    expect(readdirSync(parent).sort()).toEqual(['k8s', 'tf', 'tf.files.json']);
  });
});

describe('the local backend', () => {
  const backendOf = (stack: TerraformStack) => {
    stack.prepareStack();
    return (stack.toTerraform() as { terraform: { backend: unknown } }).terraform.backend;
  };

  test('of a stock stack prints an absolute path of the machine', () => {
    expect(backendOf(new TerraformStack(stock(), 'stack'))).toEqual({
      local: { path: join(process.cwd(), 'terraform.stack.tfstate') },
    });
  });

  test('of a VaultServer prints a path relative to its folder', () => {
    const props = { address: 'https://vault.example.com:8200', state: State.local() };
    expect(backendOf(new VaultServer(ours(), 'vault', props))).toEqual({
      local: { path: '../../../terraform.vault.tfstate' },
    });
  });

  test('of a stock stack in VaultApp leaves no path of the machine in the output: it is printed otherwise, or refused', () => {
    const app = ours();
    new TerraformStack(app, 'stack');
    const outcome = () => {
      try {
        return JSON.stringify(app.judge().printOut.documents);
      } catch (error) {
        return VaultCdkError.is(error) ? error.code : String(error);
      }
    };
    expect(outcome()).not.toContain(process.cwd());
  });
});

describe('names of cdk8s', () => {
  test('carry a hash of the path in the tree, so a chart that moves renames its objects and changes its selectors', () => {
    const tree = (chart: Chart) => {
      const deployment = new Deployment(chart, 'api', { containers: [{ image: 'x' }] });
      const { spec } = ApiObject.of(deployment).toJson() as { spec: { selector: unknown } };
      return { name: deployment.name, selector: spec.selector };
    };
    const address = (hash: string) => ({ matchLabels: { 'cdk8s.io/metadata.addr': hash } });
    const above = { name: 'shop-api-c8f8f8d3', selector: address('shop-api-c8fa48f5') };
    expect(tree(new Chart(manifests(), 'shop'))).toEqual(above);
    expect(tree(new Chart(ours(), 'shop'))).toEqual(above);
    expect(tree(new Chart(new Construct(manifests(), 'prod'), 'shop'))).not.toEqual(above);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import * as api from '../src';

const root = join(__dirname, '../src');
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(f => f.endsWith('.ts'));
const text = (file: string) => readFileSync(join(root, file), 'utf8');
const specifiers = (file: string) =>
  [...text(file).matchAll(/^(?:import|export)[^;]*? from '([^']+)'/gm)].map(m => m[1]!);
const imports = (file: string) =>
  specifiers(file)
    .filter(s => s.startsWith('.'))
    .map(s => `${relative(root, join(root, dirname(file), s))}.ts`);

/** Low to high. A file imports from its own room or from one listed before it; this list is the architecture. */
const ROOMS = [
  'errors',
  'policy',
  'core',
  'vault',
  'kubernetes',
  'workload',
  'delivery',
  'access',
  'rules',
  'operate',
  'app',
  'cli',
];
const roomOf = (file: string) => file.split('/')[0]!;

/** What a room may take from packages; everything else is refused, Node's own modules too where a room is pure. */
const PACKAGES: Readonly<Record<string, RegExp>> = {
  errors: /^$/,
  policy: /^$/,
  core: /^(node:.+|constructs|cdk8s|cdktf)$/,
  vault: /^(node:(net|util)|constructs|cdktf|@cdktf\/provider-vault\/lib\/[a-z0-9-]+)$/,
  kubernetes: /^(node:util|constructs|cdk8s|cdktf|@cdktf\/provider-vault\/lib\/[a-z0-9-]+)$/,
  workload: /^(node:util|constructs|cdk8s|cdktf|@cdktf\/provider-vault\/lib\/[a-z0-9-]+)$/,
  delivery: /^(node:util|constructs|cdk8s)$/,
  access: /^(node:fs|node:path|yaml)$/,
  rules: /^node:util$/,
  operate: /^$/,
  app: /^(node:.+|constructs|cdk8s|cdktf|yaml)$/,
  cli: /^(node:.+|yaml)$/,
};

test('every file is in a room, and no room imports a higher one', () => {
  const inside = files.filter(f => f !== 'index.ts');
  expect(inside.filter(f => !ROOMS.includes(roomOf(f)))).toEqual([]);
  const upward = inside.flatMap(f =>
    imports(f)
      .filter(to => ROOMS.indexOf(roomOf(to)) > ROOMS.indexOf(roomOf(f)))
      .map(to => `${f} -> ${to}`),
  );
  expect(upward).toEqual([]);
});

test('no delivery knows another', () => {
  // One way of delivery is a file, or a folder of them.
  const wayOf = (file: string) => file.split('/')[1]!.replace(/\.ts$/, '');
  const across = files
    .filter(f => roomOf(f) === 'delivery')
    .flatMap(f =>
      imports(f)
        .filter(to => roomOf(to) === 'delivery' && wayOf(to) !== wayOf(f))
        .map(to => `${f} -> ${to}`),
    );
  expect(across).toEqual([]);
});

test('no file imports itself, by whatever way', () => {
  const cycles: string[] = [];
  const visit = (file: string, trail: readonly string[]): void => {
    if (trail.includes(file)) cycles.push([...trail.slice(trail.indexOf(file)), file].join(' -> '));
    else if (!done.has(file)) imports(file).forEach(to => visit(to, [...trail, file]));
    done.add(file);
  };
  const done = new Set<string>();
  files.forEach(f => visit(f, []));
  expect(cycles).toEqual([]);
});

test('a room takes from packages only what it is for', () => {
  const foreign = files
    .filter(f => f !== 'index.ts')
    .flatMap(f =>
      specifiers(f)
        .filter(s => !s.startsWith('.') && !PACKAGES[roomOf(f)]!.test(s))
        .map(s => `${f} -> ${s}`),
    );
  expect(foreign).toEqual([]);
});

test('every import that leads nowhere would be seen: each one is a file', () => {
  expect(
    files.flatMap(f =>
      imports(f)
        .filter(to => !files.includes(to))
        .map(to => `${f} -> ${to}`),
    ),
  ).toEqual([]);
});

test('files stay small enough to hold in the head', () => {
  const long = files.map(f => [f, text(f).split('\n').length] as const).filter(([, lines]) => lines > 400);
  expect(long).toEqual([]);
});

test('the public surface changes only on purpose', () => {
  expect(Object.keys(api).sort()).toEqual([
    'Acl',
    'ApiServer',
    'Ca',
    'CsiDelivery',
    'DatabaseEngine',
    'Duration',
    'KubernetesAuth',
    'KubernetesCluster',
    'KvEngine',
    'KvV1Engine',
    'OnChange',
    'PostgresConnection',
    'Reviewer',
    'SecretField',
    'SharedRole',
    'State',
    'VaultApp',
    'VaultCdkError',
    'VaultPolicy',
    'VaultServer',
    'Workload',
    'accessGraph',
    'accessMatrix',
    'acknowledge',
    'checklist',
    'checklistText',
    'decide',
    'findingText',
    'graphMermaid',
    'matrixMarkdown',
    'parsePolicy',
    'printPolicy',
    'runnerPolicies',
    'runnerPolicyText',
    'securityMarkdown',
    'securityReport',
    'toEnv',
    'toFile',
    'toKubernetesSecret',
    'wholeResponse',
  ]);
});

test('importing the library loads neither the provider index nor cdk8s-plus', () => {
  const loaded = files.flatMap(specifiers);
  expect(loaded.filter(s => s === '@cdktf/provider-vault' || s.startsWith('cdk8s-plus'))).toEqual([]);
});

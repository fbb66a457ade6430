import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { writeOutput } from '../../src/core/output';
import { VaultCdkError } from '../../src/errors/error';

const place = mkdtempSync(join(tmpdir(), 'vault-cdk-output-'));
afterAll(() => rmSync(place, { recursive: true }));

type Files = Readonly<Record<string, string>>;

/** A project folder with the two output folders, as VaultApp has them. */
class Project {
  private static count = 0;
  readonly folder = join(place, String((Project.count += 1)));
  readonly list = join(this.folder, 'tf.files.json');

  constructor(files: Files = {}) {
    mkdirSync(this.folder);
    for (const [path, text] of Object.entries(files)) this.put(path, text);
  }

  put(path: string, text: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), text);
  }

  write(terraform: Files, kubernetes: Files = {}): void {
    writeOutput(
      [
        {
          folder: join(this.folder, 'tf'),
          files: new Map(Object.entries(terraform)),
          ours: /^(manifest\.json|stacks\/[^/]+\/cdk\.tf\.json)$/,
        },
        { folder: join(this.folder, 'k8s'), files: new Map(Object.entries(kubernetes)), ours: /\.k8s\.yaml$/ },
      ],
      this.list,
    );
  }

  /** Every file and every empty folder, with content. */
  get content(): Files {
    const entries = readdirSync(this.folder, { recursive: true, encoding: 'utf8' }).map(name => {
      const path = join(this.folder, name);
      if (statSync(path).isFile()) return [[name, readFileSync(path, 'utf8')]];
      return readdirSync(path).length === 0 ? [[`${name}/`, '']] : [];
    });
    return Object.fromEntries(entries.flat().sort(([a = ''], [b = '']) => (a < b ? -1 : 1))) as Files;
  }

  get paths(): readonly string[] {
    return Object.keys(this.content);
  }
}

const listed = (tf: readonly string[], k8s: readonly string[] = []) => `${JSON.stringify({ k8s, tf }, null, 2)}\n`;

/** The error of ours that is thrown; any other goes on. */
function refusalOf(attempt: () => void): VaultCdkError | undefined {
  try {
    attempt();
  } catch (error) {
    if (VaultCdkError.is(error)) return error;
    throw error;
  }
  return undefined;
}

describe('writing', () => {
  test('makes folders and files, and a list of them beside', () => {
    const project = new Project();
    project.write({ 'manifest.json': 'm', 'stacks/vault/cdk.tf.json': 't' }, { 'prod/shop.k8s.yaml': 'y' });
    expect(project.content).toEqual({
      'k8s/prod/shop.k8s.yaml': 'y',
      'tf.files.json': listed(['manifest.json', 'stacks/vault/cdk.tf.json'], ['prod/shop.k8s.yaml']),
      'tf/manifest.json': 'm',
      'tf/stacks/vault/cdk.tf.json': 't',
    });
  });

  test('touches no file whose content is as it should be', () => {
    const project = new Project();
    const files = { 'manifest.json': 'm', 'stacks/vault/cdk.tf.json': 't' };
    project.write(files, { 'a.k8s.yaml': 'y' });
    const old = new Date(2001, 1, 1);
    project.paths.forEach(path => utimesSync(join(project.folder, path), old, old));
    const touched = () => project.paths.filter(path => statSync(join(project.folder, path)).mtimeMs !== old.getTime());

    project.write(files, { 'a.k8s.yaml': 'y' });
    expect(touched()).toEqual([]);
    project.write({ ...files, 'manifest.json': 'new' }, { 'a.k8s.yaml': 'y' });
    expect(touched()).toEqual(['tf/manifest.json']);
  });

  test('does not depend on the order in which files are given', () => {
    const [one, two] = [new Project(), new Project()];
    one.write({ 'manifest.json': 'm', 'stacks/a/cdk.tf.json': 'a', 'stacks/b/cdk.tf.json': 'b' });
    two.write({ 'stacks/b/cdk.tf.json': 'b', 'stacks/a/cdk.tf.json': 'a', 'manifest.json': 'm' });
    expect(two.content).toEqual(one.content);
  });

  test('leaves a folder that is not beside the list out of it: it is of nobody', () => {
    const [project, elsewhere] = [new Project(), new Project()];
    const folder = join(elsewhere.folder, 'scratch');
    const write = (files: Files) =>
      writeOutput([{ folder, files: new Map(Object.entries(files)), ours: /\.k8s\.yaml$/ }], project.list);
    write({ 'a.k8s.yaml': 'a' });
    write({ 'b.k8s.yaml': 'b' });
    expect(elsewhere.content).toEqual({ 'scratch/a.k8s.yaml': 'a', 'scratch/b.k8s.yaml': 'b' });
    expect(project.content).toEqual({ 'tf.files.json': '{}\n' });
  });
});

describe('removing', () => {
  test('takes what an earlier run wrote and this one does not, and the folders that are empty then', () => {
    const project = new Project();
    project.write(
      { 'manifest.json': 'm', 'stacks/one/cdk.tf.json': '1', 'stacks/two/cdk.tf.json': '2' },
      { 'prod/east/a.k8s.yaml': 'a', 'b.k8s.yaml': 'b' },
    );
    project.write({ 'manifest.json': 'm', 'stacks/one/cdk.tf.json': '1' });
    expect(project.content).toEqual({
      'k8s/': '',
      'tf.files.json': listed(['manifest.json', 'stacks/one/cdk.tf.json']),
      'tf/manifest.json': 'm',
      'tf/stacks/one/cdk.tf.json': '1',
    });
  });

  test('leaves whatever is not on the list: files of users, state, what terraform keeps', () => {
    const others: Files = {
      'k8s/notes.txt': 'n',
      'k8s/prod/mine.k8s.yaml': 'of a user',
      'tf/stacks/two/.terraform.lock.hcl': 'l',
      'tf/stacks/two/.terraform/providers/x': 'p',
      'tf/stacks/two/terraform.tfstate': 's',
    };
    const project = new Project(others);
    project.write({ 'manifest.json': 'm', 'stacks/two/cdk.tf.json': '2' }, { 'prod/a.k8s.yaml': 'a' });
    project.write({ 'manifest.json': 'm' });
    expect(project.content).toEqual({ ...others, 'tf.files.json': listed(['manifest.json']), 'tf/manifest.json': 'm' });
  });

  test('takes no file twice: one that somebody removed already is no fault', () => {
    const project = new Project();
    project.write({ 'manifest.json': 'm', 'stacks/two/cdk.tf.json': '2' });
    rmSync(join(project.folder, 'tf/stacks'), { recursive: true });
    project.write({ 'manifest.json': 'm' });
    expect(project.paths).toEqual(['tf.files.json', 'tf/manifest.json']);
  });

  test('takes nothing that could not be ours, even if the list names it', () => {
    const precious: Files = {
      'cdk.tf.json': 'c',
      'k8s/.terraform.lock.hcl': 'l',
      'k8s/readme.md': 'r',
      'manifest.json': 'm',
      'outside.k8s.yaml': 'y',
      'tf/.terraform/manifest.json': 'm',
      'tf/stacks/a/b/cdk.tf.json': 'c',
      'tf/stacks/vault/.terraform.lock.hcl': 'l',
      'tf/stacks/vault/terraform.tfstate': 's',
      'tf/terraform.tfstate': 's',
    };
    const project = new Project(precious);
    const tf = [
      '../manifest.json',
      '../tf/manifest.json/../terraform.tfstate',
      'stacks/../cdk.tf.json',
      'stacks/../../cdk.tf.json',
      '.terraform/manifest.json',
      'stacks/a/b/cdk.tf.json',
      'stacks/vault/.terraform.lock.hcl',
      'stacks/vault/terraform.tfstate',
      'terraform.tfstate',
      join(project.folder, 'manifest.json'),
      '',
      '.',
      '/',
    ];
    const k8s = [
      '../outside.k8s.yaml',
      'x/../../outside.k8s.yaml',
      './../outside.k8s.yaml',
      join(project.folder, 'outside.k8s.yaml'),
      '.terraform.lock.hcl',
      'readme.md',
      '*.k8s.yaml',
    ];
    project.put('tf.files.json', JSON.stringify({ k8s, tf, '.': ['cdk.tf.json'], '..': ['x.k8s.yaml'] }));
    project.write({});
    expect({ ...project.content, 'tf.files.json': '' }).toEqual({ ...precious, 'tf.files.json': '' });
  });

  test.each([
    ['no JSON', '{"tf": ["manifest.json"'],
    ['nothing', ''],
    ['null', 'null'],
    ['a text', '"manifest.json"'],
    ['a list', '[["manifest.json"]]'],
    ['a number where files belong', '{"tf": 1}'],
    ['a file that is no text', '{"tf": ["manifest.json", 1]}'],
    ['a map of files', '{"tf": {"manifest.json": "manifest.json"}}'],
  ])('takes nothing when the list is %s', (_, text) => {
    const project = new Project({ 'tf/manifest.json': 'old', 'tf.files.json': text });
    project.write({}, { 'a.k8s.yaml': 'a' });
    expect(project.content).toMatchObject({ 'tf/manifest.json': 'old', 'k8s/a.k8s.yaml': 'a' });
    expect(JSON.parse(project.content['tf.files.json']!)).toMatchObject({ tf: [], k8s: ['a.k8s.yaml'] });
  });

  test('takes nothing when there is no list', () => {
    const project = new Project({ 'tf/manifest.json': 'old' });
    project.write({});
    expect(project.content).toEqual({ 'tf.files.json': listed([]), 'tf/manifest.json': 'old' });
  });
});

describe('a failure leaves what was there, and no temporary file', () => {
  const before: Files = { 'manifest.json': 'old', 'stacks/vault/cdk.tf.json': 'old' };
  const after: Files = { 'manifest.json': 'new', 'stacks/vault/cdk.tf.json': 'new' };
  const text = (given: string) =>
    [
      'the output could not be written, and what was there is unchanged [app/not-written]',
      `  given:   ${JSON.stringify(given)}`,
      '  fix:     make room, or give this user the right to write there',
    ].join('\n');

  test('when a file stands where a folder is needed', () => {
    const project = new Project();
    project.write(before, { 'a.k8s.yaml': 'old', 'gone.k8s.yaml': 'old' });
    project.put('k8s/prod', 'a file of a user');
    const { content } = project;
    const error = refusalOf(() => project.write(after, { 'a.k8s.yaml': 'new', 'prod/b.k8s.yaml': 'new' }));
    const prod = join(project.folder, 'k8s/prod');
    expect(error?.message).toBe(text(`EEXIST: file already exists, mkdir '${prod}'`));
    expect(project.content).toEqual(content);
  });

  test('when the whole output folder is a file', () => {
    const project = new Project({ k8s: 'a file of a user' });
    project.write(before);
    const { content } = project;
    const error = refusalOf(() => project.write(after, { 'a.k8s.yaml': 'new' }));
    expect(error?.message).toBe(text(`EEXIST: file already exists, mkdir '${join(project.folder, 'k8s')}'`));
    expect(project.content).toEqual(content);
  });

  test('when a folder stands where a file is to be written', () => {
    const project = new Project();
    project.write(before);
    project.put('k8s/a.k8s.yaml/file', 'of a user');
    const { content } = project;
    const error = refusalOf(() => project.write(after, { 'a.k8s.yaml': 'new' }));
    expect(error?.code).toBe('app/not-written');
    expect(project.content).toEqual(content);
  });

  test('when a folder stands where a file is to be removed', () => {
    const project = new Project();
    project.write(before, { 'a.k8s.yaml': 'old' });
    rmSync(join(project.folder, 'k8s/a.k8s.yaml'));
    project.put('k8s/a.k8s.yaml/file', 'of a user');
    const error = refusalOf(() => project.write(before, {}));
    expect(error).toBeUndefined();
    expect(project.content).toMatchObject({ 'k8s/a.k8s.yaml/file': 'of a user' });
  });

  test('when a folder stands where the list is to be written', () => {
    const project = new Project({ 'tf.files.json/file': 'of a user', 'tf/manifest.json': 'old' });
    const { content } = project;
    const error = refusalOf(() => project.write(after));
    expect(error?.code).toBe('app/not-written');
    expect(project.content).toEqual(content);
  });

  test('and the next run goes through', () => {
    const project = new Project({ k8s: 'a file of a user' });
    refusalOf(() => project.write(after, { 'a.k8s.yaml': 'new' }));
    rmSync(join(project.folder, 'k8s'));
    project.write(after, { 'a.k8s.yaml': 'new' });
    expect(project.paths).toEqual([
      'k8s/a.k8s.yaml',
      'tf.files.json',
      'tf/manifest.json',
      'tf/stacks/vault/cdk.tf.json',
    ]);
  });
});

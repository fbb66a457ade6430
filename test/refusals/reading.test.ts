import { inFolder, run } from '../support/folder';
import { readFiles } from '../../src/access/files';
import { refusal } from '../support/said';

describe('a file is not read', () => {
  const read = (path: string, text: string): readonly string[] =>
    inFolder({ [path]: text }, () => refusal(() => readFiles(['.'])));

  test('where it does not exist', () => {
    expect(refusal(() => readFiles(['no/such/folder']))).toEqual([
      'a path does not exist [read/missing]',
      '  given:   "no/such/folder"',
      '  fix:     name a file or folder that exists; run `vault-cdk synth` first if the output is missing',
    ]);
  });

  test('where its YAML is broken, with the line', () => {
    expect(read('prod/shop.yaml', 'kind: Secret\ndata: [\n')).toEqual([
      'a file is not YAML [read/unreadable]',
      '  at:      prod/shop.yaml:3',
      '  given:   "Flow sequence in block collection must be sufficiently indented and end with a ]"',
      '  fix:     correct the file, or leave it out; nothing was judged',
    ]);
  });

  test('where its second document is broken, with the line', () => {
    expect(read('prod/shop.yaml', 'kind: Pod\n---\nkind: Secret\nkind: Pod\n')).toEqual([
      'a file is not YAML [read/unreadable]',
      '  at:      prod/shop.yaml:4',
      '  given:   "Map keys must be unique"',
      '  fix:     correct the file, or leave it out; nothing was judged',
    ]);
  });

  test('where its YAML grows without an end', () => {
    const grow = ['b', 'c', 'd'].map((name, i) => `${name}: &${name} [${`*${'abc'[i]}, `.repeat(10)}]`);

    expect(read('bomb.yaml', ['a: &a [1, 2, 3]', ...grow].join('\n'))).toEqual([
      'a file is not YAML [read/unreadable]',
      '  at:      bomb.yaml:1',
      '  given:   "Excessive alias count indicates a resource exhaustion attack"',
      '  fix:     correct the file, or leave it out; nothing was judged',
    ]);
  });

  test('where its Terraform JSON is broken', () => {
    expect(read('stacks/vault/cdk.tf.json', '{\n"resource": {')).toEqual([
      'a file is not JSON [read/unreadable]',
      '  at:      stacks/vault/cdk.tf.json:2',
      `  given:   "Expected property name or '}'"`,
      '  fix:     correct the file, or leave it out; nothing was judged',
    ]);
  });

  test('where its Terraform JSON is broken beside a secret, which is not shown', () => {
    expect(read('stacks/vault/cdk.tf.json', '{"password": hunter2}')).toEqual([
      'a file is not JSON [read/unreadable]',
      '  at:      stacks/vault/cdk.tf.json',
      `  given:   "Unexpected token 'h'"`,
      '  fix:     correct the file, or leave it out; nothing was judged',
    ]);
  });

  test('where its Terraform JSON is a list', () => {
    expect(read('stacks/vault/cdk.tf.json', '[]')).toEqual([
      'a file is not Terraform JSON [read/unreadable]',
      '  at:      stacks/vault/cdk.tf.json',
      '  given:   "it is not an object"',
      '  fix:     correct the file, or leave it out; nothing was judged',
    ]);
  });
});

describe('the command line ends with 2 and says why', () => {
  test('where there is no such command', () => {
    expect(run('apply')).toEqual({
      code: 2,
      out: '',
      err: [
        'there is no such command [cli/unknown-command]',
        '  given:   "apply"',
        '  allowed: synth, check, access, checklist, bootstrap, runner-policy, owners, graph, security',
        '  fix:     see vault-cdk --help',
      ],
    });
  });

  test('where there is no such step', () => {
    expect(run('bootstrap', '--step', 'vault')).toEqual({
      code: 2,
      out: '',
      err: [
        'there is no such step [cli/unknown-step]',
        '  given:   "vault"',
        '  allowed: platform, variables, terraform, values, connection, workloads',
        '  fix:     see vault-cdk --help',
      ],
    });
  });

  test('where there is no such format', () => {
    expect(run('check', '--format', 'xml')).toEqual({
      code: 2,
      out: '',
      err: [
        'there is no such format [cli/unknown-format]',
        '  given:   "xml"',
        '  allowed: text, json',
        '  fix:     see vault-cdk --help',
      ],
    });
  });

  test('where there is no such option', () => {
    const { code, err } = run('check', '--verbose');

    expect(code).toBe(2);
    expect(err[0]).toMatch(/^Unknown option '--verbose'\./);
  });

  test('where nothing says how the app is run', () => {
    expect(inFolder({}, () => run('synth'))).toEqual({
      code: 2,
      out: '',
      err: [
        'nothing says how the app is run [cli/no-app]',
        '  fix:     pass --app "node main.js", or write `app` into cdktf.json or cdk8s.yaml',
      ],
    });
  });

  test.each(['cdktf.json', 'cdk8s.yaml'])('where %s cannot be read', file => {
    expect(inFolder({ [file]: 'app: [node\n' }, () => run('synth'))).toEqual({
      code: 2,
      out: '',
      err: [
        'a configuration file cannot be read [cli/config]',
        `  at:      ${file}`,
        '  given:   "Flow sequence in block collection must be sufficiently indented and end with a ] at line 2, column 1:"',
        '  fix:     correct the file',
      ],
    });
  });

  test('where there is nothing to read', () => {
    expect(inFolder({ 'notes/README.md': '# Notes\n' }, () => run('check', 'notes'))).toEqual({
      code: 2,
      out: '',
      err: [
        'there is nothing to read [read/nothing]',
        '  given:   ["notes"]',
        '  fix:     name folders with Kubernetes YAML or Terraform JSON in them',
      ],
    });
  });

  test('where a path does not exist', () => {
    expect(inFolder({}, () => run('access', 'nowhere'))).toEqual({
      code: 2,
      out: '',
      err: [
        'a path does not exist [read/missing]',
        '  given:   "nowhere"',
        '  fix:     name a file or folder that exists; run `vault-cdk synth` first if the output is missing',
      ],
    });
  });
});

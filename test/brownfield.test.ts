import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { lineDiff } from './support/diff';
import { makeProject, output, root, run } from './support/project';

const place = mkdtempSync(join(tmpdir(), 'vault-cdk-brownfield-'));
afterAll(() => rmSync(place, { recursive: true }));

const example = readFileSync(join(root, 'examples/brownfield.ts'), 'utf8');
/** The program as it was: plain cdk8s, without a line of what is new. */
const [was = ''] = example.split('// --- Vault:');
const plain = `${was.replace("import { Chart, Cron, Size } from 'cdk8s';", "import { App, Chart, Cron, Size } from 'cdk8s';").replace('new VaultApp()', 'new App()')}\napp.synth();\n`;

function printed(name: string, program: string, file: string): string {
  const folder = makeProject(join(place, name), program);
  const { status, stderr } = run(folder, ['node', 'main.js']);
  expect([status, stderr.replace(/^note VC121.*\n.*\n.*\n/, '')]).toEqual([0, '']);
  return output(folder)[file] ?? '';
}

const before = printed('before', plain, 'dist/shop.k8s.yaml');
const after = printed('after', example, 'dist/prod/shop.k8s.yaml');

/** What the API server does not let anyone change, or what other objects find it by. */
function identities(yaml: string): Readonly<Record<string, unknown>> {
  const objects = parseAllDocuments(yaml).map(d => d.toJS() as Record<string, Record<string, unknown>>);
  return Object.fromEntries(
    objects.map(o => {
      const template = o['spec']?.['template'] as { readonly metadata?: unknown } | undefined;
      return [
        `${o['kind'] as unknown as string} ${o['metadata']!['name'] as string}`,
        { metadata: o['metadata'], selector: o['spec']?.['selector'], pods: template?.metadata },
      ];
    }),
  );
}

test('the application that was there is a plain one: it knows nothing of Vault', () => {
  expect(plain).not.toMatch(/new (VaultApp|Workload|KubernetesAuth)|Workload\.of/);
  expect(before).not.toContain('vault');
});

test('every object that was there keeps its name, its labels and its selectors', () => {
  const [old, now] = [identities(before), identities(after)];

  expect(Object.keys(old)).toHaveLength(5);
  expect(now).toMatchObject(old);
  expect(Object.keys(now).filter(name => !(name in old))).toEqual([
    'ServiceAccount api',
    'SecretProviderClass api-vault',
    'ServiceAccount report',
    'SecretProviderClass report-vault',
  ]);
});

/** The objects that one workload gains, as they are printed before its pods. */
const objects = (name: string): readonly string[] =>
  [
    'apiVersion: v1',
    'kind: ServiceAccount',
    'metadata:',
    '  labels:',
    '    app.kubernetes.io/part-of: shop',
    `  name: ${name}`,
    '  namespace: shop',
    'automountServiceAccountToken: false',
    '---',
    'apiVersion: secrets-store.csi.x-k8s.io/v1',
    'kind: SecretProviderClass',
    'metadata:',
    '  annotations:',
    '    vault-cdk/stack: vault',
    '  labels:',
    '    app.kubernetes.io/part-of: shop',
    `  name: ${name}-vault`,
    '  namespace: shop',
    'spec:',
    '  parameters:',
    '    audience: vault',
    '    objects: |',
    '      - objectName: "password"',
    '        secretPath: "secret/data/shop/db"',
    '        secretKey: "password"',
    '        filePermission: 0444',
    `    roleName: shop-${name}`,
    '    vaultAddress: https://vault.vault.svc:8200',
    '    vaultAuthMountPath: kubernetes',
    '    vaultCACertPath: /vault/tls/ca.crt',
    '  provider: vault',
    '---',
  ].map(line => `+${line}`);

/** The lines that its pods gain. */
const lines = (name: string, indent: string): readonly string[] =>
  [
    '    volumeMounts:',
    '      - name: vault-secrets',
    '        mountPath: /etc/shop/database',
    '        readOnly: true',
    `serviceAccountName: ${name}`,
    'volumes:',
    '  - name: vault-secrets',
    '    csi:',
    '      driver: secrets-store.csi.k8s.io',
    '      readOnly: true',
    '      volumeAttributes:',
    `        secretProviderClass: ${name}-vault`,
  ].map(line => `+${indent}${line}`);

test('the only lines that differ are those that were meant to: what the pods gain, and no container command among them [IDT-14]', () => {
  // The same line may stand on either side of a block that came in; compared is what came and went, not where it is counted.
  const sorted = (all: readonly string[]) => [...all].sort();
  const diff = lineDiff(before, after);

  expect(diff.filter(line => line.startsWith('-'))).toEqual([]);
  expect(sorted(diff)).toEqual(
    sorted([...objects('api'), ...lines('api', '      '), ...objects('report'), ...lines('report', '          ')]),
  );
});

test('it takes a handful of lines, two of them for each workload at most', () => {
  const added = example.slice(example.indexOf('// --- Vault:')).split('\n').slice(1);
  const statements = added
    .join('\n')
    .split(/;\n/)
    .filter(s => s.trim() !== '');

  expect(statements.map(s => /^\s*(?:const (?:\{ )?)?([\w.]+)/.exec(s)?.[1])).toEqual([
    'vault',
    'prod',
    'prod.includes',
    'auth',
    'password',
    'Workload.of',
    'Workload.of',
    'app.synth',
  ]);
});

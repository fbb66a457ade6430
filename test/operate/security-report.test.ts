import { JsonPatch } from 'cdk8s';
import {
  CsiDelivery,
  securityMarkdown,
  securityReport,
  SharedRole,
  toEnv,
  toFile,
  toKubernetesSecret,
  type VaultApp,
  VaultPolicy,
  Workload,
} from 'vault-cdk';
import { TOPICS } from '../../src/operate/security-report';
import { recommended } from '../../src/rules/pack';
import { inFolder, run } from '../support/folder';
import { providerClass } from '../support/printed';
import { PLAINTEXT_IN_ETCD, deployment, secretProviderClass, world, worldWithApi } from '../support/world';

const delivery = new CsiDelivery({
  plaintextInEtcd: PLAINTEXT_IN_ETCD,
});

const ACCEPTED = 'etcd is encrypted (platform, until 2099-12-31; encrypted at rest; read by Group platform)';

const reportOf = (app: VaultApp) => {
  const { chain, findings } = app.judge();
  return securityReport(chain, findings);
};

/** An API whose secrets go into two Kubernetes Secrets, beside a file. */
function synced() {
  const made = worldWithApi({ delivery });
  const { username, password } = made.kv.secret('shop/db', { keys: ['username', 'password'] }).fields;
  made.api.consume(password, toEnv('DB_PASSWORD'));
  made.api.consume(username, toKubernetesSecret('db-creds', { key: 'username' }));
  made.api.consume(password, toKubernetesSecret('db-creds', { key: 'password' }));
  return made;
}

describe('the security report', () => {
  test('lists what lies in etcd as text, with keys, who fills it, out of how many files, and whose pods keep it there [CSI-11]', () => {
    const filled = { filledBy: 'api-vault', files: 2, accepted: ACCEPTED, pods: ['Deployment api'] };

    expect(reportOf(synced().app).inEtcd).toEqual([
      { name: 'prod: shop/api-vault-env', keys: ['DB_PASSWORD'], ...filled },
      { name: 'prod: shop/db-creds', keys: ['password', 'username'], ...filled },
    ]);
    // Files alone lie in no etcd, whatever was accepted.
    expect(reportOf(worldWithApi({ delivery }).app).inEtcd).toEqual([]);
    expect(providerClass(worldWithApi({ delivery }).app).metadata).not.toHaveProperty([
      'annotations',
      'vault-cdk/plaintext-in-etcd',
    ]);
  });

  test('says of a Secret by hand what can be said, though nothing mounts it and its objects are no list', () => {
    const { app, shop } = world();
    const spc = secretProviderClass(shop, 'odd', { objects: 'nothing' });
    const data = [{ objectName: 'x', key: 'x' }];
    spc.addJsonPatch(JsonPatch.add('/spec/secretObjects', [{ secretName: 'a|b', type: 'Opaque', data }]));
    const report = reportOf(app);

    expect(report.inEtcd).toEqual([
      { name: 'prod: shop/a|b', keys: ['x'], filledBy: 'odd', files: undefined, accepted: undefined, pods: [] },
    ]);
    expect(securityMarkdown(report)).toContain(
      '| prod: shop/a\\|b | x | odd, of a number of files | not printed | nobody |\n',
    );
  });

  test('lists the files that everyone in the containers may read, also where that is the default', () => {
    const { app, auth, kv, shop } = world();
    const { password } = kv.secret('shop/db', { keys: ['password'] }).fields;
    const api = Workload.of(deployment(shop, 'api', { securityContext: { runAsUser: 0 } }), { auth });
    api.consume(password, toFile('/mnt/secrets/open'));
    api.consume(password, toFile('/mnt/secrets/closed', { mode: 0o400 }));
    const file = (name: string, permission: string) =>
      `- { objectName: ${name}, secretPath: secret/data/shop/db, secretKey: password${permission} }\n`;
    secretProviderClass(shop, 'unstated', { objects: `${file('none', '')}${file('zero', ', filePermission: 0')}` });

    expect(reportOf(app).openFiles).toEqual([
      { writtenBy: 'prod: shop/api-vault', file: 'open', mode: '0444' },
      { writtenBy: 'prod: shop/unstated', file: 'none', mode: '0644' },
      { writtenBy: 'prod: shop/unstated', file: 'zero', mode: '0644' },
    ]);
  });

  test('sorts what the rules say by question, and names each question', () => {
    const { app, auth, shop, vault } = worldWithApi();
    const policies = [VaultPolicy.fromName(vault, 'monitoring')];
    new SharedRole(auth, 'all', { serviceAccounts: ['a', 'b'], namespaces: ['shop'], policies });
    secretProviderClass(shop, 'plain', { vaultAddress: 'http://vault:8200', vaultAuthMountPath: 'other' });
    const topics = reportOf(app).topics.map(t => [t.title, [...new Set(t.findings.map(f => f.id))]]);

    expect(topics).toEqual([
      ['Roles that admit several identities', ['VC303']],
      ['Rights that nobody asked for', []],
      ['Tokens and credentials that live long', ['VC321']],
      ['Connections that are not verified', ['VC611']],
      ['Not known', ['VC205', 'VC202']],
    ]);
  });

  test('asks for rules that there are, each once', () => {
    const asked = TOPICS.flatMap(([, rules]) => rules);

    expect(asked).toEqual([...new Set(asked)]);
    expect(asked.filter(id => !recommended.some(r => r.id === id))).toEqual([]);
  });

  test('is printed as Markdown or as data', () => {
    const { kubernetes, terraform } = synced().app.judge().printOut;
    const files = Object.fromEntries([
      ...[...kubernetes].map(([path, text]) => [`dist/${path}`, text] as const),
      ...[...terraform].map(([path, text]) => [`cdktf.out/${path}`, text] as const),
    ]);
    const { code, out } = inFolder(files, () => run('security'));

    expect(code).toBe(0);
    expect(out).toBe(
      [
        '# Security report',
        '',
        '## In etcd as text',
        '',
        '| Secret | keys | filled by | there while these run | accepted by |',
        '| --- | --- | --- | --- | --- |',
        `| prod: shop/api-vault-env | DB_PASSWORD | api-vault, of 2 files | Deployment api | ${ACCEPTED} |`,
        `| prod: shop/db-creds | password, username | api-vault, of 2 files | Deployment api | ${ACCEPTED} |`,
        '',
        '## Files that everyone in the containers may read',
        '',
        '| SecretProviderClass | file | permission |',
        '| --- | --- | --- |',
        '| prod: shop/api-vault | .kubernetes-secrets/db-creds/username | 0444 |',
        '| prod: shop/api-vault | password | 0444 |',
        '',
        ...[
          'Roles that admit several identities',
          'Rights that nobody asked for',
          'Tokens and credentials that live long',
          'Connections that are not verified',
          'Not known',
        ].flatMap(title => [`## ${title}`, '', 'None.', '']),
      ].join('\n'),
    );
    const json = inFolder(files, () => run('security', '--format', 'json')).out;
    expect((JSON.parse(json) as { readonly inEtcd: readonly object[] }).inEtcd).toHaveLength(2);
  });
});

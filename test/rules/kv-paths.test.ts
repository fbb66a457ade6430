import { Policy } from '@cdktf/provider-vault/lib/policy';
import { KvEngine, KvV1Engine, VaultPolicy } from 'vault-cdk';
import { checked } from '../support/folder';
import { policies } from '../support/printed';
import { said, textOf } from '../support/said';
import { csiVolume, deployment, secretProviderClass, world } from '../support/world';

const stanza = (path: string, ...capabilities: readonly string[]) =>
  `path "${path}" { capabilities = ${JSON.stringify(capabilities)} }`;

/** The world with a policy that somebody wrote by hand. */
function written(...stanzas: readonly string[]) {
  const made = world();
  new Policy(made.vault, 'Raw', { name: 'raw', policy: stanzas.join('\n') });
  return made;
}

const errors = (messages: readonly string[]) =>
  messages.flatMap(message => [
    `error VC221: ${message}`,
    '  at:      stacks/vault/cdk.tf.json (vault/Raw)',
    '  live:    403 permission denied; or 404, with the hint "Invalid path for a versioned K/V secrets engine"',
    '  fix:     write the path as the API has it',
  ]);

describe('VC221: a path on a KV v2 mount lacks "data/" or "metadata/"', () => {
  test('is silent where a path is built from mount and secret, and refused where it is written without the segment [POL-02]', () => {
    const { app, vault, kv } = world();
    const team = new VaultPolicy(vault, 'team');
    kv.grants.read(team, kv.secret('webapp/production', { keys: ['a'] }));
    kv.grants.list(team);
    expect(policies(app)['team']).toContain('path "secret/data/webapp/production"');
    expect(said('VC221', app)).toEqual([]);

    const wrong = written(
      stanza('secret/webapp/production', 'read'),
      stanza('secret/webapp/', 'list'),
      stanza('/secret/webapp/*', 'read', 'list'),
    );
    expect(said('VC221', wrong.app)).toEqual(
      errors([
        'policy "raw" has a rule for "/secret/webapp/*"; the API has "secret/data/webapp/*"',
        'policy "raw" has a rule for "secret/webapp/"; the API has "secret/metadata/webapp/"',
        'policy "raw" has a rule for "secret/webapp/production"; the API has "secret/data/webapp/production"',
      ]),
    );

    const { app: mounted, shop } = world();
    const objects = '- objectName: password\n  secretPath: secret/shop/db\n  secretKey: password\n';
    secretProviderClass(shop, 'db', { objects });
    deployment(shop, 'api', { volumes: [csiVolume('db')] });
    expect(said('VC221', mounted)[0]).toBe(
      'error VC221: SecretProviderClass shop/db reads "secret/shop/db"; the API has "secret/data/shop/db"',
    );
  });

  test.each([
    'secret/*',
    'secret/+/webapp',
    'secret/config',
    'secret',
    'other/webapp',
    'secret/undelete/a',
    'secret-2/a',
  ])('is silent about %j', path => {
    expect(said('VC221', written(stanza(path, 'read')).app)).toEqual([]);
  });

  test('knows mounts that exist already, and leaves version 1 alone', () => {
    const { app, vault } = written(stanza('old/webapp', 'read'), stanza('new/webapp', 'read'), stanza('kv1/a', 'read'));
    KvV1Engine.fromPath(vault, 'old');
    new KvV1Engine(vault, 'kv1');
    KvEngine.fromPath(vault, 'new');

    expect(said('VC221', app)).toEqual(
      errors(['policy "raw" has a rule for "new/webapp"; the API has "new/data/webapp"']),
    );
  });

  test.each([
    [{ type: 'kv', options: { version: '2' } }, 1],
    [{ type: 'kv-v2' }, 1],
    [{ type: 'kv', options: { version: '1' } }, 0],
    [{ type: 'kv' }, 0],
  ])('reads %j from files', (mount, found) => {
    const resource = {
      vault_mount: { kv: { path: 'kv', ...mount } },
      vault_policy: { p: { name: 'p', policy: stanza('kv/webapp', 'read') } },
    };

    expect(textOf('VC221', checked({ 'stack/cdk.tf.json': JSON.stringify({ resource }) })).length > 0 ? 1 : 0).toBe(
      found,
    );
  });
});

describe('VC222: a rule lists a secret instead of a folder', () => {
  test('metadata is printed only when it is asked for, and a list on a secret is warned of [POL-03]', () => {
    const { app, vault, kv } = world();
    const secret = kv.secret('webapp/production', { keys: ['a'] });
    const reader = new VaultPolicy(vault, 'reader');
    kv.grants.read(reader, secret);
    expect(policies(app)['reader']).not.toContain('metadata');
    kv.grants.readMetadata(reader, secret);
    kv.grants.list(reader, 'webapp');
    expect(policies(app)['reader']).toContain(
      '# read the metadata of webapp/production\npath "secret/metadata/webapp/production" {\n  capabilities = ["read"]\n}\n',
    );
    expect(said('VC222', app)).toEqual([]);

    expect(said('VC222', written(stanza('secret/metadata/webapp/production', 'read', 'list')).app)).toEqual([
      'warning VC222: policy "raw" has "list" on "secret/metadata/webapp/production", which is no folder',
      '  at:      stacks/vault/cdk.tf.json (vault/Raw)',
      '  live:    silently ignored: LIST on a secret is 404',
      '  fix:     drop "list"; or end the path with "/" if it is a folder',
    ]);
  });

  test.each([
    ['secret/metadata/webapp/', 'list'],
    ['secret/metadata/', 'list'],
    ['secret/metadata/*', 'list'],
    ['secret/metadata/+/a', 'list'],
    ['secret/metadata/webapp', 'read'],
    ['other/metadata/webapp', 'list'],
  ])('is silent about %j with %j', (path, capability) => {
    expect(said('VC222', written(stanza(path, capability)).app)).toEqual([]);
  });
});

import { Mount } from '@cdktf/provider-vault/lib/mount';
import { Chart } from 'cdk8s';
import { Annotations } from 'cdktf';
import { existsSync, readFileSync } from 'node:fs';
import { State, VaultApp, VaultServer, Workload } from 'vault-cdk';
import { inFolder } from '../support/folder';
import { refusal } from '../support/said';
import { secretProviderClass, world, worldWithApi } from '../support/world';

describe('an app is refused', () => {
  test('where a workload may do nothing', () => {
    const { app, auth } = world();
    new Workload(auth, 'api', { namespace: 'shop' });

    expect(refusal(() => app.judge())).toEqual([
      'the app has 1 problem [app/invalid]',
      '  - vault/kubernetes/api: the workload may do nothing in Vault; consume or grant something, or remove it',
      '  fix:     correct each line above; every problem of the tree is listed, and nothing was written',
    ]);
  });

  test('with every problem of its tree at once', () => {
    const { app, auth, shop, vault } = world();
    new Workload(auth, 'api', { namespace: 'shop' });
    new Workload(auth, 'web', { namespace: 'shop' });
    new Workload(auth, 'api:of:another', { namespace: 'other', serviceAccount: 'api' });
    shop.node.addValidation({ validate: () => ['a chart of the user is not valid'] });
    Annotations.of(vault).addError('an annotation says so');

    expect(refusal(() => app.judge())).toEqual([
      'the app has 5 problems [app/invalid]',
      '  - vault/kubernetes/api: the workload may do nothing in Vault; consume or grant something, or remove it',
      '  - vault/kubernetes/web: the workload may do nothing in Vault; consume or grant something, or remove it',
      '  - vault/kubernetes/api:of:another: the workload may do nothing in Vault; consume or grant something, or remove it',
      '  - shop: a chart of the user is not valid',
      '  - vault: an annotation says so',
      '  fix:     correct each line above; every problem of the tree is listed, and nothing was written',
    ]);
  });

  test('not where a workload was granted something', () => {
    const { app, auth, kv } = world();
    const api = new Workload(auth, 'api', { namespace: 'shop' });
    kv.grants.write(api, kv.secret('shop/db', { keys: ['password'] }));

    expect(app.judge().findings).toEqual([]);
  });

  test('where what it prints cannot work, with all that was found', () => {
    const { app, api, shop } = worldWithApi();
    api.role.boundServiceAccountNames = ['*'];
    api.role.boundServiceAccountNamespaces = ['*'];
    secretProviderClass(shop, 'hand-written', { roleName: 'app-readonly' });

    expect(refusal(() => app.synth())).toEqual([
      'the app prints 2 things that cannot work [app/refused]',
      '  error VC101: SecretProviderClass shop/hand-written logs in as role "app-readonly", but auth/kubernetes has no role "app-readonly"',
      '    at:      prod/shop.k8s.yaml (shop/hand-written)',
      '    live:    400 invalid role name "..."',
      '    fix:     name a role of that auth mount, or declare the workload so that the role is made',
      '  error VC301: role "shop-api" binds "*" in "*"',
      '    at:      stacks/vault/cdk.tf.json (vault/kubernetes/shop:api/Role)',
      '    live:    silently ignored: Vault takes "*" for both',
      '    fix:     bind one service account in one namespace',
      '  fix:     correct each of these; nothing was written',
    ]);
  });

  test('where it prints one thing that cannot work, and nothing is written', () => {
    inFolder({}, () => {
      const { app, api } = worldWithApi();
      api.role.boundServiceAccountNames = ['*'];
      api.role.boundServiceAccountNamespaces = ['*'];

      expect(refusal(() => app.synth())).toEqual([
        'the app prints something that cannot work [app/refused]',
        '  error VC301: role "shop-api" binds "*" in "*"',
        '    at:      stacks/vault/cdk.tf.json (vault/kubernetes/shop:api/Role)',
        '    live:    silently ignored: Vault takes "*" for both',
        '    fix:     bind one service account in one namespace',
        '  fix:     correct each of these; nothing was written',
      ]);
      expect([existsSync('cdktf.out'), existsSync('dist')]).toEqual([false, false]);
    });
  });

  test('where two charts print one file', () => {
    const { app, prod } = world();
    new Chart(prod, 'shop');

    expect(refusal(() => app.judge())).toEqual([
      'two charts print the file prod/shop.k8s.yaml [app/same-file]',
      '  at:      shop',
      '  given:   ["prod/shop","shop"]',
      '  allowed: one file for each chart',
      '  live:    silently ignored: the second would overwrite the first',
      '  fix:     give one of the charts another id',
    ]);
  });

  test('where two charts of no cluster print one file', () => {
    const app = new VaultApp();
    new Chart(new Chart(app, 'shop'), 'api');
    new Chart(app, 'shop-api');

    expect(refusal(() => app.judge())).toEqual([
      'two charts print the file shop-api.k8s.yaml [app/same-file]',
      '  at:      shop-api',
      '  given:   ["shop/api","shop-api"]',
      '  allowed: one file for each chart',
      '  live:    silently ignored: the second would overwrite the first',
      '  fix:     give one of the charts another id',
    ]);
  });

  test('where a raw resource takes the Terraform address of another', () => {
    const { app, vault } = world();
    new Mount(vault, 'Team', { path: 'team', type: 'kv' }).overrideLogicalId('secret');

    expect(refusal(() => app.judge())).toEqual([
      'two resources print the Terraform address vault_mount.secret [terraform/address-taken]',
      '  at:      vault/Team',
      '  given:   ["vault/secret/Resource","vault/Team"]',
      '  allowed: one resource for each address',
      '  live:    silently ignored: the arguments of both are merged into one resource',
      '  fix:     give the raw resource another construct id',
    ]);
  });

  test('where Terraform HCL is asked for', () => {
    process.env['SYNTH_HCL_OUTPUT'] = 'true';
    try {
      expect(refusal(() => new VaultApp())).toEqual([
        'the app prints Terraform JSON, and HCL was asked for [app/hcl-output]',
        '  given:   "SYNTH_HCL_OUTPUT=true"',
        '  allowed: Terraform JSON, which terraform and tofu read alike',
        '  fix:     drop --hcl',
      ]);
    } finally {
      delete process.env['SYNTH_HCL_OUTPUT'];
    }
  });

  test('where cdktf.json is not JSON', () => {
    inFolder({ 'cdktf.json': 'app: node main.js\n' }, () => {
      expect(refusal(() => new VaultApp())).toEqual([
        'the file cdktf.json is not JSON [app/cdktf-json]',
        '  at:      cdktf.json',
        `  given:   "Unexpected token 'a'"`,
        '  fix:     correct the file',
      ]);
    });
  });

  test('where its output cannot be written, which leaves what was there', () => {
    inFolder({ dist: 'not a folder', 'cdktf.out/manifest.json': '"of an earlier run"' }, () => {
      const { app } = worldWithApi();

      expect(refusal(() => app.synth())).toEqual([
        'the output could not be written, and what was there is unchanged [app/not-written]',
        `  given:   "ENOTDIR: not a directory, mkdir 'dist/prod'"`,
        '  fix:     make room, or give this user the right to write there',
      ]);
      expect(readFileSync('cdktf.out/manifest.json', 'utf8')).toBe('"of an earlier run"');
      expect(existsSync('cdktf.out/stacks/vault/cdk.tf.json')).toBe(false);
    });
  });
});

describe('the message of a refusal', () => {
  test('names the line of the user that declared the thing', () => {
    const app = new VaultApp();
    const line = Number(/app\.test\.ts:(\d+)/.exec(new Error().stack!)![1]) + 1;
    const vault = new VaultServer(app, 'vault', { address: 'https://vault.example.com', state: State.local() });

    expect(() => vault.claim('policy', 'x', vault) && vault.claim('policy', 'x', vault)).toThrow(
      `  at:      vault (test/refusals/app.test.ts:${line})`,
    );
  });
});

import { KubernetesAuthBackendRole } from '@cdktf/provider-vault/lib/kubernetes-auth-backend-role';
import { Policy } from '@cdktf/provider-vault/lib/policy';
import { TerraformVariable } from 'cdktf';
import { Workload } from 'vault-cdk';
import { checked } from '../support/folder';
import { refused, said, textOf } from '../support/said';
import { secretProviderClass, world, worldWithApi } from '../support/world';
import { POD, ROLE, SPC, terraform } from '../support/yaml';

/** The world with a role that nobody declared; arguments go over those of a role that may do nothing. */
function worldWithRawRole(role: { readonly tokenPolicies?: string[]; readonly tokenNoDefaultPolicy?: boolean } = {}) {
  const made = worldWithApi();
  new KubernetesAuthBackendRole(made.vault, 'Raw', {
    backend: made.auth.backend,
    roleName: 'raw',
    boundServiceAccountNames: ['job'],
    boundServiceAccountNamespaces: ['batch'],
    tokenNoDefaultPolicy: true,
    ...role,
  });
  return made;
}

describe('VC201: a delivered secret is not granted by any policy of the role', () => {
  const REST = [
    '  live:    403 permission denied',
    '  fix:     declare the consumption, so that the policy is derived from it, or grant the path',
  ];

  test('is silent where the policy was derived from the consumption', () => {
    expect(said('VC201', worldWithApi().app)).toEqual([]);
  });

  test('is silent where a policy of the role grants it by a wildcard', () => {
    const { app, api } = worldWithApi();
    api.policy.policy = 'path "secret/data/+/*" { capabilities = ["read"] }';

    expect(said('VC201', app)).toEqual([]);
  });

  test('names path, role and reason where a SecretProviderClass of the team reads more', () => {
    const { app, shop } = worldWithApi();
    const objects = '- objectName: key\n  secretPath: /v1/secret/data/shop/session\n  secretKey: key\n';
    secretProviderClass(shop, 'hand-written', { objects });

    expect(said('VC201', app)).toEqual([
      'error VC201: SecretProviderClass shop/hand-written reads "secret/data/shop/session", which role "shop-api" may not read: no rule matches',
      '  at:      prod/shop.k8s.yaml (shop/hand-written)',
      ...REST,
    ]);
  });

  test('finds the KV path without its data/', () => {
    const { app, shop } = worldWithApi();
    const objects = '- objectName: password\n  secretPath: secret/shop/db\n  secretKey: password\n';
    secretProviderClass(shop, 'hand-written', { objects });

    expect(said('VC201', app)).toEqual([
      'error VC201: SecretProviderClass shop/hand-written reads "secret/shop/db", which role "shop-api" may not read: no rule matches',
      '  at:      prod/shop.k8s.yaml (shop/hand-written)',
      ...REST,
    ]);
  });

  test.each([
    ['lacks the capability', 'path "secret/data/shop/db" { capabilities = ["list"] }', 'the rule lacks "read"'],
    ['denies', 'path "secret/*" { capabilities = ["read", "deny"] }', 'the rule denies'],
    ['is for another path', 'path "secret/data/shop" { capabilities = ["read"] }', 'no rule matches'],
    [
      'is for what is below it',
      'path "/secret/data/shop/db/*" { capabilities = ["read"] }',
      'no rule matches; "/secret/data/shop/db/*" covers what is below it, and not the path itself',
    ],
  ])('says why where the policy was overridden and %s', (_, policy, because) => {
    const { app, api } = worldWithApi();
    api.policy.policy = policy;

    expect(said('VC201', app)).toEqual([
      `error VC201: SecretProviderClass shop/api-vault reads "secret/data/shop/db", which role "shop-api" may not read: ${because}`,
      '  at:      prod/shop.k8s.yaml (shop/vault:kubernetes:api/SecretProviderClass)',
      ...REST,
    ]);
  });

  test('asks for update where the object is fetched by PUT', () => {
    const { app, shop } = worldWithApi();
    const objects =
      '- objectName: pem\n  secretPath: pki/issue/shop\n  method: PUT\n  secretArgs: { common_name: shop }\n';
    secretProviderClass(shop, 'hand-written', { objects });

    expect(said('VC201', app)[0]).toBe(
      'error VC201: SecretProviderClass shop/hand-written reads "pki/issue/shop", which role "shop-api" may not update: no rule matches',
    );
  });

  test('names the file and the line, where files are read', () => {
    const files = {
      'prod/shop.yaml': `${POD}---\n${SPC}`,
      'stacks/vault/cdk.tf.json': terraform(ROLE, 'path "secret/data/other" { capabilities = ["read"] }'),
    };

    expect(textOf('VC201', checked(files))).toEqual([
      'error VC201: SecretProviderClass shop/db reads "secret/data/shop/db", which role "shop-api" may not read: no rule matches',
      '  at:      prod/shop.yaml:10',
      ...REST,
    ]);
  });
});

describe('VC202: whether a delivered secret is granted is not known', () => {
  const FIX = '  fix:     read the missing part too, or try it on the live Vault: vault token capabilities';

  test('is silent where it is known, either way', () => {
    const { app, shop } = worldWithApi();
    const objects = '- objectName: key\n  secretPath: secret/data/shop/session\n  secretKey: key\n';
    secretProviderClass(shop, 'hand-written', { objects });

    expect(said('VC202', app)).toEqual([]);
  });

  test('says so where the auth mount was not read', () => {
    expect(textOf('VC202', checked({ 'prod/spc.yaml': SPC }))).toEqual([
      'note VC202: SecretProviderClass shop/db: auth/kubernetes is not among what was read',
      '  at:      prod/spc.yaml:1',
      FIX,
    ]);
  });

  test('says so where a policy of the role was not read', () => {
    const role = { ...ROLE, token_policies: ['shop-api', 'of-another-team'] };
    const files = { 'prod/spc.yaml': SPC, 'stacks/vault/cdk.tf.json': terraform(role) };

    expect(textOf('VC202', checked(files))).toEqual([
      'note VC202: SecretProviderClass shop/db reads "secret/data/shop/db", which role "shop-api" may or may not read: policy "of-another-team" is not known: it is not among what was read',
      '  at:      prod/spc.yaml:1',
      FIX,
    ]);
  });

  test('says so where a rule of the policy is templated', () => {
    const { app, api } = worldWithApi();
    api.policy.policy = 'path "secret/data/{{identity.entity.name}}" { capabilities = ["read"] }';

    expect(said('VC202', app)).toEqual([
      'note VC202: SecretProviderClass shop/api-vault reads "secret/data/shop/db", which role "shop-api" may or may not read: "secret/data/{{identity.entity.name}}" is templated: what it matches depends on the identity of the token',
      '  at:      prod/shop.k8s.yaml (shop/vault:kubernetes:api/SecretProviderClass)',
      FIX,
    ]);
  });

  test('says so where the text of the policy is a Terraform variable', () => {
    const { app, api, vault } = worldWithApi();
    api.policy.policy = new TerraformVariable(vault, 'text', {}).stringValue;

    expect(said('VC202', app)).toEqual([
      'note VC202: SecretProviderClass shop/api-vault reads "secret/data/shop/db", which role "shop-api" may or may not read: policy "kubernetes-shop-api" is not known: its text is ${var.text}',
      '  at:      prod/shop.k8s.yaml (shop/vault:kubernetes:api/SecretProviderClass)',
      FIX,
    ]);
  });
});

describe('VC203: something that was declared is not granted by what is printed', () => {
  const REST = [
    '  live:    403 permission denied',
    '  fix:     remove the override, or the declaration that it contradicts',
  ];

  test('is silent where everything is printed as it was declared', () => {
    const { app, api, kv } = worldWithApi();
    kv.grants.write(api, kv.secret('shop/sessions', { keys: ['key'] }));
    api.addToVaultPolicy({ path: 'secret/metadata/shop/*', capabilities: ['list', 'read'] });

    expect(said('VC203', app)).toEqual([]);
  });

  test('says so where an override took a right away', () => {
    const { app, api } = worldWithApi();
    api.policy.policy = 'path "secret/data/shop/other" { capabilities = ["read"] }';

    expect(said('VC203', app)).toEqual([
      'error VC203: shop/api was declared to read "secret/data/shop/db", and the print-out says denied: no rule matches',
      '  at:      stacks/vault/cdk.tf.json (vault/kubernetes/shop:api/Role)',
      ...REST,
    ]);
  });

  test('says so where an override took the policy away', () => {
    const { app, api } = worldWithApi();
    api.role.tokenPolicies = [];

    expect(said('VC203', app)).toEqual([
      'error VC203: shop/api was declared to read "secret/data/shop/db", and the print-out says denied: no rule matches',
      '  at:      stacks/vault/cdk.tf.json (vault/kubernetes/shop:api/Role)',
      ...REST,
    ]);
  });

  test('says so for a grant that is not delivered', () => {
    const { app, auth, kv } = world();
    const job = new Workload(auth, 'job', { namespace: 'batch' });
    kv.grants.write(job, kv.secret('batch/result', { keys: ['value'] }));
    job.policy.policy = 'path "secret/data/batch/result" { capabilities = ["create"] }';

    expect(said('VC203', app)).toEqual([
      'error VC203: batch/job was declared to update "secret/data/batch/result", and the print-out says denied: the rule lacks "update"',
      '  at:      stacks/vault/cdk.tf.json (vault/kubernetes/job/Role)',
      ...REST,
    ]);
  });

  test('says so where the role is for somebody else', () => {
    const { app, api } = worldWithApi();
    api.role.boundServiceAccountNamespaces = ['other'];

    expect(said('VC203', app)).toEqual([
      'error VC203: shop/api was declared with role "shop-api", which admits only other/api',
      '  at:      stacks/vault/cdk.tf.json (vault/kubernetes/shop:api/Role)',
      ...REST,
    ]);
  });

  test('says so where the role is not printed', () => {
    const { app, api } = worldWithApi();
    api.role.roleName = 'renamed';

    expect(said('VC203', app)).toEqual([
      'error VC203: shop/api was declared with role "shop-api" on auth/kubernetes, which is not printed',
      '  at:      (app) (vault/kubernetes/shop:api (test/support/world.ts))',
      ...REST,
    ]);
  });

  test('refuses the app', () => {
    const { app, api } = worldWithApi();
    api.role.roleName = 'renamed';

    expect(refused(() => app.synth()).code).toBe('app/refused');
  });

  test.each(['deny', 'sudo', 'subscribe'] as const)('is silent where "%s" is declared and printed', capability => {
    const { app, api } = worldWithApi();
    api.addToVaultPolicy({ path: 'secret/data/shop/closed', capabilities: [capability] });

    expect(said('VC203', app)).toEqual([]);
  });
});

describe('VC204: a role may do something that nothing declares', () => {
  const FIX = '  fix:     declare it on a workload, or remove the raw resource or the override that grants it';

  test('is silent where everything was declared', () => {
    expect(said('VC204', worldWithApi().app)).toEqual([]);
  });

  test('is silent where a raw role may do nothing', () => {
    expect(said('VC204', worldWithRawRole().app)).toEqual([]);
  });

  test('is silent over files, of which nobody knows what was meant', () => {
    const files = { 'prod/shop.yaml': `${SPC}---\n${POD}`, 'stacks/vault/cdk.tf.json': terraform(ROLE) };

    expect(textOf('VC204', checked(files))).toEqual([]);
  });

  test('names who may do what through a raw role', () => {
    const { app, vault } = worldWithRawRole({ tokenPolicies: ['wide'] });
    new Policy(vault, 'Wide', {
      name: 'wide',
      policy:
        'path "secret/*" { capabilities = ["read", "list"] }\npath "secret/data/closed" { capabilities = ["deny"] }',
    });

    expect(said('VC204', app)).toEqual([
      'warning VC204: batch/job may read, list "secret/*" through role "raw", and nothing declares it',
      '  at:      stacks/vault/cdk.tf.json (vault/Raw)',
      FIX,
    ]);
  });

  test('names what an override added to a declared role', () => {
    const { app, api } = worldWithApi();
    api.policy.policy = [
      'path "secret/data/shop/db" { capabilities = ["read", "update"] }',
      'path "sys/mounts" { capabilities = ["read"] }',
    ].join('\n');

    expect(said('VC204', app)).toEqual([
      'warning VC204: shop/api may read "sys/mounts" through role "shop-api", and nothing declares it',
      '  at:      stacks/vault/cdk.tf.json (vault/kubernetes/shop:api/Role)',
      FIX,
      'warning VC204: shop/api may update "secret/data/shop/db" through role "shop-api", and nothing declares it',
      '  at:      stacks/vault/cdk.tf.json (vault/kubernetes/shop:api/Role)',
      FIX,
    ]);
  });

  test('names what an added policy of the stack gives to a declared role', () => {
    const { app, api, vault } = worldWithApi();
    const wide = new Policy(vault, 'Wide', { name: 'wide', policy: 'path "*" { capabilities = ["sudo"] }' });
    api.role.tokenPolicies = [api.policy.name, wide.name];

    expect(said('VC204', app)).toEqual([
      'warning VC204: shop/api may sudo "*" through role "shop-api", and nothing declares it',
      '  at:      stacks/vault/cdk.tf.json (vault/kubernetes/shop:api/Role)',
      FIX,
    ]);
  });
});

describe('VC205: a role names a policy that is not printed', () => {
  const REST = [
    '  live:    silently ignored: the login succeeds, and every read is 403 permission denied',
    '  fix:     print the policy with the role, or read its text too',
  ];

  test('is silent where the policies are printed', () => {
    expect(said('VC205', worldWithApi().app)).toEqual([]);
  });

  test('is silent where the name differs in case, since Vault folds it', () => {
    const { app } = worldWithRawRole({ tokenPolicies: ['Kubernetes-Shop-API'] });

    expect(said('VC205', app)).toEqual([]);
  });

  test('names the role and the policy', () => {
    const { app } = worldWithRawRole({ tokenPolicies: ['of-another-team'] });

    expect(said('VC205', app)).toEqual([
      'warning VC205: role "raw" carries the policy "of-another-team", of which nothing is known: it is not among what was read',
      '  at:      stacks/vault/cdk.tf.json (vault/Raw)',
      ...REST,
    ]);
  });

  test('says why the text of a policy is not understood', () => {
    const { app, api } = worldWithApi();
    api.policy.policy = 'path "secret/data/shop/db" {\n  capabilities = ["reed"]\n}';

    expect(said('VC205', app)).toEqual([
      'warning VC205: role "shop-api" carries the policy "kubernetes-shop-api", of which nothing is known: line 2: invalid capability "reed"',
      '  at:      stacks/vault/cdk.tf.json (vault/kubernetes/shop:api/Role)',
      ...REST,
    ]);
  });

  test('names the line, where files are read', () => {
    const files = { 'stacks/vault/cdk.tf.json': terraform({ ...ROLE, token_policies: ['other'] }) };

    expect(textOf('VC205', checked(files))).toEqual([
      'warning VC205: role "shop-api" carries the policy "other", of which nothing is known: it is not among what was read',
      '  at:      stacks/vault/cdk.tf.json:16',
      ...REST,
    ]);
  });
});

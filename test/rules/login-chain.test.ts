import { Chart } from 'cdk8s';
import { toFile, type VaultApp, Workload } from 'vault-cdk';
import { checked } from '../support/folder';
import { refusal, refused, said, textOf } from '../support/said';
import { csiVolume, deployment, secretProviderClass, world, worldWithApi } from '../support/world';
import { POD, ROLE, SPC, terraform } from '../support/yaml';

/** The manifest of a kind that an app prints. */
function manifest(app: VaultApp, kind: string) {
  return app.judge().printOut.documents.find(d => d.value['kind'] === kind)?.value;
}

/** The role that an app prints. */
function role(app: VaultApp) {
  const stack = app.judge().printOut.documents.find(d => d.format === 'terraform')?.value as {
    readonly resource: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
  return Object.values(stack.resource['vault_kubernetes_auth_backend_role']!)[0];
}

describe('VC101: a SecretProviderClass names a role that does not exist', () => {
  test('is silent where the role is printed', () => {
    expect(said('VC101', worldWithApi().app)).toEqual([]);
  });

  test('is silent where the name differs in case, since Vault folds it', () => {
    const { app, shop } = worldWithApi();
    secretProviderClass(shop, 'hand-written', { roleName: 'Shop-API' });

    expect(said('VC101', app)).toEqual([]);
  });

  test('is silent where the auth mount is not among what was read, so that nobody knows its roles', () => {
    expect(textOf('VC101', checked({ 'spc.yaml': SPC }))).toEqual([]);
  });

  test('names the role, the mount and who asks for it', () => {
    const { app, shop } = worldWithApi();
    secretProviderClass(shop, 'hand-written', { roleName: 'app-readonly' });

    expect(said('VC101', app)).toEqual([
      'error VC101: SecretProviderClass shop/hand-written logs in as role "app-readonly", but auth/kubernetes has no role "app-readonly"',
      '  at:      prod/shop.k8s.yaml (shop/hand-written)',
      '  live:    400 invalid role name "..."',
      '  fix:     name a role of that auth mount, or declare the workload so that the role is made',
    ]);
  });

  test('names the file and the line, where files are read', () => {
    const files = { 'prod/shop.yaml': `${POD}---\n${SPC}`, 'stacks/vault/cdk.tf.json': terraform({}) };

    expect(textOf('VC101', checked(files))).toEqual([
      'error VC101: SecretProviderClass shop/db logs in as role "shop-api", but auth/kubernetes has no role "shop-api"',
      '  at:      prod/shop.yaml:10',
      '  live:    400 invalid role name "..."',
      '  fix:     name a role of that auth mount, or declare the workload so that the role is made',
    ]);
  });

  test('a declared workload prints the role that it names, bound to its account; a name that resolves to no role refuses the app [AUTH-17]', () => {
    const { app, auth, kv, prod } = world();
    const chart = new Chart(app, 'app', { namespace: prod.namespace('app') });
    prod.includes(chart);
    const pods = deployment(chart, 'app', { serviceAccountName: 'app-sa' });
    const { password } = kv.secret('app/db', { keys: ['password'] }).fields;
    Workload.of(pods, { auth, name: 'app-readonly' }).consume(password, toFile('/mnt/secrets/password'));

    expect(role(app)).toMatchObject({
      role_name: 'app-readonly',
      bound_service_account_names: ['app-sa'],
      bound_service_account_namespaces: ['app'],
    });
    expect(manifest(app, 'SecretProviderClass')).toMatchObject({
      metadata: { namespace: 'app' },
      spec: { parameters: { roleName: 'app-readonly' } },
    });
    expect(manifest(app, 'Deployment')).toMatchObject({
      spec: { template: { spec: { serviceAccountName: 'app-sa' } } },
    });
    expect(app.judge().findings).toEqual([]);

    secretProviderClass(chart, 'hand-written', { roleName: 'app-write' });
    expect(refusal(() => app.synth())).toEqual([
      'the app prints something that cannot work [app/refused]',
      '  error VC101: SecretProviderClass app/hand-written logs in as role "app-write", but auth/kubernetes has no role "app-write"',
      '    at:      prod/app.k8s.yaml (app/hand-written)',
      '    live:    400 invalid role name "..."',
      '    fix:     name a role of that auth mount, or declare the workload so that the role is made',
      '  fix:     correct each of these; nothing was written',
    ]);
  });
});

describe('VC102: pods log in with a role that does not admit their service account', () => {
  test('is silent where the role binds the account in the namespace', () => {
    expect(said('VC102', worldWithApi().app)).toEqual([]);
  });

  test('is silent where a wildcard of the role admits the account', () => {
    const { app, api } = worldWithApi();
    api.role.boundServiceAccountNames = ['a*'];
    api.role.boundServiceAccountNamespaces = ['*'];

    expect(said('VC102', app)).toEqual([]);
  });

  test('names both sides where the account is another', () => {
    const { app, shop } = worldWithApi();
    deployment(shop, 'web', { serviceAccountName: 'web', volumes: [csiVolume('api-vault')] });

    expect(said('VC102', app)).toEqual([
      'error VC102: Deployment shop/web runs as shop/web, but role "shop-api" admits service accounts "api" in namespaces "shop" (stacks/vault/cdk.tf.json)',
      '  at:      prod/shop.k8s.yaml (shop/web)',
      '  live:    403 service account name not authorized, or 403 namespace not authorized',
      '  fix:     let the pods run as an account that the role binds, in a namespace that it binds',
    ]);
  });

  test('takes pods that state no account for the account "default"', () => {
    const { app, shop } = worldWithApi();
    deployment(shop, 'web', { volumes: [csiVolume('api-vault')] });

    expect(said('VC102', app)[0]).toBe(
      'error VC102: Deployment shop/web runs as shop/default, but role "shop-api" admits service accounts "api" in namespaces "shop" (stacks/vault/cdk.tf.json)',
    );
  });

  test('reads the account where a manifest states it by its old name', () => {
    const files = {
      'prod/shop.yaml': `${SPC}---\n${POD.replace('serviceAccountName:', 'serviceAccount:')}`,
      'stacks/vault/cdk.tf.json': terraform(ROLE),
    };

    expect(textOf('VC102', checked(files))).toEqual([]);
  });

  test('names both sides where the role is for another namespace', () => {
    const { app, prod } = worldWithApi();
    const other = new Chart(app, 'other', { namespace: 'other' });
    prod.includes(other);
    secretProviderClass(other, 'hand-written');
    deployment(other, 'api', { serviceAccountName: 'api', volumes: [csiVolume('hand-written')] });

    expect(said('VC102', app)).toEqual([
      'error VC102: Deployment other/api runs as other/api, but role "shop-api" admits service accounts "api" in namespaces "shop" (stacks/vault/cdk.tf.json)',
      '  at:      prod/other.k8s.yaml (other/api)',
      '  live:    403 service account name not authorized, or 403 namespace not authorized',
      '  fix:     let the pods run as an account that the role binds, in a namespace that it binds',
    ]);
  });

  test('names the file and the line, where files are read', () => {
    const web = POD.replace('serviceAccountName: api', 'serviceAccountName: web');
    const files = { 'prod/shop.yaml': `${SPC}---\n${web}`, 'stacks/vault/cdk.tf.json': terraform(ROLE) };

    expect(textOf('VC102', checked(files))).toEqual([
      'error VC102: Pod shop/api runs as shop/web, but role "shop-api" admits service accounts "api" in namespaces "shop" (stacks/vault/cdk.tf.json)',
      '  at:      prod/shop.yaml:15',
      '  live:    403 service account name not authorized, or 403 namespace not authorized',
      '  fix:     let the pods run as an account that the role binds, in a namespace that it binds',
    ]);
    expect(checked({ ...files, 'prod/shop.yaml': `${SPC}---\n${POD}` })).toEqual([]);
  });

  test.each([
    ['another account', { names: ['web'], namespaces: ['shop'] }, 'service accounts "web" in namespaces "shop"'],
    ['another namespace', { names: ['api'], namespaces: ['other'] }, 'service accounts "api" in namespaces "other"'],
    ['both', { names: ['web', 'job'], namespaces: ['other'] }, 'service accounts "web", "job" in namespaces "other"'],
  ])('an app whose role binds %s is refused with both sides named [AUTH-20]', (_, bound, admits) => {
    const { app, api } = worldWithApi();
    api.role.boundServiceAccountNames = bound.names;
    api.role.boundServiceAccountNamespaces = bound.namespaces;

    const { code, message } = refused(() => app.synth());
    expect(code).toBe('app/refused');
    expect(message.split('\n')).toEqual(
      expect.arrayContaining([
        `  error VC102: Deployment shop/api runs as shop/api, but role "shop-api" admits ${admits} (stacks/vault/cdk.tf.json)`,
        '    at:      prod/shop.k8s.yaml (shop/api)',
      ]),
    );
  });
});

describe('VC103: a SecretProviderClass presents a token for another audience than its role asks for', () => {
  test('is silent where both say the same', () => {
    expect(said('VC103', worldWithApi({ audience: 'https://vault.example.com' }).app)).toEqual([]);
  });

  test('is silent where the role asks for none', () => {
    const { app, api } = worldWithApi();
    api.role.resetAudience();

    expect(said('VC103', app)).toEqual([]);
  });

  test('names both where the role asks for another', () => {
    const { app, api } = worldWithApi();
    api.role.audience = 'kubernetes';

    expect(said('VC103', app)).toEqual([
      'error VC103: SecretProviderClass shop/api-vault asks for a token for "vault", but role "shop-api" takes only "kubernetes" (stacks/vault/cdk.tf.json)',
      '  at:      prod/shop.k8s.yaml (shop/vault:kubernetes:api/SecretProviderClass)',
      '  live:    invalid audience (aud) claim: audience claim does not match any expected audience',
      '  fix:     state one audience on the auth mount; the role and every consumer then print it',
    ]);
  });

  test('says so where the consumer states none', () => {
    const files = {
      'prod/shop.yaml': SPC.replace('    audience: vault\n', ''),
      'stacks/vault/cdk.tf.json': terraform({ ...ROLE, audience: 'https://vault.example.com' }),
    };

    expect(textOf('VC103', checked(files))).toEqual([
      'error VC103: SecretProviderClass shop/db states no audience, but role "shop-api" takes only "https://vault.example.com" (stacks/vault/cdk.tf.json)',
      '  at:      prod/shop.yaml:1',
      '  live:    invalid audience (aud) claim: audience claim does not match any expected audience',
      '  fix:     state one audience on the auth mount; the role and every consumer then print it',
    ]);
    expect(checked({ ...files, 'stacks/vault/cdk.tf.json': terraform({ ...ROLE, audience: 'vault' }) })).toEqual([]);
  });

  test.each([
    ['hands it a token for "vault"', '[{ audience: vault }]', []],
    [
      'hands it another',
      '[{ audience: "" }]',
      [
        'error VC103: SecretProviderClass shop/db states no audience, but role "shop-api" takes only "vault" (stacks/vault/cdk.tf.json)',
      ],
    ],
  ])(
    'looks at the driver of the cluster where the consumer states none, and the driver %s',
    (_, requests, expected) => {
      const driver = `apiVersion: storage.k8s.io/v1\nkind: CSIDriver\nmetadata: { name: secrets-store.csi.k8s.io }\nspec: { tokenRequests: ${requests} }\n`;
      const files = {
        'prod/shop.yaml': `${SPC.replace('    audience: vault\n', '')}---\n${driver}`,
        'stacks/vault/cdk.tf.json': terraform(ROLE),
      };

      expect(textOf('VC103', checked(files)).slice(0, 1)).toEqual(expected);
    },
  );
});

describe('VC104: pods mount a SecretProviderClass that is not in their namespace', () => {
  test('is silent where it is in their namespace', () => {
    expect(said('VC104', worldWithApi().app)).toEqual([]);
  });

  test('says where one of that name is', () => {
    const { app, prod } = worldWithApi();
    const other = new Chart(app, 'other', { namespace: 'other' });
    prod.includes(other);
    deployment(other, 'web', { serviceAccountName: 'web', volumes: [csiVolume('api-vault')] });

    expect(said('VC104', app)).toEqual([
      'error VC104: Deployment other/web mounts the SecretProviderClass "api-vault", which is not in namespace "other"; one of that name is in "shop"',
      '  at:      prod/other.k8s.yaml (other/web)',
      '  live:    failed to get secretproviderclass ..., error: secretproviderclasses.secrets-store.csi.x-k8s.io "..." not found',
      '  fix:     print the SecretProviderClass in the namespace of the pods',
    ]);
  });

  test('says nothing more where there is none', () => {
    const { app, shop } = worldWithApi();
    deployment(shop, 'web', { serviceAccountName: 'web', volumes: [csiVolume('web-vault')] });

    expect(said('VC104', app)).toEqual([
      'error VC104: Deployment shop/web mounts the SecretProviderClass "web-vault", which is not in namespace "shop"',
      '  at:      prod/shop.k8s.yaml (shop/web)',
      '  live:    failed to get secretproviderclass ..., error: secretproviderclasses.secrets-store.csi.x-k8s.io "..." not found',
      '  fix:     print the SecretProviderClass in the namespace of the pods',
    ]);
  });

  test('does not take one of another cluster for it', () => {
    const files = {
      'prod/spc.yaml': SPC,
      'stage/pod.yaml': POD,
      'stacks/vault/cdk.tf.json': terraform(ROLE),
    };

    expect(textOf('VC104', checked(files))[0]).toBe(
      'error VC104: Pod shop/api mounts the SecretProviderClass "db", which is not in namespace "shop"',
    );
  });

  test('is silent where the SecretProviderClass is for another provider than Vault', () => {
    const files = { 'prod/spc.yaml': SPC.replace('provider: vault', 'provider: azure'), 'prod/pod.yaml': POD };

    expect(textOf('VC104', checked(files))).toEqual([]);
  });
});

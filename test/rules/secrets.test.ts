import { GenericSecret } from '@cdktf/provider-vault/lib/generic-secret';
import { KvSecretV2 } from '@cdktf/provider-vault/lib/kv-secret-v2';
import { LdapAuthBackend } from '@cdktf/provider-vault/lib/ldap-auth-backend';
import { ApiObject } from 'cdk8s';
import { TerraformVariable } from 'cdktf';
import { KubernetesAuth, KubernetesCluster, KvEngine, Reviewer } from 'vault-cdk';
import { checked } from '../support/folder';
import { refused, said, textOf } from '../support/said';
import { CERTIFICATE, configMap, OUTSIDE, VAULT_FOR_PODS, worldWithApi } from '../support/world';

const REST = [
  '  live:    silently ignored: it would be committed and applied',
  '  fix:     put the value into Vault by hand, and refer to it; see `vault-cdk checklist`',
];
const STACK = '  at:      stacks/vault/cdk.tf.json (vault)';

// None of these is a secret of anyone; they are put together so that no scanner takes this file for a leak.
const together = (...parts: readonly string[]): string => parts.join('');
const VAULT_TOKEN = together('hvs', '.CAESIJ9zmGrUHVtoBzXHB9Yo');
const JWT = together('eyJ', 'hbGciOiJSUzI1NiJ9.', 'eyJ', 'pc3MiOiJrdWJlcm5ldGVzIn0.', 'c2lnbmF0dXJl');
const PRIVATE_KEY = together('-----BEGIN RSA PRIVATE', ' KEY-----\nMIIE\n-----END RSA PRIVATE', ' KEY-----\n');
const AWS_KEY = together('AKIA', 'IOSFODNN7EXAMPLE');
const ADDRESS = together('postgresql://shop:', 'hunter2@pg:5432/shop');

describe('VC401: a secret value stands in the output', () => {
  test('is silent where secrets are addresses', () => {
    expect(said('VC401', worldWithApi().app)).toEqual([]);
  });

  test('is silent about what only looks like a secret', () => {
    const { app, shop } = worldWithApi();
    configMap(shop, 'settings', {
      policy: 'path "auth/token/renew-self" { capabilities = ["update"] }',
      template: 'postgresql://{{username}}:{{password}}@pg:5432/shop',
      token_path: '/var/run/secrets/tokens/vault',
      certificate: '-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----\n',
      registry: 'https://registry.example.com:5000/shop@sha256',
      accessor: 'auth_kubernetes_8f1e0c5a',
    });

    expect(said('VC401', app)).toEqual([]);
  });

  test('is silent where an argument of Terraform is a reference', () => {
    const { app, vault } = worldWithApi();
    const password = new TerraformVariable(vault, 'password', { sensitive: true });
    new LdapAuthBackend(vault, 'Ldap', { url: 'ldaps://ldap.example.com', bindpass: password.stringValue });

    expect(said('VC401', app)).toEqual([]);
  });

  test.each([
    ['a Vault token', VAULT_TOKEN],
    ['a Vault token', `VAULT_TOKEN=${VAULT_TOKEN.replace('hvs', 'hvb')}`],
    ['a JSON Web Token', `Bearer ${JWT}`],
    ['a private key', PRIVATE_KEY],
    ['an AWS access key', AWS_KEY],
    ['a password in an address', ADDRESS],
  ])('names the field that holds %s', (what, value) => {
    const { app, shop } = worldWithApi();
    configMap(shop, 'settings', { value });

    expect(said('VC401', app)).toEqual([
      `error VC401: "data.value" holds ${what}`,
      '  at:      prod/shop.k8s.yaml (shop/settings)',
      ...REST,
    ]);
  });

  test('finds it in the environment of a container', () => {
    const { app, shop } = worldWithApi();
    new ApiObject(shop, 'job', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'job' },
      spec: { containers: [{ name: 'main', env: [{ name: 'DATABASE_URL', value: ADDRESS }] }] },
    });

    expect(said('VC401', app)).toEqual([
      'error VC401: "spec.containers.0.env.0.value" holds a password in an address',
      '  at:      prod/shop.k8s.yaml (shop/job)',
      ...REST,
    ]);
  });

  test.each(['data', 'stringData'])('is said of every key in the %s of a Secret', member => {
    const { app, shop } = worldWithApi();
    new ApiObject(shop, 'db', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'db' },
      [member]: { username: 'c2hvcA==', password: 'aHVudGVyMg==' },
    });

    expect(said('VC401', app)).toEqual([
      'error VC401: the Secret holds a literal value for "password"',
      '  at:      prod/shop.k8s.yaml (shop/db)',
      ...REST,
      'error VC401: the Secret holds a literal value for "username"',
      '  at:      prod/shop.k8s.yaml (shop/db)',
      ...REST,
    ]);
  });

  test('is silent about a Secret that Kubernetes fills', () => {
    const { app, shop } = worldWithApi();
    new ApiObject(shop, 'reviewer', {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/service-account-token',
      metadata: { name: 'reviewer', annotations: { 'kubernetes.io/service-account.name': 'reviewer' } },
    });

    expect(said('VC401', app)).toEqual([]);
  });

  test('names the argument of a raw resource that is a secret whatever it holds', () => {
    const { app, vault } = worldWithApi();
    new KvSecretV2(vault, 'Db', { mount: 'secret', name: 'shop/db', dataJson: '{"password":"hunter2"}' });
    new GenericSecret(vault, 'Old', { path: 'old/db', dataJson: '{"password":"hunter2"}' });
    new LdapAuthBackend(vault, 'Ldap', { url: 'ldaps://ldap.example.com', bindpass: 'hunter2' });

    expect(said('VC401', app)).toEqual([
      'error VC401: "resource.vault_generic_secret.Old.data_json" holds a literal value',
      STACK,
      ...REST,
      'error VC401: "resource.vault_kv_secret_v2.Db.data_json" holds a literal value',
      STACK,
      ...REST,
      'error VC401: "resource.vault_ldap_auth_backend.Ldap.bindpass" holds a literal value',
      STACK,
      ...REST,
    ]);
  });

  test('names the token of the provider, and what it logs in with', () => {
    const { app, vault } = worldWithApi();
    vault.provider.token = 'short';
    vault.provider.authLogin = [{ path: 'auth/approle/login', parameters: { role_id: 'ci', secret_id: 'short' } }];

    expect(said('VC401', app)).toEqual([
      'error VC401: "provider.vault.0.auth_login.0.parameters.secret_id" holds a literal value',
      STACK,
      ...REST,
      'error VC401: "provider.vault.0.token" holds a literal value',
      STACK,
      ...REST,
    ]);
  });

  test('finds a private key where a prop takes a certificate', () => {
    const { app, vault } = worldWithApi();
    const ca = `${CERTIFICATE}${PRIVATE_KEY}`;
    const cluster = new KubernetesCluster(app, 'stage', { apiServer: { ...OUTSIDE.apiServer, ca } });
    new KubernetesAuth(vault, 'stage', { cluster, vault: VAULT_FOR_PODS, reviewer: Reviewer.client() });

    expect(said('VC401', app)).toEqual([
      'error VC401: "resource.vault_kubernetes_auth_backend_config.stage.kubernetes_ca_cert" holds a private key',
      STACK,
      ...REST,
    ]);
  });

  test('finds a token in whatever text a prop takes', () => {
    const { app, vault } = worldWithApi({ audience: VAULT_TOKEN });
    new KvEngine(vault, 'team', { description: `ask for ${VAULT_TOKEN}` });

    expect(said('VC401', app).filter(line => line.startsWith('error'))).toEqual([
      'error VC401: "spec.parameters.audience" holds a Vault token',
      'error VC401: "resource.vault_kubernetes_auth_backend_role.kubernetes-shop-api.audience" holds a Vault token',
      'error VC401: "resource.vault_mount.team.description" holds a Vault token',
    ]);
  });

  test('finds it in files, where the line of the document is known', () => {
    const files = {
      'prod/db.yaml': 'kind: List\n---\napiVersion: v1\nkind: Secret\nstringData: { password: hunter2 }\n',
    };

    expect(textOf('VC401', checked(files))).toEqual([
      'error VC401: the Secret holds a literal value for "password"',
      '  at:      prod/db.yaml:3',
      ...REST,
    ]);
  });

  test('refuses the app, and shows the value in no part of the message', () => {
    const { app, shop, vault } = worldWithApi();
    configMap(shop, 'settings', { url: ADDRESS });
    new KvSecretV2(vault, 'Db', { mount: 'secret', name: 'shop/db', dataJson: '{"password":"hunter2"}' });

    const error = refused(() => app.synth());
    expect(error.code).toBe('app/refused');
    expect(error.message).toContain('error VC401:');
    expect(error.message).not.toContain('hunter2');
    expect(JSON.stringify(app.judge().findings)).not.toContain('hunter2');
  });
});

// What looks like nothing in particular: keys and credentials in PEM are found by their shape, wherever they stand.
describe('VC401: a literal value is refused in every argument of the provider that is a secret', () => {
  test.each([
    ['vault_ad_secret_backend', 'bindpass'],
    ['vault_approle_auth_backend_login', 'secret_id'],
    ['vault_approle_auth_backend_role_secret_id', 'secret_id'],
    ['vault_aws_auth_backend_client', 'secret_key'],
    ['vault_azure_auth_backend_config', 'client_secret'],
    ['vault_azure_secret_backend', 'client_secret'],
    ['vault_consul_secret_backend', 'token'],
    ['vault_database_secret_backend_static_role', 'password_wo'],
    ['vault_database_secret_backend_static_role', 'self_managed_password'],
    ['vault_identity_mfa_duo', 'secret_key'],
    ['vault_identity_mfa_okta', 'api_token'],
    ['vault_identity_mfa_pingid', 'settings_file_base64'],
    ['vault_jwt_auth_backend', 'oidc_client_secret'],
    ['vault_kubernetes_auth_backend_config', 'token_reviewer_jwt'],
    ['vault_kubernetes_secret_backend', 'service_account_jwt'],
    ['vault_kv_secret', 'data_json'],
    ['vault_kv_secret_v2', 'data_json_wo'],
    ['vault_ldap_auth_backend', 'bindpass'],
    ['vault_mongodbatlas_secret_backend', 'private_key'],
    ['vault_okta_auth_backend', 'token'],
    ['vault_rabbitmq_secret_backend', 'password'],
    ['vault_raft_snapshot_agent_config', 'aws_secret_access_key'],
    ['vault_raft_snapshot_agent_config', 'aws_session_token'],
    ['vault_raft_snapshot_agent_config', 'azure_account_key'],
    ['vault_scep_auth_backend_role', 'challenge'],
    ['vault_secrets_sync_aws_destination', 'secret_access_key'],
    ['vault_secrets_sync_gh_destination', 'access_token'],
    ['vault_terraform_cloud_secret_backend', 'token_wo'],
  ])('%s.%s', (type, argument) => {
    const resource = { [type]: { one: { [argument]: 'hunter2' } } };

    expect(textOf('VC401', checked({ 'stacks/vault/cdk.tf.json': JSON.stringify({ resource }) }))).toEqual([
      `error VC401: "resource.${type}.one.${argument}" holds a literal value`,
      '  at:      stacks/vault/cdk.tf.json',
      ...REST,
    ]);
  });

  test('also where a part of the value is a reference', () => {
    const data_json = '{"username":"${var.username}","password":"hunter2"}';
    const resource = { vault_kv_secret_v2: { one: { data_json } } };

    expect(textOf('VC401', checked({ 'stacks/vault/cdk.tf.json': JSON.stringify({ resource }) }))).not.toEqual([]);
  });
});

/**
 * Arguments that hold a secret whatever it looks like, by name, wherever Terraform has them: in a resource, a nested
 * block, a provider or a map such as the `parameters` of a login. Their write-only twins (`..._wo`) are meant too.
 *
 * Source: the schemas of terraform-provider-vault, tag v5.6.0, which is what @cdktf/provider-vault 15.6.1 binds. First
 * what they mark as `Sensitive`, then what they do not mark though it is a secret. Left out is what they mark though it
 * is public: identifiers (`tenant_id`, `subscription_id`, `client_id`, `home_tenancy_id`, `username`, the `name` of a
 * header) and certificates (`client_cert`, `client_tls_cert`, `base64_pem`). The key beside them is found by its shape.
 */
export const SECRET_ARGUMENTS: readonly string[] = [
  'access_key',
  'access_token',
  'api_token',
  'bindpass',
  'client_key',
  'client_secret',
  'client_tls_key',
  'data_json',
  'integration_key',
  'oidc_client_secret',
  'password',
  'pem_bundle',
  'pem_json',
  'plaintext',
  'private_key',
  'secret_access_key',
  'secret_id',
  'secret_key',
  'self_managed_password',
  'service_account_json',
  'service_account_jwt',
  'tls_certificate_key',
  'token',
  'token_reviewer_jwt',

  // Not marked: logins of the provider, snapshots to a cloud, managed keys, MFA.
  'aws_secret_access_key',
  'aws_session_token',
  'azure_account_key',
  'google_service_account_key',
  'jwt',
  'settings_file_base64',
];

/**
 * Arguments that hold a secret only in these resources or blocks; elsewhere the name means something harmless, such as
 * the path of a file. Source: as above.
 */
export const SECRET_ARGUMENTS_OF: ReadonlyMap<string, readonly string[]> = new Map([
  ['headers', ['value']],
  ['vault_gcp_auth_backend', ['credentials']],
  ['vault_gcp_secret_backend', ['credentials']],
  ['vault_plugin', ['env']],
  ['vault_secrets_sync_gcp_destination', ['credentials']],

  // Not marked. The AWS login is proven by what it sends, and whoever has that can log in.
  ['pkcs', ['pin']],
  [
    'vault_aws_auth_backend_login',
    ['iam_request_body', 'iam_request_headers', 'identity', 'nonce', 'pkcs7', 'signature'],
  ],
  ['vault_scep_auth_backend_role', ['challenge']],
]);

import { setTimeout as sleep } from 'node:timers/promises';
import { databaseTypes } from './database-provider';
import { at } from './json';
import { escape, given, omit, type ResourceType, type Sender, trimmed, write } from './resource-type';

/**
 * As terraform-provider-vault 5.6.0 creates them against a community Vault: its `vault/resource_*.go`, request by
 * request. Arguments that it drops without a word there (`namespace`, `identity_token_key`) are not listed, and so refused.
 */
export const resourceTypes: Readonly<Record<string, ResourceType>> = {
  vault_mount: {
    arguments: {
      path: 'text',
      type: 'text',
      description: 'text',
      default_lease_ttl_seconds: 'number',
      max_lease_ttl_seconds: 'number',
      force_no_cache: 'flag',
      audit_non_hmac_request_keys: 'texts',
      audit_non_hmac_response_keys: 'texts',
      listing_visibility: 'text',
      passthrough_request_headers: 'texts',
      allowed_response_headers: 'texts',
      plugin_version: 'text',
      allowed_managed_keys: 'texts',
      delegated_auth_accessors: 'texts',
      options: 'map',
      seal_wrap: 'flag',
      external_entropy_access: 'flag',
      local: 'flag',
    },
    required: ['path', 'type'],
    isMount: true,
    async create(args, send) {
      const path = `sys/mounts/${escape(args['path'])}`;
      const written = await write(send, 'POST', path, {
        type: args['type'],
        description: args['description'] ?? '',
        config: {
          default_lease_ttl: `${Number(args['default_lease_ttl_seconds'] ?? 0)}s`,
          max_lease_ttl: `${Number(args['max_lease_ttl_seconds'] ?? 0)}s`,
          force_no_cache: args['force_no_cache'] ?? false,
          ...given(args, [
            'audit_non_hmac_request_keys',
            'audit_non_hmac_response_keys',
            'listing_visibility',
            'passthrough_request_headers',
            'allowed_response_headers',
            'plugin_version',
            'allowed_managed_keys',
            'delegated_auth_accessors',
          ]),
        },
        local: args['local'] ?? false,
        seal_wrap: args['seal_wrap'] ?? false,
        external_entropy_access: args['external_entropy_access'] ?? false,
        options: args['options'] ?? {},
      });
      const { body } = await send('GET', path);
      if (at(body, 'data', 'options', 'version') === '2') await upgraded(send, escape(args['path']));
      return { ...written, attributes: { ...args, id: args['path'], accessor: at(body, 'data', 'accessor') } };
    },
  },

  vault_kv_secret_backend_v2: {
    arguments: { mount: 'text', max_versions: 'number', cas_required: 'flag', delete_version_after: 'number' },
    required: ['mount'],
    async create(args, send) {
      const mount = escape(args['mount']);
      await upgraded(send, mount);
      const body = { max_versions: 0, cas_required: false, delete_version_after: 0, ...omit(args, ['mount']) };
      const written = await write(send, 'PUT', `${mount}/config`, body);
      return { ...written, attributes: { ...body, ...args, id: `${String(args['mount'])}/config` } };
    },
  },

  vault_auth_backend: {
    arguments: { type: 'text', path: 'text', description: 'text', local: 'flag' },
    required: ['type'],
    isMount: true,
    async create(args, send) {
      const name = String(args['path'] || args['type']);
      if (/^\/|\/$/.test(name)) throw new Error(`value "${name}" for "path" contains leading/trailing "/"`);
      const path = `sys/auth/${escape(name)}`;
      const written = await write(send, 'POST', path, {
        type: args['type'],
        description: args['description'] ?? '',
        local: args['local'] ?? false,
        options: null,
      });
      const accessor = at((await send('GET', path)).body, 'data', 'accessor');
      return { ...written, attributes: { ...args, path: name, id: name, accessor } };
    },
  },

  vault_kubernetes_auth_backend_config: {
    arguments: {
      backend: 'text',
      kubernetes_host: 'text',
      kubernetes_ca_cert: 'text',
      token_reviewer_jwt: 'text',
      // From 5.7.0 on: sent, and kept nowhere. The version only says when to send it again.
      token_reviewer_jwt_wo: 'text',
      token_reviewer_jwt_wo_version: 'number',
      pem_keys: 'texts',
      issuer: 'text',
      disable_iss_validation: 'flag',
      disable_local_ca_jwt: 'flag',
      use_annotations_as_alias_metadata: 'flag',
    },
    required: ['kubernetes_host'],
    async create(args, send) {
      const backend = trimmed(args['backend'] ?? 'kubernetes');
      const path = `auth/${escape(backend)}/config`;
      const pemKeys = args['pem_keys'] as readonly string[] | undefined;
      const writeOnly = args['token_reviewer_jwt_wo'];
      if ((writeOnly === undefined) !== (args['token_reviewer_jwt_wo_version'] === undefined))
        throw new Error('token_reviewer_jwt_wo and token_reviewer_jwt_wo_version go together');
      const body = {
        kubernetes_host: args['kubernetes_host'],
        ...(writeOnly === undefined ? {} : { token_reviewer_jwt: writeOnly }),
        ...given(args, ['kubernetes_ca_cert', 'token_reviewer_jwt', 'issuer', 'disable_local_ca_jwt']),
        ...(pemKeys ? { pem_keys: pemKeys.join(',') } : {}),
        // Vault's own default is true; the provider sends false.
        disable_iss_validation: args['disable_iss_validation'] ?? false,
        use_annotations_as_alias_metadata: args['use_annotations_as_alias_metadata'] ?? false,
      };
      const written = await write(send, 'PUT', path, body);
      const kept = omit(args, ['token_reviewer_jwt_wo']);
      return { ...written, attributes: { ...kept, backend, id: `auth/${backend}/config` } };
    },
  },

  vault_kubernetes_auth_backend_role: {
    arguments: {
      backend: 'text',
      role_name: 'text',
      bound_service_account_names: 'texts',
      bound_service_account_namespaces: 'texts',
      bound_service_account_namespace_selector: 'text',
      audience: 'text',
      alias_name_source: 'text',
      token_bound_cidrs: 'texts',
      token_policies: 'texts',
      token_explicit_max_ttl: 'number',
      token_max_ttl: 'number',
      token_no_default_policy: 'flag',
      token_period: 'number',
      token_type: 'text',
      token_ttl: 'number',
      token_num_uses: 'number',
      alias_metadata: 'map',
    },
    required: ['role_name', 'bound_service_account_names'],
    async create(args, send) {
      const backend = trimmed(args['backend'] ?? 'kubernetes');
      const role = trimmed(args['role_name']);
      const noDefaultPolicy = args['token_no_default_policy'];
      const written = await write(send, 'PUT', `auth/${escape(backend)}/role/${escape(role)}`, {
        token_type: 'default',
        ...given(args, [
          'bound_service_account_names',
          'bound_service_account_namespaces',
          'audience',
          'alias_name_source',
          'token_bound_cidrs',
          'token_policies',
          'token_explicit_max_ttl',
          'token_max_ttl',
          'token_period',
          'token_type',
          'token_ttl',
          'token_num_uses',
          'alias_metadata',
        ]),
        ...(noDefaultPolicy === undefined ? {} : { token_no_default_policy: noDefaultPolicy }),
        bound_service_account_namespace_selector: args['bound_service_account_namespace_selector'] ?? '',
      });
      return {
        ...written,
        attributes: { token_type: 'default', ...args, backend, id: `auth/${backend}/role/${role}` },
      };
    },
  },

  vault_policy: {
    arguments: { name: 'text', policy: 'text' },
    required: ['name', 'policy'],
    async create(args, send) {
      const path = `sys/policies/acl/${escape(args['name'])}`;
      const written = await write(send, 'PUT', path, { policy: args['policy'] });
      return { ...written, attributes: { ...args, id: args['name'] } };
    },
  },

  ...databaseTypes,
};

/** A new KV v2 mount refuses everything with 400 while it prepares itself. The provider tries again; so do we, by reading. */
async function upgraded(send: Sender, mount: string): Promise<void> {
  const end = Date.now() + 30_000;
  for (;;) {
    const { status } = await send('GET', `${mount}/config`);
    if (status !== 400 || Date.now() > end) return; // the request that follows tells what is wrong
    await sleep(20);
  }
}

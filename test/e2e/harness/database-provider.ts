import { isRecord } from './json';
import { type Arguments, escape, given, omit, type ResourceType, trimmed, write } from './resource-type';

/**
 * The database engine's, as terraform-provider-vault 5.6.0 creates them against a community Vault 1.18 or later:
 * `vault/resource_database_secret_backend_{connection,role}.go`. It drops without a word `data` (but a password in it),
 * `self_managed` and `rotation_*`, which are not listed, and so refused; as are the databases that we do not print.
 */
export const databaseTypes: Readonly<Record<string, ResourceType>> = {
  vault_database_secret_backend_connection: {
    arguments: {
      backend: 'text',
      name: 'text',
      plugin_name: 'text',
      verify_connection: 'flag',
      allowed_roles: 'texts',
      root_rotation_statements: 'texts',
      postgresql: {
        block: {
          connection_url: 'text',
          username: 'text',
          password: 'text',
          password_wo: 'text',
          password_wo_version: 'number',
          max_open_connections: 'number',
          max_idle_connections: 'number',
          max_connection_lifetime: 'number',
          username_template: 'text',
          disable_escaping: 'flag',
          auth_type: 'text',
          service_account_json: 'text',
          tls_ca: 'text',
          tls_certificate: 'text',
          private_key: 'text',
          password_authentication: 'text',
        },
      },
    },
    required: ['backend', 'name', 'postgresql'],
    async create(args, send) {
      const [backend, name] = [trimmed(args['backend']), trimmed(args['name'])];
      const path = `${backend}/config/${name}`;
      const { plugin_name: plugin = 'postgresql-database-plugin' } = args;
      // Any plugin of a known database would pass there, also with the block of another one.
      if (typeof plugin !== 'string' || !plugin.startsWith('postgresql'))
        throw new Error(`the plugin ${JSON.stringify(plugin)} is not one of PostgreSQL`);
      const written = await write(send, 'PUT', escape(path), {
        plugin_name: plugin,
        ...postgresql(isRecord(args['postgresql']) ? args['postgresql'] : {}),
        verify_connection: args['verify_connection'] ?? true,
        ...(Array.isArray(args['allowed_roles']) ? { allowed_roles: args['allowed_roles'].join(',') } : {}),
        ...given(args, ['root_rotation_statements']),
      });
      const attributes = { ...omit(args, ['postgresql']), backend, plugin_name: plugin, id: path };
      return { ...written, attributes };
    },
  },

  vault_database_secret_backend_role: {
    arguments: {
      backend: 'text',
      name: 'text',
      db_name: 'text',
      creation_statements: 'texts',
      revocation_statements: 'texts',
      rollback_statements: 'texts',
      renew_statements: 'texts',
      default_ttl: 'number',
      max_ttl: 'number',
      credential_type: 'text',
      credential_config: 'map',
    },
    required: ['backend', 'name', 'db_name', 'creation_statements'],
    async create(args, send) {
      const path = `${trimmed(args['backend'])}/roles/${trimmed(args['name'])}`;
      const written = await write(send, 'PUT', escape(path), {
        db_name: args['db_name'],
        creation_statements: args['creation_statements'],
        ...given(args, [
          'default_ttl',
          'max_ttl',
          'revocation_statements',
          'rollback_statements',
          'renew_statements',
          'credential_type',
          'credential_config',
        ]),
      });
      return { ...written, attributes: { ...args, id: path } };
    },
  },
};

/** What a block comes to in the request. A version of the password says when to send it again, and is kept in the state alone. */
function postgresql(block: Arguments): Arguments {
  const { max_connection_lifetime: lifetime, password, password_wo: writeOnly } = block;
  const sent = password || (block['password_wo_version'] ? writeOnly : undefined);
  return {
    ...given(block, ['connection_url']),
    ...given({ max_open_connections: 2, ...block }, ['max_open_connections']),
    ...set(block, ['max_idle_connections', 'username_template']),
    ...(lifetime === undefined ? {} : { max_connection_lifetime: `${Number(lifetime)}s` }),
    username: block['username'] ?? '',
    ...(sent === undefined ? {} : { password: sent }),
    disable_escaping: block['disable_escaping'] ?? false,
    ...given(block, ['auth_type', 'service_account_json', 'tls_ca', 'tls_certificate', 'private_key']),
    ...given({ password_authentication: 'password', ...block }, ['password_authentication']),
  };
}

/** As the provider's GetOkExists: what is given, whatever it is. */
function set(block: Arguments, names: readonly string[]): Arguments {
  return Object.fromEntries(Object.entries(block).filter(([name]) => names.includes(name)));
}

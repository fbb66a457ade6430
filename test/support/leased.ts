import { type Consumption, SecretField, type SecretRef, type VaultServer } from 'vault-cdk';

/** A role of a database as a consumer sees it: two fields of one response, with a lease. */
export class LeasedRole implements SecretRef {
  readonly mount = 'database';
  readonly nesting = 'data';
  readonly keys = ['username', 'password'];
  readonly server: VaultServer;
  readonly path: string;
  readonly lease: NonNullable<SecretRef['lease']>;
  readonly request: SecretRef['request'];
  readonly rule: SecretRef['rule'];
  readonly fields: Readonly<Record<'username' | 'password', SecretField>>;

  constructor(server: VaultServer, name = 'readonly', lease: SecretRef['lease'] = { ttl: 3600, maxTtl: 86_400 }) {
    this.server = server;
    this.lease = lease;
    this.path = `creds/${name}`;
    this.request = { operation: 'read', path: `database/${this.path}` };
    this.rule = { path: this.request.path, capabilities: ['read'] };
    this.fields = { username: new SecretField(this, 'username'), password: new SecretField(this, 'password') };
    server.stateMount({ path: 'database', type: 'database' });
  }
}

/** A secret with another request than a plain read; `path` is that of the request, below `pki`. */
export function requested(
  server: VaultServer,
  request: SecretRef['request'],
  key = 'certificate',
): Consumption['field'] {
  return new SecretField(
    {
      server,
      mount: 'pki',
      path: request.path,
      request,
      rule: { path: request.path, capabilities: ['update'] },
      nesting: 'data',
      keys: [key],
    },
    key,
  );
}

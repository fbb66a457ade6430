import { DatabaseSecretBackendRole } from '@cdktf/provider-vault/lib/database-secret-backend-role';
import { Construct } from 'constructs';
import { at, rememberLine } from '../core/at';
import { literal } from '../core/border';
import type { Duration } from '../core/duration';
import { NeverText } from '../core/never-text';
import { VaultCdkError } from '../errors/error';
import type { PolicyRule } from '../policy/document';
import type { DatabaseHost, IDatabaseConnection } from './database-connection';
import { assertSameVault, type IVaultGrantee } from './grants';
import { rewrittenAfterMove } from './renamed';
import { type Lease, SecretField, type SecretRef, usedAsText, type VaultRequest } from './secret-ref';
import type { VaultServer } from './server';

/** How a role of ours makes and drops users. */
export interface DatabaseRoleProps {
  /** The database that users are made in. */
  readonly connection: IDatabaseConnection;
  /** Statements that make a user, with `{{name}}`, `{{password}}` and `{{expiration}}` where Vault puts its own. */
  readonly creationStatements: readonly string[];
  /**
   * Statements that drop a user.
   * @default - what Vault does for this type of database
   */
  readonly revocationStatements?: readonly string[];
  /** How long a user lasts before its lease is renewed. */
  readonly defaultTtl: Duration;
  /** How long a user lasts with all renewals. */
  readonly maxTtl: Duration;
}

/** What is stated of a role that exists. */
export interface ExistingDatabaseRoleProps {
  /**
   * How long a user lasts before its lease is renewed.
   * @default - not known
   */
  readonly defaultTtl?: Duration;
  /**
   * How long a user lasts with all renewals.
   * @default - not known
   */
  readonly maxTtl?: Duration;
}

/** What a database user has. */
export type DatabaseKey = 'username' | 'password';

const KEYS: readonly DatabaseKey[] = ['username', 'password'];

/** Credentials that Vault makes anew for each read of a role: a user of a database, with a lease. */
export class DatabaseRole extends NeverText implements SecretRef {
  readonly nesting = 'data';
  readonly keys = KEYS;
  readonly server: VaultServer;
  readonly mount: string;
  /** Name of the role. */
  readonly name: string;
  readonly lease: Lease;
  /** The fields by name: `const { username, password } = role.fields`. */
  readonly fields: Readonly<Record<DatabaseKey, SecretField<DatabaseKey>>>;

  /** Made by `engine.role(...)` and `engine.roleFromName(...)`. @internal */
  constructor(engine: DatabaseHost, name: string, lease: Lease) {
    super();
    this.server = engine.server;
    this.mount = engine.path;
    this.name = name;
    this.lease = lease;
    this.fields = { username: new SecretField(this, 'username'), password: new SecretField(this, 'password') };
  }

  /** Where it is read, inside the mount. */
  get path(): string {
    return `creds/${this.name}`;
  }

  /** The request that makes a user. */
  get request(): VaultRequest {
    return { operation: 'read', path: `${this.mount}/${this.path}` };
  }

  /** What a policy must allow for that request. */
  get rule(): PolicyRule {
    return { path: this.request.path, capabilities: ['read'], comment: `read ${this.path}` };
  }

  protected describe(): string {
    return `DatabaseRole(${this.mount}/${this.name})`;
  }

  protected refusal(at: string | undefined): VaultCdkError {
    return usedAsText(`the database role ${this.mount}/${this.name}`, at);
  }
}

/** A role that this app prints. */
export class OwnedDatabaseRole extends DatabaseRole {
  /** The Terraform resource, for whatever this class does not offer. */
  readonly resource: DatabaseSecretBackendRole;

  /** Made by `engine.role(...)`. @internal */
  constructor(engine: DatabaseHost, name: string, lease: Lease, resource: DatabaseSecretBackendRole) {
    super(engine, name, lease);
    this.resource = resource;
  }
}

/** Rights on the roles of a database engine. A grant makes no construct, so granting twice is granting once. */
export class DatabaseGrants {
  /** Read a role, and so be given a user, without having it delivered. */
  read(grantee: IVaultGrantee, role: DatabaseRole): void {
    assertSameVault(grantee, role.server, `the database role "${role.name}"`);
    grantee.addToVaultPolicy(role.rule);
  }
}

/** Prints a role, and lets it in where its connection is ours. */
export function printRole(engine: DatabaseHost, name: string, props: DatabaseRoleProps): OwnedDatabaseRole {
  const terraformName = engine.server.claim('database role', `${engine.path}/${name}`, engine);
  const scope = new Construct(engine, `role:${name}`);
  rememberLine(scope);
  assertOwnConnection(scope, engine, props.connection);
  assertStatements(scope, name, props.creationStatements);
  const lease = lifetimesOf(scope, name, props);
  const resource = new DatabaseSecretBackendRole(scope, 'Resource', {
    backend: engine.backend,
    name,
    dbName: props.connection.reference,
    creationStatements: props.creationStatements.map(literal),
    ...(props.revocationStatements === undefined
      ? {}
      : { revocationStatements: props.revocationStatements.map(literal) }),
    defaultTtl: props.defaultTtl.toSeconds(),
    maxTtl: props.maxTtl.toSeconds(),
  });
  resource.overrideLogicalId(terraformName);
  if (engine.renamedFrom !== undefined) rewrittenAfterMove(resource, `${engine.renamedFrom}/${name}`, engine.server);
  props.connection.allow(name);
  return new OwnedDatabaseRole(engine, name, lease, resource);
}

/** The lifetimes of a role's leases, as far as they are stated. */
export function lifetimesOf(scope: Construct, name: string, props: ExistingDatabaseRoleProps): Lease {
  const [ttl, maxTtl] = [props.defaultTtl?.toSeconds(), props.maxTtl?.toSeconds()];
  const positive = [ttl, maxTtl].every(seconds => seconds === undefined || seconds > 0);
  if (positive && (ttl === undefined || maxTtl === undefined || ttl <= maxTtl)) return { ttl, maxTtl };
  throw new VaultCdkError({
    code: 'database/ttl',
    problem: `the leases of the database role "${name}" would last longer before their renewal than with all renewals, or not at all`,
    at: at(scope),
    given: { defaultTtl: ttl, maxTtl },
    allowed: '0 < defaultTtl <= maxTtl, in seconds',
    live: 'silently ignored: TTL of "..." exceeded the effective max_ttl of "..."; TTL value is capped accordingly. With 0 the limit is that of the mount, 768 hours',
    fix: 'shorten `defaultTtl`, or lengthen `maxTtl`',
  });
}

function assertOwnConnection(scope: Construct, engine: DatabaseHost, connection: IDatabaseConnection): void {
  const { engine: other } = connection;
  if (other.server === engine.server && other.path === engine.path) return;
  throw new VaultCdkError({
    code: 'database/other-connection',
    problem: `the connection "${connection.name}" lies in another engine than the role`,
    at: at(scope),
    given: `${other.server.node.id}: ${other.path}`,
    allowed: `a connection of ${engine.server.node.id}: ${engine.path}`,
    live: `500 failed to find entry for connection with name: "${connection.name}"`,
    fix: 'declare the role on the engine of the connection, or a connection on this engine',
  });
}

/** What a creation statement must hold, what else it may be called, and what is seen where it is missing. */
const PLACES: readonly (readonly [place: string, pattern: RegExp])[] = [
  ['{{name}}', /\{\{(name|username)\}\}/],
  ['{{password}}', /\{\{password\}\}/],
];

function assertStatements(scope: Construct, name: string, statements: readonly string[]): void {
  const empty = statements.every(s => s.trim() === '');
  const missing = PLACES.filter(([, pattern]) => !statements.some(s => pattern.test(s))).map(([place]) => place);
  if (missing.length === 0) return;
  throw new VaultCdkError({
    code: 'database/creation-statements',
    problem: empty
      ? `the database role "${name}" has no creation statements`
      : `the creation statements of the database role "${name}" lack ${missing.join(' and ')}`,
    at: at(scope),
    given: statements,
    allowed: `e.g. ["CREATE ROLE \\"{{name}}\\" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'"]`,
    live: empty
      ? 'empty creation statements'
      : 'silently ignored: Vault hands out credentials that the database does not know, and the application sees FATAL: password authentication failed for user "v-..."',
    fix: 'write each place as Vault replaces it, with its double braces',
  });
}

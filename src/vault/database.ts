import type { Mount } from '@cdktf/provider-vault/lib/mount';
import type { Construct } from 'constructs';
import { at, rememberLine } from '../core/at';
import { vaultName } from '../core/names';
import { VaultCdkError } from '../errors/error';
import { type DatabaseHost, ImportedConnection, type IDatabaseConnection } from './database-connection';
import {
  DatabaseGrants,
  DatabaseRole,
  type DatabaseRoleProps,
  type ExistingDatabaseRoleProps,
  lifetimesOf,
  printRole,
  type OwnedDatabaseRole,
} from './database-role';
import { Engine, importedEngine, type MountProps, ownedPath, printMount } from './engine';
import type { VaultServer } from './server';

/** What the rest of the library may know of a database engine, whether or not this app made it. */
export interface IDatabaseEngine extends DatabaseHost {
  /** Rights beyond what a workload consumes. */
  readonly grants: DatabaseGrants;
  /** Prints a role: who reads it is given a database user of its own, for as long as the lease lasts. */
  role(name: string, props: DatabaseRoleProps): OwnedDatabaseRole;
  /** A role that exists. Creates nothing. Of an engine of ours, one that this app declares. */
  roleFromName(name: string, props?: ExistingDatabaseRoleProps): DatabaseRole;
  /** A connection that exists. Creates nothing; that it lets a role in (`allowed_roles`) is not known. */
  connectionFromName(name: string): IDatabaseConnection;
}

abstract class DatabaseEngineBase extends Engine implements IDatabaseEngine {
  abstract readonly backend: string;
  abstract readonly renamedFrom: string | undefined;
  readonly grants = new DatabaseGrants();
  protected readonly roles = new Map<string, OwnedDatabaseRole>();

  role(name: string, props: DatabaseRoleProps): OwnedDatabaseRole {
    const role = printRole(this, vaultName(name, { what: 'the name of the role', at: at(this) }), props);
    this.roles.set(name, role);
    return role;
  }

  abstract roleFromName(name: string, props?: ExistingDatabaseRoleProps): DatabaseRole;

  connectionFromName(name: string): IDatabaseConnection {
    return new ImportedConnection(this, vaultName(name, { what: 'the name of the connection', at: at(this) }));
  }
}

/**
 * A database engine: users of a database that Vault makes for whoever reads a role, and drops when their lease ends.
 *
 * Source: [Vault: database secrets engine](https://developer.hashicorp.com/vault/docs/secrets/databases).
 *
 * @example
 * ```ts
 * const database = new DatabaseEngine(vault, 'database');
 * const shop = new PostgresConnection(database, 'shop', {
 *   url: 'postgresql://{{username}}:{{password}}@pg.internal:5432/shop?sslmode=verify-full',
 *   username: 'vault_admin',
 * });
 * const { username, password } = database.role('readonly', {
 *   connection: shop,
 *   creationStatements: [
 *     `CREATE ROLE "{{name}}" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'`,
 *     'GRANT SELECT ON ALL TABLES IN SCHEMA public TO "{{name}}"',
 *   ],
 *   defaultTtl: Duration.hours(1),
 *   maxTtl: Duration.hours(8),
 * }).fields;
 * ```
 */
export class DatabaseEngine extends DatabaseEngineBase {
  /** An engine that is mounted already. Creates nothing; roles of it are printed, or referred to, by the same verbs. */
  static fromPath(server: VaultServer, path: string): IDatabaseEngine {
    const mount = { path, type: 'database' };
    return importedEngine(server, mount, (id, checked) => new ImportedDatabaseEngine(server, id, checked));
  }

  readonly path: string;
  readonly backend: string;
  readonly renamedFrom: string | undefined;
  /** The Terraform resource, for whatever this class does not offer. */
  readonly mount: Mount;

  constructor(scope: Construct, id: string, props: MountProps = {}) {
    super(scope, id);
    rememberLine(this);
    this.path = ownedPath(this, id, props);
    const { resource, renamedFrom } = printMount(this, { type: 'database' }, props);
    this.mount = resource;
    this.backend = resource.path;
    this.renamedFrom = renamedFrom;
  }

  /** A role that this app declares on this engine, by its name; any other is refused, since nobody makes it. */
  roleFromName(name: string, props: ExistingDatabaseRoleProps = {}): DatabaseRole {
    const role = this.roles.get(name);
    if (role && Object.keys(props).length === 0) return role;
    throw new VaultCdkError({
      code: 'database/unknown-role',
      problem: role
        ? `the database role "${name}" is declared by this app, and its lifetimes are stated a second time`
        : `the database engine "${this.path}" has no role "${name}"`,
      at: at(this),
      given: role ? Object.keys(props) : name,
      allowed: role
        ? `database.roleFromName(${JSON.stringify(name)})`
        : [...this.roles.keys()].map(r => JSON.stringify(r)).join(', ') || 'nothing yet: no role is declared',
      live: role ? 'silently ignored: what the role itself says holds' : `400 unknown role: ${name}`,
      fix: role
        ? 'drop the lifetimes here; the role says them'
        : 'declare it first with database.role(...); one that a raw resource makes is DatabaseEngine.fromPath(...).roleFromName(...)',
    });
  }
}

class ImportedDatabaseEngine extends DatabaseEngineBase {
  readonly path: string;
  readonly renamedFrom = undefined;

  constructor(scope: Construct, id: string, path: string) {
    super(scope, id);
    rememberLine(this);
    this.path = path;
  }

  get backend(): string {
    return this.path;
  }

  roleFromName(name: string, props: ExistingDatabaseRoleProps = {}): DatabaseRole {
    const checked = vaultName(name, { what: 'the name of the role', at: at(this) });
    return new DatabaseRole(this, checked, lifetimesOf(this, checked, props));
  }
}

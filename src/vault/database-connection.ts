import {
  DatabaseSecretBackendConnection,
  type DatabaseSecretBackendConnectionConfig,
} from '@cdktf/provider-vault/lib/database-secret-backend-connection';
import { Lazy, TerraformVariable } from 'cdktf';
import { Construct } from 'constructs';
import { at, rememberLine } from '../core/at';
import { literal } from '../core/border';
import { terraformName, vaultName } from '../core/names';
import { VaultCdkError } from '../errors/error';
import { rewrittenAfterMove } from './renamed';
import type { VaultServer } from './server';

/** A database engine as its connections and roles know it. */
export interface DatabaseHost extends Construct {
  /** The Vault that it is mounted in. */
  readonly server: VaultServer;
  /** Mount path. */
  readonly path: string;
  /** The path as a reference where this app prints the mount: Terraform reads the order of creation from it. */
  readonly backend: string;
  /** The path that it had before, if it was renamed. */
  readonly renamedFrom: string | undefined;
}

/** A connection of a database engine to one database, whether or not this app made it. */
export interface IDatabaseConnection {
  /** The engine that it lies in. */
  readonly engine: DatabaseHost;
  /** Its name. */
  readonly name: string;
  /** Its name as a reference where this app prints it. */
  readonly reference: string;
  /** Lets a role make users through it; of a connection that is not ours, whether it does is not known. @internal */
  allow(role: string): void;
}

/** A connection that exists. @internal */
export class ImportedConnection implements IDatabaseConnection {
  readonly engine: DatabaseHost;
  readonly name: string;

  constructor(engine: DatabaseHost, name: string) {
    this.engine = engine;
    this.name = name;
  }

  get reference(): string {
    return this.name;
  }

  allow(): void {
    // Its list of roles is not ours to change.
  }
}

/** What Vault needs for a connection of whatever type, beside the address. */
export interface ConnectionProps {
  /** The database user that Vault makes other users as. Better one of its own than a person's or the owner's. */
  readonly username: string;
  /**
   * Counts up when the password of `username` is to be sent again. Vault keeps the one that it has until then, also one
   * that it made itself (`rotate-root`).
   * @default 1
   */
  readonly passwordVersion?: number;
  /**
   * Whether Vault tries the connection when it is written.
   * @default true
   */
  readonly verify?: boolean;
}

/** The block of a connection that differs from database to database. */
export type ConnectionBlock = Pick<DatabaseSecretBackendConnectionConfig, 'pluginName' | 'postgresql'>;

/** The login of a connection, as the block of each database takes it. */
export interface ConnectionLogin {
  readonly username: string;
  /** A reference to the variable; Terraform keeps its value nowhere. */
  readonly passwordWo: string;
  readonly passwordWoVersion: number;
}

/** A connection that this app prints. Its password is no prop, but a Terraform variable that the run is given. */
export abstract class DatabaseConnection extends Construct implements IDatabaseConnection {
  readonly engine: DatabaseHost;
  readonly name: string;
  readonly reference: string;
  /** Name of the Terraform variable that the password comes in, without `TF_VAR_`. */
  readonly passwordVariable: string;
  /** The Terraform resource, for whatever this class does not offer. */
  readonly connection: DatabaseSecretBackendConnection;
  private readonly roles = new Set<string>();

  constructor(
    scope: DatabaseHost,
    id: string,
    props: ConnectionProps,
    blockOf: (owner: Construct, login: ConnectionLogin) => ConnectionBlock,
  ) {
    super(scope, id);
    rememberLine(this);
    this.engine = scope;
    this.name = vaultName(id, { what: 'the name of the connection', at: at(this) });
    const key = `${scope.path}/${this.name}`;
    this.passwordVariable = variableName(key);
    const username = literal(userName(this, props.username));
    // Only a change of this number sends the password. A hash of the other arguments would send it with each of them,
    // and undo what rotate-root made; Vault keeps what an update does not name.
    const passwordWoVersion = passwordVersion(this, props.passwordVersion);
    const claimed = scope.server.claim('database connection', key, this);
    const variable = printVariable(this, this.passwordVariable, `Password of ${props.username} for Vault (${key})`);
    const block = blockOf(this, { username, passwordWo: variable.stringValue, passwordWoVersion });
    this.connection = new DatabaseSecretBackendConnection(this, 'Resource', {
      backend: scope.backend,
      name: this.name,
      verifyConnection: props.verify ?? true,
      allowedRoles: Lazy.listValue({ produce: () => [...this.roles].sort() }),
      ...block,
    });
    this.connection.overrideLogicalId(claimed);
    if (scope.renamedFrom !== undefined)
      rewrittenAfterMove(this.connection, `${scope.renamedFrom}/${this.name}`, scope.server);
    this.reference = this.connection.name;
  }

  /** Lets a role make users through it. @internal */
  allow(role: string): void {
    this.roles.add(role);
  }
}

/** A value that Terraform is given when it runs, and keeps nowhere. */
function printVariable(scope: Construct, name: string, description: string): TerraformVariable {
  const variable = new TerraformVariable(scope, 'Password', {
    type: 'string',
    sensitive: true,
    nullable: false,
    description: literal(description),
  });
  variable.overrideLogicalId(name);
  // The bindings have no argument for it.
  variable.addOverride('ephemeral', true);
  return variable;
}

/** A name that a shell can export; a hash keeps different names apart where characters had to go. */
function variableName(key: string): string {
  const plain = key.replace('/', '_');
  return /^[A-Za-z_]\w*$/.test(plain)
    ? `${plain}_password`
    : `${terraformName(plain.replace(/\W/g, '_'))}_password_${terraformName(key).slice(-8)}`;
}

function userName(connection: Construct, username: string): string {
  if (username !== '' && !/[\s:@]/.test(username)) return username;
  throw new VaultCdkError({
    code: 'database/username',
    problem: 'the user that Vault connects as is not a user name',
    at: at(connection),
    given: /[:@]/.test(username) ? '(not shown: what stands behind ":" may be a password)' : username,
    allowed: 'one word, e.g. "vault_admin"',
    live: 'error verifying connection: ping failed: ... FATAL: password authentication failed for user',
    fix: 'name the user alone',
  });
}

function passwordVersion(connection: Construct, version = 1): number {
  if (Number.isInteger(version) && version >= 1) return version;
  throw new VaultCdkError({
    code: 'database/password-version',
    problem: 'the version of a password is not a count',
    at: at(connection),
    given: version,
    allowed: 'a whole number from 1',
    live: 'silently ignored: with 0 the provider sends no password',
    fix: 'drop `passwordVersion`, or count it up by one',
  });
}

import type { Construct } from 'constructs';
import { at } from '../core/at';
import { literal } from '../core/border';
import { VaultCdkError } from '../errors/error';
import { type ConnectionProps, DatabaseConnection, type DatabaseHost } from './database-connection';

/** How Vault reaches a PostgreSQL database, and as whom. */
export interface PostgresConnectionProps extends ConnectionProps {
  /**
   * Address of the database, with the places where Vault puts the credentials:
   * `postgresql://{{username}}:{{password}}@pg.internal:5432/shop?sslmode=verify-full`.
   */
  readonly url: string;
  /**
   * The CA that signed the database's certificate, as PEM text.
   * @default - what Vault's own host trusts
   */
  readonly ca?: string;
}

/**
 * A connection to a PostgreSQL database. Its password is no prop: it is a Terraform variable that the run is given as
 * `TF_VAR_<passwordVariable>`, it is sent to Vault, and neither the printed file nor the state holds it (Terraform 1.11 or
 * later, or OpenTofu 1.11 or later).
 *
 * Source: [PostgreSQL database plugin](https://developer.hashicorp.com/vault/api-docs/secret/databases/postgresql).
 *
 * @example
 * ```ts
 * const shop = new PostgresConnection(database, 'shop', {
 *   url: 'postgresql://{{username}}:{{password}}@pg.internal:5432/shop?sslmode=verify-full',
 *   username: 'vault_admin',
 * }); // TF_VAR_database_shop_password=... terraform apply
 * ```
 */
export class PostgresConnection extends DatabaseConnection {
  constructor(scope: DatabaseHost, id: string, props: PostgresConnectionProps) {
    super(scope, id, props, (owner, login) => ({
      pluginName: 'postgresql-database-plugin',
      postgresql: {
        connectionUrl: literal(checkedUrl(owner, props.url)),
        ...login,
        ...(props.ca === undefined ? {} : { tlsCa: literal(props.ca) }),
      },
    }));
  }
}

const SCHEME = 'postgresql://';
const CREDENTIALS = '{{username}}:{{password}}@';

function checkedUrl(connection: Construct, url: string): string {
  const rest = url.replace(/^postgres(ql)?:\/\//, '');
  const known = rest !== url && rest.startsWith(CREDENTIALS) && !/[@\s]/.test(rest.slice(CREDENTIALS.length));
  const secret = /[?&](password|sslpassword)=/i.test(rest);
  if (known && !secret && rest.length > CREDENTIALS.length) return url;
  throw new VaultCdkError({
    code: 'database/connection-url',
    problem: 'the address of the database does not leave its credentials to Vault',
    at: at(connection),
    // Whatever stands there may be a password.
    given: '(not shown: it may hold a password)',
    allowed: `"${SCHEME}${CREDENTIALS}pg.internal:5432/shop?sslmode=verify-full", the first part to the letter`,
    live: 'silently ignored: what stands there is kept in the state as text, and stays when Vault rotates the password: FATAL: password authentication failed for user',
    fix: `write ${CREDENTIALS} where the credentials stand, and the user as \`username\``,
  });
}

import { NeverText } from '../core/never-text';
import { VaultCdkError } from '../errors/error';
import type { Operation } from '../policy/evaluator';
import type { PolicyRule } from '../policy/document';
import type { VaultServer } from './server';

const MARK = Symbol.for('vault-cdk.SecretField');

/** The request that reads a secret. */
export interface VaultRequest {
  /** What it is to the policy. */
  readonly operation: Operation;
  /** Path below `/v1/`. */
  readonly path: string;
  /**
   * Query of a read, such as the version of a KV secret.
   *
   * @default - none
   */
  readonly query?: Readonly<Record<string, string>>;
  /**
   * Body of a write, such as the common name of a certificate.
   *
   * @default - none: the request is a read
   */
  readonly body?: Readonly<Record<string, unknown>>;
}

/** How long what is read stays valid. A lease ends with the token that made it, whatever it says itself. */
export interface Lease {
  /** Seconds until it has to be renewed; undefined where an imported role does not say. */
  readonly ttl: number | undefined;
  /** Seconds until it ends with all renewals; undefined where an imported role does not say. */
  readonly maxTtl: number | undefined;
}

/** The address of a secret: where it is and what reading it takes. It never holds a value. */
export interface SecretRef {
  /** The Vault that holds it. */
  readonly server: VaultServer;
  /** Mount path of its engine. */
  readonly mount: string;
  /** Its path as people write it, inside the mount. */
  readonly path: string;
  /** The request that reads it. */
  readonly request: VaultRequest;
  /** What a policy must allow for that request. */
  readonly rule: PolicyRule;
  /** Where the fields are in the response. */
  readonly nesting: 'data' | 'data.data';
  /** Names of its fields, where they are declared. */
  readonly keys: readonly string[];
  /**
   * How long what is read stays valid.
   *
   * @default - it does not end by itself
   */
  readonly lease?: Lease;
}

/** What is thrown where the address of a secret is used as text. */
export function usedAsText(what: string, at: string | undefined): VaultCdkError {
  return new VaultCdkError({
    code: 'secret/used-as-text',
    problem: `the reference to ${what} was used as text`,
    ...(at === undefined ? {} : { at }),
    allowed: 'a place to deliver the secret to, e.g. toFile("/mnt/secrets/password")',
    fix: 'hand the reference itself to workload.consume()',
  });
}

/** No field of a secret can have this name. */
const WHOLE = '';

/**
 * All that Vault answers, as one text of JSON: the fields below `data`, and beside them `lease_id`, `lease_duration`,
 * `renewable` and `request_id`. The last one differs each time, so the text changes each time that it is read.
 *
 * @example
 * ```ts
 * api.consume(wholeResponse(database.role('readonly')), toFile('/mnt/secrets/database.json'));
 * ```
 */
export function wholeResponse(secret: SecretRef): SecretField<''> {
  return new SecretField(secret, WHOLE);
}

/**
 * One field of a secret. Hand it to a verb such as `workload.consume()`; it refuses to become text, since all it could
 * print is its address.
 */
export class SecretField<Key extends string = string> extends NeverText {
  /** Whether something is the field of a secret; works across copies of the package. */
  static isSecretField(x: unknown): x is SecretField {
    return typeof x === 'object' && x !== null && MARK in x;
  }

  /** The secret that the field belongs to. */
  readonly secret: SecretRef;
  /** Name of the field. */
  readonly key: Key;

  constructor(secret: SecretRef, key: Key) {
    super();
    this.secret = secret;
    this.key = key;
    Object.defineProperty(this, MARK, { value: true });
  }

  /** Whether it stands for all that Vault answers, and not for one field of it. */
  get whole(): boolean {
    return this.key === WHOLE;
  }

  protected describe(): string {
    return `SecretField(${this.secret.mount}/${this.secret.path}#${this.key})`;
  }

  protected refusal(at: string | undefined): VaultCdkError {
    return usedAsText(`"${this.key}" of ${this.secret.mount}/${this.secret.path}`, at);
  }
}

import { inspect } from 'node:util';
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

/**
 * One field of a secret. Hand it to a verb such as `workload.consume()`; it refuses to become text, since all it could
 * print is its address.
 */
export class SecretField<Key extends string = string> {
  /** Whether something is the field of a secret; works across copies of the package. */
  static isSecretField(x: unknown): x is SecretField {
    return typeof x === 'object' && x !== null && MARK in x;
  }

  /** The secret that the field belongs to. */
  readonly secret: SecretRef;
  /** Name of the field. */
  readonly key: Key;

  constructor(secret: SecretRef, key: Key) {
    this.secret = secret;
    this.key = key;
    Object.defineProperty(this, MARK, { value: true });
  }

  /** Refuses: a secret is never text. */
  toString(): never {
    throw new VaultCdkError({
      code: 'secret/used-as-text',
      problem: `the reference to "${this.key}" of ${this.secret.mount}/${this.secret.path} was used as text`,
      allowed: 'a place to deliver the secret to, e.g. toFile("/mnt/secrets/password")',
      fix: 'hand the reference itself to workload.consume()',
    });
  }

  /** Refuses: a secret is never JSON. */
  toJSON(): never {
    return this.toString();
  }

  /** What `console.log` shows: the address. */
  [inspect.custom](): string {
    return `SecretField(${this.secret.mount}/${this.secret.path}#${this.key})`;
  }
}

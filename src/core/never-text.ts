import type { VaultCdkError } from '../errors/error';

const REFUSE: unique symbol = Symbol.for('vault-cdk.neverText');
/** What Node looks for when it shows an object; by name, since its types are not those of every user. */
const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom');

/**
 * Something that must never become text, such as the address of a secret. It refuses in whatever way it is written:
 * into a string, into JSON, into a manifest or into a Terraform argument.
 */
export abstract class NeverText {
  /** Whether something is never text; works across copies of the package. */
  static isNeverText(x: unknown): x is NeverText {
    return typeof x === 'object' && x !== null && REFUSE in x;
  }

  /** The address as people may see it, e.g. in `console.log`. */
  protected abstract describe(): string;
  /** What is thrown instead of text. */
  protected abstract refusal(at: string | undefined): VaultCdkError;

  /** What is thrown where someone asks for its text. @internal */
  [REFUSE](at?: string): VaultCdkError {
    return this.refusal(at);
  }

  /** Refuses: it is never text. */
  toString(): never {
    throw this.refusal(undefined);
  }

  /** Refuses: it is never JSON. */
  toJSON(): never {
    throw this.refusal(undefined);
  }

  /** Refuses: both engines ask for this before they print a value that they do not know. @internal */
  resolve(): never {
    throw this.refusal(undefined);
  }

  /** What `console.log` shows: the address. @internal */
  [INSPECT](): string {
    return this.describe();
  }
}

/** What is thrown where a value that is never text is about to be printed. */
export function refusalOf(value: NeverText, at: string): VaultCdkError {
  return value[REFUSE](at);
}

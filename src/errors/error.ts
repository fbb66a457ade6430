import { describe, type Problem, type ProblemCode } from './problem';

const MARK = Symbol.for('vault-cdk.VaultCdkError');

/**
 * The one error that this library throws.
 *
 * @example
 * ```ts
 * try {
 *   app.synth();
 * } catch (error) {
 *   if (VaultCdkError.is(error)) console.error(error.code, error.problem.fix);
 * }
 * ```
 */
export class VaultCdkError extends Error {
  /** Whether something is an error of this library. Works across copies of the package, unlike `instanceof`. */
  static is(x: unknown): x is VaultCdkError {
    return typeof x === 'object' && x !== null && MARK in x;
  }

  override readonly name = 'VaultCdkError';
  /** The failure as data. */
  declare readonly problem: Problem;

  constructor(problem: Problem) {
    super(describe(problem));
    // Not enumerable: Node would print it a second time below the stack of an uncaught error.
    Object.defineProperty(this, 'problem', { value: problem });
    Object.defineProperty(this, MARK, { value: true });
  }

  /** Stable name of the failure. */
  get code(): ProblemCode {
    return this.problem.code;
  }
}

/** What a caught value says, whatever was thrown. Works across realms, unlike `instanceof`. */
export function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}

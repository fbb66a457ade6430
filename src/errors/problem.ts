/** A stable name for one kind of failure: the area, a slash, what is wrong. Never renamed, never reused. */
export type ProblemCode = `${string}/${string}`;

/**
 * One shape for every failure: what is wrong, where, what was given, what is allowed, what to do.
 *
 * It is data first and text last, so that tools can read an error and its wording can improve without breaking anyone.
 */
export interface Problem {
  /** Stable name of this failure, e.g. `kv/path-names-the-api`. */
  readonly code: ProblemCode;
  /** What is wrong, in lower case and without a full stop. */
  readonly problem: string;
  /**
   * Where: the path of the construct, with the user's line where it is known.
   * @default - nowhere in particular
   */
  readonly at?: string;
  /**
   * What was given; printed as JSON.
   * @default - nothing was given
   */
  readonly given?: unknown;
  /**
   * What would have been accepted.
   * @default - the fix says it
   */
  readonly allowed?: string;
  /**
   * What the live system would have said, word for word, or `silently ignored: ...` and what is seen later, so that
   * a search for the error finds this one.
   * @default - the live system would not notice
   */
  readonly live?: string;
  /** What to do about it. */
  readonly fix: string;
}

/** The text of a problem: one line for what is wrong, then one for each part that is known. */
export function describe(p: Problem): string {
  const parts: readonly (readonly [string, string | undefined])[] = [
    ['at', p.at],
    ['given', p.given === undefined ? undefined : json(p.given)],
    ['allowed', p.allowed],
    ['live', p.live],
    ['fix', p.fix],
  ];
  const lines = parts.flatMap(([label, text]) => (text === undefined ? [] : [`  ${`${label}:`.padEnd(9)}${text}`]));
  const [first = '', ...more] = p.problem.split('\n');
  return [`${first} [${p.code}]`, ...more, ...lines].join('\n');
}

/** JSON where there is one, so that spaces at the ends and empty texts can be seen; never a second error. */
function json(value: unknown): string {
  try {
    // Undefined for functions and symbols, whatever its type says.
    const text = JSON.stringify(value) as string | undefined;
    return text ?? String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

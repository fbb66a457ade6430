/** Reads answers whose shape only the server knows: `at(body, 'auth', 'client_token')`. Undefined where a step fails. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let here = value;
  for (const step of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return undefined;
    here = (here as Record<string | number, unknown>)[step];
  }
  return here;
}

/** As `at`, for what has to be text. The error does not quote the answer, which may hold a token. */
export function textAt(value: unknown, ...path: readonly (string | number)[]): string {
  const found = at(value, ...path);
  if (typeof found !== 'string') throw new Error(`expected text at "${path.join('.')}", found ${typeof found}`);
  return found;
}

/** As `at`, for a list; an absent one is empty. */
export function listAt(value: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const found = at(value, ...path) ?? [];
  if (!Array.isArray(found)) throw new Error(`expected a list at "${path.join('.')}", found ${typeof found}`);
  return found;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

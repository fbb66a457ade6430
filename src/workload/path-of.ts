import { isDeepStrictEqual } from 'node:util';
import { VaultCdkError } from '../errors/error';
import type { SecretField } from '../vault/secret-ref';
import type { Consumption } from './delivery';
import { fieldText } from './target';

/** The path of the one file that holds a field. */
export function pathOf(field: SecretField, consumed: readonly Consumption[], at: string): string {
  const own = consumed.filter(c => sameField(c.field, field));
  const paths = own.flatMap(({ target }) => (target.kind === 'file' ? [target.path] : []));
  const [only, second] = paths;
  if (only !== undefined && second === undefined) return only;
  throw new VaultCdkError({
    code: 'workload/no-file',
    problem:
      second === undefined
        ? `no file of the workload holds ${fieldText(field)}`
        : `several files of the workload hold ${fieldText(field)}`,
    at,
    given: paths,
    allowed: 'a field that is consumed with one toFile(path)',
    live: 'no such file or directory, in the application',
    fix: 'consume the field as a file before its path is asked for',
  });
}

/** Whether two references are to one value. */
export function sameField(a: SecretField, b: SecretField): boolean {
  return (
    a.key === b.key && a.secret.server === b.secret.server && isDeepStrictEqual(a.secret.request, b.secret.request)
  );
}

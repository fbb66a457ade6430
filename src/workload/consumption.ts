import { isDeepStrictEqual } from 'node:util';
import { VaultCdkError } from '../errors/error';
import { SecretField } from '../vault/secret-ref';
import type { Consumption } from './delivery';
import type { OnChange } from './on-change';

/** Refuses what is no field of a secret: from JavaScript, or a name that the secret does not declare. */
export function assertField(field: SecretField | undefined, at: string): void {
  if (SecretField.isSecretField(field)) return;
  throw new VaultCdkError({
    code: 'workload/no-secret',
    problem: 'what is consumed is not a field of a secret',
    at,
    given: typeof field,
    allowed: 'a field, e.g. kv.secret("shop/db", { keys: ["password"] }).fields.password',
    live: 'key "undefined" does not exist at the secret path',
    fix: 'check the name of the field: one that the secret does not declare is undefined',
  });
}

/** Whether one field goes to one place twice, which is doing it once. */
export function isSame(a: Consumption, b: Consumption): boolean {
  const [x, y] = [a.field.secret, b.field.secret];
  const parts = ({ field, target, onChange, containers }: Consumption): readonly unknown[] => [
    [field.key, field.secret.request, target],
    [onChange?.way, containers],
  ];
  return x.server === y.server && isDeepStrictEqual(parts(a), parts(b));
}

/** How an application learns of new values, as text that can be compared. */
export function wayText(onChange: OnChange | undefined): string | undefined {
  return onChange && JSON.stringify(onChange.way);
}

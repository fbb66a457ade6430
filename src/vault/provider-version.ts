import type { Construct } from 'constructs';
import { at } from '../core/at';
import { VaultCdkError } from '../errors/error';

/** The version of the provider that `@cdktf/provider-vault` 15.6.1 is made from. */
export const BINDINGS = '5.6.0';

/** Refuses a version that has other arguments than those that are printed, or that names several. */
export function providerVersion(version: string, server: Construct): string {
  if (/^5\.\d+\.\d+$/.test(version) && !isOlder(version, BINDINGS)) return version;
  throw new VaultCdkError({
    code: 'vault/provider-version',
    problem: 'the version of the Vault provider is not one that the printed arguments are made for',
    at: at(server),
    given: version,
    allowed: `one version from "${BINDINGS}" on, of the same major version`,
    live: 'Error: Failed to query available provider packages, or Unsupported argument',
    fix: 'drop `providerVersion`, or name a version in full, e.g. "5.7.0"',
  });
}

/** Whether one version in full is older than another. */
export function isOlder(version: string, than: string): boolean {
  const [own = [], other = []] = [version, than].map(v => v.split('.').map(Number));
  const first = own.findIndex((n, i) => n !== other[i]);
  return first >= 0 && (own[first] ?? 0) < (other[first] ?? 0);
}

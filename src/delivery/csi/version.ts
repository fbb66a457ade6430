import { VaultCdkError } from '../../errors/error';
import type { ProblemCode } from '../../errors/problem';

/** The version of the Vault CSI provider that is assumed where none is stated. */
export const DEFAULT_PROVIDER_VERSION = '1.7.4';

/** The version of the driver that is assumed where none is stated. */
const DEFAULT_DRIVER_VERSION = '1.6.0';

/** The parameters and object keys that came later, with the first version that reads them. Older ones ignore them silently. */
const SINCE = {
  vaultNamespace: '0.2.0',
  vaultTLSClientCertPath: '0.1.0',
  audience: '1.1.0',
  filePermission: '1.1.0',
  encoding: '1.3.0',
  'csi.storage.k8s.io/serviceAccount.tokens': '1.3.0',
  vaultAuthMountPath: '1.4.0',
} as const;

/** A parameter or key whose meaning depends on the version of the provider. */
export type GatedKey = keyof typeof SINCE;

/** What one version of the provider reads. */
export class ProviderVersion {
  private readonly version: string;
  private readonly at: string;

  constructor(version: string, at: string) {
    this.version = version;
    this.at = at;
    assertVersion(version, at, {
      code: 'csi/provider-version',
      of: 'the Vault CSI provider',
      example: DEFAULT_PROVIDER_VERSION,
    });
  }

  /** Whether the provider reads a key. */
  reads(key: GatedKey): boolean {
    return compare(this.version, SINCE[key]) >= 0;
  }

  /** Refuses a key that this version would ignore. */
  require(key: GatedKey): void {
    if (this.reads(key)) return;
    throw new VaultCdkError({
      code: 'csi/provider-too-old',
      problem: `the Vault CSI provider ${this.version} does not read "${key}"`,
      at: this.at,
      given: this.version,
      allowed: `version ${SINCE[key]} or later`,
      live: 'silently ignored: unknown keys of a SecretProviderClass have no effect',
      fix: 'update the provider, or do without what needs this key',
    });
  }
}

/** Refuses a driver that does not know the objects that are printed. */
export function assertDriver(version: string = DEFAULT_DRIVER_VERSION, at: string): void {
  assertVersion(version, at, {
    code: 'csi/driver-version',
    of: 'the Secrets Store CSI driver',
    example: DEFAULT_DRIVER_VERSION,
  });
  if (compare(version, '1.0.0') >= 0) return;
  throw new VaultCdkError({
    code: 'csi/driver-too-old',
    problem: `the Secrets Store CSI driver ${version} does not know secrets-store.csi.x-k8s.io/v1`,
    at,
    given: version,
    allowed: 'version 1.0.0 or later',
    live: 'no matches for kind "SecretProviderClass" in version "secrets-store.csi.x-k8s.io/v1"',
    fix: 'update the driver',
  });
}

function assertVersion(
  version: string,
  at: string,
  { code, of, example }: { readonly code: ProblemCode; readonly of: string; readonly example: string },
): void {
  if (/^\d+\.\d+\.\d+$/.test(version)) return;
  throw new VaultCdkError({
    code,
    problem: `this is no version of ${of}`,
    at,
    given: version,
    allowed: `three numbers, e.g. "${example}"`,
    fix: 'state the version that runs in the cluster, without a "v"',
  });
}

function compare(a: string, b: string): number {
  const [x, y] = [a, b].map(v => v.split('.').map(Number));
  const differing = [0, 1, 2].find(i => x?.[i] !== y?.[i]);
  return differing === undefined ? 0 : (x?.[differing] ?? 0) - (y?.[differing] ?? 0);
}

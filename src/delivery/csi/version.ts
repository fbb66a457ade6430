import { VaultCdkError } from '../../errors/error';

/** The version of the Vault CSI provider that is assumed where none is stated. */
export const DEFAULT_PROVIDER_VERSION = '1.7.4';

/** The parameters and object keys that came later, with the first version that reads them. Older ones ignore them silently. */
const SINCE = {
  vaultNamespace: '0.2.0',
  vaultTLSClientCertPath: '0.1.0',
  audience: '1.1.0',
  filePermission: '1.1.0',
  encoding: '1.3.0',
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
    if (/^\d+\.\d+\.\d+$/.test(version)) return;
    throw new VaultCdkError({
      code: 'csi/provider-version',
      problem: 'this is no version of the Vault CSI provider',
      at,
      given: version,
      allowed: `three numbers, e.g. "${DEFAULT_PROVIDER_VERSION}"`,
      fix: 'state the version that runs in the cluster, without a "v"',
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

function compare(a: string, b: string): number {
  const [x, y] = [a, b].map(v => v.split('.').map(Number));
  const differing = [0, 1, 2].find(i => x?.[i] !== y?.[i]);
  return differing === undefined ? 0 : (x?.[differing] ?? 0) - (y?.[differing] ?? 0);
}

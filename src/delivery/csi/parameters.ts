import type { Acknowledgement } from '../../errors/acknowledge';
import type { VaultLogin } from '../../workload/delivery';
import type { CsiCluster } from './cluster';

/** How the provider connects to Vault by TLS. What is in the provider's pods, the features of the cluster say. */
export interface CsiTls {
  /**
   * Name that Vault's certificate is checked against.
   *
   * @default - the host of the address
   */
  readonly serverName?: string;
  /**
   * Takes any certificate. Whoever stands between then reads every secret.
   *
   * @default - certificates are verified
   */
  readonly skipVerify?: Acknowledgement;
}

/** The parameters of a SecretProviderClass but `objects`: who logs in where, and how the connection is made. */
export function loginParameters(login: VaultLogin, tls: CsiTls, cluster: CsiCluster): Record<string, string> {
  const { version } = cluster;
  version.require('audience');
  version.require('filePermission');
  if (login.vaultNamespace !== undefined) version.require('vaultNamespace');
  return defined({
    // An address goes past the Agent beside the provider, which connects by its own configuration.
    ...(cluster.agent ? {} : { vaultAddress: login.address, ...tlsParameters(login, tls, cluster) }),
    vaultNamespace: login.vaultNamespace,
    [version.reads('vaultAuthMountPath') ? 'vaultAuthMountPath' : 'vaultKubernetesMountPath']: login.mount,
    roleName: login.role,
    audience: login.audience,
  });
}

function tlsParameters(login: VaultLogin, tls: CsiTls, cluster: CsiCluster): Record<string, string | undefined> {
  const ca = login.ca.source;
  const file = ca.kind === 'configMap' || ca.kind === 'secret' ? `${cluster.caDirectory}/${ca.key}` : undefined;
  return {
    vaultCACertPath: cluster.trustsWholeDirectory ? undefined : file,
    vaultCADirectory: cluster.trustsWholeDirectory && file !== undefined ? cluster.caDirectory : undefined,
    vaultTLSServerName: tls.serverName,
    vaultTLSClientCertPath: cluster.clientCertificate?.certPath,
    vaultTLSClientKeyPath: cluster.clientCertificate?.keyPath,
    vaultSkipTLSVerify: tls.skipVerify ? 'true' : undefined,
  };
}

function defined(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter((e): e is [string, string] => e[1] !== undefined));
}

import type { Duration } from '../core/duration';

/**
 * What runs in a cluster, stated once. What is not stated is not checked, and said as an assumption.
 *
 * @example
 * ```ts
 * new KubernetesCluster(app, 'prod', {
 *   features: {
 *     secretsStoreCsi: { version: '1.6.0', rotation: { pollInterval: Duration.minutes(2) }, syncSecret: true },
 *     vaultCsiProvider: { version: '1.7.4', agent: true },
 *   },
 * });
 * ```
 */
export interface ClusterFeatures {
  /**
   * The Secrets Store CSI driver.
   * @default - it does not run here
   */
  readonly secretsStoreCsi?: SecretsStoreCsi;
  /**
   * The Vault provider of that driver.
   * @default - that of the newest version, without its Agent, as its own manifest installs it
   */
  readonly vaultCsiProvider?: VaultCsiProvider;
  /**
   * Whether nodes swap memory to disk, where what lies in a tmpfs may end up.
   * @default - not known
   */
  readonly nodesSwap?: boolean;
}

/**
 * How the Secrets Store CSI driver is set up.
 *
 * Source: [its chart](https://github.com/kubernetes-sigs/secrets-store-csi-driver/tree/main/charts/secrets-store-csi-driver).
 */
export interface SecretsStoreCsi {
  /**
   * Its version, without a "v".
   * @default '1.6.0'
   */
  readonly version?: string;
  /**
   * `enableSecretRotation` of the chart: files of running pods are read anew. `false` where it is off, as it is by default
   * in the chart.
   * @default - not known
   */
  readonly rotation?: false | SecretRotation;
  /**
   * `syncSecret.enabled` of the chart: whether the driver may write Kubernetes Secrets. Off by default in the chart.
   * @default - not known
   */
  readonly syncSecret?: boolean;
  /**
   * `tokenRequests` of the chart: audiences of the tokens that the kubelet hands to the provider. For others the
   * provider creates tokens itself.
   * @default - not known
   */
  readonly audiences?: readonly string[];
}

/** How often files of running pods are read anew. */
export interface SecretRotation {
  /**
   * `rotationPollInterval` of the chart.
   * @default Duration.minutes(2)
   */
  readonly pollInterval?: Duration;
}

/**
 * How the Vault CSI provider is set up. Paths are those in its own pods.
 *
 * Source: [the chart of Vault](https://developer.hashicorp.com/vault/docs/platform/k8s/helm/configuration#csi).
 */
export interface VaultCsiProvider {
  /**
   * Its version, without a "v".
   * @default '1.7.4'
   */
  readonly version?: string;
  /**
   * `csi.agent.enabled` of the chart: a Vault Agent beside the provider logs in, caches and renews. An address in a
   * SecretProviderClass goes past it, so none is printed for the Vault that it talks to.
   * @default false
   */
  readonly agent?: boolean;
  /**
   * Address of the Vault that this Agent talks to.
   * @default - that of the auth mount
   */
  readonly agentAddress?: string;
  /**
   * Folder where the CAs of Vault are mounted.
   * @default '/vault/tls'
   */
  readonly caDirectory?: string;
  /**
   * Trusts every certificate in `caDirectory`, not only the one that the auth mount names: for the time in which a CA is
   * replaced by another.
   * @default false
   */
  readonly trustsWholeDirectory?: boolean;
  /**
   * The provider's own certificate, where Vault asks for one.
   * @default - none
   */
  readonly clientCertificate?: ClientCertificate;
  /**
   * Whether its ClusterRole lets it create tokens of service accounts. Not needed where the kubelet hands it one of the right
   * audience.
   * @default true
   */
  readonly createsTokens?: boolean;
}

/** Files in the pods of the provider. */
export interface ClientCertificate {
  /** The certificate, PEM. */
  readonly certPath: string;
  /** Its key, PEM. */
  readonly keyPath: string;
}

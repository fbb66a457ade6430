import { ApiObject, Lazy } from 'cdk8s';
import type { Construct } from 'constructs';
import { dnsLabel, dnsSubdomain, kubernetesName } from '../../core/names';
import { type Acknowledgement, checkedAcknowledgement } from '../../errors/acknowledge';
import { DELIVERY } from '../../kubernetes/kubernetes-auth';
import { renewalRules } from '../../vault/lease';
import {
  type Consumption,
  type DeliveryBinding,
  type ISecretDelivery,
  type PodPatch,
  STACK_ANNOTATION,
  type VaultLogin,
} from '../../workload/delivery';
import { csiObjects, type CsiObject, mountPath, objectsYaml, syncedKeys, type SyncedKey } from './objects';
import { assertDeliverable } from './refuse';
import { DEFAULT_PROVIDER_VERSION, ProviderVersion } from './version';

/** How the provider connects to Vault by TLS; paths are those in the provider's own pods. */
export interface CsiTls {
  /**
   * Folder where the CA of Vault is mounted, if one has to be.
   *
   * @default '/vault/tls'
   */
  readonly caDirectory?: string;
  /**
   * Name that Vault's certificate is checked against.
   *
   * @default - the host of the address
   */
  readonly serverName?: string;
  /**
   * File with the provider's own certificate, where Vault asks for one.
   *
   * @default - none
   */
  readonly clientCertPath?: string;
  /**
   * File with the key of that certificate.
   *
   * @default - none
   */
  readonly clientKeyPath?: string;
  /**
   * Takes any certificate. Whoever stands between then reads every secret.
   *
   * @default - certificates are verified
   */
  readonly skipVerify?: Acknowledgement;
}

/** How the CSI driver and the Vault CSI provider are set up in the cluster. */
export interface CsiDeliveryProps {
  /**
   * Lets values go on into Kubernetes Secrets, for `toEnv` and `toKubernetesSecret`: they then lie in etcd as text. The
   * driver needs `syncSecret.enabled`.
   *
   * @default - files only; nothing is kept in etcd
   */
  readonly plaintextInEtcd?: Acknowledgement;
  /**
   * Version of the Vault CSI provider.
   *
   * @default '1.7.4'
   */
  readonly providerVersion?: string;
  /**
   * Leaves the address of Vault to the provider's own setting, so that its Agent caches and renews. An address in the
   * SecretProviderClass goes past that Agent.
   *
   * @default false
   */
  readonly addressOfProvider?: boolean;
  /**
   * How the provider connects by TLS.
   *
   * @default - verified, with the CA of the auth mount
   */
  readonly tls?: CsiTls;
}

/**
 * Secrets as files in a volume, by the Secrets Store CSI driver and the Vault CSI provider. Nothing is kept in etcd,
 * unless `plaintextInEtcd` says so.
 *
 * Source: [Vault CSI provider: configurations](https://developer.hashicorp.com/vault/docs/platform/k8s/csi/configurations).
 *
 * @example
 * ```ts
 * new KubernetesAuth(vault, 'kubernetes', { cluster, vault: { address, ca }, delivery: new CsiDelivery() });
 * ```
 */
export class CsiDelivery implements ISecretDelivery {
  readonly [DELIVERY] = true;
  readonly name = 'csi';
  readonly requires = ['secrets-store-csi', 'vault-csi-provider'] as const;
  private readonly props: CsiDeliveryProps;

  constructor(props: CsiDeliveryProps = {}) {
    for (const given of [props.plaintextInEtcd, props.tls?.skipVerify]) if (given) checkedAcknowledgement(given);
    this.props = { ...props };
  }

  /** Called by the workload. */
  bind(scope: Construct, login: VaultLogin): DeliveryBinding {
    const { props } = this;
    const consumed: Consumption[] = [];
    const version = new ProviderVersion(props.providerVersion ?? DEFAULT_PROVIDER_VERSION, login.at);
    const what = 'the name of the SecretProviderClass';
    const name = dnsSubdomain(`${login.serviceAccount}-${kubernetesName(login.stack)}`, { what, at: login.at });
    const envSecret = `${name}-env`;
    const objects = (): readonly CsiObject[] => csiObjects(consumed, envSecret);
    const parameters = loginParameters(login, props, version);
    const print = (): ApiObject =>
      new ApiObject(scope, 'SecretProviderClass', {
        apiVersion: 'secrets-store.csi.x-k8s.io/v1',
        kind: 'SecretProviderClass',
        metadata: { name, namespace: login.namespace, annotations: { [STACK_ANNOTATION]: login.stack } },
        spec: {
          provider: 'vault',
          parameters: { ...parameters, objects: Lazy.any({ produce: () => objectsYaml(objects(), 0o444) }) as string },
          secretObjects: Lazy.any({ produce: () => secretObjects(syncedKeys(objects(), envSecret)) }) as object,
        },
      });
    return {
      // The provider itself renews nothing; the Agent beside it in the chart does, with the token of the pods.
      get rules() {
        return renewalRules(consumed.map(c => c.field.secret));
      },
      add: consumption => {
        assertDeliverable(consumption, consumed, { login, version, acknowledged: props.plaintextInEtcd !== undefined });
        // Not before: a SecretProviderClass without objects mounts nothing, "no secrets configured".
        if (consumed.length === 0) print();
        consumed.push(consumption);
      },
      podPatch: () => podPatch(consumed, { volume: volumeName(login), secretProviderClass: name, envSecret }),
    };
  }
}

/** Who logs in where, and how the connection is made. */
function loginParameters(login: VaultLogin, props: CsiDeliveryProps, version: ProviderVersion): Record<string, string> {
  const { tls = {} } = props;
  version.require('audience');
  version.require('filePermission');
  if (login.vaultNamespace !== undefined) version.require('vaultNamespace');
  const ca = login.ca.source;
  return defined({
    vaultAddress: props.addressOfProvider ? undefined : login.address,
    vaultNamespace: login.vaultNamespace,
    vaultCACertPath:
      ca.kind === 'configMap' || ca.kind === 'secret' ? `${tls.caDirectory ?? '/vault/tls'}/${ca.key}` : undefined,
    vaultTLSServerName: tls.serverName,
    vaultTLSClientCertPath: tls.clientCertPath,
    vaultTLSClientKeyPath: tls.clientKeyPath,
    vaultSkipTLSVerify: tls.skipVerify ? 'true' : undefined,
    [version.reads('vaultAuthMountPath') ? 'vaultAuthMountPath' : 'vaultKubernetesMountPath']: login.mount,
    roleName: login.role,
    audience: login.audience,
  });
}

function defined(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter((e): e is [string, string] => e[1] !== undefined));
}

/** One Kubernetes Secret for each name, in the order of the consumptions; nothing where none is asked for. */
function secretObjects(keys: readonly SyncedKey[]): object | undefined {
  const names = [...new Set(keys.map(k => k.secretName))];
  if (names.length === 0) return undefined;
  return names.map(secretName => {
    const own = keys.filter(k => k.secretName === secretName);
    return { secretName, type: own[0]?.type, data: own.map(({ objectName, key }) => ({ objectName, key })) };
  });
}

function volumeName(login: VaultLogin): string {
  const name = `${kubernetesName(login.stack).replaceAll('.', '-')}-secrets`;
  return dnsLabel(name, { what: 'the name of the volume', at: login.at });
}

interface PodNames {
  readonly volume: string;
  readonly secretProviderClass: string;
  readonly envSecret: string;
}

function podPatch(consumed: readonly Consumption[], { volume, secretProviderClass, envSecret }: PodNames): PodPatch {
  if (consumed.length === 0) return { volumes: [], volumeMounts: [], env: [] };
  const csi = { driver: 'secrets-store.csi.k8s.io', readOnly: true, volumeAttributes: { secretProviderClass } };
  return {
    volumes: [{ name: volume, csi }],
    // Mounted even where only variables are asked for: the driver fills the Secret while a pod mounts the volume.
    volumeMounts: [{ name: volume, mountPath: mountPath(consumed), readOnly: true }],
    env: consumed.flatMap(({ target }) =>
      target.kind === 'env'
        ? [{ name: target.name, valueFrom: { secretKeyRef: { name: envSecret, key: target.name } } }]
        : [],
    ),
  };
}

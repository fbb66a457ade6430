import { ApiObject, Lazy } from 'cdk8s';
import type { Construct } from 'constructs';
import { dnsLabel, dnsSubdomain, kubernetesName } from '../../core/names';
import { checkedAcknowledgement } from '../../errors/acknowledge';
import { DELIVERY } from '../../kubernetes/kubernetes-auth';
import { renewalRules } from '../../vault/lease';
import {
  type Consumption,
  type DeliveryBinding,
  type ISecretDelivery,
  PLAINTEXT_ANNOTATION,
  STACK_ANNOTATION,
  type VaultLogin,
} from '../../workload/delivery';
import { csiCluster } from './cluster';
import type { CsiContext } from './context';
import { csiObjects } from './objects';
import { type CsiTls, loginParameters } from './parameters';
import { podPatch } from './patch';
import { type PlaintextInEtcd, checkedPlaintext, plaintextText } from './plaintext';
import { assertPods } from './pods';
import { objectsYaml, secretObjects } from './print';
import { assertDeliverable } from './refuse';
import { assertRotates } from './rotation';
import { CsiNotes } from './notes';

export type { CsiTls } from './parameters';
export type { PlaintextInEtcd } from './plaintext';

/** How secrets travel by CSI. What runs in the cluster, its `features` say. */
export interface CsiDeliveryProps {
  /**
   * Lets values go on into Kubernetes Secrets, for `toEnv` and `toKubernetesSecret`: they then lie in etcd as text. The
   * driver needs `syncSecret.enabled`. Whoever accepts that says also whether etcd is encrypted, and who reads Secrets there.
   *
   * @example
   * ```ts
   * new CsiDelivery({
   *   plaintextInEtcd: {
   *     ...acknowledge('the framework reads variables only', { owner: 'platform', until: '2027-12-31' }),
   *     encryptedAtRest: true,
   *     readers: ['Group platform'],
   *   },
   * });
   * ```
   * @throws VaultCdkError `csi/readers` where nobody is named, `csi/encrypted-at-rest`, `acknowledge/...`
   * @default - files only; nothing is kept in etcd
   */
  readonly plaintextInEtcd?: PlaintextInEtcd;
  /**
   * How the provider connects by TLS.
   *
   * @default - verified, with the CA of the auth mount
   */
  readonly tls?: CsiTls;
}

/**
 * Secrets as files in a volume, by the Secrets Store CSI driver and the Vault CSI provider. Nothing is kept in etcd,
 * unless `plaintextInEtcd` says so. Files belong to root and lie in a tmpfs of the node, which is gone with the pod; a pod does
 * not start until all of them are there.
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
    const { plaintextInEtcd, tls } = props;
    if (tls?.skipVerify) checkedAcknowledgement(tls.skipVerify);
    this.props = { ...props, ...(plaintextInEtcd && { plaintextInEtcd: checkedPlaintext(plaintextInEtcd) }) };
  }

  /** Called by the workload. */
  bind(scope: Construct, login: VaultLogin): DeliveryBinding {
    const { plaintextInEtcd, tls = {} } = this.props;
    const consumed: Consumption[] = [];
    const cluster = csiCluster(login);
    const what = 'the name of the SecretProviderClass';
    const name = dnsSubdomain(`${login.serviceAccount}-${kubernetesName(login.stack)}`, { what, at: login.at });
    const context: CsiContext = { login, cluster, acknowledged: plaintextInEtcd, envSecret: `${name}-env` };
    const parameters = loginParameters(login, tls, cluster);
    const notes = new CsiNotes(context, consumed);
    const objects = (): ReturnType<typeof csiObjects> => csiObjects(consumed, context.envSecret);
    let spc: ApiObject | undefined;
    const print = (): ApiObject =>
      new ApiObject(scope, 'SecretProviderClass', {
        apiVersion: 'secrets-store.csi.x-k8s.io/v1',
        kind: 'SecretProviderClass',
        metadata: { name, namespace: login.namespace, annotations: { [STACK_ANNOTATION]: login.stack } },
        spec: {
          provider: 'vault',
          parameters: { ...parameters, objects: Lazy.any({ produce: () => objectsYaml(objects()) }) as string },
          secretObjects: Lazy.any({ produce: () => secretObjects(consumed, context.envSecret) }) as object,
        },
      });
    return {
      // The provider itself renews nothing; the Agent beside it in the chart does, with the token of the pods.
      get rules() {
        return renewalRules(consumed.map(c => c.field.secret));
      },
      add: (consumption, kinds) => {
        assertDeliverable(consumption, consumed, context);
        assertRotates(consumption, context, kinds);
        // Not before: a SecretProviderClass without objects mounts nothing, "no secrets configured".
        spc ??= print();
        if (plaintextInEtcd && consumption.target.kind !== 'file') {
          spc.metadata.addAnnotation(PLAINTEXT_ANNOTATION, plaintextText(plaintextInEtcd));
        }
        consumed.push(consumption);
      },
      podPatch: () =>
        podPatch(consumed, { volume: volumeName(login), secretProviderClass: name, envSecret: context.envSecret }),
      check: pods => {
        if (consumed.length === 0) return;
        assertPods(pods, consumed, { volume: volumeName(login), secretProviderClass: name });
        // Pods may have come after what they consume.
        for (const consumption of consumed) assertRotates(consumption, context, [pods.kind]);
        notes.look(pods);
      },
      traits: target => ({ plaintextInEtcd: target.kind !== 'file', rotates: cluster.rotates }),
      remarks: () => notes.remarks(),
      assumptions: () => notes.assumptions(),
    };
  }
}

function volumeName(login: VaultLogin): string {
  const name = `${kubernetesName(login.stack).replaceAll('.', '-')}-secrets`;
  return dnsLabel(name, { what: 'the name of the volume', at: login.at });
}

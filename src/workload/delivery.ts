import type { Construct } from 'constructs';
import type { Ca } from '../kubernetes/ca';
import type { DefaultDelivery } from '../kubernetes/kubernetes-auth';
import type { PolicyRule } from '../policy/document';
import type { SecretField } from '../vault/secret-ref';
import type { Target } from './target';

export { STACK_ANNOTATION } from '../kubernetes/stack-annotation';

/** What has to run in a cluster for a delivery to work. */
export type ClusterFeature =
  'secrets-store-csi' | 'vault-csi-provider' | 'vault-agent-injector' | 'vault-secrets-operator' | 'external-secrets';

/** One secret field and the place where the application finds it. */
export interface Consumption {
  /** What. */
  readonly field: SecretField;
  /** Where to. */
  readonly target: Target;
}

/** Who logs in, and how: everything that a delivery prints about the login, in one place. */
export interface VaultLogin {
  /** Name of the Terraform stack that holds the role. */
  readonly stack: string;
  /** Namespace of the pods. */
  readonly namespace: string;
  /** Service account of the pods. */
  readonly serviceAccount: string;
  /** Role in Vault. */
  readonly role: string;
  /** Path of the auth mount, without `auth/`. */
  readonly mount: string;
  /** Whom the token is for. */
  readonly audience: string;
  /** Address of Vault as pods see it. */
  readonly address: string;
  /** Who signed Vault's certificate, as pods see it. */
  readonly ca: Ca;
  /**
   * Namespace of Vault Enterprise.
   *
   * @default - the root namespace
   */
  readonly vaultNamespace: string | undefined;
  /** Where the workload is, for messages. */
  readonly at: string;
}

/** How secrets travel from Vault into a pod. Owned by this room, implemented in `delivery/`, one file for each way. */
export interface ISecretDelivery extends DefaultDelivery {
  /** What has to run in the cluster; a rule compares it with what is installed. */
  readonly requires: readonly ClusterFeature[];
  /** Called once, when the workload is made. Creates objects only under `scope`. */
  bind(scope: Construct, login: VaultLogin): DeliveryBinding;
}

/** One workload's way of delivery. */
export interface DeliveryBinding {
  /** Called for each consumption, at the line of user code that asked for it; refuses what cannot be delivered. */
  add(consumption: Consumption): void;
  /** Rights that the delivery itself needs, beside those of what is consumed. */
  readonly rules: readonly PolicyRule[];
  /** What the pod needs, as data. Read at print time. */
  podPatch(): PodPatch;
}

/** A change to a pod, as data. */
export interface PodPatch {
  /** Volumes of the pod, by name. */
  readonly volumes: readonly ({ readonly name: string } & Readonly<Record<string, unknown>>)[];
  /** Mounts of the containers that read the secrets. */
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly: boolean }[];
  /** Environment variables of those containers, by name. */
  readonly env: readonly ({ readonly name: string } & Readonly<Record<string, unknown>>)[];
}

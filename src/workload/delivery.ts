import type { Construct } from 'constructs';
import type { Manifest } from '../core/patch';
import type { Ca } from '../kubernetes/ca';
import type { KubernetesCluster } from '../kubernetes/cluster';
import type { DefaultDelivery } from '../kubernetes/kubernetes-auth';
import type { PolicyRule } from '../policy/document';
import type { SecretField } from '../vault/secret-ref';
import type { Helper } from './helper';
import type { OnChange } from './on-change';
import type { Target } from './target';

export { PLAINTEXT_ANNOTATION, STACK_ANNOTATION } from '../kubernetes/stack-annotation';

/** What has to run in a cluster for a delivery to work. */
export type ClusterFeature =
  'secrets-store-csi' | 'vault-csi-provider' | 'vault-agent-injector' | 'vault-secrets-operator' | 'external-secrets';

/** One secret field and the place where the application finds it. */
export interface Consumption {
  /** What. */
  readonly field: SecretField;
  /** Where to. */
  readonly target: Target;
  /**
   * How the application learns of a new value.
   *
   * @default - nothing says it
   */
  readonly onChange?: OnChange;
  /**
   * Names of the containers that read it.
   *
   * @default - all that read secrets of the workload
   */
  readonly containers?: readonly string[];
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
  /** The cluster of the pods, and what runs in it. */
  readonly cluster: KubernetesCluster;
  /** Seconds until a login ends unless it is renewed; undefined where that is not known. */
  readonly tokenTtl: number | undefined;
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
  /**
   * Called for each consumption, at the line of user code that asked for it; refuses what cannot be delivered.
   *
   * @param kinds - what the pods that are known so far are made by, e.g. `Deployment`
   */
  add(consumption: Consumption, kinds: readonly string[]): void;
  /** Rights that the delivery itself needs, beside those of what is consumed. */
  readonly rules: readonly PolicyRule[];
  /** What the pod needs, as data. Read at print time. */
  podPatch(): PodPatch;
  /** Called at print time with each object that makes pods, before it is changed; refuses those that the secrets would not reach. */
  check?(pods: PrintedPods): void;
  /**
   * What this way means for a value in such a place, for what workloads require.
   *
   * @default - nothing is known, so no requirement is met
   */
  traits?(target: Target): DeliveryTraits;
  /** What is unwise, and only the program knows: asked after everything is printed. */
  remarks?(): readonly Remark[];
  /** What was taken for granted, one sentence each: asked after everything is printed. */
  assumptions?(): readonly string[];
}

/** What a way of delivery says of one place. */
export interface DeliveryTraits {
  /** Whether the value goes by way of a Kubernetes Secret. */
  readonly plaintextInEtcd: boolean;
  /** Whether running containers are brought new values; undefined: not known. */
  readonly rotates: boolean | undefined;
}

/** Pods as they are printed without what the secrets need. */
export interface PrintedPods {
  /** Kind of the object that makes them. */
  readonly kind: string;
  /** Their spec. */
  readonly spec: Manifest;
  /** Their annotations. */
  readonly annotations: Readonly<Record<string, unknown>>;
  /** Whether the workload may do more in Vault than its delivery reads, so that the application itself has to ask Vault. */
  readonly asksVault: boolean;
  /** The containers of these names; undefined: those that read the secrets. */
  containers(names: readonly string[] | undefined): readonly Manifest[];
  /** Where they are, for messages. */
  readonly at: string;
}

/** Something unwise that no printed document shows. The rule of this id says why, and what to do. */
export interface Remark {
  /** Id of the rule. */
  readonly rule: `VC${number}`;
  /** What is unwise here. */
  readonly message: string;
}

/** A change to a container, as data. */
export interface ContainerPatch {
  /** Mounts, by path. */
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly: boolean }[];
  /** Environment variables, by name. */
  readonly env: readonly ({ readonly name: string } & Readonly<Record<string, unknown>>)[];
  /**
   * Secrets all of whose keys become environment variables.
   *
   * @default - none
   */
  readonly envFrom?: readonly { readonly secretRef: { readonly name: string } }[];
}

/** A change to a pod, as data: what the containers get that read the secrets, and what the pod gets. */
export interface PodPatch extends ContainerPatch {
  /** Volumes of the pod, by name. */
  readonly volumes: readonly ({ readonly name: string } & Readonly<Record<string, unknown>>)[];
  /**
   * What single containers get beside that, by their names.
   *
   * @default - nothing
   */
  readonly containers?: Readonly<Record<string, ContainerPatch>>;
  /**
   * Containers that tell the application of new values.
   *
   * @default - none
   */
  readonly helpers?: readonly Helper[];
}

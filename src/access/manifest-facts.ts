import type { Origin } from '../errors/finding';
import type { Known } from './documents';

/** One parameter of a SecretProviderClass. */
export interface ParameterFact {
  readonly name: string;
  /** Its text; unknown where it is none, which the API server refuses. */
  readonly value: Known<string>;
  readonly origin: Origin;
}

/** The permission bits of one file, as they are written. */
export interface PermissionFact {
  /** As written. */
  readonly text: string;
  /** What the provider makes of it; undefined where it takes no such value. */
  readonly mode: number | undefined;
  /** Whether it is written in tens: `400` is the mode 0620. */
  readonly decimal: boolean;
}

/** One entry of the parameter `objects`: one request, one file. */
export interface ObjectFact {
  /** The file, relative to the volume. */
  readonly name: string;
  /** Path of the request, without `/v1/` and without its query. */
  readonly path: string;
  /** The path as it is written. */
  readonly writtenPath: string;
  /** The field that is taken; empty: the whole response. */
  readonly key: string;
  readonly method: string;
  /** What is sent with the request; undefined: nothing. */
  readonly args: unknown;
  readonly permission: PermissionFact | undefined;
  readonly encoding: string;
  /** Keys that the provider does not read. */
  readonly unknownKeys: readonly string[];
  /** Values that the provider does not take, as it says so. */
  readonly faults: readonly string[];
  readonly origin: Origin;
}

/** A volume of the Secrets Store CSI driver. */
export interface CsiVolumeFact {
  readonly name: string;
  readonly readOnly: boolean;
  /** Its attributes, the name of the SecretProviderClass among them. */
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly origin: Origin;
}

/** Where a container mounts a volume. */
export interface VolumeMountFact {
  readonly volume: string;
  readonly path: string;
  /** The one file or folder of the volume that is mounted. */
  readonly subPath: string | undefined;
  readonly origin: Origin;
}

/** What a container takes from a Kubernetes Secret into its environment. */
export interface SecretUseFact {
  readonly name: string;
  /**
   * The one key.
   * @default - all of them
   */
  readonly key?: string;
  /** Whether the container starts without it. */
  readonly optional: boolean;
  readonly origin: Origin;
}

/** A container, or an init container. */
export interface ContainerFact {
  readonly name: string;
  readonly init: boolean;
  readonly image: string | undefined;
  readonly mounts: readonly VolumeMountFact[];
  /** Names of its variables. */
  readonly env: readonly { readonly name: string; readonly origin: Origin }[];
  readonly secrets: readonly SecretUseFact[];
  /** Who runs it, as far as the manifest says it. */
  readonly user: number | undefined;
  readonly group: number | undefined;
  readonly nonRoot: boolean;
  readonly origin: Origin;
}

/** What the Secrets Store CSI driver and its volumes see of pods. */
export interface PodFacts {
  readonly csiVolumes: readonly CsiVolumeFact[];
  readonly containers: readonly ContainerFact[];
  /** Groups that every container of the pod is in. */
  readonly groups: readonly number[];
  /** Annotations of the pods. */
  readonly annotations: Readonly<Record<string, unknown>>;
  /** Whether the manifest puts the pods on Windows. */
  readonly windows: boolean;
  /** Where the service account is stated. */
  readonly accountOrigin: Origin;
}

/** A Kubernetes Secret, printed as such: that it is there, and never what is in it. */
export interface SecretFact {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  readonly type: string;
  readonly immutable: boolean;
  /** The account whose token it asks for. */
  readonly serviceAccount: string | undefined;
  readonly origin: Origin;
}

/** What a CSI driver object asks of the kubelet. */
export interface CsiDriverFact {
  readonly cluster: string;
  readonly name: string;
  /** Whom the tokens are for that the kubelet hands to the driver; the empty text stands for the API server. */
  readonly audiences: readonly string[];
  readonly origin: Origin;
}

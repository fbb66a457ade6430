import type { Origin } from '../errors/finding';
import type { Policy } from '../policy/document';
import type { Mount } from '../policy/evaluator';
import type { Known } from './documents';
import type { CsiDriverFact, ObjectFact, ParameterFact, PodFacts, SecretFact } from './manifest-facts';

/** A secrets engine, as printed. */
export interface EngineFact extends Mount {
  readonly stack: string;
  /**
   * Version of a KV engine.
   * @default - it is none, or its version is not known
   */
  readonly version?: 1 | 2;
}

/** An auth mount, as printed. */
export interface AuthMountFact {
  readonly stack: string;
  /** Path without `auth/`. */
  readonly path: string;
  readonly type: string;
  /** Whether the mount itself limits how long tokens live. */
  readonly limitsTokens: boolean;
  readonly origin: Origin;
}

/** The settings of a Kubernetes auth mount, as printed. */
export interface AuthConfigFact {
  readonly stack: string;
  readonly mount: Known<string>;
  /** Which arguments are set, and to what; texts as printed. */
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly origin: Origin;
}

/** A role of a Kubernetes auth mount: who gets which policies. */
export interface RoleFact {
  readonly stack: string;
  readonly mount: Known<string>;
  readonly name: Known<string>;
  readonly serviceAccounts: Known<readonly string[]>;
  readonly namespaces: Known<readonly string[]>;
  /** Whether namespaces are also chosen by their labels, which no document shows. */
  readonly namespaceSelector: boolean;
  readonly audience: Known<string> | undefined;
  /** Names of its policies. */
  readonly policies: Known<readonly Known<string>[]>;
  /** Whether the token also carries the policy `default`, which anyone with the right may edit. */
  readonly defaultPolicy: boolean;
  /** Whether nothing but the mount ends a login that is renewed, and nobody said that this is meant. */
  readonly endless: boolean;
  /** Its arguments, as printed. */
  readonly arguments: Readonly<Record<string, unknown>>;
  /** How long its tokens live, in seconds; 0 or not stated: as the mount says. */
  readonly lifetime: { readonly [limit in TokenLimit]: Known<number> };
  readonly origin: Origin;
  /** Where an argument is. */
  readonly originOf: (argument: string) => Origin;
}

/** What limits the life of a token. */
export type TokenLimit = 'token_ttl' | 'token_max_ttl' | 'token_explicit_max_ttl' | 'token_period';

/** A role of the database engine, as printed. */
export interface DatabaseRoleFact {
  readonly stack: string;
  /** Path from which its credentials are read. */
  readonly path: string;
  /** How long a lease lives at most, in seconds; 0: as the mount says. */
  readonly maxTtl: Known<number>;
  readonly origin: Origin;
}

/** A policy, as printed. */
export interface PolicyFact {
  readonly stack: string;
  readonly policy: Policy;
  readonly origin: Origin;
  /** Where an argument is. */
  readonly originOf: (argument: string) => Origin;
}

/** One thing that a delivery reads. */
export interface ReadFact {
  /** Path of the request, below `/v1/`. */
  readonly path: string;
  /** What the request is. */
  readonly operation: 'read' | 'update';
  /**
   * The field that is taken from the response.
   * @default - the whole response
   */
  readonly key?: string;
  /** Name of the file, relative to the mount of the volume. */
  readonly file: string;
}

/** A SecretProviderClass of the Vault provider: who logs in where, and what is read. */
export interface DeliveryFact {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  /** The Terraform stack that it says it belongs to. */
  readonly stack: string | undefined;
  /** Path of the auth mount, without `auth/`. */
  readonly mount: string;
  readonly role: string;
  readonly audience: string | undefined;
  readonly reads: Known<readonly ReadFact[]>;
  readonly apiVersion: string;
  readonly versionOrigin: Origin;
  /** Where the parameters are. */
  readonly parametersOrigin: Origin;
  readonly parameters: readonly ParameterFact[];
  /** The entries of the parameter `objects`. */
  readonly objects: Known<readonly ObjectFact[]>;
  /** Where the parameter `objects` is. */
  readonly objectsOrigin: Origin;
  /** The Kubernetes Secrets that the driver fills from its files. */
  readonly synced: readonly SyncedFact[];
  /** Who accepted that values lie in Kubernetes Secrets, and what they know; undefined where nobody says so. */
  readonly accepted: string | undefined;
  readonly origin: Origin;
}

/** A Kubernetes Secret that the CSI driver fills from the files of a SecretProviderClass. */
export interface SyncedFact {
  readonly name: string;
  readonly type: string;
  /** Its keys, and the file that each is filled from. */
  readonly data: readonly { readonly key: string; readonly file: string; readonly origin: Origin }[];
  readonly origin: Origin;
}

/** A SecretProviderClass of whatever provider: that it is there, and for whom. */
export interface ProviderClassFact {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  /** Empty where none is stated, which the driver refuses. */
  readonly provider: string;
  readonly origin: Origin;
}

/** Something that makes pods. */
export interface PodsFact extends PodFacts {
  readonly cluster: string;
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  readonly serviceAccount: string;
  /** The SecretProviderClasses that its pods mount, and where. */
  readonly mounts: readonly { readonly delivery: string; readonly path: string | undefined }[];
  readonly origin: Origin;
}

/** Flat facts, read from printed documents and from nothing else. */
export interface AccessModel {
  /** Names of the Terraform stacks that were read. */
  readonly stacks: readonly string[];
  readonly engines: readonly EngineFact[];
  readonly authMounts: readonly AuthMountFact[];
  readonly authConfigs: readonly AuthConfigFact[];
  readonly roles: readonly RoleFact[];
  readonly policies: readonly PolicyFact[];
  readonly deliveries: readonly DeliveryFact[];
  readonly providerClasses: readonly ProviderClassFact[];
  readonly pods: readonly PodsFact[];
  readonly secrets: readonly SecretFact[];
  readonly csiDrivers: readonly CsiDriverFact[];
  readonly databaseRoles: readonly DatabaseRoleFact[];
}

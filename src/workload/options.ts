import type { Chart } from 'cdk8s';
import { Duration } from '../core/duration';
import { VaultCdkError } from '../errors/error';
import type { KubernetesAuth } from '../kubernetes/kubernetes-auth';
import type { ISecretDelivery } from './delivery';
import type { OnChange } from './on-change';

/** What a workload may differ in from the defaults of its auth mount. */
export interface WorkloadOptions {
  /**
   * How secrets travel to it.
   * @default - the delivery of the auth mount
   */
  readonly delivery?: ISecretDelivery;
  /**
   * Name of its role and of its policy in Vault.
   * @default - role `<namespace>-<service account>`, policy `<auth mount>-<namespace>-<service account>`
   */
  readonly name?: string;
  /**
   * How long a login lasts before it is renewed.
   * @default Duration.hours(1)
   */
  readonly tokenTtl?: Duration;
  /**
   * How long a login lasts with all its renewals.
   * @default Duration.hours(24)
   */
  readonly tokenMaxTtl?: Duration;
  /**
   * How the application learns of a new value, where a consumption does not say otherwise.
   * @default - each consumption says it, where its secret ends by itself
   */
  readonly onChange?: OnChange;
}

/** What one consumption may differ in. */
export interface ConsumeOptions {
  /**
   * How the application learns of a new value.
   * @default - as the workload says
   */
  readonly onChange?: OnChange;
  /**
   * Names of the containers that read it, init containers too.
   * @default - all that read secrets of the workload
   */
  readonly containers?: readonly string[];
}

/** Pods of this app that become a workload. */
export interface WorkloadOfOptions extends WorkloadOptions {
  /** Where they log in. */
  readonly auth: KubernetesAuth;
  /**
   * The container that reads the secrets.
   * @default - the only one
   */
  readonly container?: string;
  /**
   * Service account that is printed for the pods.
   * @default - the one that the pods state, else the construct id of the pods
   */
  readonly serviceAccount?: string;
}

/** Pods that are described elsewhere. */
export interface WorkloadProps extends WorkloadOptions {
  /** Namespace of the pods. */
  readonly namespace: string;
  /**
   * Service account of the pods.
   * @default - the construct id
   */
  readonly serviceAccount?: string;
  /**
   * Whether the service account is printed; `false` where something else creates it.
   * @default true
   */
  readonly createServiceAccount?: boolean;
  /**
   * Chart that prints the Kubernetes half.
   * @default - one chart of the cluster for each namespace
   */
  readonly chart?: Chart;
}

/** How long logins last, in seconds. */
export interface Lifetimes {
  readonly tokenTtl: number;
  readonly tokenMaxTtl: number;
}

/** The lifetimes of a workload's logins; refuses those that Vault would. */
export function lifetimes(options: WorkloadOptions, at: string): Lifetimes {
  const tokenTtl = (options.tokenTtl ?? Duration.hours(1)).toSeconds();
  const tokenMaxTtl = (options.tokenMaxTtl ?? Duration.hours(24)).toSeconds();
  if (tokenTtl > 0 && tokenTtl <= tokenMaxTtl) return { tokenTtl, tokenMaxTtl };
  throw new VaultCdkError({
    code: 'workload/token-ttl',
    problem: 'a login would last longer before its renewal than with all renewals, or not at all',
    at,
    given: { tokenTtl, tokenMaxTtl },
    allowed: '0 < tokenTtl <= tokenMaxTtl, in seconds',
    live: "'token_ttl' cannot be greater than 'token_max_ttl'",
    fix: 'shorten `tokenTtl`, or lengthen `tokenMaxTtl`',
  });
}

/** Refuses an option that says of a workload something else than was said when it was made. */
export function refuseSaidTwice(option: string, first: unknown, second: unknown, at: string): void {
  if (second !== undefined && second !== first) throw saidTwice(option, first, second, at);
}

/** The error for an option that was said before, and otherwise. */
export function saidTwice(option: string, first: unknown, second: unknown, at: string): VaultCdkError {
  return new VaultCdkError({
    code: 'workload/said-twice',
    problem: `the pods are a workload already, and it was made with another \`${option}\``,
    at,
    given: second,
    allowed: first === undefined ? 'nothing' : `${JSON.stringify(first)}, or nothing`,
    live: 'silently ignored: what was said first would hold',
    fix: `say \`${option}\` where the workload is made first`,
  });
}

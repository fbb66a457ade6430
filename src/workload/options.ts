import type { Chart } from 'cdk8s';
import { VaultCdkError } from '../errors/error';
import type { IKubernetesAuth } from '../kubernetes/kubernetes-auth';
import { type RoleOptions, type RoleSettings, statedRoleSettings } from '../kubernetes/role';
import type { ServiceAccountProps } from '../kubernetes/service-account';
import type { ISharedRole } from '../kubernetes/shared-role';
import type { ServiceAccountConstruct } from './account';
import type { ISecretDelivery } from './delivery';
import type { OnChange } from './on-change';
import type { PodsElsewhere } from './pods-elsewhere';
import type { Requirements } from './requirements';

/** What a workload may differ in from the defaults of its auth mount. */
export interface WorkloadOptions extends RoleOptions {
  /**
   * How secrets travel to it.
   * @default - the delivery of the auth mount
   */
  readonly delivery?: ISecretDelivery;
  /**
   * Name of its role in Vault, and of its policy.
   * @default - role `<namespace>-<service account>`, policy `<auth mount>-<namespace>-<service account>`
   */
  readonly name?: string;
  /**
   * Name of its policy, where it differs from that of the role.
   * @default - `name`
   */
  readonly policyName?: string;
  /**
   * A role that admits its service account already, in place of one of its own: what it consumes is granted there.
   * @default - a role and a policy of its own
   */
  readonly role?: ISharedRole;
  /**
   * Whether the service account is printed; `false` where something else creates it.
   * @default - whether the pods state none themselves
   */
  readonly createServiceAccount?: boolean;
  /**
   * How the application learns of a new value, where a consumption does not say otherwise.
   * @default - each consumption says it, where its secret ends by itself
   */
  readonly onChange?: OnChange;
  /**
   * What has to hold for each of its secrets; a consumption of which it does not hold is refused.
   * @default - nothing beyond what holds for all
   */
  readonly requires?: Requirements;
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
  readonly auth: IKubernetesAuth;
  /**
   * The container that reads the secrets, an init container too.
   * @default - the only one
   */
  readonly container?: string;
  /**
   * The containers that read the secrets, where they are several.
   * @default - `container`
   */
  readonly containers?: readonly string[];
  /**
   * Service account that is printed for the pods: its name, or more of it; or a construct that prints itself.
   * @default - the one that the pods state, else the construct id of the pods
   */
  readonly serviceAccount?: string | ServiceAccountProps | ServiceAccountConstruct;
}

/** Pods that are described elsewhere. */
export interface WorkloadProps extends WorkloadOptions {
  /** Namespace of the pods. */
  readonly namespace: string;
  /**
   * Service account of the pods: its name, or more of it; or a construct that prints itself.
   * @default - the construct id
   */
  readonly serviceAccount?: string | ServiceAccountProps | ServiceAccountConstruct;
  /**
   * Chart that prints the Kubernetes half.
   * @default - one chart of the cluster for each namespace
   */
  readonly chart?: Chart;
  /**
   * What the pods are called where they are described: the printed patch is for them.
   * @default - a Deployment, and a container in it, of the name of the service account
   */
  readonly pods?: PodsElsewhere;
}

/** The options that make a role of its own, and so contradict `role`. */
export function assertNoOwnRole(options: WorkloadOptions, at: string): void {
  const { name, policyName } = options;
  const given = Object.entries({ name, policyName, ...statedRoleSettings(options) }).filter(e => e[1] !== undefined);
  if (given.length === 0) return;
  throw new VaultCdkError({
    code: 'workload/shared-role-options',
    problem: 'the workload logs in with a shared role, and says how a role of its own would be',
    at,
    given: Object.fromEntries(given),
    allowed: '`role` without them',
    live: 'silently ignored: the shared role is as it was declared',
    fix: 'say it where the shared role is made, or drop `role`',
  });
}

/** Refuses settings of a role that were said before, and otherwise. */
export function refuseOtherSettings(first: Partial<RoleSettings>, options: RoleOptions, at: string): void {
  for (const [option, value] of Object.entries(statedRoleSettings(options))) {
    const before = first[option as keyof RoleSettings];
    if (String(before) !== String(value)) throw saidTwice(option, before, value, at);
  }
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

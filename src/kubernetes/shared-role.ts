import { KubernetesAuthBackendRole } from '@cdktf/provider-vault/lib/kubernetes-auth-backend-role';
import { Policy } from '@cdktf/provider-vault/lib/policy';
import { Lazy } from 'cdktf';
import { Construct } from 'constructs';
import { at, rememberLine } from '../core/at';
import { literal } from '../core/border';
import type { Duration } from '../core/duration';
import { policyName, vaultName } from '../core/names';
import { VaultCdkError } from '../errors/error';
import type { PolicyDocument, PolicyRule } from '../policy/document';
import { printPolicy } from '../policy/hcl-print';
import { mergeGrants } from '../policy/merge';
import type { IVaultGrantee } from '../vault/grants';
import { movedFrom } from '../vault/renamed';
import type { IVaultPolicy } from '../vault/vault-policy';
import type { VaultServer } from '../vault/server';
import { bindReviewer, flatPath, type IKubernetesAuth } from './auth-mount';
import {
  assertOwnAccount,
  type Bindings,
  checkedBindings,
  type RoleOptions,
  type RoleSettings,
  roleSettings,
} from './role';

const MARK = Symbol.for('vault-cdk.SharedRole');

/** A role for several service accounts, whether or not this app made it. */
export interface ISharedRole extends IVaultGrantee, Bindings {
  /** Where it lies. */
  readonly auth: IKubernetesAuth;
  /** Its name in Vault. */
  readonly roleName: string;
  /** What it says of its logins; undefined where the role exists already. */
  readonly settings: RoleSettings | undefined;
  /**
   * Adds what another construct asks for, read when it is printed; nothing where the role exists already, since what it
   * grants is not known.
   * @internal
   */
  include(rules: () => readonly PolicyRule[]): void;
}

/** A role for several service accounts. */
export interface SharedRoleProps extends Bindings, Omit<RoleOptions, 'tokenMaxTtl'> {
  /**
   * Its name in Vault.
   * @default - the construct id
   */
  readonly name?: string;
  /**
   * Policies that it carries beside its own, which is made of what is granted to it.
   * @default - none
   */
  readonly policies?: readonly IVaultPolicy[];
  /**
   * How long a login lasts with all its renewals.
   * @default - as the auth mount says, which is 32 days where nobody changed it: a finding
   */
  readonly tokenMaxTtl?: Duration;
}

/**
 * One role for several service accounts: names times namespaces. For estates that have such roles already; all of its
 * accounts have the same rights, so a workload has a role of its own otherwise, and this is a finding.
 *
 * @example
 * ```ts
 * const monitoring = new SharedRole(auth, 'monitoring', {
 *   serviceAccounts: ['prometheus-sa', 'grafana-sa'],
 *   namespaces: ['monitoring'],
 *   tokenTtl: Duration.hours(2),
 *   tokenMaxTtl: Duration.hours(8),
 * });
 * kv.grants.read(monitoring, kv.secret('monitoring/scrape', { keys: ['token'] }));
 * ```
 */
export class SharedRole extends Construct implements ISharedRole {
  /** Whether something is a SharedRole; works across copies of the package. */
  static isSharedRole(x: unknown): x is SharedRole {
    return typeof x === 'object' && x !== null && MARK in x;
  }

  /** A role that exists already. Prints nothing; what it grants is not known, and every report says so. */
  static fromName(auth: IKubernetesAuth, name: string, bindings: Bindings): ISharedRole {
    return new ExistingRole(auth, `role:${name}`, name, bindings);
  }

  /** Where it lies. */
  readonly auth: IKubernetesAuth;
  /** The Vault that its accounts log in to. */
  readonly server: VaultServer;
  /** Its name in Vault. */
  readonly roleName: string;
  /** Names of the service accounts that it admits. */
  readonly serviceAccounts: readonly string[];
  /** Their namespaces. */
  readonly namespaces: readonly string[];
  /** What it says of its logins. */
  readonly settings: RoleSettings;
  /** The Terraform resource, for whatever this class does not offer. */
  readonly role: KubernetesAuthBackendRole;
  private readonly named: readonly IVaultPolicy[];
  private readonly sources: (() => readonly PolicyRule[])[] = [];
  private readonly policyName: string;
  private ownPolicy: Policy | undefined;

  constructor(scope: IKubernetesAuth, id: string, props: SharedRoleProps) {
    super(scope, id);
    Object.defineProperty(this, MARK, { value: true });
    rememberLine(this);
    const here = at(this);
    this.auth = scope;
    this.server = scope.server;
    this.roleName = vaultName(props.name ?? id, { what: 'the name of the role', at: here });
    ({ serviceAccounts: this.serviceAccounts, namespaces: this.namespaces } = checkedBindings(props, here));
    for (const name of this.serviceAccounts) assertOwnAccount(name, here);
    this.settings = roleSettings(props, { at: here, maxTtl: undefined });
    const mount = flatPath(scope.path);
    this.policyName = policyName(`${mount}-${this.roleName}`, { what: 'the name of the policy', at: here });
    this.named = props.policies ?? [];
    const roleId = this.server.claim('role', `${mount}-${this.roleName}`, this);
    this.role = new KubernetesAuthBackendRole(this, 'Role', {
      backend: scope.backend,
      roleName: this.roleName,
      boundServiceAccountNames: [...this.serviceAccounts],
      boundServiceAccountNamespaces: [...this.namespaces],
      audience: scope.audience,
      tokenPolicies: Lazy.listValue({ produce: () => this.policies() }),
      tokenNoDefaultPolicy: true,
      ...this.settings,
      lifecycle: { createBeforeDestroy: true },
    });
    this.role.overrideLogicalId(roleId);
    if (scope.renamedFrom !== undefined) movedFrom(this.role, `${flatPath(scope.renamedFrom)}-${this.roleName}`);
    if (scope.reviewer.kind === 'client') this.bindReviewers();
    this.node.addValidation({
      validate: () =>
        this.policies().length > 0
          ? []
          : ['the role may do nothing in Vault; grant something, name a policy, or remove it'],
    });
  }

  /** Lets every account of the role do what the rule says. Granting the same thing twice is granting it once. */
  addToVaultPolicy(rule: PolicyRule): void {
    this.include(() => [rule]);
  }

  /** @internal */
  include(rules: () => readonly PolicyRule[]): void {
    this.ownPolicy ??= this.printPolicy();
    this.sources.push(rules);
  }

  /** What its own policy says; what the policies that it names say is not in it. */
  get policyDocument(): PolicyDocument {
    return { name: this.policyName, rules: mergeGrants(this.sources.flatMap(rules => rules())) };
  }

  /** The Terraform resource of its own policy; undefined until something is granted. */
  get policy(): Policy | undefined {
    return this.ownPolicy;
  }

  /** What was declared of the policies that it names, as far as they are of this app. */
  get namedRules(): readonly PolicyRule[] {
    return this.named.flatMap(p => p.policyDocument?.rules ?? []);
  }

  private policies(): string[] {
    return [...(this.ownPolicy ? [this.ownPolicy.name] : []), ...this.named.map(p => p.reference)];
  }

  /** Not before something is granted: Vault takes no policy without a text. */
  private printPolicy(): Policy {
    const name = this.policyName;
    const id = this.server.claim('policy', name, this);
    const text = Lazy.stringValue({ produce: () => literal(printPolicy(this.policyDocument)) });
    const policy = new Policy(this, 'Policy', { name, policy: text, lifecycle: { createBeforeDestroy: true } });
    policy.overrideLogicalId(id);
    return policy;
  }

  /** Each account reviews its own token, so each needs the right to. */
  private bindReviewers(): void {
    const glob = [...this.serviceAccounts, ...this.namespaces].find(n => n.includes('*'));
    if (glob !== undefined) {
      throw new VaultCdkError({
        code: 'role/wildcard-reviews-itself',
        problem: "with the workload's own token as reviewer, each account needs a right, and a wildcard names none",
        at: at(this),
        given: glob,
        allowed: 'names without "*"',
        live: '403 permission denied',
        fix: 'list the accounts and namespaces, or let another account review: Reviewer.local()',
      });
    }
    for (const namespace of this.namespaces)
      for (const name of this.serviceAccounts) bindReviewer(this.auth, { namespace, name });
  }
}

const EXISTING = Symbol.for('vault-cdk.existingRole');

/** Whether something is a role that exists already. */
export function isExistingRole(x: unknown): x is ISharedRole {
  return typeof x === 'object' && x !== null && EXISTING in x;
}

class ExistingRole extends Construct implements ISharedRole {
  readonly settings = undefined;
  readonly auth: IKubernetesAuth;
  readonly server: VaultServer;
  readonly roleName: string;
  readonly serviceAccounts: readonly string[];
  readonly namespaces: readonly string[];

  constructor(scope: IKubernetesAuth, id: string, name: string, bindings: Bindings) {
    super(scope, id);
    Object.defineProperty(this, EXISTING, { value: true });
    rememberLine(this);
    const here = at(this);
    this.auth = scope;
    this.server = scope.server;
    this.roleName = vaultName(name, { what: 'the name of the role', at: here });
    ({ serviceAccounts: this.serviceAccounts, namespaces: this.namespaces } = checkedBindings(bindings, here));
    this.server.claim('role', `${flatPath(scope.path)}-${this.roleName}`, this);
  }

  /** Refused: what is granted here would be printed nowhere. */
  addToVaultPolicy(rule: PolicyRule): void {
    throw new VaultCdkError({
      code: 'role/not-ours',
      problem: 'something is granted to a role that exists already, whose policies this app does not print',
      at: at(this),
      given: rule.path,
      allowed: 'what the role grants already; it is not known here',
      live: 'silently ignored: nothing would be printed, and the request is 403 permission denied',
      fix: 'grant it to a SharedRole of this app, or to a workload with a role of its own',
    });
  }

  /** @internal */
  include(): void {
    // What the role grants is not known, and nothing can be added to it here.
  }
}

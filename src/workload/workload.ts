import type { KubernetesAuthBackendRole } from '@cdktf/provider-vault/lib/kubernetes-auth-backend-role';
import type { Policy } from '@cdktf/provider-vault/lib/policy';
import { type ApiObject, Chart } from 'cdk8s';
import { Construct, type IConstruct } from 'constructs';
import { at, rememberLine } from '../core/at';
import { Duration } from '../core/duration';
import { dnsLabel, kubernetesName } from '../core/names';
import { type Manifest, patchAtPrint } from '../core/patch';
import { VaultCdkError } from '../errors/error';
import { bindReviewer } from '../kubernetes/auth-mount';
import type { IKubernetesAuth } from '../kubernetes/kubernetes-auth';
import type { RoleSettings } from '../kubernetes/role';
import { type ISharedRole, isExistingRole } from '../kubernetes/shared-role';
import { ownedBy } from '../kubernetes/ownership';
import type { PolicyDocument, PolicyRule } from '../policy/document';
import { mergeGrants } from '../policy/merge';
import { assertSameVault, type IVaultGrantee } from '../vault/grants';
import { assertLeaseInToken } from '../vault/lease';
import type { SecretField } from '../vault/secret-ref';
import type { VaultServer } from '../vault/server';
import { account, type AccountOption, accountName, named, nameOfAccount } from './account';
import { assertField, isSame, wayText } from './consumption';
import type { Consumption, DeliveryBinding, ISecretDelivery, PodPatch, Remark } from './delivery';
import type { OnChange } from './on-change';
import {
  assertNoOwnRole,
  type ConsumeOptions,
  refuseOtherSettings,
  refuseSaidTwice,
  saidTwice,
  type WorkloadOfOptions,
  type WorkloadOptions,
  type WorkloadProps,
} from './options';
import { type OwnRole, printOwnRole } from './own-role';
import { changePod } from './pod';
import { helmValues, kustomizePatch, type PodsElsewhere } from './pods-elsewhere';
import { accountOf, assertCluster, namespaceOf, podObject } from './pods-of';
import { pathOf } from './path-of';
import { assertAdmitted, assertTokenLasts, deliveryOf, firstLogin, longestLogin } from './refuse';
import { assertMeets, type Requirements, requirementsText } from './requirements';
import { assertFree, checkedTarget, type Target } from './target';
import { type TokenFile, tokenFile, withTokenFile } from './token-file';

const MARK = Symbol.for('vault-cdk.Workload');

/**
 * One (cluster, namespace, service account): one role and one policy in Vault, derived from what it consumes.
 *
 * @example
 * ```ts
 * const api = Workload.of(deployment, { auth });
 * api.consume(password, toFile('/mnt/secrets/password'));
 * ```
 */
export class Workload extends Construct implements IVaultGrantee {
  /** Whether something is a Workload; works across copies of the package. */
  static isWorkload(x: unknown): x is Workload {
    return typeof x === 'object' && x !== null && MARK in x;
  }

  /**
   * Makes a workload of pods in this app: any cdk8s-plus workload, or any object with a pod template. Pods that share a
   * service account share one workload; asking again for the same pods gives the same workload.
   */
  static of(pods: IConstruct, options: WorkloadOfOptions): Workload {
    const object = podObject(pods);
    const { auth, container, containers, serviceAccount: wanted, ...rest } = options;
    assertCluster(object.chart, auth.cluster, at(object));
    const namespace = namespaceOf(object);
    const stated = accountOf(pods, object);
    const serviceAccount = nameOfAccount(wanted) ?? stated ?? kubernetesName(pods.node.id);
    const id = `${namespace}:${serviceAccount}`;
    const known = auth.node.tryFindChild(id) as Workload | undefined;
    known?.refuseOther(rest, wanted);
    const { createServiceAccount = stated === undefined } = rest;
    const workload =
      known ??
      new Workload(auth, id, {
        ...rest,
        namespace,
        serviceAccount: named(wanted, serviceAccount),
        createServiceAccount,
        chart: object.chart,
      });
    const readers = [...(container === undefined ? [] : [container]), ...(containers ?? [])];
    workload.attach(pods, object, container === undefined && containers === undefined ? undefined : readers);
    return workload;
  }

  /** Where it logs in. */
  readonly auth: IKubernetesAuth;
  /** The Vault that it logs in to. */
  readonly server: VaultServer;
  /** Namespace of its pods. */
  readonly namespace: string;
  /** Service account of its pods. */
  readonly serviceAccount: string;
  /** Name of its role in Vault. */
  readonly roleName: string;
  /** The role that it shares with other service accounts; undefined where it has one of its own. */
  readonly sharedRole: ISharedRole | undefined;
  private readonly own: OwnRole | undefined;
  private readonly account: ApiObject | undefined;
  private readonly half: Construct;
  private readonly settings: RoleSettings | undefined;
  private readonly way: ISecretDelivery;
  private readonly delivery: DeliveryBinding;
  private readonly onChange: OnChange | undefined;
  private readonly requires: Requirements;
  private readonly granted: PolicyRule[] = [];
  private readonly consumed: Consumption[] = [];
  private readonly pods = new Map<ApiObject, readonly string[] | undefined>();
  private readonly elsewhere: PodsElsewhere;
  private token: TokenFile | undefined;

  constructor(scope: IKubernetesAuth, id: string, props: WorkloadProps) {
    super(scope, id);
    Object.defineProperty(this, MARK, { value: true });
    rememberLine(this);
    const here = at(this);
    this.auth = scope;
    this.server = scope.server;
    this.namespace = dnsLabel(props.namespace, { what: 'the namespace', at: here });
    this.serviceAccount = accountName(nameOfAccount(props.serviceAccount) ?? id, here);
    this.elsewhere = props.pods ?? {};
    this.sharedRole = props.role;
    this.onChange = props.onChange;
    this.requires = { ...props.requires };
    if (props.chart) assertCluster(props.chart, scope.cluster, here);
    if (props.role) {
      this.roleName = props.role.roleName;
      this.settings = props.role.settings;
      assertNoOwnRole(props, here);
      assertAdmitted(this, props.role);
      assertOnlyRole(this);
      props.role.include(() => this.rules);
    } else {
      this.own = printOwnRole(this, {
        auth: scope,
        namespace: this.namespace,
        serviceAccount: this.serviceAccount,
        options: props,
        claimed: () => assertOnlyRole(this),
        document: () => this.policyDocument,
        at: here,
      });
      this.roleName = this.own.roleName;
      this.settings = this.own.settings;
    }

    const chart = props.chart ?? scope.cluster.chartFor(this.namespace);
    this.account = this.printAccount(chart, props.serviceAccount, props.createServiceAccount ?? true);
    this.half = new Construct(chart, `${this.server.node.id}:${scope.path}:${this.serviceAccount}`);
    ownedBy(this.half, () => scope.cluster.ownerOf(this.namespace));
    if (scope.reviewer.kind === 'client') bindReviewer(scope, { namespace: this.namespace, name: this.serviceAccount });
    this.way = deliveryOf(props.delivery ?? scope.delivery, here);
    this.delivery = this.way.bind(this.half, {
      stack: this.server.node.id,
      namespace: this.namespace,
      serviceAccount: this.serviceAccount,
      role: this.roleName,
      mount: scope.path,
      audience: scope.audience,
      address: scope.vault.address,
      ca: scope.vault.ca,
      vaultNamespace: this.server.namespace,
      cluster: scope.cluster,
      tokenTtl: firstLogin(this.settings),
      at: here,
    });
    // Late, because it is about something that did not happen.
    this.node.addValidation({
      validate: () =>
        this.granted.length > 0 || this.sharedRole
          ? []
          : ['the workload may do nothing in Vault; consume or grant something, or remove it'],
    });
  }

  /** Delivers a field of a secret to the pods, and lets the workload read that secret and no other. */
  consume(field: SecretField, target: Target, options: ConsumeOptions = {}): void {
    assertField(field, at(this));
    const { onChange = this.onChange, containers } = options;
    const consumption = {
      field,
      target: checkedTarget(target),
      ...(onChange === undefined ? {} : { onChange }),
      ...(containers === undefined ? {} : { containers: [...containers] }),
    };
    if (this.consumed.some(c => isSame(c, consumption))) return;
    assertFree(consumption, this.consumed, at(this));
    const { secret } = field;
    assertSameVault(this, secret.server, `the secret "${secret.path}"`);
    assertTokenLasts(this.settings, secret, at(this));
    assertLeaseInToken(secret, longestLogin(this.settings), at(this));
    assertMeets(consumption, this.requires, { delivery: this.delivery, at: at(this) });
    this.delivery.add(
      consumption,
      [...this.pods.keys()].map(o => o.kind),
    );
    this.consumed.push(consumption);
    this.granted.push(secret.rule);
  }

  /**
   * Puts a token for the login into a file, for an application that logs in to Vault by itself. It is for the audience of
   * the auth mount and nothing else, ends soon, and the kubelet writes a new one in time.
   *
   * @param path - absolute path of the file
   * @param options.expires - how long one token lasts, one hour by default, at least ten minutes
   */
  keepTokenIn(path: string, options: { readonly expires?: Duration } = {}): void {
    const { expires = Duration.hours(1) } = options;
    const here = at(this);
    const file = tokenFile(path, { stack: this.server.node.id, audience: this.auth.audience, expires, at: here });
    refuseSaidTwice(
      'keepTokenIn',
      this.token && `${this.token.path} ${this.token.seconds}`,
      this.token && `${file.path} ${file.seconds}`,
      here,
    );
    this.token = file;
  }

  /** Lets the workload do what the rule says. Granting the same thing twice is granting it once. */
  addToVaultPolicy(rule: PolicyRule): void {
    if (isExistingRole(this.sharedRole)) this.sharedRole.addToVaultPolicy(rule);
    this.granted.push(rule);
  }

  /** The Terraform resource of its policy, for whatever this class does not offer; refused where the role is shared. */
  get policy(): Policy {
    return this.ownRole.policy;
  }

  /** The Terraform resource of its role; refused where the role is shared. */
  get role(): KubernetesAuthBackendRole {
    return this.ownRole.role;
  }

  /** What the workload may do, as it is printed: what it consumes, what it was granted, and what its delivery asks for. */
  get policyDocument(): PolicyDocument {
    return { name: this.roleName, rules: mergeGrants(this.rules) };
  }

  /** What its pods need, as data: the same that `Workload.of` puts into pods of this app. */
  podPatch(): PodPatch {
    return withTokenFile(this.delivery.podPatch(), this.token);
  }

  /** Whether pods of this app are this workload; where none are, they are described elsewhere, and a patch for them is printed. */
  get hasPods(): boolean {
    return this.pods.size > 0;
  }

  /** The change to pods that are described elsewhere, as Kustomize merges it. */
  kustomizePatch(): Record<string, unknown> {
    return kustomizePatch(this.patchOf);
  }

  /** The change to pods that are described elsewhere, as values of their Helm chart. */
  helmValues(): Record<string, unknown> {
    return helmValues(this.patchOf);
  }

  /**
   * The path of the file that holds a field, for an argument or a variable of the application: it is typed only where it is
   * consumed.
   *
   * @example
   * ```ts
   * api.consume(password, toFile('/mnt/secrets/password'));
   * const args = ['--password-file', api.pathOf(password)];
   * ```
   * @throws VaultCdkError `workload/no-file` where it is consumed as no file, or as several
   */
  pathOf(field: SecretField): string {
    assertField(field, at(this));
    return pathOf(field, this.consumed, at(this));
  }

  /** What is unwise, and only the program knows. */
  get remarks(): readonly Remark[] {
    return this.delivery.remarks?.() ?? [];
  }

  /** What was taken for granted, one sentence each. */
  get assumptions(): readonly string[] {
    return this.delivery.assumptions?.() ?? [];
  }

  /** What it consumes, in the order of the calls. */
  get consumptions(): readonly Consumption[] {
    return [...this.consumed];
  }

  /** Has an object's pods run as this workload's service account and receive its secrets. */
  private attach(pods: IConstruct, object: ApiObject, containers: readonly string[] | undefined): void {
    const here = `${pods.node.path}, pods of ${at(this)}`;
    if (this.pods.has(object)) {
      refuseSaidTwice('container', this.pods.get(object)?.join(), containers?.join(), here);
      return;
    }
    this.pods.set(object, containers);
    // What the pods need stands before them in the file: a Pod whose service account is not there yet is refused.
    if (this.account?.chart === object.chart) object.node.addDependency(this.account);
    if (object.chart === Chart.of(this.half)) object.node.addDependency(this.half);
    patchAtPrint(object, (manifest: Manifest) =>
      changePod(manifest, {
        serviceAccount: this.serviceAccount,
        containers,
        patch: this.podPatch(),
        // Each consumption has granted once.
        asksVault: this.granted.length > this.consumed.length,
        check: pods => this.delivery.check?.(pods),
        at: here,
      }),
    );
  }

  private get rules(): readonly PolicyRule[] {
    return [...this.granted, ...this.delivery.rules];
  }

  private get ownRole(): OwnRole {
    if (this.own) return this.own;
    throw new VaultCdkError({
      code: 'workload/role-is-shared',
      problem: 'the workload has no role and no policy of its own',
      at: at(this),
      allowed: `what the shared role "${this.roleName}" offers`,
      fix: 'use the role that was passed as `role`',
    });
  }

  private get patchOf(): Parameters<typeof kustomizePatch>[0] {
    const { namespace, serviceAccount, elsewhere } = this;
    const isOurs = this.account !== undefined;
    return { namespace, serviceAccount, isOurs, pods: elsewhere, patch: this.podPatch(), at: at(this) };
  }

  /** Refuses options of a later `Workload.of` that contradict those of the first. */
  private refuseOther(options: WorkloadOptions, wanted: AccountOption): void {
    const { delivery, name, policyName: policy, role } = options;
    const here = at(this);
    refuseSaidTwice('onChange', wayText(this.onChange), wayText(options.onChange), here);
    refuseSaidTwice('requires', requirementsText(this.requires), requirementsText(options.requires), here);
    refuseSaidTwice('name', this.roleName, name, here);
    refuseSaidTwice('policyName', this.own?.policy.nameInput, policy, here);
    refuseOtherSettings(this.settings ?? {}, options, here);
    refuseSaidTwice('role', this.roleName, role?.roleName, here);
    if (role !== undefined && role !== this.sharedRole) throw saidTwice('role', undefined, role.roleName, here);
    if (delivery !== undefined && delivery !== this.way)
      throw saidTwice('delivery', this.way.name, delivery.name, here);
    if (typeof wanted === 'object') this.printAccount(Chart.of(this.half), wanted, this.account !== undefined);
  }

  private printAccount(chart: Chart, option: AccountOption, isOurs: boolean): ApiObject | undefined {
    const { namespace, serviceAccount: name } = this;
    return account({ chart, cluster: this.auth.cluster, namespace, name, at: at(this) }, option, isOurs);
  }
}

/** The workloads of each auth mount, by `namespace/service account`. */
const IDENTITIES = new WeakMap<IKubernetesAuth, Map<string, Workload>>();

/** One service account is one role: a second one would be another answer to who it is. */
function assertOnlyRole(workload: Workload): void {
  const { auth, namespace, serviceAccount } = workload;
  const known = IDENTITIES.get(auth) ?? new Map<string, Workload>();
  IDENTITIES.set(auth, known);
  const key = `${namespace}/${serviceAccount}`;
  const other = known.get(key);
  known.set(key, other ?? workload);
  if (!other) return;
  throw new VaultCdkError({
    code: 'workload/identity-taken',
    problem: `the service account "${namespace}/${serviceAccount}" is two workloads on one auth mount`,
    at: at(workload),
    allowed: `one workload for each service account; this one is ${at(other)}`,
    live: 'silently ignored: pods log in with one of the roles, and the rights of the other are missing',
    fix: 'use the first workload for both, or give the pods a service account of their own',
  });
}

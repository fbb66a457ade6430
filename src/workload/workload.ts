import { KubernetesAuthBackendRole } from '@cdktf/provider-vault/lib/kubernetes-auth-backend-role';
import { Policy } from '@cdktf/provider-vault/lib/policy';
import { ApiObject, Chart } from 'cdk8s';
import { Lazy } from 'cdktf';
import { Construct, type IConstruct } from 'constructs';
import { at, rememberLine } from '../core/at';
import { literal } from '../core/border';
import { dnsLabel, dnsSubdomain, kubernetesName, policyName, vaultName } from '../core/names';
import { type Manifest, patchAtPrint } from '../core/patch';
import { VaultCdkError } from '../errors/error';
import { DELIVERY, type DefaultDelivery, type KubernetesAuth } from '../kubernetes/kubernetes-auth';
import type { PolicyDocument, PolicyRule } from '../policy/document';
import { printPolicy } from '../policy/hcl-print';
import { mergeGrants } from '../policy/merge';
import { assertSameVault, type IVaultGrantee } from '../vault/grants';
import { SecretField } from '../vault/secret-ref';
import type { VaultServer } from '../vault/server';
import type { Consumption, DeliveryBinding, ISecretDelivery, Remark } from './delivery';
import type { OnChange } from './on-change';
import {
  type ConsumeOptions,
  type Lifetimes,
  lifetimes,
  refuseSaidTwice,
  saidTwice,
  type WorkloadOfOptions,
  type WorkloadOptions,
  type WorkloadProps,
} from './options';
import { changePod } from './pod';
import { accountOf, assertCluster, namespaceOf, podObject } from './pods-of';
import { pathOf } from './path-of';
import { assertFree, checkedTarget, type Target } from './target';

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
    const { auth, container, serviceAccount: wanted, ...rest } = options;
    assertCluster(object.chart, auth.cluster, at(object));
    const namespace = namespaceOf(object);
    const stated = accountOf(pods, object);
    const serviceAccount = wanted ?? stated ?? kubernetesName(pods.node.id);
    const id = `${namespace}:${serviceAccount}`;
    const known = auth.node.tryFindChild(id) as Workload | undefined;
    known?.refuseOther(rest);
    const createServiceAccount = stated === undefined;
    const workload =
      known ??
      new Workload(auth, id, { ...rest, namespace, serviceAccount, createServiceAccount, chart: object.chart });
    workload.attach(pods, object, typeof container === 'string' ? [container] : container);
    return workload;
  }

  /** Where it logs in. */
  readonly auth: KubernetesAuth;
  /** The Vault that it logs in to. */
  readonly server: VaultServer;
  /** Namespace of its pods. */
  readonly namespace: string;
  /** Service account of its pods. */
  readonly serviceAccount: string;
  /** Name of its role in Vault. */
  readonly roleName: string;
  /** The Terraform resource of its policy, for whatever this class does not offer. */
  readonly policy: Policy;
  /** The Terraform resource of its role. */
  readonly role: KubernetesAuthBackendRole;
  private readonly half: Construct;
  private readonly lifetimes: Lifetimes;
  private readonly way: ISecretDelivery;
  private readonly delivery: DeliveryBinding;
  private readonly onChange: OnChange | undefined;
  private readonly granted: PolicyRule[] = [];
  private readonly consumed: Consumption[] = [];
  private readonly pods = new Map<ApiObject, readonly string[] | undefined>();

  constructor(scope: KubernetesAuth, id: string, props: WorkloadProps) {
    super(scope, id);
    Object.defineProperty(this, MARK, { value: true });
    rememberLine(this);
    const here = at(this);
    this.auth = scope;
    this.server = scope.server;
    this.namespace = dnsLabel(props.namespace, { what: 'the namespace', at: here });
    this.serviceAccount = accountName(props.serviceAccount ?? id, here);
    const pair = `${this.namespace}-${this.serviceAccount}`;
    const mount = scope.path.replaceAll('/', '-').toLowerCase();
    this.roleName = vaultName(props.name ?? pair, { what: 'the name of the role', at: here });
    const policy = policyName(props.name ?? `${mount}-${pair}`, { what: 'the name of the policy', at: here });

    this.lifetimes = lifetimes(props, here);
    this.onChange = props.onChange;
    const lifecycle = { createBeforeDestroy: true };
    if (props.chart) assertCluster(props.chart, scope.cluster, here);
    const roleId = this.server.claim('role', `${mount}-${this.roleName}`, this);
    assertOnlyRole(this);
    const policyId = this.server.claim('policy', policy, this);
    const text = Lazy.stringValue({ produce: () => literal(printPolicy(this.policyDocument)) });
    this.policy = new Policy(this, 'Policy', { name: policy, policy: text, lifecycle });
    this.policy.overrideLogicalId(policyId);
    this.role = new KubernetesAuthBackendRole(this, 'Role', {
      backend: scope.backend,
      roleName: this.roleName,
      boundServiceAccountNames: [this.serviceAccount],
      boundServiceAccountNamespaces: [this.namespace],
      audience: scope.audience,
      aliasNameSource: 'serviceaccount_uid',
      tokenPolicies: [this.policy.name],
      tokenNoDefaultPolicy: true,
      tokenType: 'service',
      ...this.lifetimes,
      lifecycle,
    });
    this.role.overrideLogicalId(roleId);

    const chart = props.chart ?? scope.cluster.chartFor(this.namespace);
    this.half = new Construct(chart, `${this.server.node.id}:${scope.path}:${this.serviceAccount}`);
    if (props.createServiceAccount ?? true) this.printServiceAccount(this.half);
    if (scope.reviewer.kind === 'client') scope.bindReviewer({ namespace: this.namespace, name: this.serviceAccount });
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
      tokenTtl: this.lifetimes.tokenTtl,
      at: here,
    });
    // Late, because it is about something that did not happen.
    this.node.addValidation({
      validate: () =>
        this.granted.length > 0
          ? []
          : ['the workload may do nothing in Vault; consume or grant something, or remove it'],
    });
  }

  /** Delivers a field of a secret to the pods, and lets the workload read that secret and no other. */
  consume(field: SecretField, target: Target, options: ConsumeOptions = {}): void {
    this.assertField(field);
    const { onChange = this.onChange, containers } = options;
    const consumption = {
      field,
      target: checkedTarget(target),
      ...(onChange === undefined ? {} : { onChange }),
      ...(containers === undefined ? {} : { containers: [...containers] }),
    };
    assertFree(consumption, this.consumed, at(this));
    const { secret } = field;
    assertSameVault(this, secret.server, `the secret "${secret.path}"`);
    this.delivery.add(
      consumption,
      [...this.pods.keys()].map(o => o.kind),
    );
    this.consumed.push(consumption);
    this.addToVaultPolicy(secret.rule);
  }

  /** Lets the workload do what the rule says. Granting the same thing twice is granting it once. */
  addToVaultPolicy(rule: PolicyRule): void {
    this.granted.push(rule);
  }

  /** What the workload may do, as it is printed: what it consumes, what it was granted, and what its delivery asks for. */
  get policyDocument(): PolicyDocument {
    return { name: this.roleName, rules: mergeGrants([...this.granted, ...this.delivery.rules]) };
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
    this.assertField(field);
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
    if (object.chart === Chart.of(this.half)) object.node.addDependency(this.half);
    patchAtPrint(object, (manifest: Manifest) =>
      changePod(manifest, {
        serviceAccount: this.serviceAccount,
        containers,
        patch: this.delivery.podPatch(),
        // Each consumption has granted once.
        asksVault: this.granted.length > this.consumed.length,
        check: pods => this.delivery.check?.(pods),
        at: here,
      }),
    );
  }

  /** Refuses options of a later `Workload.of` that contradict those of the first. */
  private refuseOther({ delivery, name, tokenTtl, tokenMaxTtl, onChange }: WorkloadOptions): void {
    const here = at(this);
    refuseSaidTwice('onChange', wayText(this.onChange), wayText(onChange), here);
    refuseSaidTwice('name', this.roleName, name, here);
    refuseSaidTwice('tokenTtl', this.lifetimes.tokenTtl, tokenTtl?.toSeconds(), here);
    refuseSaidTwice('tokenMaxTtl', this.lifetimes.tokenMaxTtl, tokenMaxTtl?.toSeconds(), here);
    if (delivery !== undefined && delivery !== this.way)
      throw saidTwice('delivery', this.way.name, delivery.name, here);
  }

  private printServiceAccount(scope: Construct): void {
    const metadata = { name: this.serviceAccount, namespace: this.namespace };
    new ApiObject(scope, 'ServiceAccount', { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
  }

  private assertField(field: SecretField | undefined): void {
    if (SecretField.isSecretField(field)) return;
    throw new VaultCdkError({
      code: 'workload/no-secret',
      problem: 'what is consumed is not a field of a secret',
      at: at(this),
      given: typeof field,
      allowed: 'a field, e.g. kv.secret("shop/db", { keys: ["password"] }).fields.password',
      live: 'key "undefined" does not exist at the secret path',
      fix: 'check the name of the field: one that the secret does not declare is undefined',
    });
  }
}

/** One service account is one role: a second one would be another answer to who it is. */
function assertOnlyRole(workload: Workload): void {
  const { auth, namespace, serviceAccount } = workload;
  const other = auth.node.children
    .filter(Workload.isWorkload)
    .find(w => w !== workload && w.namespace === namespace && w.serviceAccount === serviceAccount);
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

function wayText(onChange: OnChange | undefined): string | undefined {
  return onChange && JSON.stringify(onChange.way);
}

function accountName(name: string, here: string): string {
  dnsSubdomain(name, { what: 'the name of the service account', at: here });
  if (name !== 'default') return name;
  throw new VaultCdkError({
    code: 'workload/default-service-account',
    problem: 'the service account "default" is shared by every pod of the namespace that states none',
    at: here,
    given: name,
    allowed: 'a service account of its own',
    live: 'silently ignored: every such pod could read these secrets',
    fix: 'name a service account for this workload',
  });
}

function deliveryOf(delivery: DefaultDelivery | undefined, here: string): ISecretDelivery {
  if (delivery && DELIVERY in delivery && 'bind' in delivery) return delivery as ISecretDelivery;
  throw new VaultCdkError({
    code: 'workload/no-delivery',
    problem: 'nothing says how secrets travel to the workload',
    at: here,
    allowed: 'a delivery, e.g. new CsiDelivery()',
    fix: 'pass `delivery` to the workload, or to its KubernetesAuth as the default',
  });
}

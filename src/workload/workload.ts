import { KubernetesAuthBackendRole } from '@cdktf/provider-vault/lib/kubernetes-auth-backend-role';
import { Policy } from '@cdktf/provider-vault/lib/policy';
import { ApiObject, Chart } from 'cdk8s';
import { Lazy } from 'cdktf';
import { Construct, type IConstruct } from 'constructs';
import { at, rememberLine } from '../core/at';
import { literal } from '../core/border';
import { Duration } from '../core/duration';
import { dnsLabel, dnsSubdomain, kubernetesName, vaultName } from '../core/names';
import { type Manifest, patchAtPrint } from '../core/patch';
import { VaultCdkError } from '../errors/error';
import { DELIVERY, type DefaultDelivery, type KubernetesAuth } from '../kubernetes/kubernetes-auth';
import { KubernetesCluster } from '../kubernetes/cluster';
import type { PolicyDocument, PolicyRule } from '../policy/document';
import { printPolicy } from '../policy/hcl-print';
import { mergeGrants } from '../policy/merge';
import type { IVaultGrantee } from '../vault/grants';
import { SecretField } from '../vault/secret-ref';
import type { VaultServer } from '../vault/server';
import type { Consumption, DeliveryBinding, ISecretDelivery } from './delivery';
import { changePod, statedServiceAccount } from './pod';
import { type Target, targetText } from './target';

const MARK = Symbol.for('vault-cdk.Workload');

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
    assertCluster(object, auth);
    const namespace = namespaceOf(object);
    const stated = accountOf(pods, object);
    const serviceAccount = wanted ?? stated ?? kubernetesName(pods.node.id);
    const id = `${namespace}:${serviceAccount}`;
    const known = auth.node.tryFindChild(id) as Workload | undefined;
    const createServiceAccount = stated === undefined;
    const workload =
      known ??
      new Workload(auth, id, { ...rest, namespace, serviceAccount, createServiceAccount, chart: object.chart });
    workload.attach(object, typeof container === 'string' ? [container] : container);
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
  private readonly delivery: DeliveryBinding;
  private readonly granted: PolicyRule[] = [];
  private readonly consumed: Consumption[] = [];
  private readonly pods = new Set<ApiObject>();

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
    const policyName = vaultName(props.name ?? `${mount}-${pair}`, { what: 'the name of the policy', at: here });

    const ttl = lifetimes(props, here);
    const lifecycle = { createBeforeDestroy: true };
    const roleId = this.server.claim('role', `${mount}-${this.roleName}`, this);
    const policyId = this.server.claim('policy', policyName, this);
    const text = Lazy.stringValue({ produce: () => literal(printPolicy(this.policyDocument)) });
    this.policy = new Policy(this, 'Policy', { name: policyName, policy: text, lifecycle });
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
      ...ttl,
      lifecycle,
    });
    this.role.overrideLogicalId(roleId);

    const chart = props.chart ?? scope.cluster.chartFor(this.namespace);
    this.half = new Construct(chart, `${this.server.node.id}:${scope.path}:${this.serviceAccount}`);
    if (props.createServiceAccount ?? true) this.printServiceAccount(this.half);
    if (scope.reviewer.kind === 'client')
      scope.bindReviewer(pair, { namespace: this.namespace, name: this.serviceAccount });
    this.delivery = deliveryOf(props.delivery ?? scope.delivery, here).bind(this.half, {
      stack: this.server.node.id,
      namespace: this.namespace,
      serviceAccount: this.serviceAccount,
      role: this.roleName,
      mount: scope.path,
      audience: scope.audience,
      address: scope.vault.address,
      ca: scope.vault.ca,
      vaultNamespace: this.server.namespace,
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
  consume(field: SecretField, target: Target): void {
    this.assertField(field);
    this.assertFree(target, field);
    const { secret } = field;
    this.assertSameVault(secret.server, `the secret "${secret.path}"`);
    this.delivery.add({ field, target });
    this.consumed.push({ field, target });
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

  /** What it consumes, in the order of the calls. */
  get consumptions(): readonly Consumption[] {
    return [...this.consumed];
  }

  /** Has an object's pods run as this workload's service account and receive its secrets. */
  private attach(object: ApiObject, containers: readonly string[] | undefined): void {
    if (this.pods.has(object)) return;
    this.pods.add(object);
    // What the pods need stands before them in the file: a Pod whose service account is not there yet is refused.
    if (object.chart === Chart.of(this.half)) object.node.addDependency(this.half);
    patchAtPrint(object, (manifest: Manifest) =>
      changePod(manifest, {
        serviceAccount: this.serviceAccount,
        containers,
        patch: this.delivery.podPatch(),
        at: at(this),
      }),
    );
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

  /** At the second call, at the user's line: the earliest moment that knows. */
  private assertFree(target: Target, field: SecretField): void {
    const taken = this.consumed.find(c => targetText(c.target) === targetText(target));
    if (!taken) return;
    const text = (f: SecretField): string => `"${f.key}" of ${f.secret.path}`;
    throw new VaultCdkError({
      code: 'workload/target-taken',
      problem: `two secrets go to ${targetText(target)}: ${text(taken.field)} and ${text(field)}`,
      at: at(this),
      live: 'each `objectName` within a SecretProviderClass must be unique',
      fix: 'give one of them another target',
    });
  }

  private assertSameVault(server: VaultServer, what: string): void {
    if (server === this.server) return;
    throw new VaultCdkError({
      code: 'workload/other-vault',
      problem: `${what} is in another Vault than the one that the workload logs in to`,
      at: at(this),
      given: at(server),
      allowed: at(this.server),
      live: '403 permission denied',
      fix: 'make a second workload on an auth mount of that Vault',
    });
  }
}

function podObject(pods: IConstruct): ApiObject {
  if (ApiObject.isApiObject(pods)) return pods;
  const resource = pods.node.defaultChild;
  if (ApiObject.isApiObject(resource)) return resource;
  throw new VaultCdkError({
    code: 'workload/no-pods',
    problem: 'the construct prints no Kubernetes object of its own',
    at: at(pods),
    allowed: 'a cdk8s-plus workload, or an ApiObject with a pod template',
    fix: 'pass the construct that makes the pods',
  });
}

function assertCluster(object: ApiObject, auth: KubernetesAuth): void {
  const cluster = KubernetesCluster.of(object.chart);
  if (cluster === auth.cluster) return;
  throw new VaultCdkError({
    code: 'workload/other-cluster',
    problem: cluster
      ? 'the pods are in another cluster than the one that the auth mount trusts'
      : 'the chart of the pods belongs to no cluster',
    at: at(object),
    given: cluster?.name,
    allowed: JSON.stringify(auth.cluster.name),
    live: '403 permission denied',
    fix: cluster
      ? 'use the auth mount of that cluster'
      : `say where it runs: cluster.includes(chart), for the cluster "${auth.cluster.name}"`,
  });
}

function namespaceOf(object: ApiObject): string {
  const namespace = object.metadata.namespace;
  if (namespace !== undefined) return namespace;
  throw new VaultCdkError({
    code: 'workload/no-namespace',
    problem: 'neither the object nor its chart says in which namespace the pods run',
    at: at(object),
    allowed: 'a namespace on the chart, or on the object',
    live: '403 namespace not authorized, wherever it is applied by mistake',
    fix: "pass `namespace` to the chart, e.g. new Chart(app, 'shop', { namespace: 'shop' })",
  });
}

/** The service account that pods state: a cdk8s-plus workload by its property, a raw object in its manifest. */
function accountOf(pods: IConstruct, object: ApiObject): string | undefined {
  if ('serviceAccount' in pods) return (pods.serviceAccount as { readonly name?: string } | undefined)?.name;
  return pods === object ? statedServiceAccount(object.toJson() as Manifest) : undefined;
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

function lifetimes(options: WorkloadOptions, here: string): { tokenTtl: number; tokenMaxTtl: number } {
  const tokenTtl = (options.tokenTtl ?? Duration.hours(1)).toSeconds();
  const tokenMaxTtl = (options.tokenMaxTtl ?? Duration.hours(24)).toSeconds();
  if (tokenTtl > 0 && tokenTtl <= tokenMaxTtl) return { tokenTtl, tokenMaxTtl };
  throw new VaultCdkError({
    code: 'workload/token-ttl',
    problem: 'a login would last longer before its renewal than with all renewals, or not at all',
    at: here,
    given: { tokenTtl, tokenMaxTtl },
    allowed: '0 < tokenTtl <= tokenMaxTtl, in seconds',
    live: "'token_ttl' cannot be greater than 'token_max_ttl'",
    fix: 'shorten `tokenTtl`, or lengthen `tokenMaxTtl`',
  });
}

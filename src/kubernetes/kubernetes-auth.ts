import { AuthBackend } from '@cdktf/provider-vault/lib/auth-backend';
import { KubernetesAuthBackendConfig } from '@cdktf/provider-vault/lib/kubernetes-auth-backend-config';
import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { at, rememberLine } from '../core/at';
import { VaultCdkError } from '../errors/error';
import { httpAddress, VaultServer } from '../vault/server';
import { assertApiServer } from './api-server';
import { audienceOf, authPath, caOf, issuerArguments } from './auth-arguments';
import type { Ca } from './ca';
import type { KubernetesCluster } from './cluster';
import { Reviewer } from './reviewer';
import type { ReviewerContext, ServiceAccountName } from './reviewing';
import { STACK_ANNOTATION } from './stack-annotation';

const MARK = Symbol.for('vault-cdk.KubernetesAuth');

/** Marks ways of delivery, so that nothing else passes for one. */
export const DELIVERY: unique symbol = Symbol.for('vault-cdk.delivery');

/** A way of delivery as this room knows it; what it does, `workload/` says. */
export interface DefaultDelivery {
  /** Short name, as in messages and reports. */
  readonly name: string;
  /** Only ways of delivery carry it. */
  readonly [DELIVERY]: true;
}

/** How pods of one cluster reach Vault. */
export interface VaultAsSeenByPods {
  /** Address as pods see it, e.g. `https://vault.vault.svc:8200`. */
  readonly address: string;
  /**
   * The CA that signed Vault's certificate.
   * @default - none, for `http://` only
   */
  readonly ca?: Ca;
}

/** How one Vault trusts the service accounts of one cluster. */
export interface KubernetesAuthProps {
  /** The cluster whose service accounts log in. */
  readonly cluster: KubernetesCluster;
  /** How its pods reach Vault. */
  readonly vault: VaultAsSeenByPods;
  /**
   * Path of the mount, without `auth/` and without a slash at either end.
   * @default - the construct id
   */
  readonly path?: string;
  /**
   * Who reviews the tokens.
   * @default Reviewer.local()
   */
  readonly reviewer?: Reviewer;
  /**
   * Whom the tokens are for; printed on every role and on every consumer.
   * @default 'vault', or with Reviewer.client() the API server's own
   */
  readonly audience?: string;
  /**
   * The issuer that tokens must name (`iss`), which Vault then checks; deprecated there, and a finding.
   * @default - it is not checked: the API server has checked it
   */
  readonly issuer?: string;
  /**
   * How secrets travel to workloads that do not say otherwise.
   * @default - each workload says it
   */
  readonly delivery?: DefaultDelivery;
  /**
   * Whether Terraform refuses to destroy the mount, which changes its accessor and removes every role.
   * @default true
   */
  readonly protect?: boolean;
}

/**
 * Lets the service accounts of one cluster log in to one Vault. A workload's role and policy lie under it.
 *
 * @example
 * ```ts
 * const auth = new KubernetesAuth(vault, 'kubernetes', {
 *   cluster: prod,
 *   delivery: new CsiDelivery(),
 *   vault: { address: 'https://vault.vault.svc:8200', ca: Ca.configMap('vault-ca') },
 * });
 * ```
 */
export class KubernetesAuth extends Construct {
  /** Whether something is a KubernetesAuth; works across copies of the package. */
  static isKubernetesAuth(x: unknown): x is KubernetesAuth {
    return typeof x === 'object' && x !== null && MARK in x;
  }

  /** The Vault that the mount is in. */
  readonly server: VaultServer;
  /** The cluster whose service accounts log in. */
  readonly cluster: KubernetesCluster;
  /** Path as text, without `auth/`: for manifests, which cannot hold a Terraform reference. */
  readonly path: string;
  /** Path as a reference: for Terraform, which reads the order of creation from it. */
  readonly backend: string;
  /** Whom the tokens are for. */
  readonly audience: string;
  /** How pods reach Vault. */
  readonly vault: { readonly address: string; readonly ca: Ca };
  /** Who reviews the tokens. */
  readonly reviewer: Reviewer;
  /** How secrets travel to workloads that do not say otherwise. */
  readonly delivery: DefaultDelivery | undefined;
  /** The Terraform resource of the mount, for whatever this class does not offer. */
  readonly mount: AuthBackend;
  /** The Terraform resource of the mount's settings. */
  readonly config: KubernetesAuthBackendConfig;

  constructor(scope: Construct, id: string, props: KubernetesAuthProps) {
    super(scope, id);
    Object.defineProperty(this, MARK, { value: true });
    rememberLine(this);
    this.server = VaultServer.of(this);
    this.cluster = props.cluster;
    this.path = authPath(props.path ?? id, this);
    this.reviewer = props.reviewer ?? Reviewer.local();
    this.delivery = props.delivery;
    this.vault = { address: httpAddress(props.vault.address, this), ca: caOf(props.vault, this) };
    if (this.cluster.apiServer) assertApiServer(this.cluster.apiServer, this);
    const { way } = this.reviewer;
    const context: ReviewerContext = {
      cluster: this.cluster,
      server: this.server,
      scope: this,
      audience: props.audience === undefined ? undefined : audienceOf(props.audience, this),
      at: at(this),
    };
    this.audience = audienceOf(way.audience(context), this);
    const { config, account, bindingName, complete } = way.bind(context);
    assertOnlyTrust(this);

    const name = this.server.claimAuthMount(this.path, this);
    this.mount = new AuthBackend(this, 'Resource', {
      type: 'kubernetes',
      path: this.path,
      lifecycle: { preventDestroy: props.protect ?? true },
    });
    this.mount.overrideLogicalId(name);
    this.backend = this.mount.path;
    this.config = new KubernetesAuthBackendConfig(this, 'Config', {
      backend: this.backend,
      ...issuerArguments(props.issuer, this),
      ...config,
    });
    this.config.overrideLogicalId(name);
    complete?.(this.config);
    if (account) this.bindReviewer(account, bindingName);
  }

  /** Lets an account ask the API server whether a token is good. Calling it twice for one account is calling it once. @internal */
  bindReviewer(account: ServiceAccountName, name = this.bindingName(account)): void {
    const own = this.bindingName(account);
    const id = name === own ? own : `${own}=${name}`;
    if (this.cluster.platform.node.tryFindChild(id)) return;
    const annotations =
      this.reviewer.kind === 'stored' ? { annotations: { [STACK_ANNOTATION]: this.server.node.id } } : {};
    new ApiObject(this.cluster.platform, id, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name, ...annotations },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:auth-delegator' },
      subjects: [{ kind: 'ServiceAccount', name: account.name, namespace: account.namespace }],
    });
  }

  /** Names of RBAC objects may hold a colon, namespaces and accounts may not: no two accounts share a binding. */
  private bindingName({ namespace, name }: ServiceAccountName): string {
    return `${this.server.node.id}:${this.path.replaceAll('/', ':')}:reviewer:${namespace}:${name}`;
  }
}

/** One mount for each cluster and Vault, and one home for each Vault. */
function assertOnlyTrust(auth: KubernetesAuth): void {
  for (const other of auth.server.node.findAll().filter(KubernetesAuth.isKubernetesAuth)) {
    if (other === auth) continue;
    if (other.cluster === auth.cluster) {
      throw new VaultCdkError({
        code: 'auth/cluster-trusted-twice',
        problem: `the cluster "${auth.cluster.name}" has two auth mounts in one Vault`,
        at: at(auth),
        given: [other.path, auth.path],
        allowed: `one mount for each cluster; the first is ${at(other)}`,
        live: 'silently ignored: the same trust under two names, and a consumer may log in to the wrong one',
        fix: 'use the first mount for both',
      });
    }
    if (other.reviewer.kind === 'local' && auth.reviewer.kind === 'local') {
      throw new VaultCdkError({
        code: 'auth/two-homes',
        problem: `Vault runs in one cluster, and two claim to be it: "${other.cluster.name}" and "${auth.cluster.name}"`,
        at: at(auth),
        given: 'Reviewer.local()',
        allowed: `Reviewer.stored() or Reviewer.client() for the cluster that Vault does not run in; the first claim is ${at(other)}`,
        live: '403 permission denied, for every login from the other cluster',
        fix: 'state the API server of the other cluster and choose another reviewer for it',
      });
    }
  }
}

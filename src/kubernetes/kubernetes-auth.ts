import { AuthBackend } from '@cdktf/provider-vault/lib/auth-backend';
import { KubernetesAuthBackendConfig } from '@cdktf/provider-vault/lib/kubernetes-auth-backend-config';
import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { at, rememberLine } from '../core/at';
import { vaultPath } from '../core/names';
import { VaultCdkError } from '../errors/error';
import { movedFrom, movedWithMount } from '../vault/renamed';
import { httpAddress, VaultServer } from '../vault/server';
import { Ca } from './ca';
import type { KubernetesCluster } from './cluster';
import { Reviewer, type ReviewerContext, type ServiceAccountName } from './reviewer';

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
   * The path that it had before. Vault moves the mount with its settings, roles and accessor, and ends every login that was
   * made by it; in the plan, what lies in it and the policies that are named after it are replaced. Pods log in at the old
   * path until their manifests are applied. Can go once it is applied everywhere.
   * @default - it has always had this path
   */
  readonly renamedFrom?: string;
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
  /** The path that it had before, if it was renamed. */
  readonly renamedFrom: string | undefined;
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
    if (this.cluster.apiServer) httpAddress(this.cluster.apiServer.url, this, 'the API server');
    const context: ReviewerContext = {
      cluster: this.cluster,
      audience: props.audience === undefined ? undefined : audienceOf(props.audience, this),
      at: at(this),
    };
    this.audience = audienceOf(this.reviewer.audience(context), this);
    const { config, account } = this.reviewer.bind(context);
    assertOnlyTrust(this);

    const name = this.server.claimAuthMount(this.path, this);
    this.renamedFrom =
      props.renamedFrom === undefined
        ? undefined
        : this.server.claimRename('auth mount', authPath(props.renamedFrom, this), this);
    this.mount = new AuthBackend(this, 'Resource', {
      type: 'kubernetes',
      path: this.path,
      lifecycle: { preventDestroy: props.protect ?? true },
    });
    this.mount.overrideLogicalId(name);
    this.backend = this.mount.path;
    // The provider would send `false` where nothing is said, which is not Vault's default.
    this.config = new KubernetesAuthBackendConfig(this, 'Config', {
      backend: this.backend,
      disableIssValidation: true,
      ...config,
    });
    this.config.overrideLogicalId(name);
    if (this.renamedFrom !== undefined) {
      movedFrom(this.mount, this.renamedFrom);
      movedWithMount(this.config, this.renamedFrom);
    }
    if (account) this.bindReviewer(account);
  }

  /** Lets an account ask the API server whether a token is good. Calling it twice for one account is calling it once. @internal */
  bindReviewer(account: ServiceAccountName): void {
    // Names of RBAC objects may hold a colon, namespaces and accounts may not: no two accounts share a binding.
    const path = this.path.replaceAll('/', ':');
    const name = `${this.server.node.id}:${path}:reviewer:${account.namespace}:${account.name}`;
    if (this.cluster.platform.node.tryFindChild(name)) return;
    new ApiObject(this.cluster.platform, name, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:auth-delegator' },
      subjects: [{ kind: 'ServiceAccount', name: account.name, namespace: account.namespace }],
    });
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
        allowed: `Reviewer.client() for the cluster that Vault does not run in; the first claim is ${at(other)}`,
        live: '403 permission denied, for every login from the other cluster',
        fix: 'state the API server of the other cluster and choose another reviewer for it',
      });
    }
  }
}

function authPath(path: string, auth: KubernetesAuth): string {
  const checked = vaultPath(path, { what: 'the path of the auth mount', at: at(auth) });
  if (!checked.startsWith('auth/')) return checked;
  throw new VaultCdkError({
    code: 'auth/path-names-the-api',
    problem: 'the path of an auth mount is written without "auth/"',
    at: at(auth),
    given: path,
    allowed: JSON.stringify(checked.slice('auth/'.length)),
    live: '403 permission denied, on .../v1/auth/auth/.../login',
    fix: 'drop "auth/"; each consumer is given the spelling that it wants',
  });
}

function audienceOf(audience: string, auth: KubernetesAuth): string {
  if (audience !== '' && !/\s/.test(audience)) return audience;
  throw new VaultCdkError({
    code: 'auth/audience',
    problem: 'the audience is empty or holds a space',
    at: at(auth),
    given: audience,
    allowed: 'one word or URL, e.g. "vault"',
    live: 'invalid audience (aud) claim: audience claim does not match any expected audience',
    fix: 'drop `audience` for the default, or name one',
  });
}

function caOf(vault: VaultAsSeenByPods, auth: KubernetesAuth): Ca {
  if (vault.ca) return vault.ca;
  if (vault.address.startsWith('http://')) return Ca.system();
  throw new VaultCdkError({
    code: 'auth/ca-missing',
    problem: 'pods reach Vault by https, and nothing says which CA signed its certificate',
    at: at(auth),
    given: vault.address,
    allowed: 'Ca.system(), Ca.configMap(name), Ca.secret(name) or Ca.pem(text)',
    live: 'x509: certificate signed by unknown authority',
    fix: 'pass `vault.ca`; Ca.system() where a public CA signed it',
  });
}

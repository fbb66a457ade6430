import { AuthBackend } from '@cdktf/provider-vault/lib/auth-backend';
import { KubernetesAuthBackendConfig } from '@cdktf/provider-vault/lib/kubernetes-auth-backend-config';
import { Construct } from 'constructs';
import { at, rememberLine } from '../core/at';
import { vaultPath } from '../core/names';
import { VaultCdkError } from '../errors/error';
import { movedFrom, movedWithMount } from '../vault/renamed';
import { httpAddress, VaultServer } from '../vault/server';
import { bindReviewer, type DefaultDelivery, type IKubernetesAuth, isAuthMount, markAuthMount } from './auth-mount';
import { Ca } from './ca';
import type { KubernetesCluster } from './cluster';
import { ExistingKubernetesAuth } from './existing-auth';
import { Reviewer, type ReviewerContext } from './reviewer';

export { DELIVERY, type DefaultDelivery, type IKubernetesAuth } from './auth-mount';

const MARK = Symbol.for('vault-cdk.KubernetesAuth');

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

/** What is stated of an auth mount that exists already. */
export interface ExistingKubernetesAuthProps {
  /** The cluster whose service accounts log in. */
  readonly cluster: KubernetesCluster;
  /** How its pods reach Vault. */
  readonly vault: VaultAsSeenByPods;
  /**
   * Who reviews the tokens. With Reviewer.client() the right to it is printed for each workload; the right of any other
   * reviewer is taken to be there.
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
export class KubernetesAuth extends Construct implements IKubernetesAuth {
  /** Whether something is a KubernetesAuth; works across copies of the package. */
  static isKubernetesAuth(x: unknown): x is KubernetesAuth {
    return typeof x === 'object' && x !== null && MARK in x;
  }

  /**
   * A mount that exists already. Prints neither the mount nor its settings nor the right of its reviewer, and none of
   * them is known; roles and policies of workloads are printed on it.
   *
   * @example
   * ```ts
   * const auth = KubernetesAuth.fromPath(vault, 'kubernetes', { cluster: prod, vault: { address, ca }, delivery });
   * ```
   */
  static fromPath(server: VaultServer, path: string, props: ExistingKubernetesAuthProps): IKubernetesAuth {
    const { cluster, delivery, reviewer = Reviewer.local() } = props;
    const auth = new ExistingKubernetesAuth(server, `auth:${encodeURIComponent(path)}`, self => {
      const audience = props.audience === undefined ? undefined : audienceOf(props.audience, self);
      return {
        cluster,
        delivery,
        reviewer,
        path: authPath(path, self),
        vault: { address: httpAddress(props.vault.address, self), ca: caOf(props.vault, self) },
        audience: audienceOf(reviewer.audience({ cluster, audience, at: at(self) }), self),
      };
    });
    assertOnlyTrust(auth);
    server.claimAuthMount(auth.path, auth);
    return auth;
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
    markAuthMount(this);
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
    if (account) bindReviewer(this, account);
  }
}

/** One mount for each cluster and Vault, and one home for each Vault. */
function assertOnlyTrust(auth: IKubernetesAuth): void {
  for (const other of auth.server.node.findAll().filter(isAuthMount)) {
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
    if ([auth, other].every(a => KubernetesAuth.isKubernetesAuth(a) && a.reviewer.kind === 'local')) {
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

function authPath(path: string, auth: Construct): string {
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

function audienceOf(audience: string, auth: Construct): string {
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

function caOf(vault: VaultAsSeenByPods, auth: Construct): Ca {
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

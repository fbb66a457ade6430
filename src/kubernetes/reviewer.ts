import { literal } from '../core/border';
import { dnsLabel, dnsSubdomain } from '../core/names';
import { VaultCdkError } from '../errors/error';
import type { KubernetesCluster } from './cluster';

/** A service account, by name and namespace. */
export interface ServiceAccountName {
  /** Its namespace. */
  readonly namespace: string;
  /** Its name. */
  readonly name: string;
}

/** What a way of reviewing tokens prints. */
export interface ReviewerBinding {
  /** Arguments of `vault_kubernetes_auth_backend_config`. */
  readonly config: {
    readonly kubernetesHost: string;
    readonly kubernetesCaCert?: string;
    readonly disableLocalCaJwt: boolean;
  };
  /**
   * The account that reviews every token, and so needs `system:auth-delegator`.
   * @default - each workload reviews its own
   */
  readonly account?: ServiceAccountName;
}

/** What a reviewer may ask about the auth mount. */
export interface ReviewerContext {
  /** The cluster whose tokens are reviewed. */
  readonly cluster: KubernetesCluster;
  /**
   * The audience of the tokens.
   * @default - not stated; the reviewer chooses
   */
  readonly audience: string | undefined;
  /** Path of the auth mount, for messages. */
  readonly at: string;
}

/**
 * Who asks the API server whether a service account token is good.
 *
 * Source: [Vault: Kubernetes auth](https://developer.hashicorp.com/vault/docs/auth/kubernetes#how-to-work-with-short-lived-kubernetes-tokens).
 */
export abstract class Reviewer {
  /**
   * Vault's own service account, with the token and the CA that its pod has anyway: for a Vault that runs in the cluster.
   * @param options.serviceAccount - Vault's account as `namespace/name`, `vault/vault` by default
   */
  static local(options: { readonly serviceAccount?: string } = {}): Reviewer {
    return new LocalReviewer(options.serviceAccount ?? 'vault/vault');
  }

  /**
   * Each workload's own token: for a Vault elsewhere, without a shared token. The token must then be one for the API
   * server itself, so the audience is the API server's.
   */
  static client(): Reviewer {
    return new ClientReviewer();
  }

  /** Short name, as in messages and reports. */
  abstract readonly kind: 'local' | 'client';
  /** The audience that tokens need, given what the user stated; refuses one that cannot be reviewed. @internal */
  abstract audience(context: ReviewerContext): string;
  /** What it prints. @internal */
  abstract bind(context: ReviewerContext): ReviewerBinding;
}

class LocalReviewer extends Reviewer {
  readonly kind = 'local';
  private readonly account: string;

  constructor(account: string) {
    super();
    this.account = account;
  }

  audience({ audience }: ReviewerContext): string {
    return audience ?? 'vault';
  }

  bind({ cluster, at }: ReviewerContext): ReviewerBinding {
    if (cluster.apiServer) throw apiServerIsElsewhere(cluster, at);
    const account = parseAccount(this.account, at);
    return { config: { kubernetesHost: 'https://kubernetes.default.svc:443', disableLocalCaJwt: false }, account };
  }
}

class ClientReviewer extends Reviewer {
  readonly kind = 'client';

  audience({ cluster, audience, at }: ReviewerContext): string {
    const own = cluster.apiServer?.audience ?? 'https://kubernetes.default.svc';
    if (audience === undefined || audience === own) return own;
    throw new VaultCdkError({
      code: 'auth/audience-not-reviewable',
      problem: "with the workload's own token as reviewer, the API server takes only tokens for itself",
      at,
      given: audience,
      allowed: JSON.stringify(own),
      live: '403 permission denied',
      fix: 'drop `audience`, or let another account review: Reviewer.local()',
    });
  }

  bind({ cluster, at }: ReviewerContext): ReviewerBinding {
    const server = cluster.apiServer;
    if (!server) {
      throw new VaultCdkError({
        code: 'auth/api-server-missing',
        problem: 'a Vault outside the cluster has to know the API server',
        at,
        allowed: 'apiServer: { url, ca } on the KubernetesCluster',
        live: '400 open /var/run/secrets/kubernetes.io/serviceaccount/ca.crt: no such file or directory',
        fix: `state the API server of the cluster "${cluster.name}", or use Reviewer.local() where Vault runs in it`,
      });
    }
    return { config: { kubernetesHost: server.url, kubernetesCaCert: literal(server.ca), disableLocalCaJwt: true } };
  }
}

function apiServerIsElsewhere(cluster: KubernetesCluster, at: string): VaultCdkError {
  return new VaultCdkError({
    code: 'auth/not-in-cluster',
    problem: `Vault's own account can only review where Vault runs, and the cluster "${cluster.name}" states an API server outside itself`,
    at,
    given: cluster.apiServer?.url,
    allowed: 'Reviewer.client() for a Vault elsewhere',
    live: '400 open /var/run/secrets/kubernetes.io/serviceaccount/ca.crt: no such file or directory',
    fix: 'choose another reviewer, or drop `apiServer` if Vault runs in this cluster',
  });
}

function parseAccount(text: string, at: string): ServiceAccountName {
  const parts = text.split('/');
  const [namespace, name] = parts;
  if (parts.length === 2 && namespace !== undefined && name !== undefined) {
    dnsLabel(namespace, { what: "the namespace of Vault's service account", at });
    dnsSubdomain(name, { what: "the name of Vault's service account", at });
    return { namespace, name };
  }
  throw new VaultCdkError({
    code: 'auth/reviewer-account',
    problem: "Vault's service account is written as namespace and name",
    at,
    given: text,
    allowed: '"vault/vault"',
    fix: 'write `namespace/name`',
  });
}

import type { KubernetesAuthBackendConfig } from '@cdktf/provider-vault/lib/kubernetes-auth-backend-config';
import type { Construct } from 'constructs';
import { dnsLabel, dnsSubdomain } from '../core/names';
import { VaultCdkError } from '../errors/error';
import type { VaultServer } from '../vault/server';
import { type ApiServer } from './api-server';
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
  /**
   * Name of the binding that gives it that.
   * @default - one that no other Vault, mount or account has
   */
  readonly bindingName?: string;
  /**
   * Sets what else is to be set, once the settings are there.
   * @default - nothing else is set
   */
  readonly complete?: (config: KubernetesAuthBackendConfig) => void;
}

/** What a reviewer may ask about the auth mount. */
export interface ReviewerContext {
  /** The cluster whose tokens are reviewed. */
  readonly cluster: KubernetesCluster;
  /** The Vault that has them reviewed. */
  readonly server: VaultServer;
  /** Where Terraform variables are declared. */
  readonly scope: Construct;
  /**
   * The audience of the tokens.
   * @default - not stated; the reviewer chooses
   */
  readonly audience: string | undefined;
  /** Path of the auth mount's construct, for messages. */
  readonly at: string;
}

/** One way of reviewing tokens. */
export interface Reviewing {
  /** Short name, as in messages and reports. */
  readonly kind: 'local' | 'stored' | 'client';
  /** The audience that tokens need, given what the user stated; refuses one that cannot be reviewed. */
  audience(context: ReviewerContext): string;
  /** What it prints. */
  bind(context: ReviewerContext): ReviewerBinding;
}

/** The API server of the cluster, which a Vault outside has to know. */
export function statedApiServer({ cluster, at }: ReviewerContext): ApiServer {
  if (cluster.apiServer) return cluster.apiServer;
  throw new VaultCdkError({
    code: 'auth/api-server-missing',
    problem: 'a Vault outside the cluster has to know the API server',
    at,
    allowed: 'apiServer: { url, ca }, or ApiServer.fromVariables(), on the KubernetesCluster',
    live: '400 open /var/run/secrets/kubernetes.io/serviceaccount/ca.crt: no such file or directory',
    fix: `state the API server of the cluster "${cluster.name}", or use Reviewer.local() where Vault runs in it`,
  });
}

/**
 * Takes `namespace/name` apart.
 *
 * @param whose - whose account it is, for messages
 * @param example - one that would be taken
 */
export function parseAccount(
  text: string,
  { whose, example, at }: { readonly whose: string; readonly example: string; readonly at: string },
): ServiceAccountName {
  const parts = text.split('/');
  const [namespace, name] = parts;
  if (parts.length === 2 && namespace !== undefined && name !== undefined) {
    dnsLabel(namespace, { what: `the namespace of ${whose} service account`, at });
    dnsSubdomain(name, { what: `the name of ${whose} service account`, at });
    return { namespace, name };
  }
  throw new VaultCdkError({
    code: 'auth/reviewer-account',
    problem: `${whose} service account is written as namespace and name`,
    at,
    given: text,
    allowed: JSON.stringify(example),
    fix: 'write `namespace/name`',
  });
}

import type { KubernetesAuthBackendConfig } from '@cdktf/provider-vault/lib/kubernetes-auth-backend-config';
import { ApiObject } from 'cdk8s';
import { Fn, Lazy, Token } from 'cdktf';
import { dnsSubdomain } from '../core/names';
import { type Acknowledgement, checkedAcknowledgement } from '../errors/acknowledge';
import { VaultCdkError } from '../errors/error';
import { apiServerArguments, declareVariable, VARIABLES } from './api-server';
import type { KubernetesCluster } from './cluster';
import {
  parseAccount,
  type ReviewerBinding,
  type ReviewerContext,
  type Reviewing,
  type ServiceAccountName,
  statedApiServer,
} from './reviewing';

/** How a token of one account of the cluster is stored in Vault. */
export interface StoredReviewerProps {
  /**
   * The account that reviews, as `namespace/name`. It is printed, with its namespace.
   * @default 'vault/vault-auth'
   */
  readonly serviceAccount?: string;
  /**
   * Name of the ClusterRoleBinding that lets it review.
   * @default - one that no other Vault, mount or account has
   */
  readonly bindingName?: string;
  /**
   * Whether a Secret `<service account>-token` is printed, which Kubernetes fills with a token that never ends. With
   * `false` the bootstrap script asks for a token that ends: store a new one, with the next generation, before it does.
   * @default true
   */
  readonly tokenSecret?: boolean;
  /**
   * Counts the tokens: raise it to have Terraform store a new one. Everything else that changes in the settings stores
   * the token again by itself.
   * @default 1
   */
  readonly generation?: number;
  /**
   * Lets the token stand in the Terraform state, where the provider is older than 5.7. Without effect from 5.7 on, where
   * it stands in neither state nor plan.
   * @default - it may not
   */
  readonly tokenInState?: Acknowledgement;
}

/** First version of the provider that takes the token without keeping it (`token_reviewer_jwt_wo`). */
const WRITE_ONLY_SINCE = '5.7.0';

/** A token of one account of the cluster, stored in Vault, reviews all others. */
export class StoredReview implements Reviewing {
  readonly kind = 'stored';
  private readonly props: StoredReviewerProps;

  constructor(props: StoredReviewerProps) {
    if (props.tokenInState) checkedAcknowledgement(props.tokenInState);
    this.props = { ...props };
  }

  /** @inheritdoc */
  audience({ audience }: ReviewerContext): string {
    return audience ?? 'vault';
  }

  /** @inheritdoc */
  bind(context: ReviewerContext): ReviewerBinding {
    const { cluster, server, scope, at } = context;
    const { serviceAccount = 'vault/vault-auth', bindingName, tokenSecret = true } = this.props;
    const apiServer = statedApiServer(context);
    const account = parseAccount(serviceAccount, { whose: "the reviewer's", example: 'vault/vault-auth', at });
    if (bindingName !== undefined) dnsSubdomain(bindingName, { what: 'the name of the ClusterRoleBinding', at });
    const generation = generationOf(this.props.generation ?? 1, at);
    const writeOnly = server.providerIsAtLeast(WRITE_ONLY_SINCE);
    if (!writeOnly && !this.props.tokenInState) throw tokenWouldLieInState(server.providerVersion, at);
    const printed = apiServerArguments(apiServer, cluster.name, scope);
    printAccount(cluster, account, tokenSecret);

    const owner = `${account.namespace}/${account.name}`;
    const jwt = declareVariable(
      scope,
      VARIABLES.reviewer(cluster.name),
      `Token of the service account ${owner} of the cluster "${cluster.name}"`,
    );
    jwt.addOverride('sensitive', true);
    return {
      config: { ...printed, disableLocalCaJwt: true },
      account,
      ...(bindingName === undefined ? {} : { bindingName }),
      complete: config => {
        if (!writeOnly) {
          config.tokenReviewerJwt = jwt.stringValue;
          return;
        }
        jwt.addOverride('ephemeral', true);
        server.addOverride('terraform.required_version', '>= 1.11.0');
        config.addOverride('token_reviewer_jwt_wo', jwt.stringValue);
        config.addOverride('token_reviewer_jwt_wo_version', versionOf(config, generation));
      },
    };
  }
}

/**
 * Vault replaces all settings at every write, and the provider sends a write-only token only when its version changes: a
 * change of the address alone would clear the token. So the version is made of everything beside it, by Terraform, which
 * also knows the values of variables. Seven hexadecimal digits are a number on every platform.
 *
 * Source: terraform-provider-vault 5.7.0 `resource_kubernetes_auth_backend_config.go`; a Vault 1.21 cleared it (seen).
 */
function versionOf(config: KubernetesAuthBackendConfig, generation: number): unknown {
  return Lazy.anyValue({
    produce: () => {
      const beside = [
        generation,
        config.kubernetesHostInput,
        config.kubernetesCaCertInput ?? '',
        config.issuerInput ?? '',
        config.disableIssValidationInput ?? '',
        config.disableLocalCaJwtInput ?? '',
        config.useAnnotationsAsAliasMetadataInput ?? '',
        config.pemKeysInput ?? [],
      ];
      return Token.asNumber(Fn.parseint(Fn.substr(Fn.sha256(Fn.jsonencode(beside)), 0, 7), 16));
    },
  });
}

/** The account and, where it is to have one, the Secret of its token. Two Vaults may share them: they are printed once. */
function printAccount(cluster: KubernetesCluster, { namespace, name }: ServiceAccountName, secret: boolean): void {
  cluster.namespace(namespace);
  const chart = cluster.platform;
  const print = (kind: string, own: string, more: Readonly<Record<string, unknown>> = {}): void => {
    const id = `reviewer:${kind}:${namespace}:${own}`;
    if (chart.node.tryFindChild(id)) return;
    const { annotations, ...rest } = more as { readonly annotations?: Readonly<Record<string, string>> };
    const metadata = { name: own, namespace, ...(annotations === undefined ? {} : { annotations }) };
    new ApiObject(chart, id, { apiVersion: 'v1', kind, metadata, ...rest });
  };
  print('ServiceAccount', name);
  if (!secret) return;
  print('Secret', `${name}-token`, {
    annotations: { 'kubernetes.io/service-account.name': name },
    type: 'kubernetes.io/service-account-token',
  });
}

function generationOf(generation: number, at: string): number {
  if (Number.isInteger(generation) && generation >= 1) return generation;
  throw new VaultCdkError({
    code: 'auth/generation',
    problem: 'the generation of the stored token is not a count',
    at,
    given: generation,
    allowed: 'a whole number from 1',
    fix: 'drop `generation`, or count up by one for each new token',
  });
}

function tokenWouldLieInState(version: string, at: string): VaultCdkError {
  return new VaultCdkError({
    code: 'auth/token-in-state',
    problem: `the Vault provider ${version} keeps the token of the reviewer in the Terraform state`,
    at,
    given: version,
    allowed: `providerVersion: '${WRITE_ONLY_SINCE}' or newer on the VaultServer, or tokenInState: acknowledge(...)`,
    live: 'silently ignored: whoever reads the state has a token that can review every other one',
    fix: `state a newer \`providerVersion\`, or use Reviewer.client(), which needs no token`,
  });
}

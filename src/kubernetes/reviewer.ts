import { ClientReview } from './review-client';
import { LocalReview } from './review-local';
import { StoredReview, type StoredReviewerProps } from './review-stored';
import type { Reviewing } from './reviewing';

/**
 * Who asks the API server whether a service account token is good.
 *
 * Source: [Vault: Kubernetes auth](https://developer.hashicorp.com/vault/docs/auth/kubernetes#how-to-work-with-short-lived-kubernetes-tokens).
 */
export class Reviewer {
  /**
   * Vault's own service account, with the token and the CA that its pod has anyway: for a Vault that runs in the cluster.
   * @param options.serviceAccount - Vault's account as `namespace/name`, `vault/vault` by default
   */
  static local(options: { readonly serviceAccount?: string } = {}): Reviewer {
    return new Reviewer(new LocalReview(options.serviceAccount ?? 'vault/vault'));
  }

  /**
   * An account of the cluster, whose token is stored in Vault: for a Vault elsewhere that takes tokens for any audience. The
   * token comes from a variable of the Terraform run; from provider 5.7 on it stands in neither state nor plan.
   * `vault-cdk bootstrap` prints the script that fetches it.
   *
   * @example
   * ```ts
   * new KubernetesAuth(vault, 'kubernetes-prod', { cluster: prod, vault: { address, ca }, reviewer: Reviewer.stored() });
   * ```
   */
  static stored(props: StoredReviewerProps = {}): Reviewer {
    return new Reviewer(new StoredReview(props));
  }

  /**
   * Each workload's own token: for a Vault elsewhere, without a shared token. The token must then be one for the API
   * server itself, so the audience is the API server's; and each workload may review any token.
   */
  static client(): Reviewer {
    return new Reviewer(new ClientReview());
  }

  /** How it reviews. @internal */
  readonly way: Reviewing;

  private constructor(way: Reviewing) {
    this.way = way;
  }

  /** Short name, as in messages and reports. */
  get kind(): Reviewing['kind'] {
    return this.way.kind;
  }
}

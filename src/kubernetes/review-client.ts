import { VaultCdkError } from '../errors/error';
import { API_AUDIENCE, apiServerArguments } from './api-server';
import { type ReviewerBinding, type ReviewerContext, type Reviewing, statedApiServer } from './reviewing';

/** Each workload's own token reviews itself. */
export class ClientReview implements Reviewing {
  readonly kind = 'client';

  /** @inheritdoc */
  audience({ cluster, audience, at }: ReviewerContext): string {
    const own = cluster.apiServer?.audience ?? API_AUDIENCE;
    if (audience === undefined || audience === own) return own;
    throw new VaultCdkError({
      code: 'auth/audience-not-reviewable',
      problem: "with the workload's own token as reviewer, the API server takes only tokens for itself",
      at,
      given: audience,
      allowed: JSON.stringify(own),
      live: '403 permission denied',
      fix: 'drop `audience`, or let another account review: Reviewer.stored(), or Reviewer.local() where Vault runs in the cluster',
    });
  }

  /** @inheritdoc */
  bind(context: ReviewerContext): ReviewerBinding {
    const { cluster, scope } = context;
    const server = statedApiServer(context);
    return { config: { ...apiServerArguments(server, cluster.name, scope), disableLocalCaJwt: true } };
  }
}

import { VaultCdkError } from '../errors/error';
import { parseAccount, type ReviewerBinding, type ReviewerContext, type Reviewing } from './reviewing';

/** Vault's own account reviews, with the files that its pod has. */
export class LocalReview implements Reviewing {
  readonly kind = 'local';
  private readonly account: string;

  constructor(account: string) {
    this.account = account;
  }

  /** @inheritdoc */
  audience({ audience }: ReviewerContext): string {
    return audience ?? 'vault';
  }

  /** @inheritdoc */
  bind({ cluster, at }: ReviewerContext): ReviewerBinding {
    if (cluster.apiServer) {
      const { url } = cluster.apiServer;
      throw new VaultCdkError({
        code: 'auth/not-in-cluster',
        problem: `Vault's own account can only review where Vault runs, and the cluster "${cluster.name}" states an API server outside itself`,
        at,
        ...(typeof url === 'string' ? { given: url } : {}),
        allowed: 'Reviewer.stored() or Reviewer.client() for a Vault elsewhere',
        live: '400 open /var/run/secrets/kubernetes.io/serviceaccount/ca.crt: no such file or directory',
        fix: 'choose another reviewer, or drop `apiServer` if Vault runs in this cluster',
      });
    }
    const account = parseAccount(this.account, { whose: "Vault's", example: 'vault/vault', at });
    return { config: { kubernetesHost: 'https://kubernetes.default.svc:443', disableLocalCaJwt: false }, account };
  }
}

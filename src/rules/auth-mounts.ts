import { annotationOf, isKnown, part, textOf } from '../access/documents';
import type { AccessModel, AuthConfigFact, RoleFact } from '../access/model';
import type { Rule } from './rule';

/** A service account token that never ends, kept as a Secret. */
export const longLivedToken: Rule = {
  id: 'VC313',
  title: 'a Secret holds a service account token that never ends',
  why: 'it lies in etcd, it is good until the account or the Secret is deleted, and whoever copies it is that account',
  fix: 'for a reviewer, use Reviewer.client(), which needs no token, JWT auth, or Reviewer.stored({ tokenSecret: false }) and a token that ends; for an application, workload.keepTokenIn(path)',
  severity: 'warning',
  check: ({ documents }) =>
    documents
      .filter(d => d.value['kind'] === 'Secret' && d.value['type'] === 'kubernetes.io/service-account-token')
      .map(({ value, origin }) => {
        const metadata = part(value, 'metadata');
        const account = annotationOf(value, 'kubernetes.io/service-account.name') ?? '?';
        const namespace = textOf(metadata, 'namespace') ?? 'default';
        const secret = `${namespace}/${textOf(metadata, 'name') ?? '?'}`;
        return { message: `Secret ${secret} holds a token of ${namespace}/${account} that never ends`, origin };
      }),
};

/** An auth mount that knows no API server. */
export const mountWithoutConfig: Rule = {
  id: 'VC314',
  title: 'an auth mount of type kubernetes has no settings',
  why: 'Vault does not know which API server reviews the tokens, so nobody logs in',
  fix: 'print a vault_kubernetes_auth_backend_config for the mount, or make the mount by KubernetesAuth; drop the mount if it is not used',
  severity: 'error',
  live: '500 could not load backend configuration',
  check: ({ chain: { model } }) =>
    model.authMounts
      .filter(m => m.type === 'kubernetes' && !model.authConfigs.some(c => isFor(c, m, model)))
      .map(m => ({ message: `auth/${m.path} is of type kubernetes and has no settings`, origin: m.origin })),
};

/** Whether settings are for a mount: of its stack or, where their own has no such mount, of another. */
function isFor(config: AuthConfigFact, mount: { stack: string; path: string }, { authMounts }: AccessModel): boolean {
  if (!isKnown(config.mount)) return config.stack === mount.stack;
  if (config.mount !== mount.path) return false;
  return config.stack === mount.stack || !authMounts.some(m => m.stack === config.stack && m.path === mount.path);
}

/** Namespaces chosen by their labels, which a workload's own token may not read. */
export const selectorWithoutReviewer: Rule = {
  id: 'VC315',
  title: "a role chooses namespaces by their labels, and the workload's own token reviews",
  why: 'Vault reads the labels with the token of a reviewer, and there is none',
  fix: 'name the namespaces, or let another account review: Reviewer.stored(), with the right to get namespaces',
  severity: 'error',
  live: 'TokenReviewer JWT needs to be configured to use namespace selectors',
  check: ({ chain: { model } }) =>
    model.roles
      .filter(r => r.namespaceSelector && model.authConfigs.some(c => isOf(c, r) && reviewsByClient(c)))
      .map(r => ({
        message: `role "${isKnown(r.name) ? r.name : '?'}" of auth/${isKnown(r.mount) ? r.mount : '?'} has a namespace selector, and no reviewer is stored`,
        origin: r.origin,
      })),
};

function isOf(config: AuthConfigFact, role: RoleFact): boolean {
  return config.stack === role.stack && isKnown(config.mount) && config.mount === role.mount;
}

function reviewsByClient({ arguments: given }: AuthConfigFact): boolean {
  return (
    given['disable_local_ca_jwt'] === true &&
    given['token_reviewer_jwt'] === undefined &&
    given['token_reviewer_jwt_wo'] === undefined
  );
}

/** Pods of one cluster that log in where another is trusted. */
export const mountOfOtherCluster: Rule = {
  id: 'VC316',
  title: 'a SecretProviderClass logs in at the auth mount of another cluster',
  why: 'Vault asks the API server of that cluster, which has not made the token',
  fix: 'name the auth mount of its own cluster; a function that takes the cluster and its KubernetesAuth keeps them together',
  severity: 'error',
  live: '403 permission denied',
  check: ({ chain, trusts = [] }) =>
    chain.model.deliveries.flatMap(d => {
      const candidates = trusts.filter(t => t.mount === d.mount && (d.stack === undefined || d.stack === t.stack));
      const [other] = candidates;
      if (other === undefined || candidates.some(t => t.cluster === d.cluster)) return [];
      const where = d.cluster === '' ? 'no cluster' : `cluster "${d.cluster}"`;
      const message = `SecretProviderClass ${d.namespace}/${d.name} of ${where} logs in at auth/${d.mount}, which trusts cluster "${other.cluster}"`;
      return [{ message, origin: d.origin }];
    }),
};

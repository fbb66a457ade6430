import { part, textOf } from '../access/documents';
import type { Rule } from './rule';

/** A token of a service account that does not end. */
export const legacyToken: Rule = {
  id: 'VC511',
  title: 'a Secret holds a token of a service account that never ends',
  why: 'it lies in etcd, whoever reads it is that account until the Secret is deleted, and no audience binds it to one service',
  fix: 'drop the Secret; have the kubelet project a token that ends, for one audience: workload.keepTokenIn(path)',
  severity: 'warning',
  check: ({ documents }) =>
    documents
      .filter(d => d.value['kind'] === 'Secret' && textOf(d.value, 'type') === 'kubernetes.io/service-account-token')
      .map(d => {
        const metadata = part(d.value, 'metadata');
        const account = textOf(part(metadata, 'annotations'), 'kubernetes.io/service-account.name') ?? '?';
        const name = `${textOf(metadata, 'namespace') ?? '-'}/${textOf(metadata, 'name') ?? '?'}`;
        return {
          message: `Secret ${name} holds a token of the service account "${account}" without an end`,
          origin: d.origin,
        };
      }),
};

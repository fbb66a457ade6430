import { isKnown } from '../access/documents';
import { isReadable, type Policy } from '../policy/document';
import type { Decision } from '../policy/evaluator';
import type { Judged, Rule, Violation } from './rule';

/** A delivered path that the role may not read. */
export const deliveredButDenied: Rule = {
  id: 'VC201',
  title: 'a delivered secret is not granted by any policy of the role',
  why: 'the pod never starts: one refused object fails the whole volume',
  fix: 'declare the consumption, so that the policy is derived from it, or grant the path',
  severity: 'error',
  live: '403 permission denied',
  check: judged => deliveredWith(judged, 'denied', 'may not'),
};

/** A delivered path of which nothing certain can be said. */
export const deliveredButUnknown: Rule = {
  id: 'VC202',
  title: 'whether a delivered secret is granted is not known',
  why: 'something that decides is not among what was read',
  fix: 'read the missing part too, or try it on the live Vault: vault token capabilities',
  severity: 'note',
  check: judged => deliveredWith(judged, 'unknown', 'may or may not'),
};

function deliveredWith({ chain }: Judged, outcome: Decision['outcome'], words: string): readonly Violation[] {
  return chain.model.deliveries.flatMap(d => {
    const link = chain.roleOf(d);
    const where = `SecretProviderClass ${d.namespace}/${d.name}`;
    if ('unknown' in link)
      return outcome === 'unknown' ? [{ message: `${where}: ${link.unknown}`, origin: d.origin }] : [];
    // Objects that cannot be read are an error of their own.
    if (!('found' in link) || !isKnown(d.reads)) return [];
    const acl = chain.aclOf(link.found);
    return d.reads.flatMap(read => {
      const decision = acl.decide(read.operation, read.path);
      if (decision.outcome !== outcome) return [];
      return [
        {
          message: `${where} reads "${read.path}", which role "${d.role}" ${words} ${read.operation}: ${decision.because}${below(chain.policiesOf(link.found), read.path)}`,
          origin: d.origin,
        },
      ];
    });
  });
}

/** A hint where a rule covers what is below a path, and not the path itself. */
function below(policies: readonly Policy[], path: string): string {
  const near = policies
    .filter(isReadable)
    .flatMap(p => p.rules)
    .find(r => r.path.replace(/^\//, '') === `${path}/*`);
  return near === undefined ? '' : `; ${JSON.stringify(near.path)} covers what is below it, and not the path itself`;
}

import { isKnown, part, type PrintedDocument, textOf } from '../access/documents';
import type { AccessModel } from '../access/model';
import type { Origin } from '../errors/finding';
import { isReadable } from '../policy/document';
import type { Rule } from './rule';

/** A path or an address of one environment that names another. */
export const otherEnvironment: Rule = {
  id: 'VC701',
  title: 'what is printed for one environment names another',
  why: 'a name that was written down, and not taken from the environment that is printed, reads the secrets of the other one',
  fix: 'take mounts, paths and addresses from the data of the environment that is printed',
  severity: 'warning',
  live: 'silently ignored: it works where the other environment lets it, and is 403 permission denied where it does not',
  check: ({ chain, documents, environments = [] }) => {
    if (environments.length === 0) return [];
    return namesIn(chain.model, documents).flatMap(({ group, what, text, origin }) => {
      const own = environmentsIn(group, environments);
      // Of no environment, or of several: nobody can say which name is another's.
      if (own.length !== 1) return [];
      return environmentsIn(text, environments)
        .filter(e => !own.includes(e))
        .map(e => ({
          message: `${what} of ${own.join()} is "${text}", which names the environment "${e}"`,
          origin,
        }));
    });
  },
};

/** A name that leads somewhere. */
interface Name {
  /** The cluster or the stack that it is printed for. */
  readonly group: string;
  readonly what: string;
  readonly text: string;
  readonly origin: Origin;
}

function namesIn(model: AccessModel, documents: readonly PrintedDocument[]): readonly Name[] {
  return [
    ...documents.flatMap(addressesIn),
    ...model.authMounts.map(m => ({ group: m.stack, what: 'the auth mount', text: m.path, origin: m.origin })),
    ...model.policies.flatMap(({ stack, policy, origin }) =>
      isReadable(policy)
        ? policy.rules.map(r => ({ group: stack, what: `a path in policy "${policy.name}"`, text: r.path, origin }))
        : [],
    ),
    ...model.deliveries.flatMap(d => {
      const what = `SecretProviderClass ${d.namespace}/${d.name}`;
      const reads = isKnown(d.reads) ? [...new Set(d.reads.map(r => r.path))] : [];
      return [
        { group: d.cluster, what: `the auth mount in ${what}`, text: d.mount, origin: d.origin },
        ...reads.map(text => ({ group: d.cluster, what: `a path in ${what}`, text, origin: d.origin })),
      ];
    }),
  ];
}

function addressesIn({ group, value, origin }: PrintedDocument): readonly Name[] {
  const address = textOf(part(part(value, 'spec'), 'parameters'), 'vaultAddress');
  return address === undefined ? [] : [{ group, what: 'the address of Vault', text: address, origin }];
}

/** The environments that a text names as a word of its own; a longer name goes before one that is a part of it. */
function environmentsIn(text: string, environments: readonly string[]): readonly string[] {
  let rest = text.toLowerCase();
  return [...environments]
    .sort((a, b) => b.length - a.length)
    .filter(e => {
      const before = rest;
      rest = rest.replaceAll(new RegExp(`(?<![a-z0-9])${e.replaceAll(/[^a-z0-9]/g, '\\$&')}(?![a-z0-9])`, 'g'), ' ');
      return rest !== before;
    });
}

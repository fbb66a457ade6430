import { appendFileSync } from 'node:fs';
import type { Chain } from '../../../src/access/chain';
import { pathsOf } from '../../../src/access/chain';
import { isKnown } from '../../../src/access/documents';
import type { RoleFact } from '../../../src/access/model';
import type { Operation } from '../../../src/policy/evaluator';
import type { Vault } from '../harness/vault';

/** One request, what the access model says of it, and what Vault did. */
export interface Pair {
  readonly who: string;
  readonly operation: Operation;
  readonly path: string;
  readonly model: 'allowed' | 'denied' | 'unknown';
  readonly vault: 'allowed' | 'denied';
}

const METHODS = { read: 'GET', list: 'LIST', delete: 'DELETE', update: 'POST', patch: 'PATCH' } as const;

/** The operations that are tried; a write is tried only where it must be refused, so that no test changes what the next reads. */
type Tried = keyof typeof METHODS;

/** The HTTP server sends whoever asks for `sys` to `sys/`, and looks at no token. */
const NO_PATHS: readonly string[] = ['', 'sys'];

/** Every path that anyone may touch, with its parents, siblings and the other API paths of the same secret. */
export function pathsAround(chain: Chain): readonly string[] {
  const own = chain.model.roles.flatMap(role => pathsOf(chain.policiesOf(role)));
  const around = own.flatMap(path => {
    const parts = path.split('/');
    const parents = parts.map((_, i) => parts.slice(0, i).join('/')).filter(p => !NO_PATHS.includes(p));
    return [
      path,
      ...parents,
      `${path}-sibling`,
      `${path}/below`,
      path.replace('/data/', '/metadata/'),
      path.replace('/data/', '/'),
    ];
  });
  return [...new Set([...around, 'sys/mounts', 'sys/policies/acl', 'auth/token/create', 'identity/entity/id'])].sort();
}

/** Tries every operation on every path with a token, and puts beside each answer what the model says. */
export async function tryAll(
  chain: Chain,
  role: RoleFact,
  vault: Vault,
  token: string,
  paths: readonly string[],
): Promise<readonly Pair[]> {
  const acl = chain.aclOf(role);
  const who = isKnown(role.name) ? role.name : '?';
  const pairs: Pair[] = [];
  for (const path of paths)
    for (const operation of Object.keys(METHODS) as Tried[]) {
      const changes = operation === 'delete' || operation === 'update' || operation === 'patch';
      const body = changes && operation !== 'delete' ? { data: { probe: 'probe' } } : undefined;
      const model = acl.decide(operation, path, body ?? {}).outcome;
      if (changes && model === 'allowed') continue;
      const headers = operation === 'patch' ? { 'content-type': 'application/merge-patch+json' } : {};
      const answer = await vault.request(METHODS[operation], path, {
        token,
        headers,
        ...(body === undefined ? {} : { body }),
      });
      pairs.push({ who, operation, path, model, vault: answer.status === 403 ? 'denied' : 'allowed' });
    }
  return pairs;
}

/** Notes a count for the last lines of the run. */
export function count(what: string, n: number): void {
  appendFileSync('test-results/e2e-counts.txt', `${what}\t${n}\n`);
}

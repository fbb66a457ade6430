import type { Chain } from '../access/chain';
import { isKnown } from '../access/documents';
import type { Origin } from '../errors/finding';
import { isReadable, type PolicyRule } from '../policy/document';
import type { Rule, Violation } from './rule';

/** The first segment below a KV v2 mount, as the API has them. */
const SEGMENTS = ['config', 'data', 'delete', 'destroy', 'metadata', 'subkeys', 'undelete'];

/** A path on a KV v2 mount as people write it, where the API wants its own. */
export const kvPathWithoutSegment: Rule = {
  id: 'VC221',
  title: 'a path on a KV v2 mount lacks "data/" or "metadata/"',
  why: 'the API of KV version 2 has that segment behind the mount, so the path is about nothing',
  fix: 'write the path as the API has it',
  severity: 'error',
  live: '403 permission denied; or 404, with the hint "Invalid path for a versioned K/V secrets engine"',
  check: ({ chain }) => [
    ...rulesOf(chain).flatMap(({ policy, stack, rule, origin }) => {
      const lists = rule.capabilities.every(c => c === 'list');
      const right = mended(chain, stack, rule.path, lists ? 'metadata' : 'data');
      if (right === undefined) return [];
      return [{ message: `policy "${policy}" has a rule for "${rule.path}"; the API has "${right}"`, origin }];
    }),
    ...chain.model.deliveries.flatMap(d =>
      (isKnown(d.reads) ? d.reads : []).flatMap((read): readonly Violation[] => {
        const right = mended(chain, d.stack, read.path, 'data');
        if (right === undefined) return [];
        const message = `SecretProviderClass ${d.namespace}/${d.name} reads "${read.path}"; the API has "${right}"`;
        return [{ message, origin: d.origin }];
      }),
    ),
  ],
};

/** Listing a secret, which has nothing in it. */
export const listsLeaf: Rule = {
  id: 'VC222',
  title: 'a rule lists a secret instead of a folder',
  why: 'LIST is about what lies in a folder; Vault takes the rule also for a folder of that name, should there be one',
  fix: 'drop "list"; or end the path with "/" if it is a folder',
  severity: 'warning',
  live: 'silently ignored: LIST on a secret is 404',
  check: ({ chain }) =>
    rulesOf(chain).flatMap(({ policy, stack, rule, origin }) => {
      const inside = below(chain, stack, rule.path);
      if (inside === undefined || !/^metadata\/.+[^/]$/.test(inside) || /[*+]|\{\{/.test(inside)) return [];
      if (!rule.capabilities.includes('list')) return [];
      return [{ message: `policy "${policy}" has "list" on "${rule.path}", which is no folder`, origin }];
    }),
};

interface PrintedRule {
  readonly policy: string;
  readonly stack: string;
  readonly rule: PolicyRule;
  readonly origin: Origin;
}

function rulesOf(chain: Chain): readonly PrintedRule[] {
  return chain.model.policies.flatMap(({ policy, stack, origin }) =>
    isReadable(policy) ? policy.rules.map(rule => ({ policy: policy.name, stack, rule, origin })) : [],
  );
}

/** A path inside its KV v2 mount; undefined where it is in none. */
function below(chain: Chain, stack: string | undefined, path: string): string | undefined {
  const bare = path.replace(/^\//, '');
  const mount = chain.enginesIn(stack).find(e => e.type === 'kv' && e.version === 2 && bare.startsWith(`${e.path}/`));
  return mount && bare.slice(mount.path.length + 1);
}

/** The path as the API has it, where it lacks the segment; a wildcard there stands for each of them. */
export function mended(chain: Chain, stack: string | undefined, path: string, segment: string): string | undefined {
  const inside = below(chain, stack, path);
  const [first = ''] = inside?.split('/') ?? [];
  if (inside === undefined || SEGMENTS.includes(first) || /[*+]|\{\{/.test(first)) return undefined;
  const bare = path.replace(/^\//, '');
  return `${bare.slice(0, bare.length - inside.length)}${segment}/${inside}`;
}

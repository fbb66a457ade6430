import { engineOf } from '../access/chain';
import type { EngineFact } from '../access/model';

/** What stands behind the mount in the API of a KV engine of version 2. */
const API = ['data', 'metadata', 'delete', 'undelete', 'destroy', 'subkeys', 'config'];

/** A path that a KV engine of version 2 does not have, and what was meant. */
export interface KvHint {
  readonly mount: string;
  readonly meant: string;
}

/** What was meant by a path, or by a pattern, that leads to nothing in a KV engine of version 2; undefined where it may lead to something. */
export function kvHint(path: string, engines: readonly EngineFact[]): KvHint | undefined {
  const bare = path.replace(/^\//, '');
  const engine = engineOf(bare, engines);
  if (engine?.version !== 2) return undefined;
  const inside = bare.slice(engine.path.length + 1);
  const [first = ''] = inside.split('/');
  if (first === '' || API.includes(first) || /\+|\{\{/.test(first) || (inside === first && first.endsWith('*')))
    return undefined;
  return { mount: engine.path, meant: `${engine.path}/data/${inside}` };
}

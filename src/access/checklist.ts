import { sortedBy } from '../core/sorted';
import { engineOf } from './chain';
import { isKnown } from './documents';
import type { AccessModel } from './model';

/** A secret that a person has to put into Vault, since no value stands in code, manifests or state. */
export interface ChecklistItem {
  /**
   * The Terraform stack, and so the Vault.
   * @default - not known: a SecretProviderClass that was written by hand does not say it
   */
  readonly stack?: string;
  /** Mount path of the KV engine. */
  readonly mount: string;
  /** Path of the secret. */
  readonly path: string;
  /** Names of the fields that are read. */
  readonly keys: readonly string[];
  /** Who reads it: `namespace/SecretProviderClass`. */
  readonly readers: readonly string[];
}

interface Item extends Omit<ChecklistItem, 'keys' | 'readers'> {
  readonly keys: Set<string>;
  readonly readers: Set<string>;
}

/** Every KV secret that is delivered, with the fields that it must have. */
export function checklist(model: AccessModel): readonly ChecklistItem[] {
  const items = new Map<string, Item>();
  for (const { reads, stack, namespace, name } of model.deliveries)
    for (const read of isKnown(reads) ? reads : []) {
      const place = placeOf(read.path, model, stack);
      if (!place || read.key === undefined) continue;
      const id = [stack ?? '', read.path].join('\0');
      const item = items.get(id) ?? { ...place, ...inStack(stack), keys: new Set(), readers: new Set() };
      items.set(id, item);
      item.keys.add(read.key);
      item.readers.add(`${namespace}/${name}`);
    }
  return sortedBy(items, ([id]) => id).map(([, i]) => ({
    ...i,
    keys: [...i.keys].sort(),
    readers: [...i.readers].sort(),
  }));
}

function inStack(stack: string | undefined): { stack?: string } {
  return stack === undefined ? {} : { stack };
}

/** Mount and path of a KV secret: by an engine that is printed, else of version 2, where `data/` stands first. */
function placeOf(
  request: string,
  { engines }: AccessModel,
  stack: string | undefined,
): Pick<ChecklistItem, 'mount' | 'path'> | undefined {
  const engine = engineOf(
    request,
    engines.filter(e => e.stack === stack),
  );
  if (!engine) {
    const [, mount, path] = /^(.+?)\/data\/(.+)$/.exec(request) ?? [];
    return mount === undefined || path === undefined ? undefined : { mount, path };
  }
  const rest = request.slice(engine.path.length + 1);
  if (engine.version === 1) return { mount: engine.path, path: rest };
  return engine.type === 'kv' && rest.startsWith('data/') ? { mount: engine.path, path: rest.slice(5) } : undefined;
}

/** The checklist as text: one step for each secret, with a command that takes the values from its input, not from the command line. */
export function checklistText(items: readonly ChecklistItem[]): string {
  if (items.length === 0) return 'No secret values have to be put.\n';
  const several = new Set(items.map(i => i.stack)).size > 1;
  const steps = items.map(({ stack, mount, path, keys, readers }) => {
    const shape = `{${keys.map(k => `"${k}": "..."`).join(', ')}}`;
    const where = several ? `in the Vault of ${stack ?? 'a stack that is not known'}, ` : '';
    return [
      `[ ] ${mount}/${path}: ${keys.join(', ')}   (${where}read by ${readers.join(', ')})`,
      `    vault kv put -mount=${mount} ${path} -     # then type ${shape} and Ctrl-D`,
    ].join('\n');
  });
  return `${steps.join('\n')}\n\n\`kv put\` writes the whole secret; with KV version 2, \`vault kv patch\` adds to one that is there already.\n`;
}

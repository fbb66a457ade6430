import { isKnown } from './documents';
import type { AccessModel } from './model';

/** A secret that a person has to put into Vault, since no value stands in code, manifests or state. */
export interface ChecklistItem {
  /** The Terraform stack of the Vault that it is in; undefined where nothing printed says so. */
  readonly stack: string | undefined;
  /** Mount path of the KV engine. */
  readonly mount: string;
  /** Path of the secret. */
  readonly path: string;
  /** Names of the fields that are read. */
  readonly keys: readonly string[];
  /** Who reads it: `namespace/SecretProviderClass`. */
  readonly readers: readonly string[];
}

/** Every KV secret that is delivered, with the fields that it must have. */
export function checklist(model: AccessModel): readonly ChecklistItem[] {
  const items = new Map<string, Omit<ChecklistItem, 'keys' | 'readers'> & Record<'keys' | 'readers', Set<string>>>();
  for (const delivery of model.deliveries) {
    if (!isKnown(delivery.reads)) continue;
    for (const read of delivery.reads) {
      const [, mount, path] = /^(.+?)\/data\/(.+)$/.exec(read.path) ?? [];
      if (mount === undefined || path === undefined || read.key === undefined) continue;
      const { stack } = delivery;
      const id = `${read.path}\0${stack ?? ''}`;
      const item = items.get(id) ?? { stack, mount, path, keys: new Set(), readers: new Set() };
      item.keys.add(read.key);
      item.readers.add(`${delivery.namespace}/${delivery.name}`);
      items.set(id, item);
    }
  }
  return [...items.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, i]) => ({ ...i, keys: [...i.keys].sort(), readers: [...i.readers].sort() }));
}

/** The checklist as text: one step for each secret, with a command that takes the values from a prompt, not from the command line. */
export function checklistText(items: readonly ChecklistItem[]): string {
  if (items.length === 0) return 'No secret values have to be put.\n';
  const several = new Set(items.map(i => i.stack)).size > 1;
  const steps = items.map(({ stack, mount, path, keys, readers }) => {
    const vault = several && stack !== undefined ? `in the Vault of ${stack}, ` : '';
    const shape = `{${keys.map(k => `"${k}": "..."`).join(', ')}}`;
    return [
      `[ ] ${mount}/${path}: ${keys.join(', ')}   (${vault}read by ${readers.join(', ')})`,
      `    vault kv put -mount=${mount} ${path} -     # then type ${shape} and Ctrl-D`,
    ].join('\n');
  });
  return `${steps.join('\n')}\n`;
}

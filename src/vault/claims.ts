import type { Construct } from 'constructs';
import { at } from '../core/at';
import { terraformName } from '../core/names';
import { VaultCdkError } from '../errors/error';
import type { Problem } from '../errors/problem';

interface Renamed {
  readonly to: string;
  readonly by: Construct;
}

/** Which construct has which name in one Vault, and which names were given up. */
export class Claims {
  private readonly names = new Map<string, Construct>();
  private readonly renamed = new Map<string, Renamed>();

  /** Claims a name, and gives the Terraform name that follows from it alone. */
  claim(type: string, name: string, owner: Construct): string {
    this.assertNotRenamed(type, name, owner);
    const other = this.names.get(key(type, name));
    if (other) {
      throw new VaultCdkError({
        code: 'vault/name-taken',
        problem: `two constructs claim one ${type}: ${JSON.stringify(name)}`,
        at: at(owner),
        given: name,
        allowed: `a name that is free; this one belongs to ${at(other)}`,
        live: 'silently ignored: the second write replaces the first, and Terraform undoes one with the other at every apply',
        fix: 'give one of them another name',
      });
    }
    this.names.set(key(type, name), owner);
    return terraformName(name);
  }

  /** Notes that a thing had another name before; nothing else may have that name, nor come from it. */
  rename(type: string, from: string, { to, by }: Renamed): void {
    const user = this.names.get(key(type, from));
    if (from === to) {
      throw renaming({
        code: 'vault/renamed-to-itself',
        problem: `the ${type} "${to}" is renamed from the name that it has`,
        by,
        from,
        allowed: 'the name that it had before',
        live: 'Error: Redundant move statement',
        fix: 'drop `renamedFrom`',
      });
    }
    if (user) {
      throw renaming({
        code: 'vault/renamed-in-use',
        problem: `the ${type} "${to}" is renamed from "${from}", which is in use`,
        by,
        from,
        allowed: `a name that nothing has any more; this one belongs to ${at(user)}`,
        live: 'Error: Moved object still exists',
        fix: 'remove what has the old name, or drop `renamedFrom` if this is another thing',
      });
    }
    const other = this.renamed.get(key(type, from));
    if (other) {
      throw renaming({
        code: 'vault/renamed-twice',
        problem: `two of type ${type} are renamed from one: "${other.to}" and "${to}"`,
        by,
        from,
        allowed: `a name that nothing else came from; this one became ${at(other.by)}`,
        live: 'Error: Ambiguous move statements',
        fix: 'drop `renamedFrom` where the thing is new',
      });
    }
    this.renamed.set(key(type, from), { to, by });
  }

  /** Refuses the use of a name that was given up. */
  assertNotRenamed(type: string, name: string, owner: Construct): void {
    const gone = this.renamed.get(key(type, name));
    if (!gone) return;
    throw new VaultCdkError({
      code: 'vault/renamed-away',
      problem: `the ${type} "${name}" was renamed to "${gone.to}", and is used under its old name`,
      at: at(owner),
      given: name,
      allowed: `${JSON.stringify(gone.to)}, which is ${at(gone.by)}`,
      live: 'Error: Moved object still exists, from Terraform; or 404 no handler for route, from Vault',
      fix: 'use the new name; once the rename is applied everywhere, `renamedFrom` can go and the old name is free',
    });
  }
}

function renaming({
  by,
  from,
  ...problem
}: Omit<Problem, 'at'> & { readonly by: Construct; readonly from: string }): VaultCdkError {
  return new VaultCdkError({ ...problem, at: at(by), given: from });
}

function key(type: string, name: string): string {
  return `${type}\0${name}`;
}

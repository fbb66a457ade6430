import { Mount } from '@cdktf/provider-vault/lib/mount';
import { Construct } from 'constructs';
import { at } from '../core/at';
import { literal } from '../core/border';
import { vaultPath } from '../core/names';
import type { Mount as MountFact } from '../policy/evaluator';
import { movedFrom } from './renamed';
import { VaultServer } from './server';

/** How an engine of ours is mounted, of whatever type. */
export interface MountProps {
  /**
   * Mount path, without a slash at either end.
   * @default - the construct id
   */
  readonly path?: string;
  /**
   * The path that it had before. Vault moves the mount with everything in it, and ends the leases that were made by it; in
   * the plan, what lies in it (settings, roles, connections) is replaced, and a connection is sent its password again. Can
   * go once it is applied everywhere.
   * @default - it has always had this path
   */
  readonly renamedFrom?: string;
  /**
   * What people read about it in `vault secrets list`.
   * @default - none
   */
  readonly description?: string;
  /**
   * Whether Terraform refuses to destroy the mount, which deletes its data.
   * @default true
   */
  readonly protect?: boolean;
}

/** What is true of every engine, whether or not this app made it. */
export abstract class Engine extends Construct {
  /** Mount path. */
  abstract readonly path: string;

  /** The Vault that it is mounted in. */
  get server(): VaultServer {
    return VaultServer.of(this);
  }
}

/**
 * The checked path of an engine of ours.
 * @param id - as the user gave it: the construct's own id has no slashes any more
 */
export function ownedPath(engine: Construct, id: string, props: MountProps): string {
  return vaultPath(props.path ?? id, { what: 'the mount path', at: at(engine) });
}

/** A mount that was printed, and how what lies in it is named. */
export interface PrintedMount {
  readonly resource: Mount;
  /** Terraform name of the mount, and of each setting that there is once in it. */
  readonly name: string;
  /** The path that it had before, if it was renamed. */
  readonly renamedFrom: string | undefined;
}

/** Claims the path of an engine, and prints its mount. */
export function printMount(
  engine: Engine,
  { type, version }: Omit<MountFact, 'path'>,
  { protect = true, description, renamedFrom }: MountProps,
): PrintedMount {
  const { server, path } = engine;
  const name = server.claimMount({ path, type, ...(version === undefined ? {} : { version }) }, engine);
  const old = renamedFrom === undefined ? undefined : server.claimRename('mount', renamedFrom, engine);
  const resource = new Mount(engine, 'Resource', {
    path,
    type,
    ...(version === undefined ? {} : { options: { version: String(version) } }),
    lifecycle: { preventDestroy: protect },
    ...(description === undefined ? {} : { description: literal(description) }),
  });
  resource.overrideLogicalId(name);
  if (old !== undefined) movedFrom(resource, old);
  return { resource, name, renamedFrom: old };
}

/** An engine that is mounted already: the same one, whenever it is asked for. */
export function importedEngine<E extends Engine>(
  server: VaultServer,
  mount: MountFact,
  make: (id: string, path: string) => E,
): E {
  const path = vaultPath(mount.path, { what: 'the mount path', at: server.node.path });
  server.stateMount({ ...mount, path });
  const id = `${mount.type}:${encodeURIComponent(path)}`;
  return (server.node.tryFindChild(id) as E | undefined) ?? make(id, path);
}

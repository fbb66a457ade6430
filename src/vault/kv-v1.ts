import type { Mount } from '@cdktf/provider-vault/lib/mount';
import type { Construct } from 'constructs';
import { at, rememberLine } from '../core/at';
import { vaultPath } from '../core/names';
import { Engine, importedEngine, type MountProps, ownedPath, printMount } from './engine';
import { KvV1Grants } from './kv-grants';
import { KvSecret, type KvSecretFields } from './kv-secret';
import type { VaultServer } from './server';

/** What the rest of the library may know of a KV engine of version 1, whether or not this app made it. */
export interface IKvV1Engine extends Construct {
  /** The Vault that it is mounted in. */
  readonly server: VaultServer;
  /** Mount path. */
  readonly path: string;
  /** Rights beyond what a workload consumes. */
  readonly grants: KvV1Grants;
  /**
   * A secret of this engine. It has no versions.
   * @param path - inside the mount, e.g. `shop/db`
   */
  secret<const Key extends string>(path: string, props: KvSecretFields<Key>): KvSecret<Key>;
}

abstract class KvV1EngineBase extends Engine implements IKvV1Engine {
  readonly grants = new KvV1Grants(this);

  secret<const Key extends string>(path: string, { keys }: KvSecretFields<Key>): KvSecret<Key> {
    // "data/" is a folder like any other here.
    const checked = vaultPath(path, { what: 'the path of the secret', at: at(this) });
    return new KvSecret(this, checked, { keys }, { request: `${this.path}/${checked}`, nesting: 'data' });
  }
}

/**
 * A KV engine, version 1: one value for each path, without versions, metadata and undelete. For what exists; new ones are
 * better of version 2.
 *
 * @example
 * ```ts
 * const { password } = KvV1Engine.fromPath(vault, 'old').secret('shop/db', { keys: ['password'] }).fields;
 * ```
 */
export class KvV1Engine extends KvV1EngineBase {
  /** An engine that is mounted already. Creates nothing; `secret` and `grants` work the same. */
  static fromPath(server: VaultServer, path: string): IKvV1Engine {
    return importedEngine(server, { path, ...KV1 }, (id, checked) => new ImportedKvV1Engine(server, id, checked));
  }

  readonly path: string;
  /** The Terraform resource, for whatever this class does not offer. */
  readonly mount: Mount;

  constructor(scope: Construct, id: string, props: MountProps = {}) {
    super(scope, id);
    rememberLine(this);
    this.path = ownedPath(this, id, props);
    this.mount = printMount(this, KV1, props).resource;
  }
}

const KV1 = { type: 'kv', version: 1 } as const;

class ImportedKvV1Engine extends KvV1EngineBase {
  readonly path: string;

  constructor(scope: Construct, id: string, path: string) {
    super(scope, id);
    rememberLine(this);
    this.path = path;
  }
}

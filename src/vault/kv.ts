import { KvSecretBackendV2 } from '@cdktf/provider-vault/lib/kv-secret-backend-v2';
import type { Mount } from '@cdktf/provider-vault/lib/mount';
import type { Construct } from 'constructs';
import { at, rememberLine } from '../core/at';
import { VaultCdkError } from '../errors/error';
import { Engine, importedEngine, type MountProps, ownedPath, printMount } from './engine';
import { KvGrants } from './kv-grants';
import { kv2Path, KvSecret, type KvSecretProps } from './kv-secret';
import { movedWithMount } from './renamed';
import type { VaultServer } from './server';

/** How a KV engine of ours is mounted. */
export interface KvEngineProps extends MountProps {
  /**
   * Versions kept of each secret.
   * @default 10
   */
  readonly maxVersions?: number;
  /**
   * Whether every write must name the version that it replaces (check-and-set).
   * @default false
   */
  readonly casRequired?: boolean;
}

/** What the rest of the library may know of a KV engine, whether or not this app made it. */
export interface IKvEngine extends Construct {
  /** The Vault that it is mounted in. */
  readonly server: VaultServer;
  /** Mount path. */
  readonly path: string;
  /** Rights beyond what a workload consumes. */
  readonly grants: KvGrants;
  /**
   * A secret of this engine.
   * @param path - as in the UI, without the `data/` of the API, e.g. `shop/db`
   */
  secret<const Key extends string>(path: string, props: KvSecretProps<Key>): KvSecret<Key>;
}

abstract class KvEngineBase extends Engine implements IKvEngine {
  readonly grants = new KvGrants(this);

  secret<const Key extends string>(path: string, props: KvSecretProps<Key>): KvSecret<Key> {
    const checked = kv2Path(this, path);
    return new KvSecret(this, checked, props, { request: `${this.path}/data/${checked}`, nesting: 'data.data' });
  }
}

/**
 * A KV engine, version 2: secrets that people write and workloads read.
 *
 * @example
 * ```ts
 * const kv = new KvEngine(vault, 'secret');
 * const { username, password } = kv.secret('shop/db', { keys: ['username', 'password'] }).fields;
 * ```
 */
export class KvEngine extends KvEngineBase {
  /** An engine that is mounted already. Creates nothing; `secret` and `grants` work the same. */
  static fromPath(server: VaultServer, path: string): IKvEngine {
    return importedEngine(server, { path, ...KV2 }, (id, checked) => new ImportedKvEngine(server, id, checked));
  }

  readonly path: string;
  /** The Terraform resource, for whatever this class does not offer. */
  readonly mount: Mount;
  /** The Terraform resource of the engine's settings. */
  readonly config: KvSecretBackendV2;

  constructor(scope: Construct, id: string, props: KvEngineProps = {}) {
    super(scope, id);
    rememberLine(this);
    this.path = ownedPath(this, id, props);
    assertCount(this, props.maxVersions);
    const { resource, name, renamedFrom } = printMount(this, KV2, props);
    this.mount = resource;
    this.config = new KvSecretBackendV2(this, 'Config', {
      mount: this.mount.path,
      maxVersions: props.maxVersions ?? 10,
      casRequired: props.casRequired ?? false,
    });
    this.config.overrideLogicalId(name);
    if (renamedFrom !== undefined) movedWithMount(this.config, renamedFrom);
  }
}

const KV2 = { type: 'kv', version: 2 } as const;

class ImportedKvEngine extends KvEngineBase {
  readonly path: string;

  constructor(scope: Construct, id: string, path: string) {
    super(scope, id);
    rememberLine(this);
    this.path = path;
  }
}

function assertCount(engine: Construct, maxVersions: number | undefined): void {
  if (maxVersions === undefined || (Number.isInteger(maxVersions) && maxVersions >= 1)) return;
  throw new VaultCdkError({
    code: 'kv/max-versions',
    problem: 'the number of versions to keep is not a number of versions',
    at: at(engine),
    given: maxVersions,
    allowed: 'a whole number from 1',
    live: 'silently ignored: with 0 Vault keeps its default of 10',
    fix: 'drop `maxVersions`, or give a whole number',
  });
}

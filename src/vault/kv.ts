import { KvSecretBackendV2 } from '@cdktf/provider-vault/lib/kv-secret-backend-v2';
import { Mount } from '@cdktf/provider-vault/lib/mount';
import { Construct } from 'constructs';
import { at, rememberLine } from '../core/at';
import { literal } from '../core/border';
import { vaultPath } from '../core/names';
import { NeverText } from '../core/never-text';
import { VaultCdkError } from '../errors/error';
import type { PolicyRule } from '../policy/document';
import { assertSameVault, type IVaultGrantee } from './grants';
import { SecretField, type SecretRef, usedAsText, type VaultRequest } from './secret-ref';
import { VaultServer } from './server';

/** How an engine of ours is mounted. */
export interface KvEngineProps {
  /**
   * Mount path, without a slash at either end.
   * @default - the construct id
   */
  readonly path?: string;
  /**
   * What people read about it in `vault secrets list`.
   * @default - none
   */
  readonly description?: string;
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
  /**
   * Whether Terraform refuses to destroy the mount, which deletes its data.
   * @default true
   */
  readonly protect?: boolean;
}

/** What is declared of a secret: never a value. */
export interface KvSecretProps<Key extends string> {
  /** Names of the fields that the secret has. */
  readonly keys: readonly Key[];
}

/** A secret of a KV engine and its fields. */
export class KvSecret<Key extends string = string> extends NeverText implements SecretRef {
  readonly nesting = 'data.data';
  readonly server: VaultServer;
  readonly mount: string;
  readonly path: string;
  readonly keys: readonly Key[];
  /** The fields by name: `const { password } = secret.fields`. */
  readonly fields: Readonly<Record<Key, SecretField<Key>>>;
  private readonly owner: Construct;

  /** Made by `engine.secret(...)`. @internal */
  constructor(engine: IKvEngine, path: string, keys: readonly Key[]) {
    super();
    this.owner = engine;
    this.server = engine.server;
    this.mount = engine.path;
    this.path = path;
    this.keys = keys;
    this.fields = Object.fromEntries(keys.map(k => [k, new SecretField(this, k)])) as Record<Key, SecretField<Key>>;
  }

  /** One field by name; a name that was not declared does not compile, and is refused. */
  field(key: Key): SecretField<Key> {
    if (Object.hasOwn(this.fields, key)) return this.fields[key];
    throw new VaultCdkError({
      code: 'kv/unknown-key',
      problem: `the secret "${this.path}" has no field of this name`,
      at: at(this.owner),
      given: key,
      allowed: this.keys.map(k => JSON.stringify(k)).join(', '),
      live: `key "${key}" does not exist at the secret path`,
      fix: 'use a name of the list, or add this one to `keys` where the secret is declared',
    });
  }

  /** The request that reads the newest version. */
  get request(): VaultRequest {
    return { operation: 'read', path: `${this.mount}/data/${this.path}` };
  }

  /** What a policy must allow for that request. */
  get rule(): PolicyRule {
    return { path: this.request.path, capabilities: ['read'], comment: `read ${this.path}` };
  }

  protected describe(): string {
    return `KvSecret(${this.mount}/${this.path})`;
  }

  protected refusal(at: string | undefined): VaultCdkError {
    return usedAsText(`the secret ${this.mount}/${this.path}`, at);
  }
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

/** Rights on the secrets of one KV engine. A grant makes no construct, so granting twice is granting once. */
export class KvGrants {
  /** Read the newest version of a secret, without having it delivered. */
  read(grantee: IVaultGrantee, secret: KvSecret): void {
    assertSameVault(grantee, secret.server, `the secret "${secret.path}"`);
    grantee.addToVaultPolicy(secret.rule);
  }

  /** Write new versions of a secret; both capabilities, since the first write is a create and the next an update. Does not include reading them back. */
  write(grantee: IVaultGrantee, secret: KvSecret): void {
    assertSameVault(grantee, secret.server, `the secret "${secret.path}"`);
    grantee.addToVaultPolicy({
      path: secret.request.path,
      capabilities: ['create', 'update'],
      comment: `write ${secret.path}`,
    });
  }
}

abstract class KvEngineBase extends Construct implements IKvEngine {
  abstract readonly path: string;
  readonly grants = new KvGrants();

  get server(): VaultServer {
    return VaultServer.of(this);
  }

  secret<const Key extends string>(path: string, props: KvSecretProps<Key>): KvSecret<Key> {
    const checked = secretPath(this, path);
    return new KvSecret(this, checked, secretKeys(this, checked, props.keys));
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
    const checked = vaultPath(path, { what: 'the mount path', at: server.node.path });
    server.stateMount(checked, 'kv');
    const id = `kv:${encodeURIComponent(checked)}`;
    const known = server.node.tryFindChild(id) as ImportedKvEngine | undefined;
    return known ?? new ImportedKvEngine(server, id, checked);
  }

  readonly path: string;
  /** The Terraform resource, for whatever this class does not offer. */
  readonly mount: Mount;
  /** The Terraform resource of the engine's settings. */
  readonly config: KvSecretBackendV2;

  constructor(scope: Construct, id: string, props: KvEngineProps = {}) {
    super(scope, id);
    rememberLine(this);
    this.path = vaultPath(props.path ?? id, { what: 'the mount path', at: at(this) });
    assertCount(this, props.maxVersions);
    const name = this.server.claimMount(this.path, 'kv', this);
    this.mount = new Mount(this, 'Resource', {
      path: this.path,
      type: 'kv',
      options: { version: '2' },
      lifecycle: { preventDestroy: props.protect ?? true },
      ...(props.description === undefined ? {} : { description: literal(props.description) }),
    });
    this.mount.overrideLogicalId(name);
    this.config = new KvSecretBackendV2(this, 'Config', {
      mount: this.mount.path,
      maxVersions: props.maxVersions ?? 10,
      casRequired: props.casRequired ?? false,
    });
    this.config.overrideLogicalId(name);
  }
}

class ImportedKvEngine extends KvEngineBase {
  readonly path: string;

  constructor(scope: Construct, id: string, path: string) {
    super(scope, id);
    rememberLine(this);
    this.path = path;
  }
}

/** Refuses what was copied from the API: the engine adds the segment where the API needs it. */
function secretPath(engine: Construct & { readonly path: string }, path: string): string {
  const checked = vaultPath(path, { what: 'the path of the secret', at: at(engine) });
  const api = /^(data|metadata|delete|undelete|destroy|subkeys)\//.exec(checked);
  const mounted = checked.startsWith(`${engine.path}/`) ? checked.slice(engine.path.length + 1) : undefined;
  if (api) {
    throw new VaultCdkError({
      code: 'kv/path-names-the-api',
      problem: `a secret path is written as in the UI, without the KV v2 segment "${api[1]}/"`,
      at: at(engine),
      given: path,
      allowed: JSON.stringify(checked.slice(api[0].length)),
      live: '403 permission denied',
      fix: `drop "${api[0]}"; the engine adds it where the Vault API needs it`,
    });
  }
  if (mounted?.startsWith('data/')) {
    throw new VaultCdkError({
      code: 'kv/path-names-the-mount',
      problem: 'a secret path does not repeat the mount and the "data/" of the API',
      at: at(engine),
      given: path,
      allowed: JSON.stringify(mounted.slice('data/'.length)),
      live: '403 permission denied',
      fix: `drop "${engine.path}/data/"; the engine knows where it is mounted`,
    });
  }
  return checked;
}

function secretKeys<Key extends string>(engine: Construct, path: string, keys: readonly Key[]): readonly Key[] {
  const twice = keys.find((k, i) => keys.indexOf(k) !== i);
  const bad = keys.find(k => k === '' || k !== k.trim());
  const problem =
    keys.length === 0
      ? `the secret "${path}" has no fields`
      : twice !== undefined
        ? `the secret "${path}" declares a field twice: "${twice}"`
        : bad !== undefined
          ? `the secret "${path}" has a field whose name is empty or ends in a space`
          : undefined;
  if (problem === undefined) return [...keys];
  throw new VaultCdkError({
    code: 'kv/keys',
    problem,
    at: at(engine),
    given: keys,
    allowed: 'at least one name, each once, e.g. ["username", "password"]',
    live: 'key "..." does not exist at the secret path',
    fix: 'list the names of the fields, as `vault kv get` shows them',
  });
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

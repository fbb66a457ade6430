import type { Construct } from 'constructs';
import { at } from '../core/at';
import { vaultPath } from '../core/names';
import { NeverText } from '../core/never-text';
import { VaultCdkError } from '../errors/error';
import type { PolicyRule } from '../policy/document';
import type { Engine } from './engine';
import { SecretField, type SecretRef, usedAsText, type VaultRequest } from './secret-ref';
import type { VaultServer } from './server';

/** What is declared of a secret of either version of KV: never a value. */
export interface KvSecretFields<Key extends string> {
  /** Names of the fields that the secret has. */
  readonly keys: readonly Key[];
}

/** What is declared of a secret: never a value. */
export interface KvSecretProps<Key extends string> extends KvSecretFields<Key> {
  /**
   * The version that is read. A pinned version is no longer found once newer ones have pushed it out, and a rotated
   * secret does not reach who reads it.
   * @default - the newest
   */
  readonly version?: number;
}

/** Where the API of an engine keeps a secret. */
interface Place {
  /** Path of the request, with the mount. */
  readonly request: string;
  /** Where the fields are in the response. */
  readonly nesting: SecretRef['nesting'];
}

/** A secret of a KV engine and its fields. */
export class KvSecret<Key extends string = string> extends NeverText implements SecretRef {
  readonly nesting: SecretRef['nesting'];
  readonly server: VaultServer;
  readonly mount: string;
  readonly path: string;
  readonly keys: readonly Key[];
  /** The version that is read; undefined for the newest. */
  readonly version: number | undefined;
  /** The request that reads it. */
  readonly request: VaultRequest;
  /** The fields by name: `const { password } = secret.fields`. */
  readonly fields: Readonly<Record<Key, SecretField<Key>>>;
  private readonly owner: Construct;

  /** Made by `engine.secret(...)`. @internal */
  constructor(engine: Engine, path: string, { keys, version }: KvSecretProps<Key>, place: Place) {
    super();
    this.owner = engine;
    this.server = engine.server;
    this.mount = engine.path;
    this.path = path;
    this.keys = secretKeys(engine, path, keys);
    this.version = version;
    assertVersion(engine, path, version);
    this.nesting = place.nesting;
    const query = version === undefined ? {} : { query: { version: String(version) } };
    this.request = { operation: 'read', path: place.request, ...query };
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

  /** What a policy must allow to read it. Versions have no paths of their own: who reads one may read each. */
  get rule(): PolicyRule {
    return { path: this.request.path, capabilities: ['read'], comment: `read ${this.path}` };
  }

  protected describe(): string {
    const version = this.version === undefined ? '' : `?version=${this.version}`;
    return `KvSecret(${this.mount}/${this.path}${version})`;
  }

  protected refusal(at: string | undefined): VaultCdkError {
    return usedAsText(`the secret ${this.mount}/${this.path}`, at);
  }
}

/** The checked path of a secret, without what was copied from the API of version 2. */
export function kv2Path(engine: Engine, path: string): string {
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

function assertVersion(engine: Construct, path: string, version: number | undefined): void {
  if (version === undefined || (Number.isInteger(version) && version >= 1)) return;
  throw new VaultCdkError({
    code: 'kv/version',
    problem: `the version of the secret "${path}" is not a version`,
    at: at(engine),
    given: version,
    allowed: 'a whole number from 1',
    live: 'silently ignored: with 0 Vault reads the newest',
    fix: 'drop `version` for the newest, or name one that `vault kv metadata get` shows',
  });
}

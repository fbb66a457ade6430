import { at } from '../core/at';
import { vaultPath } from '../core/names';
import type { Capability } from '../policy/document';
import type { Engine } from './engine';
import { assertSameVault, type IVaultGrantee } from './grants';
import type { KvSecret } from './kv-secret';

/** Rights on the secrets of one KV engine of either version. A grant makes no construct, so granting twice is granting once. */
abstract class Grants {
  protected readonly engine: Engine;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /** Read a secret, without having it delivered. */
  read(grantee: IVaultGrantee, secret: KvSecret): void {
    this.onSecret(grantee, secret, secret.rule.path, ['read'], `read ${secret.path}`);
  }

  /** Write a secret; both capabilities, since the first write is a create and the next an update. Does not include reading it back. */
  write(grantee: IVaultGrantee, secret: KvSecret): void {
    this.onSecret(grantee, secret, secret.rule.path, ['create', 'update'], `write ${secret.path}`);
  }

  /** Delete a secret: of KV version 2 the newest version, which can be undeleted. */
  delete(grantee: IVaultGrantee, secret: KvSecret): void {
    this.onSecret(grantee, secret, secret.rule.path, ['delete'], `delete ${secret.path}`);
  }

  protected onSecret(
    grantee: IVaultGrantee,
    secret: KvSecret,
    path: string,
    capabilities: readonly Capability[],
    comment: string,
  ): void {
    assertSameVault(grantee, secret.server, `the secret "${secret.path}"`);
    grantee.addToVaultPolicy({ path, capabilities, comment });
  }

  /** Lists one folder by a rule of its own: without the slash at the end it would be about a secret of that name. */
  protected onFolder(grantee: IVaultGrantee, root: string, folder: string | undefined): void {
    const inside = folder === undefined ? '' : `${folderPath(this.engine, folder)}/`;
    assertSameVault(grantee, this.engine.server, `the folder "${inside}" of "${this.engine.path}"`);
    const comment = `list ${inside === '' ? `${this.engine.path}/` : inside}`;
    grantee.addToVaultPolicy({ path: `${root}/${inside}`, capabilities: ['list'], comment });
  }
}

function folderPath(engine: Engine, folder: string): string {
  return vaultPath(folder, { what: 'the path of the folder', at: at(engine) });
}

/**
 * Rights on the secrets of a KV engine of version 1.
 *
 * Source: [KV secrets engine, version 1: API](https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v1).
 */
export class KvV1Grants extends Grants {
  /**
   * See the names of what is in a folder, and nothing further down.
   * @param folder - its path, without a slash at either end; the top of the engine where it is left out
   */
  list(grantee: IVaultGrantee, folder?: string): void {
    this.onFolder(grantee, this.engine.path, folder);
  }
}

/**
 * Rights on the secrets of a KV engine of version 2. Each is a path of its own in Vault, and none includes another.
 *
 * Source: [KV secrets engine, version 2: API](https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2).
 */
export class KvGrants extends Grants {
  /**
   * See the names of what is in a folder, and nothing further down.
   * @param folder - its path, without a slash at either end; the top of the engine where it is left out
   */
  list(grantee: IVaultGrantee, folder?: string): void {
    this.onFolder(grantee, `${this.engine.path}/metadata`, folder);
  }

  /** Change some fields of a secret by an HTTP PATCH, as `vault kv patch -method=patch` does, without reading the others. */
  patch(grantee: IVaultGrantee, secret: KvSecret): void {
    this.onSecret(grantee, secret, secret.rule.path, ['patch'], `patch ${secret.path}`);
  }

  /** See which versions there are, when each was made, and the custom metadata; no values. */
  readMetadata(grantee: IVaultGrantee, secret: KvSecret): void {
    this.onSecret(grantee, secret, api('metadata', secret), ['read'], `read the metadata of ${secret.path}`);
  }

  /** Change the custom metadata and how many versions are kept. */
  writeMetadata(grantee: IVaultGrantee, secret: KvSecret): void {
    this.onSecret(
      grantee,
      secret,
      api('metadata', secret),
      ['create', 'update'],
      `write the metadata of ${secret.path}`,
    );
  }

  /** See the names of the fields; no values. */
  readKeys(grantee: IVaultGrantee, secret: KvSecret): void {
    this.onSecret(grantee, secret, api('subkeys', secret), ['read'], `read the keys of ${secret.path}`);
  }

  /** Delete versions by their number; they can be undeleted. */
  deleteVersions(grantee: IVaultGrantee, secret: KvSecret): void {
    this.onSecret(grantee, secret, api('delete', secret), ['update'], `delete versions of ${secret.path}`);
  }

  /** Bring deleted versions back. */
  undelete(grantee: IVaultGrantee, secret: KvSecret): void {
    this.onSecret(grantee, secret, api('undelete', secret), ['update'], `undelete versions of ${secret.path}`);
  }

  /** Remove versions for good, by their number. */
  destroy(grantee: IVaultGrantee, secret: KvSecret): void {
    this.onSecret(grantee, secret, api('destroy', secret), ['update'], `destroy versions of ${secret.path}`);
  }

  /** Remove a secret for good, with all its versions and metadata. */
  deleteForGood(grantee: IVaultGrantee, secret: KvSecret): void {
    this.onSecret(grantee, secret, api('metadata', secret), ['delete'], `delete ${secret.path} for good`);
  }
}

/** Where the API of version 2 has something about a secret. */
function api(segment: 'metadata' | 'subkeys' | 'delete' | 'undelete' | 'destroy', secret: KvSecret): string {
  return `${secret.mount}/${segment}/${secret.path}`;
}

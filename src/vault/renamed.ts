import type { TerraformResource } from 'cdktf';
import { terraformName } from '../core/names';
import type { VaultServer } from './server';

/**
 * Prints a `moved` block for a resource that had another name: Terraform then changes what is there, and does not make
 * it anew. The resource's own Terraform name must be set before.
 */
export function movedFrom(resource: TerraformResource, oldName: string): void {
  resource.moveFromId(`${resource.terraformResourceType}.${terraformName(oldName)}`);
}

/**
 * The same for what lies in a renamed mount. The provider replaces it, since its path changes; Vault has moved it with the
 * mount. So it is written at its new path first and removed at its old one, where nothing is any more.
 */
export function movedWithMount(resource: TerraformResource, oldName: string): void {
  movedFrom(resource, oldName);
  resource.lifecycle = { ...resource.lifecycle, createBeforeDestroy: true };
}

/**
 * For what lies in a renamed mount and cannot be removed at its old path: the provider takes the 404 for a failure. Before
 * the mount moves it must not be removed either, since an engine without its connection could not end its leases. So
 * Terraform forgets it under its old name and writes it at its new path, over what Vault has moved there.
 */
export function rewrittenAfterMove(resource: TerraformResource, oldName: string, server: VaultServer): void {
  server.forget(`${resource.terraformResourceType}.${terraformName(oldName)}`);
}

import type { PrintedDocument } from './documents';
import type { AccessModel } from './model';
import { readCsiDriver, readDelivery, readProviderClass, readSecret } from './read-kubernetes';
import { readPods } from './read-pods';
import { readTerraform } from './read-terraform';

/** Reads printed documents into flat facts: the one reader, for what is in memory and for what lies in files. */
export function readModel(documents: readonly PrintedDocument[]): AccessModel {
  const terraform = documents.filter(d => d.format === 'terraform').map(readTerraform);
  const manifests = documents.filter(d => d.format === 'kubernetes');
  return {
    stacks: [...new Set(documents.filter(d => d.format === 'terraform').map(d => d.group))].sort(),
    engines: terraform.flatMap(t => t.engines),
    authMounts: terraform.flatMap(t => t.authMounts),
    authConfigs: terraform.flatMap(t => t.authConfigs),
    roles: terraform.flatMap(t => t.roles),
    policies: terraform.flatMap(t => t.policies),
    databaseRoles: terraform.flatMap(t => t.databaseRoles),
    providerClasses: manifests.flatMap(d => readProviderClass(d) ?? []),
    deliveries: manifests.flatMap(d => readDelivery(d) ?? []),
    pods: manifests.flatMap(d => readPods(d) ?? []),
    secrets: manifests.flatMap(d => readSecret(d) ?? []),
    csiDrivers: manifests.flatMap(d => readCsiDriver(d) ?? []),
  };
}

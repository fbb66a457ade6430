import type { IConstruct } from 'constructs';
import { at } from '../core/at';
import type { StatedRole } from '../access/chain';
import type { EngineFact } from '../access/model';
import { isExistingRole, SharedRole } from '../kubernetes/shared-role';
import type { Intent, StatedPolicy } from '../rules/rule';
import { mergeGrants } from '../policy/merge';
import { VaultServer } from '../vault/server';
import { Workload } from '../workload/workload';

/** What the program meant, taken from its tree. What a role that exists already is for, nobody declares. */
export function intentsOf(constructs: readonly IConstruct[]): readonly Intent[] {
  const workloads = constructs.filter(Workload.isWorkload).filter(w => !w.sharedRole);
  return [
    ...workloads.map(w => ({
      stack: w.server.node.id,
      mount: w.auth.path,
      role: w.roleName,
      namespace: w.namespace,
      serviceAccount: w.serviceAccount,
      rules: w.policyDocument.rules,
      at: at(w),
    })),
    ...constructs.filter(SharedRole.isSharedRole).flatMap(intentsOfRole),
  ];
}

/** One for each identity that it admits: all of them have the same rights. */
function intentsOfRole(role: SharedRole): readonly Intent[] {
  const common = {
    stack: role.server.node.id,
    mount: role.auth.path,
    role: role.roleName,
    rules: mergeGrants([...role.policyDocument.rules, ...role.namedRules]),
    at: at(role),
  };
  return role.namespaces.flatMap(namespace =>
    role.serviceAccounts.map(serviceAccount => ({ ...common, namespace, serviceAccount })),
  );
}

/** The roles that the program knows to exist, and does not print. */
export function statedRolesOf(constructs: readonly IConstruct[]): readonly StatedRole[] {
  return constructs
    .filter(isExistingRole)
    .map(r => ({ stack: r.server.node.id, mount: r.auth.path, name: r.roleName }));
}

/** The policies that the program knows to exist, and does not print. */
export function statedPoliciesOf(constructs: readonly IConstruct[]): readonly StatedPolicy[] {
  return constructs
    .filter(VaultServer.isVaultServer)
    .flatMap(s => s.statedPolicies.map(name => ({ stack: s.node.id, name })));
}

/** The engines that the program knows of, printed or not. */
export function enginesOf(constructs: readonly IConstruct[]): readonly EngineFact[] {
  return constructs.filter(VaultServer.isVaultServer).flatMap(s => s.engines.map(e => ({ ...e, stack: s.node.id })));
}

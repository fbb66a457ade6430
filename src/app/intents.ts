import type { IConstruct } from 'constructs';
import { at } from '../core/at';
import type { EngineFact } from '../access/model';
import type { Intent } from '../rules/rule';
import { VaultServer } from '../vault/server';
import { Workload } from '../workload/workload';

/** What the program meant, taken from its tree. */
export function intentsOf(constructs: readonly IConstruct[]): readonly Intent[] {
  return constructs.filter(Workload.isWorkload).map(w => ({
    stack: w.server.node.id,
    mount: w.auth.path,
    role: w.roleName,
    namespace: w.namespace,
    serviceAccount: w.serviceAccount,
    rules: w.policyDocument.rules,
    at: at(w),
  }));
}

/** The engines that the program knows of, printed or not. A KV engine of ours is of version 2, always. */
export function enginesOf(constructs: readonly IConstruct[]): readonly EngineFact[] {
  return constructs
    .filter(VaultServer.isVaultServer)
    .flatMap(s => s.engines.map(e => ({ ...e, stack: s.node.id, ...(e.type === 'kv' ? { version: 2 } : {}) })));
}

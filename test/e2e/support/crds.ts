import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Kubernetes } from '../harness/kubernetes';

/** The CRDs of what runs in a cluster. They are their makers' files, and so lie beside the checkout. */
const folder = process.env['VAULT_CDK_CRDS'] ?? join(__dirname, '../../../../shared/crds');

/** Whether the real CRDs are at hand; without them the tests that apply such objects are skipped by name. */
export function hasCrds(): boolean {
  return existsSync(folder);
}

/** Installs the CRDs of a group, e.g. `secrets-store.csi.x-k8s.io`. */
export async function installCrds(kubernetes: Kubernetes, group: string): Promise<void> {
  for (const file of readdirSync(folder).filter(f => f.startsWith(`${group}_`)))
    for (const document of parseAllDocuments(readFileSync(join(folder, file), 'utf8')))
      await kubernetes.apply(document.toJS());
}

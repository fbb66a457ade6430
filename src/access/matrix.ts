import { sortedBy } from '../core/sorted';
import { CAPABILITIES, type Capability, isReadable } from '../policy/document';
import { type Chain, identitiesOf, identityText, pathsOf } from './chain';
import { isKnown } from './documents';
import type { RoleFact } from './model';
import { operationOf } from './operation';

/** One line of the access matrix. */
export interface AccessRow {
  /** The Terraform stack, and so the Vault. */
  readonly stack: string;
  /** Who: `namespace/service account`. */
  readonly who: string;
  /** What is allowed. Empty where it is not known. */
  readonly may: readonly Capability[];
  /** On which path, as the policy says it. */
  readonly path: string;
  /** Auth mount, role and policies that it goes through. */
  readonly through: { readonly mount: string; readonly role: string; readonly policies: readonly string[] };
  /** Where it is delivered to, e.g. `csi: /mnt/secrets/password`. */
  readonly delivered: readonly string[];
  /**
   * Why the answer is not known.
   * @default - it is known
   */
  readonly unknown?: string;
}

/** Who may do what, one line for each identity and path, sorted. */
export function accessMatrix(chain: Chain): readonly AccessRow[] {
  const rows = chain.model.roles.flatMap(role => rowsOf(chain, role));
  const key = (r: AccessRow): string => [r.stack, r.who, r.path, r.through.role].join('\0');
  return sortedBy(rows, key);
}

function rowsOf(chain: Chain, role: RoleFact): readonly AccessRow[] {
  const policies = chain.policiesOf(role);
  const through = { mount: text(role.mount), role: text(role.name), policies: policies.map(p => p.name) };
  const broken = policies.find(p => !isReadable(p));
  const acl = chain.aclOf(role);
  return identitiesOf(role).flatMap(identity => {
    const common = { stack: role.stack, who: identityText(identity), through };
    const lost: readonly AccessRow[] =
      broken && !isReadable(broken)
        ? [{ ...common, may: [], path: '*', delivered: [], unknown: `policy "${broken.name}": ${broken.unreadable}` }]
        : [];
    const known = pathsOf(policies).map(path => {
      const written = new Set(
        policies.filter(isReadable).flatMap(p => p.rules.filter(r => r.path === path).flatMap(r => r.capabilities)),
      );
      const exact = !/[*+]|\{\{/.test(path);
      const may = CAPABILITIES.filter(c => written.has(c)).filter(c => {
        const operation = exact ? operationOf(c) : undefined;
        return operation === undefined || allows(acl.decide(operation, path).outcome);
      });
      return {
        ...common,
        may,
        path,
        delivered: deliveredTo(chain, role, identity.namespace, identity.serviceAccount, path),
      };
    });
    return [...known, ...lost];
  });
}

/** A capability whose conditions are not evaluated still stands in the matrix: it may be used. */
function allows(outcome: string): boolean {
  return outcome !== 'denied';
}

function deliveredTo(
  chain: Chain,
  role: RoleFact,
  namespace: string,
  serviceAccount: string,
  path: string,
): readonly string[] {
  const places = chain.model.pods
    .filter(p => p.namespace === namespace && p.serviceAccount === serviceAccount)
    .flatMap(p =>
      p.mounts.flatMap(m => {
        const delivery = chain.deliveryOf(p, m.delivery);
        const link = delivery && chain.roleOf(delivery);
        if (!delivery || !link || !('found' in link) || link.found !== role || !isKnown(delivery.reads)) return [];
        return delivery.reads.filter(r => r.path === path).map(r => `csi: ${m.path ?? '(not mounted)'}/${r.file}`);
      }),
    );
  return [...new Set(places)].sort();
}

function text(value: string | { readonly unknown: string }): string {
  return isKnown(value) ? value : `(${value.unknown})`;
}

/** The matrix as a Markdown table. */
export function matrixMarkdown(rows: readonly AccessRow[]): string {
  const header = ['who', 'may', 'on', 'through', 'delivered as'];
  const cells = rows.map(r => [
    `\`${r.who}\``,
    r.unknown === undefined ? r.may.join(', ') : 'not known',
    r.unknown === undefined ? `\`${r.path}\`` : r.unknown.replaceAll('|', '\\|'),
    `${r.stack}: auth/${r.through.mount}, role \`${r.through.role}\`, policy ${r.through.policies.map(p => `\`${p}\``).join(', ')}`,
    r.delivered.length === 0 ? '-' : r.delivered.join('<br>'),
  ]);
  return table([header, ...cells]);
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map(r => r[i]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  const [header = [], ...body] = rows;
  return [line(header), `|${widths.map(w => '-'.repeat(w + 2)).join('|')}|`, ...body.map(line)].join('\n');
}

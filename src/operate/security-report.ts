import type { Chain } from '../access/chain';
import { isKnown } from '../access/documents';
import type { DeliveryFact, PodsFact } from '../access/model';
import { sortedBy } from '../core/sorted';
import type { Finding } from '../errors/finding';

/** A Kubernetes Secret that the CSI driver fills: its values lie in etcd as text. */
export interface SecretInEtcd {
  /** Where it is: `namespace/name`, behind the cluster where that is known. */
  readonly name: string;
  /** Its keys. */
  readonly keys: readonly string[];
  /** Name of the SecretProviderClass that fills it. */
  readonly filledBy: string;
  /** How many files that SecretProviderClass delivers in all; undefined where its objects cannot be read. */
  readonly files: number | undefined;
  /** Who accepted it, and what they know of the cluster; undefined where nobody says so. */
  readonly accepted: string | undefined;
  /** The pods that mount it, so that the Secret is there: `kind name`. */
  readonly pods: readonly string[];
}

/** A file that whoever runs in the containers may read. */
export interface OpenFile {
  /** `namespace/SecretProviderClass`, behind the cluster where that is known. */
  readonly writtenBy: string;
  /** Relative to the volume. */
  readonly file: string;
  /** Its permission. */
  readonly mode: string;
}

/** What those who answer for security look at, from what is printed. */
export interface SecurityReport {
  readonly inEtcd: readonly SecretInEtcd[];
  readonly openFiles: readonly OpenFile[];
  /** What the rules say, by topic; each topic stands here, also where nothing is said. */
  readonly topics: readonly { readonly title: string; readonly findings: readonly Finding[] }[];
}

/** Which rules belong to which question. */
export const TOPICS: readonly (readonly [title: string, rules: readonly string[]])[] = [
  ['Roles that admit several identities', ['VC301', 'VC302', 'VC303', 'VC315']],
  ['Rights that nobody asked for', ['VC204', 'VC211', 'VC212', 'VC214']],
  ['Tokens and credentials that live long', ['VC313', 'VC321', 'VC334', 'VC335', 'VC337']],
  ['Connections that are not verified', ['VC610', 'VC611']],
  ['Not known', ['VC121', 'VC202', 'VC205', 'VC206', 'VC207']],
];

/** What a file has that states no permission, or 0: the default of the driver. */
const UNSTATED_MODE = 0o644;

/**
 * What lies in etcd as text, who may read what beside those for whom it is, and what is not known.
 *
 * @param findings - what the rules say of the same documents
 */
export function securityReport(chain: Chain, findings: readonly Finding[]): SecurityReport {
  const { deliveries, pods } = chain.model;
  return {
    inEtcd: sortedBy(
      deliveries.flatMap(d =>
        d.synced.map(({ name, data }) => ({
          name: placed(d, name),
          keys: [...new Set(data.map(k => k.key))].sort(),
          filledBy: d.name,
          files: isKnown(d.objects) ? d.objects.length : undefined,
          accepted: d.accepted,
          pods: pods
            .filter(p => mounts(chain, p, d))
            .map(p => `${p.kind} ${p.name}`)
            .sort(),
        })),
      ),
      s => `${s.name}\0${s.filledBy}`,
    ),
    openFiles: sortedBy(
      deliveries.flatMap(d =>
        (isKnown(d.objects) ? d.objects : []).flatMap(({ name: file, permission }) => {
          const stated = permission ? permission.mode : 0;
          const mode = stated === 0 ? UNSTATED_MODE : stated;
          if (mode === undefined || (mode & 0o004) === 0) return [];
          return [{ writtenBy: placed(d, d.name), file, mode: `0${mode.toString(8)}` }];
        }),
      ),
      f => `${f.writtenBy}\0${f.file}`,
    ),
    topics: TOPICS.map(([title, rules]) => ({ title, findings: findings.filter(f => rules.includes(f.id)) })),
  };
}

function mounts(chain: Chain, pods: PodsFact, delivery: DeliveryFact): boolean {
  return pods.mounts.some(m => chain.deliveryOf(pods, m.delivery) === delivery);
}

function placed({ cluster, namespace }: DeliveryFact, name: string): string {
  return `${cluster === '' ? '' : `${cluster}: `}${namespace}/${name}`;
}

/** The report as Markdown. */
export function securityMarkdown({ inEtcd, openFiles, topics }: SecurityReport): string {
  const etcd = inEtcd.map(s => [
    s.name,
    s.keys.join(', '),
    `${s.filledBy}, of ${s.files ?? 'a number of'} files`,
    s.pods.join(', ') || 'not printed',
    s.accepted ?? 'nobody',
  ]);
  const files = openFiles.map(f => [f.writtenBy, f.file, f.mode]);
  return [
    '# Security report',
    section('In etcd as text', ['Secret', 'keys', 'filled by', 'there while these run', 'accepted by'], etcd),
    section('Files that everyone in the containers may read', ['SecretProviderClass', 'file', 'permission'], files),
    ...topics.map(({ title, findings }) =>
      [`## ${title}`, '', ...none(findings.map(f => `- ${f.id}: ${f.message} (${f.origin.file})`))].join('\n'),
    ),
  ]
    .join('\n\n')
    .concat('\n');
}

function section(title: string, header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(c => c.replaceAll('|', '\\|')).join(' | ')} |`;
  const table = [line(header), line(header.map(() => '---')), ...rows.map(line)];
  return [`## ${title}`, '', ...(rows.length === 0 ? none([]) : table)].join('\n');
}

function none(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? ['None.'] : lines;
}

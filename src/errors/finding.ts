/** How bad: an error refuses the app, a warning is shown, a note states an assumption. */
export type Severity = 'error' | 'warning' | 'note';

/** Where a printed object came from. */
export interface Origin {
  /** The printed file, relative to where the command runs. */
  readonly file: string;
  /**
   * Line in that file, from 1.
   * @default - not known: the object was judged in memory, before it was text
   */
  readonly line?: number;
  /**
   * Path of the construct that printed it.
   * @default - not known: the file was read from disk
   */
  readonly construct?: string;
}

/** Something that is wrong or unwise, as data: text, JSON and other formats are printed from it. */
export interface Finding {
  /** Id of the rule that says so. Part of the public contract, since people acknowledge findings by it. */
  readonly id: string;
  /** How bad it is. */
  readonly severity: Severity;
  /** What is wrong, with both ends of the broken link named. */
  readonly message: string;
  /** Where it is. */
  readonly origin: Origin;
  /**
   * What the live system would say, word for word.
   * @default - it would not notice
   */
  readonly live?: string;
  /** What to do about it. */
  readonly fix: string;
}

/** One finding as text for people. */
export function findingText(f: Finding): string {
  const place = f.origin.line === undefined ? f.origin.file : `${f.origin.file}:${f.origin.line}`;
  const at = f.origin.construct === undefined ? place : `${place} (${f.origin.construct})`;
  const lines = [`${f.severity} ${f.id}: ${f.message}`, `  at:      ${at}`];
  if (f.live !== undefined) lines.push(`  live:    ${f.live}`);
  lines.push(`  fix:     ${f.fix}`);
  return lines.join('\n');
}

const ORDER: readonly Severity[] = ['error', 'warning', 'note'];

/** The same findings in one order on every machine: worst first, then by place, rule and text. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  const key = (f: Finding): string =>
    [ORDER.indexOf(f.severity), f.origin.file, String(f.origin.line ?? 0).padStart(9, '0'), f.id, f.message].join('\0');
  return findings
    .map(f => [key(f), f] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, f]) => f);
}

import { part, type PrintedDocument, textOf } from '../access/documents';
import { sortedBy } from '../core/sorted';
import { OWNER_LABEL } from '../kubernetes/ownership';

/** Who answers for what in one file. */
export interface Ownership {
  /** The printed file. */
  readonly file: string;
  /** The team; undefined where nothing printed says so. */
  readonly owner: string | undefined;
  /** Kinds of its objects there, and how many of each. */
  readonly objects: Readonly<Record<string, number>>;
}

/** Who answers for what, by the labels of what is printed. Terraform has no such label. */
export function ownership(documents: readonly PrintedDocument[]): readonly Ownership[] {
  const rows = new Map<string, { file: string; owner: string | undefined; objects: Record<string, number> }>();
  const count = (file: string, owner: string | undefined, kind: string, n: number): void => {
    const id = `${file}\0${owner ?? ''}`;
    const row = rows.get(id) ?? { file, owner, objects: {} };
    row.objects[kind] = (row.objects[kind] ?? 0) + n;
    rows.set(id, row);
  };
  for (const { format, value, origin } of documents) {
    if (format === 'terraform')
      for (const [type, named] of Object.entries(part(value, 'resource')))
        count(origin.file, undefined, type, Object.keys(named as object).length);
    else
      count(
        origin.file,
        textOf(part(part(value, 'metadata'), 'labels'), OWNER_LABEL),
        textOf(value, 'kind') ?? 'object',
        1,
      );
  }
  return sortedBy(rows, ([key]) => key).map(([, row]) => row);
}

/** The same as a Markdown table. */
export function ownershipMarkdown(rows: readonly Ownership[]): string {
  const lines = rows.map(({ file, owner, objects }) => {
    const what = sortedBy(Object.entries(objects), ([kind]) => kind).map(([kind, n]) => `${n} ${kind}`);
    return `| ${file} | ${owner ?? 'not stated'} | ${what.join(', ')} |`;
  });
  return ['| file | owner | what |', '| --- | --- | --- |', ...lines].join('\n');
}

import { part, textOf } from '../access/documents';
import type { Manifest } from '../core/patch';
import type { Rule, Violation } from './rule';

/** One object printed twice. */
export const printedTwice: Rule = {
  id: 'VC501',
  title: 'one Kubernetes object is printed twice',
  why: 'the second replaces the first, depending on the order in which files are applied',
  fix: 'give one of them another name',
  severity: 'error',
  live: 'silently ignored: the last one applied wins',
  check: ({ documents }) => {
    const seen = new Map<string, string>();
    return documents
      .filter(d => d.format === 'kubernetes')
      .flatMap((d): readonly Violation[] => {
        const name = nameOf(d.value);
        if (name === undefined) return [];
        const [group = ''] = (textOf(d.value, 'apiVersion') ?? '').split(/\/?v\d/);
        const key = [d.group, group, name].join('\0');
        const first = seen.get(key);
        const place = d.origin.construct ?? d.origin.file;
        seen.set(key, first ?? place);
        return first === undefined
          ? []
          : [{ message: `${name} is printed by ${first} and by ${place}`, origin: d.origin }];
      });
  },
};

/** An object as people write it; none where the API server names it, or where the document is no object. */
function nameOf(document: Manifest): string | undefined {
  const metadata = part(document, 'metadata');
  const [kind, name] = [textOf(document, 'kind'), textOf(metadata, 'name')];
  if (textOf(document, 'apiVersion') === undefined || kind === undefined || name === undefined) return undefined;
  return `${kind} ${textOf(metadata, 'namespace') ?? '-'}/${name}`;
}

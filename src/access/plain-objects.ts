import type { ObjectFact } from './manifest-facts';

/** One line as our own printer writes it: a key that YAML takes for nothing else, and a quoted text, JSON, or an octal number. */
const LINE =
  /^(- | {2})(?:(objectName|secretPath|secretKey|method|encoding): ("(?:[^"\\]|\\["\\/bfnrt])*")|(secretArgs): (\{"[^\\]*\})|(filePermission): (0[0-7]+))$/;

/** What an entry says, before it is taken apart. */
export interface PlainObject {
  readonly text: (key: string) => string;
  readonly args: unknown;
  readonly permission: ObjectFact['permission'];
  /** Its line, from 1. */
  readonly line: number;
}

/**
 * The entries of a text of which every line is as our own printer writes it; undefined for any other. Going through the
 * whole of YAML would be most of the time that a check takes.
 */
export function plainObjects(text: string): readonly PlainObject[] | undefined {
  const entries: { readonly values: Record<string, unknown>; readonly line: number }[] = [];
  for (const [i, line] of text.replace(/\n$/, '').split('\n').entries()) {
    const [, start, textKey, quoted, argsKey, json, octalKey, octal] = LINE.exec(line) ?? [];
    const key = textKey ?? argsKey ?? octalKey;
    if (key === undefined) return undefined;
    if (start === '- ') entries.push({ values: {}, line: i + 1 });
    const values = entries.at(-1)?.values;
    if (!values || Object.hasOwn(values, key)) return undefined;
    try {
      values[key] = octal ?? JSON.parse(quoted ?? json ?? '');
    } catch {
      return undefined;
    }
  }
  return entries.map(({ values, line }) => {
    const octal = values['filePermission'];
    return {
      text: key => (typeof values[key] === 'string' ? values[key] : ''),
      args: values['secretArgs'],
      permission: typeof octal === 'string' ? { text: octal, mode: parseInt(octal, 8), decimal: false } : undefined,
      line,
    };
  });
}

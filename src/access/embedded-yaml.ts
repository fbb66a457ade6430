import { parse } from 'yaml';

/** One line as our own printer writes it: a key that YAML takes for nothing else, and a quoted text, JSON, or an octal number. */
const LINE =
  /^(- | {2})(objectName|secretPath|secretKey|method|secretArgs|filePermission|encoding): (?:("(?:[^"\\]|\\["\\/bfnrt])*"|\{"[^\\]*\})|0([0-7]+))$/;

/**
 * The value of a YAML text inside a manifest, such as `objects` of a SecretProviderClass, in YAML 1.1 as its readers take
 * it. Lines as our own printer writes them are read without the whole of YAML, which would be most of the time that a
 * check takes; whatever else there is goes through it.
 *
 * @throws the parser's error, where the text is not YAML
 */
export function parseEmbeddedYaml(text: string): unknown {
  return plainList(text) ?? parse(text, { version: '1.1', logLevel: 'error' });
}

function plainList(text: string): unknown {
  const items: Record<string, unknown>[] = [];
  for (const line of text.replace(/\n$/, '').split('\n')) {
    const [, start, key, json, octal] = LINE.exec(line) ?? [];
    if (key === undefined) return undefined;
    if (start === '- ') items.push({});
    const item = items.at(-1);
    if (!item || Object.hasOwn(item, key)) return undefined;
    try {
      item[key] = json === undefined ? parseInt(octal ?? '', 8) : JSON.parse(json);
    } catch {
      return undefined;
    }
  }
  return items;
}

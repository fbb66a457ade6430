/**
 * Whether a text of Terraform says something itself, even in a part of it, and does not only refer to something:
 * `${var.password}` does not, `prefix-${var.password}` and `${base64encode("secret")}` do. The names of what is referred
 * to are no literals: keys of an object, of an index, and the file that is read.
 */
export function holdsLiteral(text: string): boolean {
  const [, expressions] = /^\$\{([\s\S]+)\}$/.exec(text.trim()) ?? [];
  return expressions === undefined || expressions.split('}${').some(e => !refers(e));
}

const NAMES: readonly (readonly [RegExp, string])[] = [
  [/\bfile(?:base64)?\(\s*"[^"]*"\s*\)/g, 'file.content'],
  [/(?<=[\w\])])\[\s*"[^"]*"\s*\]/g, ''],
  [/"[^"]*"\s*=(?!=)/g, ''],
  // The other way to write a key; the branches of a condition stand before a colon too, but not after `{` or `,`.
  [/(?<=[{,]\s*)"[^"]*"\s*:/g, ''],
];

/** Whether an expression takes a value from elsewhere, and has no text of its own: no string, no heredoc, no template. */
function refers(expression: string): boolean {
  const rest = NAMES.reduce((text, [pattern, instead]) => text.replace(pattern, instead), expression);
  return /[A-Za-z_][\w-]*\.[A-Za-z_]/.test(rest) && !/"|<<|[$%]\{/.test(rest);
}

import { part, type PrintedDocument } from '../access/documents';
import { holdsLiteral } from './literal';
import type { Rule } from './rule';
import { SECRET_ARGUMENTS, SECRET_ARGUMENTS_OF } from './secret-arguments';

/** A value that looks like a secret. */
export const secretValue: Rule = {
  id: 'VC401',
  title: 'a secret value stands in the output',
  why: 'whoever reads the repository, the state or the cluster then has it',
  fix: 'put the value into Vault by hand, and refer to it; see `vault-cdk checklist`',
  severity: 'error',
  live: 'silently ignored: it would be committed and applied',
  check: ({ documents }) => documents.flatMap(d => secretsIn(d).map(what => ({ message: what, origin: d.origin }))),
};

/** Texts that are secrets wherever they stand. */
const SHAPES: readonly (readonly [string, RegExp])[] = [
  ['a Vault token', /\bhv[sbr]\.[A-Za-z0-9_-]{20,}/],
  ['a JSON Web Token', /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+/],
  ['a private key', /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/],
  ['an AWS access key', /\bAKIA[0-9A-Z]{16}\b/],
  ['a password in an address', /:\/\/[^/\s:@{}]+:[^/\s:@{}]+@/],
];

function secretsIn(document: PrintedDocument): readonly string[] {
  const found: string[] = [];
  const visit = (value: unknown, field: readonly string[]): void => {
    if (typeof value === 'string' || typeof value === 'number') {
      const text = String(value);
      const shape = SHAPES.find(([, pattern]) => pattern.test(text));
      if (shape) found.push(`"${field.join('.')}" holds ${shape[0]}`);
      else if (document.format === 'terraform' && isSecret(field) && text !== '' && holdsLiteral(text))
        found.push(`"${field.join('.')}" holds a literal value`);
    } else if (typeof value === 'object' && value !== null)
      for (const [key, inner] of Object.entries(value)) if (key !== '//') visit(inner, [...field, key]);
  };
  visit(document.value, []);
  if (document.value['kind'] === 'Secret')
    for (const member of ['data', 'stringData'])
      for (const key of Object.keys(part(document.value, member)))
        found.push(`the Secret holds a literal value for "${key}"`);
  return found;
}

/** Whether an argument of Terraform holds a secret whatever it looks like: by its name, or by its name where it stands. */
function isSecret(field: readonly string[]): boolean {
  const names = field.filter(name => !/^\d+$/.test(name));
  const argument = (names.at(-1) ?? '').replace(/_wo$/, '');
  return (
    SECRET_ARGUMENTS.includes(argument) ||
    names.slice(0, -1).some(around => SECRET_ARGUMENTS_OF.get(around)?.includes(argument))
  );
}

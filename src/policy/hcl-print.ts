import { VaultCdkError } from '../errors/error';
import { CAPABILITIES, type PolicyDocument, type PolicyRule } from './document';
import type { ParameterMap, ParameterRules, ParameterValue } from './parameters';

/**
 * Policy text in the form that operators read: one stanza per path, sorted, a comment above each that says what it is
 * for. The text is a Terraform attribute, so it holds nothing that moves.
 *
 * @example
 * ```ts
 * printPolicy({ name: 'shop', rules: [{ path: 'secret/data/shop/db', capabilities: ['read'], comment: 'read shop/db' }] });
 * ```
 */
export function printPolicy(document: PolicyDocument): string {
  const rules = [...document.rules].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return rules.map(printRule).join('\n');
}

function printRule(rule: PolicyRule): string {
  if (rule.conditions !== undefined && rule.conditions.length > 0) throw conditionsUnknown(rule);
  const capabilities = CAPABILITIES.filter(c => rule.capabilities.includes(c)).map(c => JSON.stringify(c));
  const comment = rule.comment === undefined ? '' : `# ${onOneLine(rule.comment)}\n`;
  const lines = [`capabilities = [${capabilities.join(', ')}]`, ...parameterLines(rule.parameters ?? {})];
  return `${comment}path ${quote(rule.path)} {\n${lines.map(l => `  ${l}\n`).join('')}}\n`;
}

/** Vault refuses a policy with a null character in it, even in a comment. */
function onOneLine(text: string): string {
  return text.replace(/[\s\0]+/g, ' ');
}

function parameterLines({ allowed, denied, required }: ParameterRules): readonly string[] {
  const map = (name: string, values: ParameterMap): readonly string[] => [
    `${name} = {`,
    ...Object.entries(values)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, list]) => `  ${quote(key)} = [${list.map(printValue).join(', ')}]`),
    '}',
  ];
  return [
    ...(allowed === undefined ? [] : map('allowed_parameters', allowed)),
    ...(denied === undefined ? [] : map('denied_parameters', denied)),
    ...(required === undefined ? [] : [`required_parameters = [${required.map(quote).join(', ')}]`]),
  ];
}

function printValue(value: ParameterValue): string {
  if (typeof value === 'string') return quote(value);
  if (isList(value)) return `[${value.map(printValue).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return `{ ${Object.entries(value)
    .map(([k, v]) => `${quote(k)} = ${printValue(v)}`)
    .join(', ')} }`;
}

function isList(value: ParameterValue): value is readonly ParameterValue[] {
  return Array.isArray(value);
}

/** HCL1 text: backslash, quote and line breaks are escaped, everything else stands as it is. */
function quote(text: string): string {
  const escaped = text
    .replace(/["\\]/g, c => `\\${c}`)
    .replace(/\n/g, '\\n')
    .replace(/\r/g, '\\r')
    .replace(/\t/g, '\\t');
  return `"${escaped}"`;
}

/** Only the names of conditions are known; without their values the rule would be wider than it was. */
function conditionsUnknown(rule: PolicyRule): VaultCdkError {
  return new VaultCdkError({
    code: 'policy/conditions-not-printed',
    problem: `the rule for "${rule.path}" has conditions whose values are not known, so it cannot be printed`,
    given: rule.conditions,
    allowed: 'capabilities and parameters',
    fix: 'keep the text of the policy as it is',
  });
}

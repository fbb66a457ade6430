import { VaultCdkError } from '../errors/error';
import { CAPABILITIES, isCapability, isReadable, type PolicyRule } from '../policy/document';
import { parsePolicy } from '../policy/hcl-parse';
import { printPolicy } from '../policy/hcl-print';

/** What a rule is checked against, beside itself. */
interface RuleContext {
  /** Whether wildcards and `sudo` were acknowledged. */
  readonly broad: boolean;
  /** Where the policy is, for messages. */
  readonly at: string;
}

/**
 * Refuses a rule that Vault would refuse, that does not do what it says, or that is wider than was acknowledged.
 *
 * @param others - rules of the same policy for the same path
 */
export function assertRule(rule: PolicyRule, others: readonly PolicyRule[], { broad, at }: RuleContext): void {
  assertCapabilities(rule, at);
  assertReadable(rule, at);
  const words = [...others, rule].flatMap(r => r.capabilities);
  if (words.includes('deny') && words.some(word => word !== 'deny')) {
    throw new VaultCdkError({
      code: 'policy/deny-mixed',
      problem: `the rule for "${rule.path}" has "deny" beside other capabilities`,
      at,
      given: [...new Set(words)],
      allowed: '"deny" alone, or none',
      live: 'silently ignored: "deny" wins, and the others do nothing: 403 permission denied',
      fix: 'drop "deny", or the others',
    });
  }
  // What denies is never too wide.
  if (broad || rule.capabilities.every(word => word === 'deny')) return;
  const wildcard = /[*+]/.exec(rule.path)?.[0];
  if (wildcard === undefined && !rule.capabilities.includes('sudo')) return;
  const what = wildcard === undefined ? 'the capability "sudo"' : `the wildcard "${wildcard}"`;
  throw new VaultCdkError({
    code: 'policy/broad',
    problem: `the rule for "${rule.path}" has ${what}, and nothing says that this is meant`,
    at,
    given: { path: rule.path, capabilities: rule.capabilities },
    allowed: 'exact paths without "sudo"; or broad: acknowledge(reason, { owner, until })',
    live:
      wildcard === undefined
        ? 'silently ignored: what Vault protects is open to whoever has the policy'
        : 'silently ignored: what is stored below later is open to whoever has the policy',
    fix: 'write one rule for each path, or acknowledge it',
  });
}

/** Types refuse an unknown word; callers without types are told here. */
function assertCapabilities({ path, capabilities }: PolicyRule, at: string): void {
  const unknown = (capabilities as readonly string[]).find(word => !isCapability(word));
  if (unknown === undefined && capabilities.length > 0) return;
  throw new VaultCdkError({
    code: 'policy/capability',
    problem:
      unknown === undefined
        ? `the rule for "${path}" has no capabilities`
        : `the rule for "${path}" has a capability that Vault does not know`,
    at,
    given: capabilities,
    allowed: CAPABILITIES.join(', '),
    live:
      unknown === undefined
        ? 'silently ignored: the rule allows nothing'
        : `failed to parse policy: path ${JSON.stringify(path)}: invalid capability ${JSON.stringify(unknown)}`,
    fix: 'use words of the list',
  });
}

/** Whatever Vault's parser refuses in a rule, ours does in its text. */
function assertReadable(rule: PolicyRule, at: string): void {
  const parsed = parsePolicy('rule', printPolicy({ name: 'rule', rules: [rule] }));
  if (!isReadable(parsed))
    throw unreadable(`the rule for "${rule.path}" cannot be read by Vault: ${parsed.unreadable}`, at);
}

/** The rules of a policy text; refuses a text that is not understood, or that would lose something. */
export function rulesOfText(name: string, text: string, at: string): readonly PolicyRule[] {
  const parsed = parsePolicy(name, text);
  if (!isReadable(parsed)) throw unreadable(`the text of the policy cannot be read: ${parsed.unreadable}`, at);
  const conditional = parsed.rules.find(r => (r.conditions ?? []).length > 0);
  const twice = parsed.rules.find(
    r => r.parameters !== undefined && parsed.rules.some(o => o !== r && o.path === r.path),
  );
  if (conditional)
    throw unreadable(
      `the rule for "${conditional.path}" has conditions that would be lost: ${conditional.conditions?.join(', ') ?? ''}`,
      at,
    );
  if (twice) throw unreadable(`"${twice.path}" stands there twice, with parameters`, at);
  return parsed.rules;
}

function unreadable(problem: string, at: string): VaultCdkError {
  return new VaultCdkError({
    code: 'policy/text',
    problem,
    at,
    allowed: 'path "..." { capabilities = ["read"] }, each path once, without wrapping or control groups',
    live: 'failed to parse policy',
    fix: 'correct the text, or print it with a raw Policy of @cdktf/provider-vault',
  });
}

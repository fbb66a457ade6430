import type { ParameterRules } from './parameters';

/** The words that Vault knows in `capabilities` ([Vault: policies](https://developer.hashicorp.com/vault/docs/concepts/policies#capabilities)). */
export const CAPABILITIES = [
  'create',
  'read',
  'update',
  'patch',
  'delete',
  'list',
  'sudo',
  'deny',
  'subscribe',
  'recover',
] as const;

/** One word of `capabilities`. */
export type Capability = (typeof CAPABILITIES)[number];

/** Whether a text is a capability that Vault knows; any other word is refused by Vault with `invalid capability`. */
export function isCapability(word: string): word is Capability {
  return (CAPABILITIES as readonly string[]).includes(word);
}

/** One `path "..." { ... }` stanza. */
export interface PolicyRule {
  /** The path as written, wildcards included. */
  readonly path: string;
  /** What it allows there. */
  readonly capabilities: readonly Capability[];
  /**
   * What it is for: printed as a comment above the stanza.
   * @default - no comment
   */
  readonly comment?: string;
  /**
   * What requests may and must send.
   *
   * @default - anything
   */
  readonly parameters?: ParameterRules;
  /**
   * Attributes that make the answer depend on more than path, capability and parameters (wrapping, control groups), by
   * name. The evaluator answers "unknown" where such a rule would allow.
   * @default - none
   */
  readonly conditions?: readonly string[];
}

/** One policy whose text was understood. */
export interface PolicyDocument {
  /** The policy's name in Vault. */
  readonly name: string;
  /** Its stanzas. */
  readonly rules: readonly PolicyRule[];
}

/** One policy whose text is not at hand, or was not understood. */
export interface UnreadablePolicy {
  /** The policy's name in Vault. */
  readonly name: string;
  /** Why nothing can be said of it. */
  readonly unreadable: string;
}

/** A policy that a token carries, understood or not. */
export type Policy = PolicyDocument | UnreadablePolicy;

/** Whether a policy's rules are known. */
export function isReadable(policy: Policy): policy is PolicyDocument {
  return 'rules' in policy;
}

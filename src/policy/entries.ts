import type { Capability, PolicyRule } from './document';
import { mergeParameters, type ParameterRules } from './parameters';
import type { Pattern } from './pattern';

/** All rules with the same pattern, merged. */
export interface Entry {
  /** The pattern that they have. */
  readonly pattern: Pattern;
  /** Their path, as the first of them writes it. */
  readonly path: string;
  /** The names of the policies that hold them. */
  readonly policies: Set<string>;
  /** What any of them allows; where `deny` is among it, they allow nothing. */
  readonly capabilities: Set<Capability>;
  /** The conditions of any of them. */
  readonly conditions: Set<string>;
  /** What all of them together say of parameters. */
  parameters: ParameterRules;
}

/** Adds a rule to those with the same pattern. The order in which rules are added does not matter. */
export function addRule(store: Map<string, Entry>, pattern: Pattern, policy: string, rule: PolicyRule): void {
  let entry = store.get(pattern.key);
  if (!entry) {
    entry = {
      pattern,
      path: rule.path,
      policies: new Set(),
      capabilities: new Set(),
      conditions: new Set(),
      parameters: {},
    };
    store.set(pattern.key, entry);
  }
  entry.parameters = mergeParameters(entry.parameters, rule.parameters ?? {});
  entry.policies.add(policy);
  rule.capabilities.forEach(c => entry.capabilities.add(c));
  rule.conditions?.forEach(c => entry.conditions.add(c));
}

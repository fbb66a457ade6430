import { isCapability, type Policy, type PolicyRule } from './document';
import { Unreadable } from './hcl-tokens';
import { HclReader } from './hcl-values';
import { namedTwice, type ParameterMap, type ParameterRules, type ParameterValue } from './parameters';

/**
 * Reads policy text back. It understands the HCL form of policies; whatever it does not understand makes the whole
 * policy unreadable, with line and reason, so that no one ever decides on half a policy.
 */
export function parsePolicy(name: string, text: string): Policy {
  try {
    return { name, rules: new Parser(new HclReader(text)).policy() };
  } catch (error) {
    if (error instanceof Unreadable) return { name, unreadable: error.message };
    throw error;
  }
}

/** The attributes of a stanza that make an answer depend on more than path, capability and parameters. */
const CONDITIONS = [
  'min_wrapping_ttl',
  'max_wrapping_ttl',
  'mfa_methods',
  'control_group',
  'subscribe_event_types',
] as const;

class Parser {
  private readonly hcl: HclReader;

  constructor(hcl: HclReader) {
    this.hcl = hcl;
  }

  policy(): readonly PolicyRule[] {
    const rules: PolicyRule[] = [];
    let named = false;
    while (this.hcl.peek().kind !== 'end') {
      const { value, line } = this.hcl.next();
      if (value === 'name') {
        if (named) throw new Unreadable(`line ${line}: the attribute "name" stands twice`);
        named = true;
        this.hcl.mark('=');
        this.hcl.text();
      } else if (value === 'path') rules.push(this.rule());
      else throw new Unreadable(`line ${line}: invalid key ${JSON.stringify(value)}`);
    }
    return rules;
  }

  private rule(): PolicyRule {
    const path = this.path();
    let capabilities: PolicyRule['capabilities'] = [];
    let parameters: ParameterRules = {};
    const seen = new Set<string>();
    this.hcl.mark('{');
    while (!this.hcl.isMark('}')) {
      const { value: key, line } = this.hcl.next();
      if (seen.has(key)) throw new Unreadable(`line ${line}: the attribute ${JSON.stringify(key)} stands twice`);
      seen.add(key);
      if (key === 'capabilities') {
        this.hcl.mark('=');
        capabilities = this.capabilities();
      } else if (key === 'comment') {
        this.hcl.mark('=');
        this.hcl.text();
      } else if (key === 'allowed_parameters') parameters = { ...parameters, allowed: this.parameterMap(key) };
      else if (key === 'denied_parameters') parameters = { ...parameters, denied: this.parameterMap(key) };
      else if (key === 'required_parameters') parameters = { ...parameters, required: this.texts(key) };
      else if ((CONDITIONS as readonly string[]).includes(key)) this.hcl.value();
      else throw new Unreadable(`line ${line}: invalid key ${JSON.stringify(key)}`);
    }
    this.hcl.mark('}');
    const conditions = CONDITIONS.filter(c => seen.has(c));
    return {
      path,
      capabilities,
      ...(Object.keys(parameters).length > 0 ? { parameters } : {}),
      ...(conditions.length > 0 ? { conditions } : {}),
    };
  }

  private capabilities(): PolicyRule['capabilities'] {
    const words: string[] = [];
    this.hcl.mark('[');
    while (!this.hcl.isMark(']')) {
      words.push(this.hcl.text());
      if (!this.hcl.isMark(']')) this.hcl.mark(',');
    }
    const { line } = this.hcl.next();
    const unknown = words.find(w => !isCapability(w));
    if (unknown !== undefined) throw new Unreadable(`line ${line}: invalid capability ${JSON.stringify(unknown)}`);
    return words.filter(isCapability);
  }

  /** Lists of values by parameter; names are folded to lower case, as Vault does. */
  private parameterMap(key: string): ParameterMap {
    const { line } = this.hcl.peek();
    const value = this.hcl.value();
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new Unreadable(`line ${line}: "${key}" is not an object`);
    const twice = namedTwice(Object.keys(value));
    if (twice !== undefined) throw new Unreadable(`line ${line}: "${key}" ${twice}`);
    return Object.fromEntries(
      Object.entries(value).map(([name, values]) => {
        if (!Array.isArray(values)) throw new Unreadable(`line ${line}: "${key}" of "${name}" is not a list`);
        return [name.toLowerCase(), values as readonly ParameterValue[]];
      }),
    );
  }

  private texts(key: string): readonly string[] {
    const { line } = this.hcl.peek();
    const value = this.hcl.value();
    if (Array.isArray(value) && value.every(v => typeof v === 'string')) return value;
    throw new Unreadable(`line ${line}: "${key}" is not a list of texts`);
  }

  /** Vault refuses the whole policy for either of these. */
  private path(): string {
    const { line } = this.hcl.peek();
    const path = this.hcl.text();
    if (path.includes('+*'))
      throw new Unreadable(`line ${line}: path ${JSON.stringify(path)}: invalid use of wildcards ('+*' is forbidden)`);
    if (!templatesClose(path)) throw new Unreadable(`line ${line}: the braces of ${JSON.stringify(path)} do not match`);
    return path;
  }
}

/** As Vault asks it: cut at each `{{`, the first piece holds no `}}`, and every other piece holds exactly one. */
function templatesClose(path: string): boolean {
  return path.split('{{').every((piece, i) => piece.split('}}').length === (i === 0 ? 1 : 2));
}

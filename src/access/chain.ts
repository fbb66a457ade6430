import { globMatches } from '../core/glob';
import { Acl } from '../policy/evaluator';
import { type Capability, isReadable, type Policy } from '../policy/document';
import { parsePattern } from '../policy/pattern';
import { isKnown, type Known } from './documents';
import type { AccessModel, DeliveryFact, EngineFact, PodsFact, PolicyFact, ProviderClassFact, RoleFact } from './model';

/** One identity that a role admits. A `*` stands for any. */
export interface Identity {
  readonly namespace: string;
  readonly serviceAccount: string;
}

/** The role that a delivery logs in with, or why there is none. */
export type RoleLink = { readonly found: RoleFact } | { readonly missing: string } | { readonly unknown: string };

/** A role that exists already, and is not printed. */
export interface StatedRole {
  readonly stack: string;
  readonly mount: string;
  readonly name: string;
}

/** The policy that Vault always has, and puts on every token unless told otherwise. Anyone with the right may edit it. */
export const DEFAULT_POLICY = 'default';

/** The policy that allows everything, and that only root tokens carry. */
export const ROOT_POLICY = 'root';

/** Follows the links between facts: delivery to role, role to policies, pods to delivery. Remembers what it built. */
export class Chain {
  readonly model: AccessModel;
  private readonly acls = new Map<RoleFact, Acl>();
  private readonly roleIndex = new Map<string, RoleFact[]>();
  private readonly policyIndex = new Map<string, PolicyFact>();
  private readonly deliveryIndex = new Map<string, DeliveryFact>();
  private readonly providerClasses: ReadonlySet<string>;

  private readonly engines: readonly EngineFact[];
  private readonly stated: readonly StatedRole[];

  /**
   * @param stated - engines that are not printed, but that the program knows of
   * @param roles - roles of which the same is true
   */
  constructor(model: AccessModel, stated: readonly EngineFact[] = [], roles: readonly StatedRole[] = []) {
    this.model = model;
    this.stated = roles;
    this.engines = [...model.engines, ...stated];
    for (const role of model.roles) {
      if (!isKnown(role.mount) || !isKnown(role.name)) continue;
      const key = `${this.meantMount(role.mount)}\0${role.name.toLowerCase()}`;
      this.roleIndex.set(key, [...(this.roleIndex.get(key) ?? []), role]);
    }
    for (const fact of model.policies) this.policyIndex.set(`${fact.stack}\0${fact.policy.name}`, fact);
    for (const d of model.deliveries) this.deliveryIndex.set(placeOf(d, d.name), d);
    this.providerClasses = new Set(model.providerClasses.map(c => placeOf(c, c.name)));
  }

  /** The role that a delivery logs in with. "Missing" only where the mount itself is printed, so that nobody else can have it. */
  roleOf(delivery: DeliveryFact): RoleLink {
    const { role, stack } = delivery;
    const mount = this.meantMount(delivery.mount);
    const candidates = (this.roleIndex.get(`${mount}\0${role.toLowerCase()}`) ?? []).filter(
      r => stack === undefined || r.stack === stack,
    );
    const [only, second] = candidates;
    if (only && second) return { unknown: `several stacks print a role "${role}" on auth/${mount}` };
    if (only) return { found: only };
    const isStated = this.stated.some(
      r => r.mount === mount && r.name === role.toLowerCase() && (stack === undefined || r.stack === stack),
    );
    if (isStated)
      return { unknown: `the role "${role}" on auth/${mount} exists already, and what it grants is not printed` };
    const printed = this.model.authMounts.some(m => m.path === mount && (stack === undefined || m.stack === stack));
    return printed
      ? { missing: `auth/${mount} has no role "${role}"` }
      : { unknown: `auth/${mount} is not among what was read` };
  }

  /** The SecretProviderClass that pods mount, where it is one of Vault's. */
  deliveryOf(pods: PodsFact, name: string): DeliveryFact | undefined {
    return this.deliveryIndex.get(placeOf(pods, name));
  }

  /** Whether the SecretProviderClass that pods mount is printed, for whatever provider. */
  hasProviderClass(pods: PodsFact, name: string): boolean {
    return this.providerClasses.has(placeOf(pods, name));
  }

  /** The policies of a role, as far as they are known. */
  policiesOf(role: RoleFact): readonly Policy[] {
    const own: readonly Policy[] = isKnown(role.policies)
      ? role.policies.map(name =>
          isKnown(name)
            ? this.policy(role.stack, name)
            : { name: '(not known)', unreadable: `its name is ${name.unknown}` },
        )
      : [{ name: '(not known)', unreadable: `the list of policies is ${role.policies.unknown}` }];
    const named = own.some(p => p.name.toLowerCase() === DEFAULT_POLICY);
    return role.defaultPolicy && !named ? [...own, this.policy(role.stack, DEFAULT_POLICY)] : own;
  }

  /** The stack that a delivery belongs to: the one that has its role, else the one that it states; undefined where neither is known. */
  stackOf(delivery: DeliveryFact): string | undefined {
    const link = this.roleOf(delivery);
    return 'found' in link ? link.found.stack : delivery.stack;
  }

  /** The engines that a delivery may read from: those of all stacks, where its own is not known. */
  enginesFor(delivery: DeliveryFact): readonly EngineFact[] {
    return this.enginesIn(this.stackOf(delivery));
  }

  /** What the token of a role may do. */
  aclOf(role: RoleFact): Acl {
    const known = this.acls.get(role) ?? new Acl(this.policiesOf(role), this.enginesIn(role.stack));
    this.acls.set(role, known);
    return known;
  }

  /**
   * The capabilities of the one rule that decides on a path; empty where there is none. For those that no request asks
   * for by itself, such as `sudo`.
   */
  capabilitiesOn(role: RoleFact, path: string): Known<readonly Capability[]> {
    const { outcome, rule, because } = this.aclOf(role).decide('read', path);
    if (outcome === 'unknown' && (rule === undefined || rule.includes('{{'))) return { unknown: because };
    const rules = this.policiesOf(role)
      .filter(isReadable)
      .flatMap(p => p.rules);
    const at = (pattern: string): readonly Capability[] =>
      rules.filter(r => parsePattern(r.path).key === parsePattern(pattern).key).flatMap(r => r.capabilities);
    // A pattern is decided by the rule of that very pattern, though another may match its text better.
    const own = at(path);
    const decisive = own.length > 0 || rule === undefined ? own : at(rule);
    return decisive.includes('deny') ? ['deny'] : [...new Set(decisive)];
  }

  /** The engines that are known of in a stack; in any, where it is not said in which. */
  enginesIn(stack: string | undefined): readonly EngineFact[] {
    return this.engines.filter(e => stack === undefined || e.stack === stack);
  }

  /** A mount that is spelled as policies spell it, which leads nowhere and is said elsewhere, is taken as it was meant. */
  meantMount(mount: string): string {
    return this.model.authMounts.some(m => m.path === mount) ? mount : mount.replace(/^\/?auth\//, '');
  }

  /** Whether a role admits an identity; undefined where that is not known. */
  admits(role: RoleFact, { namespace, serviceAccount }: Identity): boolean | undefined {
    if (!isKnown(role.serviceAccounts) || !isKnown(role.namespaces)) return undefined;
    if (!role.serviceAccounts.some(pattern => globMatches(pattern, serviceAccount))) return false;
    if (role.namespaces.some(pattern => globMatches(pattern, namespace))) return true;
    return role.namespaceSelector ? undefined : false;
  }

  private policy(stack: string, name: string): Policy {
    // No auth method may hand it out, so it never adds anything; that a role names it is said elsewhere.
    if (name.toLowerCase() === ROOT_POLICY) return { name, rules: [] };
    const fact = this.policyIndex.get(`${stack}\0${name.toLowerCase()}`);
    if (fact) return fact.policy;
    const builtIn = name.toLowerCase() === DEFAULT_POLICY;
    const reason = builtIn
      ? 'Vault always has it, its text can be edited there, and it is not printed'
      : 'it is not among what was read';
    return { name, unreadable: reason };
  }
}

/** Every pair that a role admits: names times namespaces, as Vault binds them. */
export function identitiesOf(role: RoleFact): readonly Identity[] {
  const names = isKnown(role.serviceAccounts) ? role.serviceAccounts : ['?'];
  const namespaces = isKnown(role.namespaces) ? role.namespaces : ['?'];
  return namespaces.flatMap(namespace => names.map(serviceAccount => ({ namespace, serviceAccount })));
}

/** The paths that a role's readable policies name, each once, sorted. */
export function pathsOf(policies: readonly Policy[]): readonly string[] {
  return [...new Set(policies.filter(isReadable).flatMap(p => p.rules.map(r => r.path)))].sort();
}

/** The engine that a path leads to, where only one is known to; none where several stacks say different things of it. */
export function engineOf(path: string, engines: readonly EngineFact[]): EngineFact | undefined {
  const found = engines.filter(e => path.startsWith(`${e.path}/`));
  const longest = Math.max(...found.map(e => e.path.length));
  const [first, ...others] = found.filter(e => e.path.length === longest);
  return others.some(e => e.type !== first?.type || e.version !== first.version) ? undefined : first;
}

/** Where an object of a namespace is. */
function placeOf({ cluster, namespace }: Pick<ProviderClassFact, 'cluster' | 'namespace'>, name: string): string {
  return [cluster, namespace, name].join('\0');
}

/** An identity as people write it. */
export function identityText({ namespace, serviceAccount }: Identity): string {
  return `${namespace}/${serviceAccount}`;
}

import type { Manifest } from '../core/patch';
import type { Origin } from '../errors/finding';
import { parsePolicy } from '../policy/hcl-parse';
import type { Policy } from '../policy/document';
import { isKnown, type Known, part, type PrintedDocument, textOf, type Unknown } from './documents';
import type { AccessModel, DatabaseRoleFact, EngineFact } from './model';

/** The facts of one stack. */
export type TerraformFacts = Pick<
  AccessModel,
  'engines' | 'authMounts' | 'authConfigs' | 'roles' | 'policies' | 'databaseRoles'
>;

/** Reads the resources of one `cdk.tf.json`, or of any Terraform JSON. */
export function readTerraform(document: PrintedDocument): TerraformFacts {
  const scope = new References(part(document.value, 'resource'));
  const stack = document.group;
  const all = <T>(type: string, fact: (resource: Resource) => T): readonly T[] =>
    Object.keys(part(part(document.value, 'resource'), type))
      .sort()
      .map(name => {
        const values = scope.resource(type, name);
        const place = (...argument: readonly string[]): Origin => originOf(document, [type, name, ...argument], scope);
        return fact({ scope, values, origin: place(), originOf: a => (Object.hasOwn(values, a) ? place(a) : place()) });
      });
  return {
    engines: all('vault_mount', r => engineOf(stack, r)).flatMap(e => e ?? []),
    authMounts: all('vault_auth_backend', r => {
      const type = known(text(r, 'type'), 'a type that is not known');
      return {
        stack,
        path: known(text(r, 'path', type), r.origin.construct ?? type),
        type,
        limitsTokens: limitsTokens(r),
        origin: r.origin,
      };
    }),
    authConfigs: all('vault_kubernetes_auth_backend_config', r => ({
      stack,
      mount: text(r, 'backend', 'kubernetes'),
      arguments: r.values,
      origin: r.origin,
    })),
    roles: all('vault_kubernetes_auth_backend_role', r => ({
      stack,
      mount: text(r, 'backend', 'kubernetes'),
      name: text(r, 'role_name'),
      serviceAccounts: texts(r, 'bound_service_account_names'),
      namespaces: texts(r, 'bound_service_account_namespaces'),
      // Vault takes an empty selector for none.
      namespaceSelector: (r.values['bound_service_account_namespace_selector'] ?? '') !== '',
      audience: r.values['audience'] === undefined ? undefined : text(r, 'audience'),
      policies: list(r, 'token_policies'),
      defaultPolicy: r.values['token_no_default_policy'] !== true,
      arguments: r.values,
      lifetime: {
        token_ttl: seconds(r, 'token_ttl'),
        token_max_ttl: seconds(r, 'token_max_ttl'),
        token_explicit_max_ttl: seconds(r, 'token_explicit_max_ttl'),
        token_period: seconds(r, 'token_period'),
      },
      endless:
        r.values['token_type'] !== 'batch' &&
        ['token_max_ttl', 'token_explicit_max_ttl', 'token_period'].every(a => (r.values[a] ?? 0) === 0),
      origin: r.origin,
      originOf: r.originOf,
    })),
    policies: all('vault_policy', r => ({ stack, policy: policyOf(r), origin: r.origin, originOf: r.originOf })),
    databaseRoles: all('vault_database_secret_backend_role', r => databaseRole(r, stack)).flatMap(r => r ?? []),
  };
}

function limitsTokens({ values }: Resource): boolean {
  const block: unknown = Array.isArray(values['tune']) ? values['tune'][0] : values['tune'];
  return textOf(block, 'max_lease_ttl') !== undefined;
}

function databaseRole(r: Resource, stack: string): DatabaseRoleFact | undefined {
  const [backend, name] = [text(r, 'backend'), text(r, 'name')];
  if (!isKnown(backend) || !isKnown(name)) return undefined;
  return { stack, path: `${backend}/creds/${name}`, maxTtl: seconds(r, 'max_ttl'), origin: r.origin };
}

/** A number of seconds; 0 where it is not stated. */
function seconds({ scope, values }: Resource, key: string): Known<number> {
  const value = values[key] ?? 0;
  if (typeof value === 'number') return value;
  const resolved = scope.text(value);
  if (!isKnown(resolved)) return resolved;
  return /^\d+$/.test(resolved) ? Number(resolved) : { unknown: JSON.stringify(value) };
}

interface Resource {
  readonly scope: References;
  readonly values: Manifest;
  readonly origin: Origin;
  /** Where an argument is. */
  readonly originOf: (argument: string) => Origin;
}

function engineOf(stack: string, resource: Resource): EngineFact | undefined {
  const [path, type] = [text(resource, 'path'), text(resource, 'type')];
  if (!isKnown(path) || !isKnown(type)) return undefined;
  // `kv-v2` is another way to say both.
  const version = type === 'kv-v2' ? '2' : part(resource.values, 'options')['version'];
  const fact = { stack, path, type: type === 'kv-v2' ? 'kv' : type };
  return version === '2' || version === '1' ? { ...fact, version: version === '2' ? 2 : 1 } : fact;
}

function policyOf(resource: Resource): Policy {
  const name = known(text(resource, 'name'), '(a name that is not known)').toLowerCase();
  const policy = text(resource, 'policy');
  return isKnown(policy) ? parsePolicy(name, policy) : { name, unreadable: `its text is ${policy.unknown}` };
}

function text({ scope, values }: Resource, key: string, fallback?: string): Known<string> {
  const value = values[key];
  if (value === undefined && fallback !== undefined) return fallback;
  return scope.text(value);
}

function list({ scope, values }: Resource, key: string): Known<readonly Known<string>[]> {
  const value = values[key];
  if (value === undefined) return [];
  return Array.isArray(value) ? value.map(v => scope.text(v)) : { unknown: JSON.stringify(value) };
}

function texts(resource: Resource, key: string): Known<readonly string[]> {
  const items = list(resource, key);
  if (!isKnown(items)) return items;
  const unknown = items.find((i): i is Unknown => !isKnown(i));
  return unknown ?? items.filter((i): i is string => isKnown(i));
}

function known(value: Known<string>, otherwise: string): string {
  return isKnown(value) ? value : otherwise;
}

/** Follows references between the resources of one file. */
export class References {
  private readonly resources: Manifest;

  constructor(resources: Manifest) {
    this.resources = resources;
  }

  /** The arguments of one resource; empty where there is none. */
  resource(type: string, name: string): Manifest {
    const value = part(this.resources, type)[name];
    const one: unknown = Array.isArray(value) ? value[0] : value;
    return typeof one === 'object' && one !== null ? (one as Manifest) : {};
  }

  /** A text with its references put in and its escapes undone; unknown where a reference leads out of the file. */
  text(value: unknown, depth = 0): Known<string> {
    if (typeof value !== 'string') return { unknown: value === undefined ? 'not stated' : JSON.stringify(value) };
    if (!/[$%]\{/.test(value)) return value;
    let unknown: string | undefined;
    const resolved = value.replace(
      /([$%])\1\{|[$%]\{([^}]*)\}/g,
      (whole, escaped: string | undefined, inner: string | undefined) => {
        if (escaped !== undefined) return `${escaped}{`;
        const target = depth > 8 ? undefined : this.reference(inner ?? '', depth);
        if (target === undefined || !isKnown(target)) unknown ??= whole;
        return typeof target === 'string' ? target : whole;
      },
    );
    return unknown === undefined ? resolved : { unknown };
  }

  private reference(expression: string, depth: number): Known<string> | undefined {
    const [, type, name, attribute] = /^([a-z0-9_]+)\.([\w-]+)\.([a-z0-9_]+)$/.exec(expression.trim()) ?? [];
    if (type === undefined || name === undefined || attribute === undefined) return undefined;
    const value = this.resource(type, name)[attribute];
    return value === undefined ? undefined : this.text(value, depth + 1);
  }
}

function originOf(document: PrintedDocument, way: readonly string[], scope: References): Origin {
  const [type = '', name = ''] = way;
  const origin = document.locate?.('resource', ...way) ?? document.origin;
  const construct = textOf(part(part(scope.resource(type, name), '//'), 'metadata'), 'path');
  return construct === undefined ? origin : { ...origin, construct };
}

import { isRecord } from './json';
import { messageOf } from '../../../src/errors/error';
import { referencesIn, resolve, type Reference } from './terraform-template';
import type { Vault } from './vault';
import { type Arguments, type Block, type Kind, kinds, type ResourceType, type Sender } from './resource-type';
import { resourceTypes } from './vault-provider';

export interface ApplyOptions {
  /** The values of `${var.name}`; what is not here has the default of its `variable` block. */
  readonly variables?: Readonly<Record<string, unknown>>;
}

export interface Applied {
  /** The address in Terraform, for example `vault_policy.shop`. */
  readonly address: string;
  /** The path in Vault that was written. */
  readonly path: string;
  /** What Vault warned of; Terraform does not show it. */
  readonly warnings: readonly string[];
}

interface Resource {
  readonly address: string;
  readonly type: ResourceType;
  /** As printed, without meta-arguments. */
  readonly args: Arguments;
  /** Addresses of what has to exist before. */
  readonly after: ReadonlySet<string>;
}

/**
 * Applies a `cdk.tf.json` to a fresh Vault, as `terraform apply` with the real provider would, for where neither can be had.
 * It creates, and does not plan, update or delete. What it does not know it refuses: an argument that is
 * silently left out would make every test that passes with it a lie.
 *
 * @param json the parsed file
 * @returns what was written, in order
 */
export async function applyTerraform(
  json: unknown,
  vault: Pick<Vault, 'request' | 'rootToken'>,
  options: ApplyOptions = {},
): Promise<readonly Applied[]> {
  const document = readDocument(json);
  const variables = readVariables(document['variable'], options.variables ?? {});
  const resources = readResources(document['resource']);
  const send: Sender = (method, path, body) => vault.request(method, path, { token: vault.rootToken, body });

  const attributes = new Map<string, Arguments>();
  const lookup = (reference: Reference): unknown => find(reference, variables, attributes);
  const applied: Applied[] = [];
  for (const { address, type, args } of inOrder(resources)) {
    await about(address, async () => {
      const values = checked(resolve(args, lookup) as Arguments, type);
      const created = await type.create(values, send);
      attributes.set(address, created.attributes);
      applied.push({ address, path: created.path, warnings: created.warnings });
    });
  }
  return applied;
}

/**
 * Blocks that do nothing to a fresh Vault are accepted unread. The provider's are checked, since some of its arguments
 * decide where things are written; how it connects and logs in is ours to say.
 */
function readDocument(json: unknown): Readonly<Record<string, unknown>> {
  if (!isRecord(json)) throw new Error('not a Terraform JSON document');
  refuseUnknown(json, ['//', 'terraform', 'provider', 'variable', 'resource', 'output', 'moved'], 'block');
  const providers = json['provider'] ?? {};
  if (!isRecord(providers)) throw new Error('the provider block is not an object');
  refuseUnknown(providers, ['vault'], 'provider');
  const vaults = [providers['vault'] ?? []].flat();
  if (vaults.length > 1) throw new Error('more than one configuration of provider vault is not supported');
  for (const provider of vaults) {
    if (!isRecord(provider)) throw new Error('the configuration of provider vault is not an object');
    const names = Object.keys(provider).filter(name => !/^auth_login(_\w+)?$/.test(name));
    refuse(names, connection, 'argument of provider vault');
  }
  return json;
}

const connection = [
  'address',
  'add_address_to_env',
  'ca_cert_file',
  'ca_cert_dir',
  'client_auth',
  'max_lease_ttl_seconds',
  'max_retries',
  'max_retries_ccc',
  'skip_child_token',
  'skip_get_vault_version',
  'skip_tls_verify',
  'tls_server_name',
  'token_name',
  'vault_version_override',
];

function readVariables(blocks: unknown, values: Readonly<Record<string, unknown>>): ReadonlyMap<string, unknown> {
  const declared = blocks ?? {};
  if (!isRecord(declared)) throw new Error('the variable block is not an object');
  refuseUnknown(values, Object.keys(declared), 'variable');
  const found = new Map<string, unknown>();
  for (const [name, block] of Object.entries(declared)) {
    if (!isRecord(block)) throw new Error(`variable ${name} is not an object`);
    const known = ['//', 'default', 'description', 'ephemeral', 'nullable', 'sensitive', 'type'];
    refuseUnknown(block, known, `argument of variable ${name}`);
    if (Object.hasOwn(values, name)) found.set(name, values[name]);
    else if (Object.hasOwn(block, 'default')) found.set(name, block['default']);
    else throw new Error(`variable ${name} has neither a value nor a default`);
  }
  return found;
}

function readResources(blocks: unknown): readonly Resource[] {
  const types = blocks ?? {};
  if (!isRecord(types)) throw new Error('the resource block is not an object');
  refuseUnknown(types, Object.keys(resourceTypes), 'resource type');
  const resources: Resource[] = [];
  for (const [typeName, named] of Object.entries(types)) {
    const type = resourceTypes[typeName];
    if (!type || !isRecord(named)) throw new Error(`resource ${typeName} is not an object`);
    for (const [name, block] of Object.entries(named)) resources.push(readResource(`${typeName}.${name}`, type, block));
  }
  return resources;
}

function readResource(address: string, type: ResourceType, block: unknown): Resource {
  if (!isRecord(block)) throw new Error(`${address} is not an object`);
  const { '//': metadata, lifecycle = {}, depends_on: dependsOn = [], ...args } = block;
  if (metadata !== undefined && !isRecord(metadata)) throw new Error(`the metadata of ${address} is not an object`);
  refuseUnknown(args, Object.keys(type.arguments), `argument of ${address}`);
  for (const [name, kind] of Object.entries(type.arguments))
    if (typeof kind === 'object' && isRecord(args[name]))
      refuseUnknown(args[name], Object.keys(kind.block), `argument of ${name} in ${address}`);
  if (!isRecord(lifecycle)) throw new Error(`lifecycle of ${address} is not an object`);
  // Of no effect where nothing exists yet. Conditions would have one, and are refused.
  const harmless = ['create_before_destroy', 'ignore_changes', 'prevent_destroy', 'replace_triggered_by'];
  refuseUnknown(lifecycle, harmless, `lifecycle argument of ${address}`);
  if (!Array.isArray(dependsOn)) throw new Error(`depends_on of ${address} is not a list`);
  const references = referencesIn(args).filter(({ attribute }) => attribute !== undefined);
  return { address, type, args, after: new Set([...references.map(one => one.address), ...dependsOn.map(String)]) };
}

/**
 * Terraform goes by references and depends_on alone, and does the rest at once. So of what may come next, mounts come last:
 * what lives in one and does not refer to it fails here every time, and not only when Terraform loses the race.
 */
function inOrder(resources: readonly Resource[]): readonly Resource[] {
  const waiting = new Map(resources.map(resource => [resource.address, resource]));
  for (const { address, after } of resources) refuse(after, waiting.keys(), `resource that ${address} refers to`);
  const ordered: Resource[] = [];
  while (waiting.size > 0) {
    const free = [...waiting.values()].filter(({ after }) => ![...after].some(address => waiting.has(address)));
    const next = free.find(({ type }) => !type.isMount) ?? free[0];
    if (!next) throw new Error(`these resources refer to each other in a circle: ${[...waiting.keys()].join(', ')}`);
    waiting.delete(next.address);
    ordered.push(next);
  }
  return ordered;
}

function find(
  { address, attribute }: Reference,
  variables: ReadonlyMap<string, unknown>,
  attributes: ReadonlyMap<string, Arguments>,
): unknown {
  if (attribute === undefined) {
    const name = address.slice('var.'.length);
    if (!variables.has(name)) throw new Error(`variable ${name} is not declared`);
    return variables.get(name);
  }
  const value = attributes.get(address)?.[attribute];
  if (value === undefined) throw new Error(`${address} has no value for "${attribute}"`);
  return value;
}

function checked(args: Arguments, type: ResourceType): Arguments {
  const values = typed(args, type.arguments);
  for (const name of type.required) {
    if (values[name] === undefined) throw new Error(`the argument "${name}" is required`);
  }
  return values;
}

/** Null means "not given", as in Terraform. The values are not quoted: one may be a token. */
function typed(args: Arguments, known: Readonly<Record<string, Kind | Block>>): Arguments {
  const values = Object.entries(args).filter(([, value]) => value !== null);
  return Object.fromEntries(
    values.map(([name, value]) => {
      const kind = known[name];
      if (typeof kind === 'object' && isRecord(value)) return [name, typed(value, kind.block)];
      if (typeof kind !== 'string' || !kinds[kind](value))
        throw new Error(`"${name}" is not of type ${typeof kind === 'object' ? 'block' : String(kind)}`);
      return [name, value];
    }),
  );
}

async function about(address: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw new Error(`${address}: ${messageOf(error)}`, { cause: error });
  }
}

function refuseUnknown(given: Readonly<Record<string, unknown>>, known: readonly string[], what: string): void {
  refuse(Object.keys(given), known, what);
}

function refuse(names: Iterable<string>, known: Iterable<string>, what: string): void {
  const all = new Set(known);
  const unknown = [...names].filter(name => !all.has(name));
  if (unknown.length > 0) throw new Error(`unknown ${what}: ${unknown.join(', ')}`);
}

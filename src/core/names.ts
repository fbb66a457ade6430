import { createHash } from 'node:crypto';
import { VaultCdkError } from '../errors/error';
import type { ProblemCode } from '../errors/problem';

/** A name that is being checked: what it names and where, for the message. */
export interface Named {
  /** e.g. `the namespace`. */
  readonly what: string;
  /** Path of the construct. */
  readonly at: string;
}

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** A Kubernetes name of at most 63 characters, such as a namespace (RFC 1123 label). */
export function dnsLabel(name: string, { what, at }: Named): string {
  const rule =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
  if (name.length > 63) throw tooLong(name, 63, { what, at }, 'kubernetes/name', 'must be no more than 63 characters');
  if (LABEL.test(name)) return name;
  throw badName('kubernetes/name', name, { what, at }, 'lower-case letters, digits and "-", at most 63', rule);
}

/** Whether a text is a Kubernetes name of at most 253 characters. */
export function isDnsSubdomain(name: string): boolean {
  return name.length <= 253 && SUBDOMAIN.test(name);
}

/** A Kubernetes name of at most 253 characters, such as a service account (RFC 1123 subdomain). */
export function dnsSubdomain(name: string, { what, at }: Named): string {
  const rule =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
  if (name.length > 253)
    throw tooLong(name, 253, { what, at }, 'kubernetes/name', 'must be no more than 253 characters');
  if (isDnsSubdomain(name)) return name;
  throw badName('kubernetes/name', name, { what, at }, 'lower-case letters, digits, "-" and ".", at most 253', rule);
}

/**
 * Vault itself sets no limit, but its file storage keeps a name as one file, prefixed by an underscore, and file systems
 * end at 255 bytes.
 */
const VAULT_NAME_LIMIT = 254;

/** The name of a policy, role or other object of Vault: folded to lower case by Vault, so only lower case is taken. */
export function vaultName(name: string, { what, at }: Named): string {
  if (name !== name.toLowerCase()) {
    const live = `silently ignored: Vault stores ${JSON.stringify(name.toLowerCase())}, and Terraform sees a difference at every plan`;
    throw badName('vault/name', name, { what, at }, JSON.stringify(name.toLowerCase()), live);
  }
  if (Buffer.byteLength(name) > VAULT_NAME_LIMIT)
    throw tooLong(name, VAULT_NAME_LIMIT, { what, at }, 'vault/name', 'file name too long');
  if (/^\w([\w.-]*\w)?$/.test(name)) return name;
  throw badName(
    'vault/name',
    name,
    { what, at },
    'letters, digits, "_", "-" and ".", the first and last a letter, digit or "_"',
    '404 unsupported path',
  );
}

/** Policies that Vault makes itself. Source: Vault 1.21 `policy_store.go`, `immutablePolicies`, and `default`. */
const RESERVED_POLICIES: Readonly<Record<string, string>> = {
  root: 'cannot update "root" policy',
  'response-wrapping': 'cannot update "response-wrapping" policy',
  'control-group': 'cannot update "control-group" policy',
  default: 'silently ignored: the policy that is on every token would be replaced',
};

/** The name of a policy: one that Vault does not keep for itself. */
export function policyName(name: string, named: Named): string {
  const live = Object.hasOwn(RESERVED_POLICIES, name) ? RESERVED_POLICIES[name] : undefined;
  if (live === undefined) return vaultName(name, named);
  throw badName('vault/name', name, named, 'a name that Vault does not keep for itself', live);
}

/** A path inside Vault, as a mount or a secret has it: no slash or space at either end, no wildcard, no empty segment. */
export function vaultPath(path: string, { what, at }: Named): string {
  const wrong = pathFault(path);
  if (wrong === undefined) {
    const segment = path.split('/').find(s => Buffer.byteLength(s) > VAULT_NAME_LIMIT);
    if (segment !== undefined)
      throw tooLong(segment, VAULT_NAME_LIMIT, { what, at }, 'vault/path', 'file name too long');
    return path;
  }
  throw new VaultCdkError({
    code: 'vault/path',
    problem: `${what} ${wrong.problem}`,
    at,
    given: path,
    allowed: wrong.allowed ?? 'segments of visible characters, separated by single slashes, e.g. "shop/db"',
    live: wrong.live,
    fix: wrong.allowed === undefined ? `change ${what}` : `write ${wrong.allowed}`,
  });
}

interface PathFault {
  readonly problem: string;
  readonly live: string;
  readonly allowed?: string;
}

/** The path without what people add at its ends and between its segments, if Vault takes it then. */
function mended(path: string): Pick<PathFault, 'allowed'> {
  const plain = path
    .trim()
    .replace(/\/+/g, '/')
    .replace(/^\/|\/$/g, '')
    .trim();
  return pathFault(plain) === undefined ? { allowed: JSON.stringify(plain) } : {};
}

function pathFault(path: string): PathFault | undefined {
  const denied = '403 permission denied';
  if (path === '') return { problem: 'is empty', live: '404 unsupported path' };
  if (path !== path.trim()) return { problem: 'has a space at an end', live: denied, ...mended(path) };
  if (/^\/|\/$/.test(path))
    return {
      problem: 'has a slash at an end',
      live: 'value for "path" contains leading/trailing "/"',
      ...mended(path),
    };
  if (/[*+]/.test(path)) {
    const live = 'silently ignored: in a policy "*" and "+" are wildcards, and the rule would match other paths too';
    return { problem: `contains the wildcard "${/[*+]/.exec(path)?.[0]}"`, live };
  }
  if (path.includes('//')) return { problem: 'has an empty segment', live: denied, ...mended(path) };
  if (/(^|\/)\.\.?(\/|$)/.test(path))
    return { problem: 'has a relative segment', live: '400 path cannot contain parent references' };
  if (/\{\{|\}\}|[$%]\{/.test(path)) return { problem: 'contains the braces of a template', live: denied };
  if (/[^\x21-\x7e]/.test(path))
    return { problem: 'has a space or a character that is not visible ASCII', live: denied };
  if (/["\\#?%]/.test(path))
    return {
      problem: `contains ${JSON.stringify(/["\\#?%]/.exec(path)?.[0])}, which a URL or a policy reads differently`,
      live: denied,
    };
  return undefined;
}

function badName(code: ProblemCode, given: string, { what, at }: Named, allowed: string, live: string): VaultCdkError {
  return new VaultCdkError({
    code,
    problem: `${what} is not a valid name`,
    at,
    given,
    allowed,
    live,
    fix: `change ${what}`,
  });
}

function tooLong(given: string, limit: number, { what, at }: Named, code: ProblemCode, live: string): VaultCdkError {
  const problem = `${what} is too long: ${Buffer.byteLength(given)} bytes`;
  return new VaultCdkError({
    code,
    problem,
    at,
    given,
    allowed: `at most ${limit}`,
    live,
    fix: `give ${what} a shorter name`,
  });
}

/**
 * The Terraform name of an object, from its name in Vault alone: moving a construct in the tree changes no address.
 * Readable where it can be; a hash keeps different names apart where characters had to go.
 */
export function terraformName(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_-]/g, '_').replace(/^(?=[^A-Za-z_])/, '_');
  if (plain === name) return name;
  return `${plain}_${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}

/** A text as a part of a Kubernetes name: lower case, and "-" for what cannot stand in one. */
export function kubernetesName(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9.-]/g, '-');
}

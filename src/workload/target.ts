import type { SecretField } from '../vault/secret-ref';
import { isDnsSubdomain } from '../core/names';
import { VaultCdkError } from '../errors/error';
import type { Problem } from '../errors/problem';

/** How the bytes of a file come from the text that Vault holds. */
export type Encoding = 'utf-8' | 'base64' | 'hex';

/** What a file may differ in. */
export interface FileOptions {
  /**
   * Permission bits, as a number: `0o400`.
   *
   * @default - what the delivery and the pod's user allow
   */
  readonly mode?: number;
  /**
   * How the value is encoded in Vault; it is decoded on the way into the file.
   *
   * @default 'utf-8'
   */
  readonly encoding?: Encoding;
}

/** A file in the container. */
export interface FileTarget extends FileOptions {
  /** Which kind of target it is. */
  readonly kind: 'file';
  /** Absolute path in the container. */
  readonly path: string;
}

/** An environment variable of the container. */
export interface EnvTarget extends EnvOptions {
  /** Which kind of target it is. */
  readonly kind: 'env';
  /** Name of the variable. */
  readonly name: string;
}

/** What an environment variable may differ in, where the delivery fills it from a Kubernetes Secret. */
export interface EnvOptions {
  /**
   * Name of that Secret, in the namespace of the workload; the variable is a key of it.
   *
   * @default - a Secret of the workload's own
   */
  readonly keyOf?: string;
  /**
   * Takes all keys of the Secret as variables (`envFrom`), in place of one by its name (`valueFrom`).
   *
   * @default false
   */
  readonly envFrom?: boolean;
}

/** The types of Kubernetes Secrets whose keys are fixed, and the keys that each of them must have. */
export const SECRET_TYPES = {
  Opaque: [],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/basic-auth': ['username', 'password'],
} as const;

/** Type of a Kubernetes Secret. */
export type SecretType = keyof typeof SECRET_TYPES;

/** Whether a text is a type whose keys are known. */
export function isSecretType(type: string): type is SecretType {
  return Object.hasOwn(SECRET_TYPES, type);
}

/** Where in a Kubernetes Secret a value goes. */
export interface KubernetesSecretOptions {
  /** Key in the Secret. */
  readonly key: string;
  /**
   * Type of the Secret; all that goes into one Secret states the same.
   *
   * @default 'Opaque'
   */
  readonly type?: SecretType;
  /**
   * Labels of the Secret; what goes into one Secret may state some each.
   *
   * @default - none
   */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Annotations of the Secret; what goes into one Secret may state some each.
   *
   * @default - none
   */
  readonly annotations?: Readonly<Record<string, string>>;
  /**
   * Never: what fills the Secret has to be able to change it.
   *
   * @default - it can be changed
   */
  readonly immutable?: never;
}

/** A key of a Kubernetes Secret. */
export interface KubernetesSecretTarget {
  /** Which kind of target it is. */
  readonly kind: 'kubernetesSecret';
  /** Name of the Secret. */
  readonly name: string;
  /** Key in the Secret. */
  readonly key: string;
  /** Type of the Secret. */
  readonly type: SecretType;
  /**
   * Labels of the Secret.
   *
   * @default - none
   */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Annotations of the Secret.
   *
   * @default - none
   */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Where the application finds a secret. */
export type Target = FileTarget | EnvTarget | KubernetesSecretTarget;

/**
 * The application reads the secret from a file.
 *
 * @param path - absolute path in the container, e.g. `/mnt/secrets/password`
 */
export function toFile(path: string, options: FileOptions = {}): FileTarget {
  return checkedFile({ kind: 'file', path, ...options });
}

/**
 * The application reads the secret from an environment variable. Its value does not change while the container runs.
 *
 * @param name - name of the variable, e.g. `DB_PASSWORD`
 */
export function toEnv(name: string, options: EnvOptions = {}): EnvTarget {
  return checkedEnv({ kind: 'env', name, ...options });
}

/**
 * The secret becomes a key of a Kubernetes Secret, for whatever reads Secrets: an Ingress, an image pull, another pod.
 *
 * @param name - name of the Secret, in the namespace of the workload
 */
export function toKubernetesSecret(name: string, options: KubernetesSecretOptions): KubernetesSecretTarget {
  return checkedSecret({ kind: 'kubernetesSecret', name, ...options, type: options.type ?? 'Opaque' });
}

/** A target as one of the functions above would have made it; refuses one that was written by hand and is none. */
export function checkedTarget(target: Target): Target {
  if (target.kind === 'file') return checkedFile(target);
  return target.kind === 'env' ? checkedEnv(target) : checkedSecret(target);
}

function checkedFile(target: FileTarget): FileTarget {
  const { path, mode } = target;
  const fault = fileFault(path);
  if (fault !== undefined) {
    throw new VaultCdkError({
      code: 'target/file-path',
      problem: `the path of the file ${fault}`,
      given: path,
      allowed: 'an absolute path with at least one folder, e.g. "/mnt/secrets/password"',
      live: 'invalid path: must be relative to the mount and clean',
      fix: 'write the path that the application opens',
    });
  }
  // No one but its owner has to write a secret, and every octal that was written as decimal has such a bit.
  if (mode === undefined || (Number.isInteger(mode) && mode >= 0o400 && mode <= 0o777 && (mode & 0o422) === 0o400))
    return target;
  throw new VaultCdkError({
    code: 'target/file-mode',
    problem: 'the permission of the file is none for a secret',
    given: mode,
    allowed: 'permission bits with which its owner can read and nobody else can write, as octal: 0o400, 0o440, 0o444',
    live: 'silently ignored: 400 read as decimal is the mode 0620',
    fix: /^[4-7][0-7]{2}$/.test(String(mode)) ? `write 0o${mode}` : 'write the permission with the prefix 0o',
  });
}

function checkedEnv(target: EnvTarget): EnvTarget {
  const { name, keyOf } = target;
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    if (keyOf !== undefined) checkedSecret({ kind: 'kubernetesSecret', name: keyOf, key: name, type: 'Opaque' });
    return target;
  }
  throw new VaultCdkError({
    code: 'target/env-name',
    problem: 'this is no name of an environment variable',
    given: name,
    allowed: 'letters, digits and "_", not starting with a digit, e.g. "DB_PASSWORD"',
    live: "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit",
    fix: 'write the name that the application reads',
  });
}

function checkedSecret(target: KubernetesSecretTarget): KubernetesSecretTarget {
  // From JavaScript, or written by hand.
  if ((target as { readonly immutable?: unknown }).immutable === true) throw immutableSecret(target);
  const fault = secretFault(target);
  if (fault === undefined) return target;
  throw new VaultCdkError({
    code: 'target/kubernetes-secret',
    live: 'Invalid value',
    ...fault,
    fix: 'write the name and the key that the reader of the Secret looks for',
  });
}

function immutableSecret({ name }: KubernetesSecretTarget): VaultCdkError {
  return new VaultCdkError({
    code: 'target/immutable-secret',
    problem: `the Secret "${name}" could not be changed, and what fills it has to`,
    given: { immutable: true },
    allowed: 'a Secret without it',
    live: 'data: Forbidden: field is immutable when `immutable` is set',
    fix: 'drop `immutable`; for values that never change, put the version into the name of the Secret',
  });
}

function secretFault({
  name,
  key,
  type,
}: KubernetesSecretTarget): (Partial<Problem> & Pick<Problem, 'problem'>) | undefined {
  if (!isDnsSubdomain(name))
    return { given: name, problem: 'this is no name of a Secret', allowed: 'lower-case letters, digits, "-" and "."' };
  if (!/^[-._a-zA-Z0-9]+$/.test(key) || key.length > 253)
    return { given: key, problem: 'this is no key of a Secret', allowed: 'letters, digits, "-", "_" and "."' };
  const keys: readonly string[] = SECRET_TYPES[type];
  if (keys.length === 0 || keys.includes(key)) return undefined;
  return {
    given: key,
    problem: `a Secret of type ${type} has no such key`,
    allowed: keys.map(k => JSON.stringify(k)).join(', '),
    ...(type === 'kubernetes.io/tls'
      ? { live: `key '${key}' is not supported. Only 'tls.key' and 'tls.crt' are supported` }
      : {}),
  };
}

function fileFault(path: string): string | undefined {
  if (path === '') return 'is empty';
  if (path !== path.trim()) return 'has a space at an end';
  if (!path.startsWith('/')) return 'is not absolute';
  if (path.endsWith('/')) return 'ends in a slash, so it names a folder';
  if (path.includes('//') || /\/\.\.?(\/|$)/.test(path)) return 'is not clean';
  if (/[\0-\x1f:]/.test(path)) return 'holds a character that cannot stand in a mount path';
  if (path.split('/').some(s => Buffer.byteLength(s) > 255) || Buffer.byteLength(path) > 4096)
    return 'is too long for a file system';
  if (path.split('/').length < 3) return 'lies in the root folder, which a mount would hide';
  return undefined;
}

/** Where a target is, in words. Two targets are one place when these words are equal. */
export function targetText(target: Target): string {
  if (target.kind === 'file') return `the file ${target.path}`;
  if (target.kind === 'env') return `the environment variable ${target.name}`;
  return `the key "${target.key}" of the Secret ${target.name}`;
}

/** What is delivered, in words. */
export function fieldText({ key, whole, secret }: SecretField): string {
  return whole ? `the whole response of ${secret.path}` : `"${key}" of ${secret.path}`;
}

/**
 * Refuses a consumption whose place is taken, or would be a folder of another's place. At the second call, at the user's
 * line: the earliest moment that knows.
 */
export function assertFree(consumption: Placed, others: readonly Placed[], at: string): void {
  const { target } = consumption;
  const taken = others.find(o => targetText(o.target) === targetText(target));
  const text = ({ field }: Placed): string => fieldText(field);
  if (taken) {
    throw new VaultCdkError({
      code: 'workload/target-taken',
      problem: `two secrets go to ${targetText(target)}: ${text(taken)} and ${text(consumption)}`,
      at,
      live: 'each `objectName` within a SecretProviderClass must be unique',
      fix: 'give one of them another target',
    });
  }
  if (target.kind !== 'file') return;
  const nested = others.find(
    ({ target: o }) =>
      o.kind === 'file' && (o.path.startsWith(`${target.path}/`) || target.path.startsWith(`${o.path}/`)),
  );
  if (nested?.target.kind !== 'file') return;
  throw new VaultCdkError({
    code: 'workload/file-is-a-folder',
    problem: `a file would lie in another file: ${text(nested)} and ${text(consumption)}`,
    at,
    given: [nested.target.path, target.path],
    live: 'not a directory',
    fix: 'give one of them another target',
  });
}

interface Placed {
  readonly field: SecretField;
  readonly target: Target;
}

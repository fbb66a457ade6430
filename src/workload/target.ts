import { VaultCdkError } from '../errors/error';

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
export interface EnvTarget {
  /** Which kind of target it is. */
  readonly kind: 'env';
  /** Name of the variable. */
  readonly name: string;
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
}

/** Where the application finds a secret. */
export type Target = FileTarget | EnvTarget | KubernetesSecretTarget;

/**
 * The application reads the secret from a file.
 *
 * @param path - absolute path in the container, e.g. `/mnt/secrets/password`
 */
export function toFile(path: string, options: FileOptions = {}): FileTarget {
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
  const { mode } = options;
  if (mode === undefined || (Number.isInteger(mode) && mode >= 0o400 && mode <= 0o777 && (mode & 0o400) !== 0)) {
    return { kind: 'file', path, ...options };
  }
  throw new VaultCdkError({
    code: 'target/file-mode',
    problem: 'the permission of the file is none that its owner can read with',
    given: mode,
    allowed: "permission bits with the owner's right to read, written as octal: 0o400, 0o440, 0o444",
    live: 'silently ignored: 400 read as decimal is the mode 0620',
    fix: `write it with the prefix 0o${String(mode) === '400' ? ', 0o400' : ''}`,
  });
}

/**
 * The application reads the secret from an environment variable. Its value does not change while the container runs.
 *
 * @param name - name of the variable, e.g. `DB_PASSWORD`
 */
export function toEnv(name: string): EnvTarget {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return { kind: 'env', name };
  throw new VaultCdkError({
    code: 'target/env-name',
    problem: 'this is no name of an environment variable',
    given: name,
    allowed: 'letters, digits and "_", not starting with a digit, e.g. "DB_PASSWORD"',
    live: "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit",
    fix: 'write the name that the application reads',
  });
}

/**
 * The secret becomes a key of a Kubernetes Secret, for whatever reads Secrets: an Ingress, an image pull, another pod.
 *
 * @param name - name of the Secret, in the namespace of the workload
 */
export function toKubernetesSecret(name: string, options: KubernetesSecretOptions): KubernetesSecretTarget {
  const type = options.type ?? 'Opaque';
  const keys: readonly string[] = SECRET_TYPES[type];
  const fault =
    !/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name) || name.length > 253
      ? { given: name, problem: 'this is no name of a Secret', allowed: 'lower-case letters, digits, "-" and "."' }
      : !/^[-._a-zA-Z0-9]+$/.test(options.key) || options.key.length > 253
        ? { given: options.key, problem: 'this is no key of a Secret', allowed: 'letters, digits, "-", "_" and "."' }
        : keys.length > 0 && !keys.includes(options.key)
          ? {
              given: options.key,
              problem: `a Secret of type ${type} has no such key`,
              allowed: keys.map(k => JSON.stringify(k)).join(', '),
            }
          : undefined;
  if (fault === undefined) return { kind: 'kubernetesSecret', name, key: options.key, type };
  throw new VaultCdkError({
    code: 'target/kubernetes-secret',
    ...fault,
    live:
      type === 'kubernetes.io/tls'
        ? `key '${options.key}' is not supported. Only 'tls.key' and 'tls.crt' are supported`
        : 'Invalid value',
    fix: 'write the name and the key that the reader of the Secret looks for',
  });
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

import { ApiObject, type Chart, Lazy } from 'cdk8s';
import { isDeepStrictEqual } from 'node:util';
import { VaultCdkError } from '../errors/error';
import type { KubernetesCluster } from './cluster';
import type { ServiceAccountName } from './reviewer';

/** A service account that is printed. */
export interface ServiceAccountProps {
  /**
   * Its name.
   * @default - the name that it would have otherwise
   */
  readonly name?: string;
  /**
   * Labels, whose values are texts: `'true'`, not `true`.
   * @default - none
   */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Annotations, whose values are texts.
   * @default - none
   */
  readonly annotations?: Readonly<Record<string, string>>;
  /**
   * Whether pods find a token of the account in a file. It is one for the API server, and no way of delivery needs it:
   * for each login the kubelet or the provider asks for a token of its own, for Vault alone. An application that talks to
   * the API server needs it. What a pod says of itself goes before this.
   * @default false
   */
  readonly automountToken?: boolean;
}

/** One account of one cluster, on its way into a manifest. */
interface Printed {
  readonly object: ApiObject;
  readonly by: string;
  said: Omit<ServiceAccountProps, 'name'>;
}

const PRINTED = new WeakMap<KubernetesCluster, Map<string, Printed>>();

/**
 * Prints a service account once for each cluster, whoever asks: two workloads of it, on auth mounts of two Vaults, are one
 * account. What is said of it twice has to be the same.
 */
export function printServiceAccount(
  chart: Chart,
  cluster: KubernetesCluster,
  { namespace, name, at, ...said }: ServiceAccountName & Omit<ServiceAccountProps, 'name'> & { readonly at: string },
): ApiObject {
  assertTexts('labels', said.labels, at);
  assertTexts('annotations', said.annotations, at);
  const known = PRINTED.get(cluster) ?? new Map<string, Printed>();
  PRINTED.set(cluster, known);
  const key = `${namespace}/${name}`;
  const other = known.get(key);
  if (other) {
    assertSame(other, said, at, key);
    other.said = { ...other.said, ...said };
    describe(other.object, said);
    return other.object;
  }
  const object: ApiObject = new ApiObject(chart, `service-account:${key.replace('/', ':')}`, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace },
    automountServiceAccountToken: Lazy.any({ produce: () => known.get(key)?.said.automountToken ?? false }) as boolean,
  });
  describe(object, said);
  known.set(key, { object, said, by: at });
  return object;
}

/** Whether an account is one of ours already. */
export function isPrinted(cluster: KubernetesCluster, { namespace, name }: ServiceAccountName): boolean {
  return PRINTED.get(cluster)?.has(`${namespace}/${name}`) ?? false;
}

function describe({ metadata }: ApiObject, { labels = {}, annotations = {} }: Omit<ServiceAccountProps, 'name'>): void {
  for (const [key, value] of Object.entries(labels)) metadata.addLabel(key, value);
  for (const [key, value] of Object.entries(annotations)) metadata.addAnnotation(key, value);
}

/** Each may leave out what the other says, and may not say otherwise. */
function assertSame({ said, by }: Printed, more: Omit<ServiceAccountProps, 'name'>, at: string, account: string): void {
  for (const part of ['labels', 'annotations', 'automountToken'] as const) {
    const [first, second] = [said[part], more[part]];
    if (first === undefined || second === undefined || isDeepStrictEqual(first, second)) continue;
    throw new VaultCdkError({
      code: 'kubernetes/service-account-said-twice',
      problem: `two workloads print the service account "${account}", with other \`${part}\``,
      at,
      given: second,
      allowed: `${JSON.stringify(first)}, or nothing; the first is ${by}`,
      live: 'silently ignored: the last one applied wins',
      fix: `say \`${part}\` once`,
    });
  }
}

/** From JavaScript, or from a YAML file, `true` comes where `'true'` was meant. */
function assertTexts(part: 'labels' | 'annotations', values: Readonly<Record<string, unknown>> = {}, at: string): void {
  for (const [key, value] of Object.entries(values)) {
    if (typeof value === 'string' && (part === 'annotations' || LABEL_VALUE.test(value))) continue;
    const isText = typeof value === 'string';
    throw new VaultCdkError({
      code: 'kubernetes/label-value',
      problem: `the value of "${key}" in the ${part} of the service account is no ${isText ? 'label value' : 'text'}`,
      at,
      given: value,
      allowed: isText
        ? 'at most 63 letters, digits, "-", "_" and ".", the first and last a letter or digit'
        : JSON.stringify(String(value)),
      live: isText
        ? "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.'"
        : `json: cannot unmarshal ${typeof value === 'boolean' ? 'bool' : typeof value} into Go struct field ObjectMeta.metadata.${part} of type string`,
      fix: isText ? 'shorten it, or make it an annotation' : 'write it as a text, in quotes',
    });
  }
}

const LABEL_VALUE = /^(|[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)$/;

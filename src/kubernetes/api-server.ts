import { TerraformVariable } from 'cdktf';
import type { Construct } from 'constructs';
import { at } from '../core/at';
import { literal } from '../core/border';
import { VaultCdkError } from '../errors/error';
import { httpAddress } from '../vault/server';

/** Stands for a value that the Terraform run is given. */
const FROM_VARIABLE: unique symbol = Symbol.for('vault-cdk.fromVariable');

/** A value that the Terraform run is given, by a variable that the auth mount declares. */
export type FromVariable = typeof FROM_VARIABLE;

/** The API server of a cluster that Vault reaches from outside. */
export interface ApiServer {
  /** Address as Vault reaches it, e.g. `https://prod.example.com:6443`. */
  readonly url: string | FromVariable;
  /** The CA that signed its certificate, as PEM text. */
  readonly ca: string | FromVariable;
  /**
   * The audience that it asks of tokens for itself (`--api-audiences`).
   * @default 'https://kubernetes.default.svc'
   */
  readonly audience?: string;
}

/** Ways to say where an API server is. */
export const ApiServer = {
  /**
   * An API server whose CA, and whose address if it is not stated, the Terraform run is given by the variables
   * `kubernetes_ca_<cluster>` and `kubernetes_host_<cluster>`. `vault-cdk bootstrap` prints a script that fills them.
   *
   * @example
   * ```ts
   * new KubernetesCluster(app, 'prod', { apiServer: ApiServer.fromVariables() });
   * ```
   */
  fromVariables(stated: { readonly url?: string; readonly audience?: string } = {}): ApiServer {
    return { url: FROM_VARIABLE, ca: FROM_VARIABLE, ...stated };
  },
} as const;

/** The audience of an API server that does not state one. */
export const API_AUDIENCE = 'https://kubernetes.default.svc';

/** What the variables of one cluster's auth mount are called; a shell can export them. */
export const VARIABLES = {
  /** Address of the API server. */
  host: (cluster: string) => `kubernetes_host_${cluster.replaceAll('-', '_')}`,
  /** The CA that signed its certificate. */
  ca: (cluster: string) => `kubernetes_ca_${cluster.replaceAll('-', '_')}`,
  /** The token of the account that reviews. */
  reviewer: (cluster: string) => `reviewer_jwt_${cluster.replaceAll('-', '_')}`,
} as const;

/** Declares a variable of the Terraform run; its address is its name, wherever it lies in the tree. */
export function declareVariable(scope: Construct, name: string, description: string): TerraformVariable {
  const variable = new TerraformVariable(scope, name, { type: 'string', nullable: false, description });
  variable.overrideLogicalId(name);
  return variable;
}

/** The arguments of an auth mount's settings that say where the API server is. */
export function apiServerArguments(
  { url, ca }: ApiServer,
  cluster: string,
  scope: Construct,
): { readonly kubernetesHost: string; readonly kubernetesCaCert: string } {
  const given = (name: string, what: string): string =>
    declareVariable(scope, name, `${what} of the cluster "${cluster}"`).stringValue;
  return {
    kubernetesHost:
      typeof url === 'string' ? url : given(VARIABLES.host(cluster), 'Address, as Vault reaches it, of the API server'),
    kubernetesCaCert:
      typeof ca === 'string' ? literal(ca) : given(VARIABLES.ca(cluster), 'CA, as PEM text, of the API server'),
  };
}

/** Refuses an address that Vault cannot reach from outside, and a CA that is none. */
export function assertApiServer({ url, ca }: ApiServer, auth: Construct): void {
  if (typeof url === 'string') assertOutside(httpAddress(url, auth, 'the API server'), auth);
  if (typeof ca !== 'string' || ca.includes('-----BEGIN CERTIFICATE-----')) return;
  throw new VaultCdkError({
    code: 'auth/api-server-ca',
    // What was given is not shown: it may be a key.
    problem:
      ca === ''
        ? 'the API server has an address, and no CA'
        : 'the CA of the API server is not a certificate in PEM text',
    at: at(auth),
    allowed: 'text with "-----BEGIN CERTIFICATE-----" in it, or ApiServer.fromVariables()',
    live: 'silently ignored: Vault takes the settings, and every login is 403 permission denied',
    fix: 'read the file: readFileSync("prod-ca.crt", "utf8")',
  });
}

function assertOutside(url: string, auth: Construct): void {
  const inside = /^(kubernetes(\.default(\.svc(\..+)?)?)?)$/.test(new URL(url).hostname);
  if (url.startsWith('https://') && !inside) return;
  throw new VaultCdkError({
    code: 'auth/api-server-address',
    problem: inside
      ? 'the address of the API server is known only inside of the cluster, and Vault is outside'
      : 'the API server is not reached by https, and whoever listens would have the tokens',
    at: at(auth),
    given: url,
    allowed: 'the address in a kubeconfig, e.g. "https://prod.example.com:6443"',
    live: 'silently ignored: Vault takes the settings, and every login is 403 permission denied',
    fix: inside
      ? 'state the address as Vault reaches it, or drop `apiServer` if Vault runs in this cluster'
      : 'write https',
  });
}

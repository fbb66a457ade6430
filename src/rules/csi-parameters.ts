import { isKnown } from '../access/documents';
import type { ParameterFact } from '../access/manifest-facts';
import type { DeliveryFact } from '../access/model';
import { className } from './csi';
import type { Judged, Rule, Violation } from './rule';

/** The parameters that the Vault CSI provider reads, and no other. Source: vault-csi-provider 1.7, `config.go`. */
export const PARAMETERS: readonly string[] = [
  'audience',
  'objects',
  'roleName',
  'vaultAddress',
  'vaultAuthMountPath',
  'vaultCACertPath',
  'vaultCADirectory',
  'vaultKubernetesMountPath',
  'vaultNamespace',
  'vaultSkipTLSVerify',
  'vaultTLSClientCertPath',
  'vaultTLSClientKeyPath',
  'vaultTLSServerName',
];

/** A SecretProviderClass that lacks what the driver asks for before any provider is called. */
export const classIncomplete: Rule = {
  id: 'VC601',
  title: 'a SecretProviderClass names no provider, or has no parameters',
  why: 'the pod stays in ContainerCreating',
  fix: 'set provider: vault, and the parameters that it needs',
  severity: 'error',
  live: 'provider not set in namespace/name, or parameters not set in namespace/name',
  check: ({ chain }) => [
    ...chain.model.providerClasses
      .filter(c => c.provider === '')
      .map(c => ({
        message: `${className(c)} names no provider`,
        origin: c.origin,
        live: `provider not set in ${c.namespace}/${c.name}`,
      })),
    ...chain.model.deliveries
      .filter(d => d.parameters.length === 0)
      .map(d => ({
        message: `${className(d)} has no parameters`,
        origin: d.origin,
        live: `parameters not set in ${d.namespace}/${d.name}`,
      })),
  ],
};

/** A version of the API that is on its way out, or that never was. */
export const oldClassVersion: Rule = {
  id: 'VC602',
  title: 'a SecretProviderClass is of another version than v1',
  why: 'v1alpha1 is deprecated, and a release of the driver will drop it; the API server takes no third one',
  fix: 'write apiVersion: secrets-store.csi.x-k8s.io/v1; the fields are the same',
  severity: 'error',
  live: 'secrets-store.csi.x-k8s.io/v1alpha1 is deprecated. Use secrets-store.csi.x-k8s.io/v1 instead',
  check: ({ chain }) =>
    chain.model.deliveries
      .filter(d => d.apiVersion !== 'secrets-store.csi.x-k8s.io/v1')
      .map(d => ({
        message: `${className(d)} is of ${JSON.stringify(d.apiVersion)}`,
        origin: d.versionOrigin,
        ...(d.apiVersion === 'secrets-store.csi.x-k8s.io/v1alpha1'
          ? {}
          : { live: `no matches for kind "SecretProviderClass" in version ${JSON.stringify(d.apiVersion)}` }),
      })),
};

/** A parameter that is no text. */
export const parameterNoText: Rule = {
  id: 'VC603',
  title: 'a parameter of a SecretProviderClass is no text',
  why: 'the API server refuses the object',
  fix: 'put the value into quotes',
  severity: 'error',
  live: 'must be of type string',
  check: judged =>
    parameters(judged, (d, { name, value }) =>
      isKnown(value) ? undefined : `${className(d)} sets ${name} to ${value.unknown}, which is no text`,
    ),
};

/** A login without a role. */
export const roleNotNamed: Rule = {
  id: 'VC604',
  title: 'a SecretProviderClass names no role',
  why: 'the pod stays in ContainerCreating',
  fix: 'set roleName to the role that binds the service account of the pods',
  severity: 'error',
  live: "missing 'roleName' in SecretProviderClass definition",
  check: ({ chain }) =>
    chain.model.deliveries
      // Without any parameter the driver does not come that far; what is no text is said elsewhere.
      .filter(d => d.parameters.length > 0 && d.parameters.every(p => p.name !== 'roleName' || p.value === ''))
      .map(d => ({ message: `${className(d)} has no roleName`, origin: placeOf(d, 'roleName') })),
};

/** The auth mount, spelled twice. */
export const mountTwice: Rule = {
  id: 'VC605',
  title: 'a SecretProviderClass names the auth mount by both of its keys',
  why: 'the pod stays in ContainerCreating',
  fix: 'keep vaultAuthMountPath; providers before 1.4.0 read vaultKubernetesMountPath only',
  severity: 'error',
  live: 'cannot set both vaultKubernetesMountPath and vaultAuthMountPath',
  check: ({ chain }) =>
    chain.model.deliveries
      .filter(d => isSet(d, 'vaultKubernetesMountPath') && isSet(d, 'vaultAuthMountPath'))
      .map(d => ({
        message: `${className(d)} sets vaultKubernetesMountPath and vaultAuthMountPath`,
        origin: placeOf(d, 'vaultKubernetesMountPath'),
      })),
};

/** The auth mount as policies and the injector spell it. */
export const mountWithPrefix: Rule = {
  id: 'VC606',
  title: 'a SecretProviderClass spells the auth mount with auth/ before it, or with a slash at an end',
  why: 'the provider puts auth/ before it, so the login goes to a mount that is not there',
  fix: 'write the path alone: kubernetes, not auth/kubernetes',
  severity: 'error',
  live: '403 permission denied, from /v1/auth/auth/kubernetes/login',
  check: judged =>
    parameters(judged, (d, { name, value }) => {
      if (!['vaultAuthMountPath', 'vaultKubernetesMountPath'].includes(name) || !isKnown(value)) return undefined;
      const really = judged.chain.model.authMounts.some(m => m.path === value);
      return !really && /^\/?auth\/|^\//.test(value)
        ? `${className(d)} logs in at ${JSON.stringify(value)}, which is auth/${value}`
        : undefined;
    }),
};

/** The namespace of Vault Enterprise by the name that other ways of delivery have for it. */
export const namespaceIgnored: Rule = {
  id: 'VC607',
  title: 'a SecretProviderClass sets "namespace", which the Vault provider does not read',
  why: 'login and reads go to the root namespace of Vault',
  fix: 'name it vaultNamespace',
  severity: 'error',
  live: 'silently ignored: 403 permission denied, or a secret of the root namespace',
  check: judged =>
    parameters(judged, (d, { name, value }) =>
      name === 'namespace' ? `${className(d)} sets namespace to ${textOf(value)}` : undefined,
    ),
};

/** A parameter that nobody reads. */
export const parameterUnknown: Rule = {
  id: 'VC608',
  title: 'a SecretProviderClass sets a parameter that the Vault provider does not read',
  why: 'it has no effect, and what it was meant to do does not happen',
  fix: 'correct the name, or drop it',
  severity: 'warning',
  live: 'silently ignored: unknown parameters have no effect',
  check: judged =>
    parameters(judged, (d, { name }) => {
      if (PARAMETERS.includes(name) || name === 'namespace' || name.startsWith('csi.storage.k8s.io/')) return undefined;
      const meant = PARAMETERS.find(p => p.toLowerCase() === name.toLowerCase());
      return `${className(d)} sets ${JSON.stringify(name)}${meant === undefined ? '' : `; the provider reads ${JSON.stringify(meant)}`}`;
    }),
};

/** A word that Go takes for no truth value. */
export const verifyNoBoolean: Rule = {
  id: 'VC609',
  title: 'vaultSkipTLSVerify is neither true nor false',
  why: 'the pod stays in ContainerCreating',
  fix: 'drop it; to be explicit, write "false"',
  severity: 'error',
  live: 'strconv.ParseBool: parsing "...": invalid syntax',
  check: judged =>
    parameters(judged, (d, { name, value }) =>
      name === 'vaultSkipTLSVerify' &&
      isKnown(value) &&
      value !== '' &&
      !/^(?:[1tT0fF]|TRUE|true|True|FALSE|false|False)$/.test(value)
        ? `${className(d)} sets vaultSkipTLSVerify to ${JSON.stringify(value)}`
        : undefined,
    ),
};

/** A connection that anyone may answer. */
export const verifySkipped: Rule = {
  id: 'VC610',
  title: 'a SecretProviderClass does not verify the certificate of Vault',
  why: 'whoever stands between reads every secret, and the token of the pod',
  fix: 'name the CA with vaultCACertPath, and drop vaultSkipTLSVerify',
  severity: 'warning',
  check: judged =>
    parameters(judged, (d, { name, value }) =>
      name === 'vaultSkipTLSVerify' && isKnown(value) && /^(?:[1tT]|TRUE|true|True)$/.test(value)
        ? `${className(d)} sets vaultSkipTLSVerify to ${JSON.stringify(value)}`
        : undefined,
    ),
};

/** A connection that anyone may read. */
export const plainHttp: Rule = {
  id: 'VC611',
  title: 'a SecretProviderClass reaches Vault without TLS',
  why: 'secrets and the token of the pod cross the network as text',
  fix: 'use https:// and name the CA with vaultCACertPath',
  severity: 'warning',
  check: judged =>
    parameters(judged, (d, { name, value }) =>
      name === 'vaultAddress' && isKnown(value) && /^http:\/\//i.test(value)
        ? `${className(d)} sets vaultAddress to ${JSON.stringify(value)}`
        : undefined,
    ),
};

/** What is to be said of each parameter, at its own place. */
function parameters(
  { chain }: Judged,
  say: (delivery: DeliveryFact, parameter: ParameterFact) => string | undefined,
): readonly Violation[] {
  return chain.model.deliveries.flatMap(d =>
    d.parameters.flatMap(p => {
      const message = say(d, p);
      return message === undefined ? [] : [{ message, origin: p.origin }];
    }),
  );
}

function isSet(delivery: DeliveryFact, name: string): boolean {
  return delivery.parameters.some(p => p.name === name && p.value !== '');
}

function placeOf(delivery: DeliveryFact, name: string): Violation['origin'] {
  return delivery.parameters.find(p => p.name === name)?.origin ?? delivery.parametersOrigin;
}

function textOf(value: ParameterFact['value']): string {
  return isKnown(value) ? JSON.stringify(value) : value.unknown;
}

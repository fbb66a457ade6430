import type { Construct } from 'constructs';
import { at } from '../core/at';
import { literal } from '../core/border';
import { vaultPath } from '../core/names';
import { VaultCdkError } from '../errors/error';
import { Ca } from './ca';

/** Vault compares the issuer only where the validation is on; the provider would turn it on where nothing is said. */
export function issuerArguments(
  issuer: string | undefined,
  auth: Construct,
): { readonly issuer?: string; readonly disableIssValidation: boolean } {
  if (issuer === undefined) return { disableIssValidation: true };
  if (issuer !== '' && !/\s/.test(issuer)) return { issuer: literal(issuer), disableIssValidation: false };
  throw new VaultCdkError({
    code: 'auth/issuer',
    problem: 'the issuer is empty or holds a space',
    at: at(auth),
    given: issuer,
    allowed: 'the `iss` of the tokens, e.g. "https://kubernetes.default.svc.cluster.local"',
    live: '403 invalid issuer (iss) claim',
    fix: 'drop `issuer`: the API server has checked it already',
  });
}

/** The path of an auth mount, as it is mounted and not as its API is called. */
export function authPath(path: string, auth: Construct): string {
  const checked = vaultPath(path, { what: 'the path of the auth mount', at: at(auth) });
  if (!checked.startsWith('auth/')) return checked;
  throw new VaultCdkError({
    code: 'auth/path-names-the-api',
    problem: 'the path of an auth mount is written without "auth/"',
    at: at(auth),
    given: path,
    allowed: JSON.stringify(checked.slice('auth/'.length)),
    live: '403 permission denied, on .../v1/auth/auth/.../login',
    fix: 'drop "auth/"; each consumer is given the spelling that it wants',
  });
}

/** Whom tokens are for: one word. */
export function audienceOf(audience: string, auth: Construct): string {
  if (audience !== '' && !/\s/.test(audience)) return audience;
  throw new VaultCdkError({
    code: 'auth/audience',
    problem: 'the audience is empty or holds a space',
    at: at(auth),
    given: audience,
    allowed: 'one word or URL, e.g. "vault"',
    live: 'invalid audience (aud) claim: audience claim does not match any expected audience',
    fix: 'drop `audience` for the default, or name one',
  });
}

/** The CA by which pods trust Vault; by https there is one. */
export function caOf(vault: { readonly address: string; readonly ca?: Ca }, auth: Construct): Ca {
  if (vault.ca) return vault.ca;
  if (vault.address.startsWith('http://')) return Ca.system();
  throw new VaultCdkError({
    code: 'auth/ca-missing',
    problem: 'pods reach Vault by https, and nothing says which CA signed its certificate',
    at: at(auth),
    given: vault.address,
    allowed: 'Ca.system(), Ca.configMap(name), Ca.secret(name) or Ca.pem(text)',
    live: 'x509: certificate signed by unknown authority',
    fix: 'pass `vault.ca`; Ca.system() where a public CA signed it',
  });
}

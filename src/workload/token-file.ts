import type { Duration } from '../core/duration';
import { dnsLabel, kubernetesName } from '../core/names';
import { VaultCdkError } from '../errors/error';
import type { PodPatch } from './delivery';
import { toFile } from './target';

/** A token for an application that logs in to Vault by itself. */
export interface TokenFile {
  readonly path: string;
  readonly audience: string;
  readonly seconds: number;
  readonly volume: string;
}

/** Where the token lies and how long it lasts; refuses what the API server would. */
export function tokenFile(
  path: string,
  {
    stack,
    audience,
    expires,
    at,
  }: { readonly stack: string; readonly audience: string; readonly expires: Duration; readonly at: string },
): TokenFile {
  const seconds = expires.toSeconds();
  const { path: checked } = toFile(path);
  if (seconds >= 600 && seconds <= 2 ** 32) {
    const name = `${kubernetesName(stack).replaceAll('.', '-')}-token`;
    return { path: checked, audience, seconds, volume: dnsLabel(name, { what: 'the name of the volume', at }) };
  }
  throw new VaultCdkError({
    code: 'workload/token-expires',
    problem: 'the token of a service account lasts for no such time',
    at,
    given: seconds,
    allowed: 'from 10 minutes to 2^32 seconds',
    live:
      seconds < 600
        ? 'may not specify a duration less than 10 minutes'
        : 'may not specify a duration larger than 2^32 seconds',
    fix: 'drop `expires` for one hour; the kubelet writes a new token in time',
  });
}

/** What the pod needs for a token: a projected volume, for one audience, that the kubelet renews. */
export function withTokenFile(patch: PodPatch, file: TokenFile | undefined): PodPatch {
  if (!file) return patch;
  const { path, audience, seconds, volume } = file;
  const slash = path.lastIndexOf('/');
  const source = { serviceAccountToken: { audience, expirationSeconds: seconds, path: path.slice(slash + 1) } };
  return {
    ...patch,
    volumes: [...patch.volumes, { name: volume, projected: { sources: [source] } }],
    volumeMounts: [...patch.volumeMounts, { name: volume, mountPath: path.slice(0, slash), readOnly: true }],
  };
}

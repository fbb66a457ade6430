import { isDeepStrictEqual } from 'node:util';
import { VaultCdkError } from '../../errors/error';
import type { Consumption } from '../../workload/delivery';
import { sameField } from '../../workload/path-of';
import { fieldText, targetText } from '../../workload/target';
import type { CsiContext } from './context';
import { type CsiObject, fileTargets, mountPaths, namedObjects } from './objects';
import { methodOf } from './print';
import { assertSynced } from './synced';

/** Refuses what the CSI provider cannot deliver, or would deliver wrong without a word. */
export function assertDeliverable(consumption: Consumption, others: readonly Consumption[], context: CsiContext): void {
  const { at } = context.login;
  const { target } = consumption;
  assertCa(context);
  if (target.kind === 'file' && (target.encoding ?? 'utf-8') !== 'utf-8') assertDecoded(consumption, context);
  if (target.kind !== 'file') assertSynced(consumption, others, context);
  assertRequest(consumption, at);
  assertOwnFolder([...others, consumption], at);
  assertOwnName(consumption, others, context);
  assertOwnResponse(consumption, others, at);
}

function assertDecoded({ field, target }: Consumption, { login, cluster }: CsiContext): void {
  cluster.version.require('encoding');
  if (!field.whole) return;
  throw new VaultCdkError({
    code: 'csi/encoding-of-a-response',
    problem: `${fieldText(field)} is JSON, and would not be decoded on its way into ${targetText(target)}`,
    at: login.at,
    given: target.kind === 'file' ? target.encoding : undefined,
    allowed: 'an encoding for a single field, or none',
    live: 'silently ignored: `encoding` has no effect without `secretKey`',
    fix: 'drop `encoding`, or consume the field that is encoded',
  });
}

/** A request that has an answer, and arguments only where they are sent. */
function assertRequest({ field }: Consumption, at: string): void {
  const { request } = field.secret;
  if (methodOf(request.operation) === undefined) {
    throw new VaultCdkError({
      code: 'csi/no-response',
      problem: `a request that does "${request.operation}" on "${request.path}" delivers nothing`,
      at,
      given: request.operation,
      allowed: 'read, list, or an update that answers, such as pki/issue',
      live: 'the provider crashes on an empty response, for every pod of the node',
      fix: 'consume a secret that is read or issued',
    });
  }
  if (request.operation !== 'read' && request.operation !== 'list') return;
  if (request.body === undefined) return;
  throw new VaultCdkError({
    code: 'csi/arguments-of-a-read',
    problem: `a read of "${request.path}" has arguments, which are not sent with it`,
    at,
    given: Object.keys(request.body),
    allowed: 'a `query` for a read, a `body` for an update',
    live: 'silently ignored: `secretArgs` have no effect with the method GET',
    fix: 'put the arguments into `query`',
  });
}

/** The volume shows all of its files in each folder, so two files of one name below their folders are one file. */
function assertOwnName(consumption: Consumption, others: readonly Consumption[], context: CsiContext): void {
  const objects = namedObjects([...others, consumption], context.envSecret);
  const [first, second] = clash(objects) ?? [];
  if (!first || !second) return;
  const places = [first, second].map(o => targetText(o.consumption.target));
  if (first.consumption.target.kind !== 'file') {
    throw new VaultCdkError({
      code: 'csi/secret-key',
      problem: `${places.join(' and ')} are one key of one Secret, and hold different values`,
      at: context.login.at,
      given: [first, second].map(({ consumption: { field } }) => `${field.secret.path}#${field.key}`),
      allowed: 'one value for each key of a Secret',
      live: 'each `objectName` within a SecretProviderClass must be unique',
      fix: 'use another key, or another Secret',
    });
  }
  throw new VaultCdkError({
    code: 'csi/several-folders',
    problem: `${places.join(' and ')} would be one file of the CSI volume, "${first.objectName}", since the volume is mounted whole in each folder`,
    at: context.login.at,
    given: mountPaths([...others, consumption]),
    allowed: 'files of different names, or below one folder',
    live: 'each `objectName` within a SecretProviderClass must be unique',
    fix: `move both below one folder, e.g. "/mnt/secrets", each in a folder of its own`,
  });
}

/** Two entries that are one file though they hold different things, or of which one would be a folder of the other. */
function clash(objects: readonly CsiObject[]): readonly [CsiObject, CsiObject] | undefined {
  const last = objects.at(-1);
  // The last one may have moved the folders of all others.
  const pairs = objects.flatMap((b, i) => objects.slice(0, i).map(a => [a, b] as const));
  return last && pairs.find(([a, b]) => nested(a, b) || nested(b, a) || (a.objectName === b.objectName && !same(a, b)));
}

function nested(a: CsiObject, b: CsiObject): boolean {
  return b.objectName.startsWith(`${a.objectName}/`);
}

function same({ consumption: a }: CsiObject, { consumption: b }: CsiObject): boolean {
  if (!sameField(a.field, b.field)) return false;
  if (a.target.kind !== 'file' || b.target.kind !== 'file') return true;
  return a.target.mode === b.target.mode && (a.target.encoding ?? 'utf-8') === (b.target.encoding ?? 'utf-8');
}

/** Folders of the image or of the kernel that a volume would hide whole. */
const SYSTEM_FOLDERS =
  /^\/(?:bin|boot|etc|home|lib|lib32|lib64|opt|root|run|sbin|srv|tmp|usr|var|usr\/(?:bin|lib|libexec|local|sbin|share)|var\/(?:lib|log|run|run\/secrets|tmp)|(?:dev|proc|sys)(?:\/.*)?)$/;

function assertOwnFolder(consumptions: readonly Consumption[], at: string): void {
  const root = mountPaths(consumptions).find(path => SYSTEM_FOLDERS.test(path));
  if (root === undefined) return;
  throw new VaultCdkError({
    code: 'csi/hides-a-folder',
    problem: `the CSI volume would be mounted over "${root}" and hide what lies there`,
    at,
    given: fileTargets(consumptions).map(f => f.path),
    allowed: 'a folder that holds nothing else, e.g. "/mnt/secrets"',
    live: 'no such file or directory, for what the image has there',
    fix: 'read the secret from a folder of its own',
  });
}

/** The provider asks once for each path and method, and gives the first answer to whoever asked with other arguments. */
function assertOwnResponse({ field }: Consumption, others: readonly Consumption[], at: string): void {
  const { request } = field.secret;
  const same = others.find(o => {
    const { request: r } = o.field.secret;
    return (
      r.path === request.path &&
      r.operation === request.operation &&
      isDeepStrictEqual(r.query, request.query) &&
      !isDeepStrictEqual(r.body, request.body)
    );
  });
  if (!same) return;
  throw new VaultCdkError({
    code: 'csi/shared-response',
    problem: `two requests to "${request.path}" differ only in their arguments, and the CSI provider would make one of them for both`,
    at,
    given: [same.field.secret.request.body, request.body],
    allowed: 'one set of arguments for each path in one workload',
    live: 'silently ignored: both files hold the answer to the first request',
    fix: 'use one workload for each, or another delivery',
  });
}

/** The CA as the provider reads it is a file in the provider's own pods. */
function assertCa({ login }: CsiContext): void {
  if (login.ca.source.kind !== 'pem') return;
  throw new VaultCdkError({
    code: 'csi/ca-as-text',
    problem: 'the CSI provider reads the CA from a file in its own pods, so it cannot be given as text',
    at: login.at,
    allowed: 'Ca.configMap(name), Ca.secret(name) or Ca.system()',
    live: 'silently ignored: the parameter vaultCAPem has had no effect since provider 0.1.0',
    fix: 'put the certificate into a ConfigMap that the provider mounts, and name it with Ca.configMap()',
  });
}

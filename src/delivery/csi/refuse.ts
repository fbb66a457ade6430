import { isDeepStrictEqual } from 'node:util';
import { VaultCdkError } from '../../errors/error';
import type { Consumption, VaultLogin } from '../../workload/delivery';
import { targetText } from '../../workload/target';
import { fileTargets, mountPath } from './objects';
import type { ProviderVersion } from './version';

/** What a refusal depends on beside the consumption. */
export interface CsiContext {
  readonly login: VaultLogin;
  readonly version: ProviderVersion;
  /** Whether values may go on into Kubernetes Secrets. */
  readonly acknowledged: boolean;
}

/** Refuses what the CSI provider cannot deliver, or would deliver wrong without a word. */
export function assertDeliverable(consumption: Consumption, others: readonly Consumption[], context: CsiContext): void {
  assertCa(context);
  if (consumption.target.kind !== 'file') assertAcknowledged(consumption, context);
  if (consumption.target.kind === 'file' && (consumption.target.encoding ?? 'utf-8') !== 'utf-8')
    context.version.require('encoding');
  assertOneFolder([...others, consumption], context.login.at);
  assertOwnFolder([...others, consumption], context.login.at);
  assertOneType(consumption, others, context.login.at);
  assertOwnResponse(consumption, others, context.login.at);
}

/** One volume shows its files below one folder; a second mount of it would show all of them there too. */
function assertOneFolder(consumptions: readonly Consumption[], at: string): void {
  const files = fileTargets(consumptions);
  const root = mountPath(consumptions);
  const outside = files.find(f => !f.path.startsWith(`${root}/`));
  if (!outside) return;
  throw new VaultCdkError({
    code: 'csi/several-folders',
    problem: 'the files of one workload lie in several folders, and the CSI volume is mounted at one',
    at,
    given: files.map(f => f.path),
    allowed: `files below "${root}"`,
    live: 'no such file or directory, in the application',
    fix: `move ${JSON.stringify(outside.path)} below "${root}"`,
  });
}

/** Folders of the image or of the kernel that a volume would hide whole. */
const SYSTEM_FOLDERS =
  /^\/(?:bin|boot|etc|home|lib|lib32|lib64|opt|root|run|sbin|srv|tmp|usr|var|usr\/(?:bin|lib|libexec|local|sbin|share)|var\/(?:lib|log|run|run\/secrets|tmp)|(?:dev|proc|sys)(?:\/.*)?)$/;

function assertOwnFolder(consumptions: readonly Consumption[], at: string): void {
  const root = mountPath(consumptions);
  if (!SYSTEM_FOLDERS.test(root)) return;
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

function assertAcknowledged({ target }: Consumption, { login, acknowledged }: CsiContext): void {
  if (acknowledged) return;
  throw new VaultCdkError({
    code: 'csi/plaintext-in-etcd',
    problem: `the CSI driver delivers files; ${targetText(target)} would be filled from a Kubernetes Secret, which lies in etcd as text`,
    at: login.at,
    allowed: 'toFile(path), or a delivery that says it: new CsiDelivery({ plaintextInEtcd: acknowledge(...) })',
    live: 'silently ignored: whoever reads Secrets of the namespace reads the value, and so does a backup of etcd',
    fix: 'read the file in the application, or acknowledge it with a reason, an owner and a day',
  });
}

function assertOneType({ target }: Consumption, others: readonly Consumption[], at: string): void {
  if (target.kind !== 'kubernetesSecret') return;
  const other = others.find(o => o.target.kind === 'kubernetesSecret' && o.target.name === target.name)?.target;
  if (other?.kind !== 'kubernetesSecret' || other.type === target.type) return;
  throw new VaultCdkError({
    code: 'csi/secret-type',
    problem: `the Secret "${target.name}" is asked for with two types`,
    at,
    given: [other.type, target.type],
    allowed: 'one type for each Secret',
    live: 'type: Invalid value: field is immutable',
    fix: 'state the same type everywhere, or use two names',
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

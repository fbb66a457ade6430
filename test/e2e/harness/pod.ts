import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a process finds in a pod. */
export interface Pod {
  /** The token of the pod's service account. */
  readonly token: string;
  /** The CA of the API server, PEM. */
  readonly ca: string;
  /** Name to address, for /etc/hosts. */
  readonly hosts: Readonly<Record<string, string>>;
}

/**
 * Run in a mount namespace of its own, so nothing of it is seen outside. /var/run is often a link to /run, and
 * /run/secrets often does not exist: making it would show outside, so the tmpfs then covers all of /run.
 * `mount -n`, because mount otherwise makes a folder /run/mount for notes of its own, outside.
 */
const script = `
set -eu
folder=$1
shift
mount -n --make-rprivate /
run=$(cd -P /var/run && pwd -P)
over=$run
[ -d "$run/secrets" ] && over=$run/secrets
mount -n -t tmpfs -o mode=0755 tmpfs "$over"
account=$run/secrets/kubernetes.io/serviceaccount
mkdir -p "$account"
cp "$folder/token" "$folder/ca.crt" "$account/"
mount -n --bind "$folder/hosts" /etc/hosts
exec "$@"
`;

/** As root, and as somebody who may only make a user namespace of his own. */
const ways: readonly (readonly string[])[] = [['-m'], ['-r', '-m']];

/** The arguments of `unshare` that work here; null when none does; undefined before it was tried. */
let permitted: readonly string[] | null | undefined;

/** Whether a server can be run as in a pod: needs Linux, `unshare`, and the right to mount in a private namespace. */
export function canUsePrivateMounts(): boolean {
  return unshareArguments() !== undefined;
}

/** The command that runs `command` as in a pod. Its files are written below `folder`. */
export function inPod(folder: string, pod: Pod, command: readonly string[]): readonly string[] {
  const args = unshareArguments();
  if (args === undefined) throw new Error('private mounts are not permitted here; ask canUsePrivateMounts() first');
  return wrap(args, writePod(folder, pod), command);
}

function unshareArguments(): readonly string[] | undefined {
  if (permitted === undefined) permitted = ways.find(works) ?? null;
  return permitted ?? undefined;
}

function works(args: readonly string[]): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'vault-cdk-pod-'));
  try {
    const [command = '', ...rest] = wrap(args, writePod(folder, { token: 't', ca: 'c', hosts: {} }), ['true']);
    return spawnSync(command, rest, { stdio: 'ignore' }).status === 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function writePod(folder: string, pod: Pod): string {
  const own = join(folder, 'pod');
  mkdirSync(own, { mode: 0o700 });
  const hosts = Object.entries(pod.hosts).map(([name, address]) => `${address} ${name}\n`);
  writeFileSync(join(own, 'token'), pod.token, { mode: 0o600 });
  writeFileSync(join(own, 'ca.crt'), pod.ca);
  writeFileSync(join(own, 'hosts'), ['127.0.0.1 localhost\n', ...hosts].join(''));
  return own;
}

function wrap(args: readonly string[], folder: string, command: readonly string[]): readonly string[] {
  return ['unshare', ...args, 'sh', '-c', script, 'pod', folder, ...command];
}

import type { Manifest } from '../core/patch';
import { VaultCdkError } from '../errors/error';
import type { OnChange } from './on-change';

/** A small container that tells a process of new values. */
export interface Helper {
  /** What it does; only a signal and a restart need one. */
  readonly onChange: OnChange;
  /** The files that it compares, absolute. */
  readonly files: readonly string[];
  /** The mounts in which it finds them. */
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly: boolean }[];
  /**
   * Seconds that it waits before it tells, for what follows the files, such as a Kubernetes Secret.
   * @default 0
   */
  readonly delay?: number;
}

/** Pods and what is known of them where helpers are added. */
export interface HelpedPods {
  readonly kind: unknown;
  readonly spec: Manifest;
  /** The containers whose processes are told. */
  readonly readers: readonly Manifest[];
  readonly at: string;
}

/** Pods that end by themselves start with what is new, and a container beside them would keep them from ending. */
export function runsToCompletion(kind: unknown): boolean {
  return kind === 'Job' || kind === 'CronJob';
}

/** Adds the helpers to the pods. Doing it twice is doing it once. */
export function addHelpers(helpers: readonly Helper[], pods: HelpedPods): void {
  if (helpers.length === 0 || runsToCompletion(pods.kind)) return;
  const { spec } = pods;
  const user = userOf(pods);
  const containers = spec['containers'] as Manifest[];
  for (const helper of helpers) {
    if (helper.onChange.way.kind === 'restart') assertRestarts(pods);
    const container = helperContainer(helper, user);
    if (!containers.some(c => c['name'] === container['name'])) containers.push(container);
  }
  spec['shareProcessNamespace'] = true;
}

/**
 * Waits for another checksum, then tells the process. `$0` is the signal, the arguments are the process, the seconds
 * between two looks, the seconds before telling, and the files. POSIX sh, and no tool beside cat, cksum, kill and sleep.
 */
const SCRIPT = `\
process=$1 every=$2 delay=$3
shift 3
sums() { cksum "$@" 2>/dev/null; }
tell() {
  told=1
  for proc in /proc/[0-9]*; do
    [ "$(cat "$proc/comm" 2>/dev/null)" = "$process" ] || continue
    [ "\${proc#/proc/}" = "$$" ] && continue
    parent=
    while read -r key value _; do
      [ "$key" = PPid: ] && parent=$value
    done 2>/dev/null <"$proc/status"
    [ "$(cat "/proc/$parent/comm" 2>/dev/null)" = "$process" ] && continue
    kill -s "$0" "\${proc#/proc/}" && told=0
  done
  return $told
}
old=$(sums "$@")
while :; do
  sleep "$every"
  new=$(sums "$@") || continue
  [ "$new" = "$old" ] && continue
  sleep "$delay"
  if tell; then old=$new; else echo "no process $process could be told" >&2; fi
done
`;

/** Whether a container was added by {@link addHelpers}, for this workload or for another one of the same pods. */
export function isHelper({ command }: Manifest): boolean {
  return Array.isArray(command) && command[2] === SCRIPT;
}

function helperContainer({ onChange: { way }, files, volumeMounts, delay = 0 }: Helper, user: Manifest): Manifest {
  if (way.kind === 'watchesFile' || way.kind === 'rereads') throw new Error('needs no helper');
  const verb = way.kind === 'restart' ? 'restart' : way.signal.slice('SIG'.length).toLowerCase();
  return {
    name: `${verb}-${way.process.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`.replace(/-+$/, ''),
    image: way.image,
    command: ['sh', '-c', SCRIPT, way.signal.slice('SIG'.length)],
    args: [way.process, String(way.every), String(delay), ...files],
    volumeMounts,
    resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '32Mi' } },
    securityContext: {
      ...user,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  };
}

/** A process may signal only those of its own user: the helper runs as the one that the readers state. */
function userOf({ spec, readers, at }: HelpedPods): Manifest {
  const pod = (spec['securityContext'] ?? {}) as Manifest;
  const users = readers.map(({ securityContext }) => {
    const own = (securityContext ?? {}) as Manifest;
    const of = (key: string): unknown => own[key] ?? pod[key];
    return { runAsUser: of('runAsUser'), runAsGroup: of('runAsGroup') };
  });
  const [first] = users;
  const given = [...new Set(users.map(u => u.runAsUser))];
  if (first && given.length === 1 && typeof first.runAsUser === 'number') {
    const { runAsUser, runAsGroup } = first;
    return {
      runAsUser,
      ...(typeof runAsGroup === 'number' ? { runAsGroup } : {}),
      runAsNonRoot: runAsUser !== 0,
    };
  }
  throw new VaultCdkError({
    code: 'on-change/unknown-user',
    problem:
      given.length > 1
        ? 'the containers that read the secrets run as several users, and a process may signal only those of its own'
        : 'nothing says as which user the application runs, and a process may signal only those of its own',
    at,
    given: given.length > 1 ? given.map(u => u ?? null) : undefined,
    allowed: 'one `runAsUser`, of the pod or of the containers',
    live: 'kill: Operation not permitted, in the log of the helper; the application keeps the old value',
    fix: 'state `securityContext.runAsUser`, with the user that the image has anyway',
  });
}

/** A container whose process ended is started again only where the pod says so. */
function assertRestarts({ spec, at }: HelpedPods): void {
  const policy = spec['restartPolicy'] ?? 'Always';
  if (policy === 'Always') return;
  throw new VaultCdkError({
    code: 'on-change/never-restarts',
    problem: 'the application is to be restarted on a new value, and the pod says that it is not started again',
    at,
    given: { restartPolicy: policy },
    allowed: '"Always"',
    live: 'silently ignored: the application would end with the first new value',
    fix: 'drop `restartPolicy`, or let the application read the file again',
  });
}

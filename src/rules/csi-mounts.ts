import { isKnown } from '../access/documents';
import type { ContainerFact, VolumeMountFact } from '../access/manifest-facts';
import type { PodsFact } from '../access/model';
import { podsName, vaultPods } from './csi';
import type { Judged, Rule, Violation } from './rule';

/** One file of the volume, which then never changes. */
export const mountedBySubPath: Rule = {
  id: 'VC655',
  title: 'a container mounts a part of a CSI volume by subPath',
  why: 'such a mount keeps the file that was there when the container started, so a rotated secret never arrives',
  fix: 'mount the whole volume in a folder of its own, and let the application read the file there',
  severity: 'error',
  live: 'silently ignored: the file keeps its first content when the secret changes',
  check: judged =>
    mounts(judged, (m, c) =>
      m.subPath === undefined
        ? undefined
        : `mounts ${JSON.stringify(m.subPath)} of the volume ${JSON.stringify(m.volume)} by subPath at ${JSON.stringify(m.path)} in container ${JSON.stringify(c.name)}`,
    ),
};

/** Two mounts in one place, or one inside of a volume that cannot be written to. */
export const mountsOverlap: Rule = {
  id: 'VC656',
  title: 'a container mounts something at or below the folder of a CSI volume',
  why: 'the pod is refused, or its container cannot be made, since the volume is read-only',
  fix: 'mount each volume in a folder of its own, e.g. /mnt/secrets/db and /mnt/secrets/tls',
  severity: 'error',
  live: 'mountPath: Invalid value: "...": must be unique, or read-only file system',
  check: judged =>
    mounts(judged, (m, c) => {
      if (m.subPath !== undefined) return undefined;
      const folder = tidy(m.path);
      const other = c.mounts.find(o => o !== m && isWithin(tidy(o.path), folder) && !isSaidThere(o, m, c, judged));
      if (!other) return undefined;
      const live =
        tidy(other.path) === folder
          ? `mountPath: Invalid value: ${JSON.stringify(other.path)}: must be unique`
          : `mkdir ${other.path}: read-only file system`;
      const words = `mounts ${JSON.stringify(other.volume)} at ${JSON.stringify(other.path)} in container ${JSON.stringify(c.name)}, and the CSI volume ${JSON.stringify(m.volume)} at ${JSON.stringify(m.path)}`;
      return { words, live, origin: other.origin };
    }),
};

/** Whether two CSI volumes lie in one folder, and the other one says it already. */
function isSaidThere(other: VolumeMountFact, mount: VolumeMountFact, c: ContainerFact, { chain }: Judged): boolean {
  const bothCsi = chain.model.pods.some(p => p.containers.includes(c) && isCsi(p, other) && isCsi(p, mount));
  return bothCsi && tidy(other.path) === tidy(mount.path) && c.mounts.indexOf(other) < c.mounts.indexOf(mount);
}

function tidy(path: string): string {
  return path.replace(/\/{2,}/g, '/').replace(/(?<=.)\/$/, '');
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

/** A user who cannot read what is delivered. */
export const unreadableFile: Rule = {
  id: 'VC657',
  title: 'a container runs as a user who cannot read a file that is delivered',
  why: 'the files belong to root whatever fsGroup says, so another user reads them only as "others"',
  fix: 'set filePermission: 0444 on the object; the volume is in the containers that mount it, and nowhere else',
  severity: 'error',
  live: 'permission denied, in the application',
  check: judged =>
    vaultPods(judged).flatMap(([pods, mounted]) =>
      mounted.flatMap(({ volume, delivery }) => {
        const readers = pods.containers.filter(c => c.mounts.some(m => m.volume === volume.name) && isNotRoot(c));
        return (isKnown(delivery.objects) ? delivery.objects : []).flatMap((o): readonly Violation[] => {
          const { mode = 0, text = '' } = o.permission ?? {};
          // 0 stands for the permission of the driver.
          const who = mode === 0 ? [] : readers.filter(c => !mayRead(mode, c, pods));
          if (who.length === 0) return [];
          const message = `${podsName(pods)} runs ${who.map(userOf).join(' and ')}, and the file ${JSON.stringify(o.name)} of SecretProviderClass "${delivery.name}" has the permission ${text}`;
          return [{ message, origin: o.origin }];
        });
      }),
    ),
};

function userOf({ name, user }: ContainerFact): string {
  return `container ${JSON.stringify(name)} ${user === undefined ? 'not as root' : `as user ${user}`}`;
}

function isNotRoot({ user, nonRoot }: ContainerFact): boolean {
  return user === undefined ? nonRoot : user !== 0;
}

/** Others by the last digit; the group by the middle one, unless its groups are known and root is none of them. */
function mayRead(mode: number, { group }: ContainerFact, { groups }: PodsFact): boolean {
  if ((mode & 0o004) !== 0) return true;
  const inRootGroup = group === undefined || group === 0 || groups.includes(0);
  return (mode & 0o040) !== 0 && inRootGroup;
}

interface Said {
  readonly words: string;
  readonly live: string;
  readonly origin: Violation['origin'];
}

/** What is to be said of each mount of a volume of the driver. */
function mounts(
  { chain }: Judged,
  say: (mount: VolumeMountFact, container: ContainerFact) => string | Said | undefined,
): readonly Violation[] {
  return chain.model.pods.flatMap(pods =>
    pods.containers.flatMap(container =>
      container.mounts
        .filter(m => isCsi(pods, m))
        .flatMap(mount => {
          const said = say(mount, container);
          if (said === undefined) return [];
          const { words, ...more } = typeof said === 'string' ? { words: said, origin: mount.origin } : said;
          return [{ message: `${podsName(pods)} ${words}`, ...more }];
        }),
    ),
  );
}

function isCsi(pods: PodsFact, { volume }: VolumeMountFact): boolean {
  return pods.csiVolumes.some(v => v.name === volume);
}

import { closeSync, openSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const beat = 5_000;
const stale = 30_000;

/**
 * Runs `work` while no other process runs its own under the same lock file.
 *
 * The holder touches the file every few seconds; a file that nobody touched for half a minute was left by a process that
 * died. (A process id in the file would say nothing to another container that shares the folder.) Two waiters may take
 * over a dead lock in the same instant and then both work: callers must stay correct then, and only lose time.
 */
export async function withLock<T>(file: string, work: () => Promise<T>, waiting: () => void): Promise<T> {
  let told = false;
  while (!take(file)) {
    if (!told) waiting();
    told = true;
    await sleep(500);
  }
  const heart = setInterval(() => touch(file), beat);
  heart.unref();
  try {
    return await work();
  } finally {
    clearInterval(heart);
    rmSync(file, { force: true });
  }
}

function take(file: string): boolean {
  try {
    closeSync(openSync(file, 'wx'));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (isStale(file)) discard(file);
    return false;
  }
}

function isStale(file: string): boolean {
  const found = statSync(file, { throwIfNoEntry: false });
  return found !== undefined && Date.now() - found.mtimeMs > stale;
}

function discard(file: string): void {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return; // another waiter was faster
  }
  rmSync(aside, { force: true });
}

function touch(file: string): void {
  try {
    utimesSync(file, new Date(), new Date());
  } catch {
    // Taken over by somebody who thought us dead; see withLock.
  }
}

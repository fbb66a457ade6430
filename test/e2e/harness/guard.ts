import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import type { Writable } from 'node:stream';

/**
 * A shell that is told of process groups until its standard input ends; then it kills those that are still there, and
 * removes the folder.
 *
 * Why not `process.on('exit')` and signal handlers: jest gives test files a copy of `process` whose exit event never
 * fires, and nobody can handle SIGKILL. The end of a pipe is seen whichever way this process went.
 */
const script = `
groups=
while read -r sign group; do
  rest=
  for known in $groups; do
    [ "$known" = "$group" ] || rest="$rest $known"
  done
  groups=$rest
  [ "$sign" = + ] && groups="$groups $group"
done
for group in $groups; do
  kill -s KILL -- "-$group"
done
rm -rf -- "$1"
`;

/** A temporary folder and the process groups that work in it: none of them outlives this process. */
export class Guard {
  readonly folder: string;
  readonly #shell: ChildProcess;
  readonly #input: Writable;
  readonly #ended: Promise<void>;

  /** @param prefix where the folder is made; six characters are added to it, as by `mkdtemp` */
  constructor(prefix: string) {
    this.folder = mkdtempSync(prefix);
    // Detached: Ctrl-C is sent to the whole foreground group, and the guard must survive it.
    const shell = spawn('sh', ['-c', script, 'guard', this.folder], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#shell = shell;
    this.#input = shell.stdin;
    this.#ended = new Promise((resolve, reject) => {
      shell.once('exit', () => resolve());
      shell.once('error', reject);
    });
    this.#ended.catch(() => {}); // told to whoever calls end()
    this.#input.on('error', () => {}); // the same
    // Neither keeps this process alive: a script that forgets to stop its servers still ends, and they with it.
    shell.unref();
    // A pipe is a socket, and would keep this process alive.
    (shell.stdin as Writable & { unref?: () => void }).unref?.();
  }

  /** Notes the leader of a process group. */
  watch(pid: number): void {
    this.#input.write(`+ ${pid}\n`);
  }

  /** The group is gone; its number may be given to somebody else. */
  forget(pid: number): void {
    this.#input.write(`- ${pid}\n`);
  }

  /** Kills what is still noted and removes the folder. */
  async end(): Promise<void> {
    this.#shell.ref();
    this.#input.end();
    await this.#ended;
  }
}

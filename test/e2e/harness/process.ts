import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Guard } from './guard';
import { messageOf } from '../../../src/errors/error';

export interface StartOptions {
  /** What it is called in messages, and the name of its log file. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Asked again and again until it says true; a rejection counts as "not yet" and is quoted when time is up. */
  readonly ready: () => Promise<boolean>;
  /** How long it may take to become ready. Default: 60,000 ms */
  readonly deadline?: number;
  /** How long it may take to end after SIGTERM, before SIGKILL. Default: 5,000 ms */
  readonly grace?: number;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Its standard input. Default: empty */
  readonly input?: string;
  /** When it is killed. Default: 60,000 ms */
  readonly deadline?: number;
}

/** What a command that ended left behind. */
export interface Output {
  /** The exit code, or the signal that ended it. */
  readonly code: number | NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Started {
  readonly name: string;
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
  readonly grace: number;
}

/** Servers that live and end together, and the folder they work in. */
export class Session {
  readonly #guard: Guard;
  readonly #started: Started[] = [];
  #stopping: Promise<void> | undefined;

  constructor(name: string) {
    this.#guard = new Guard(join(tmpdir(), `vault-cdk-${name}-`));
  }

  /** Removed with everything in it when the session stops, or when this process ends in any way. */
  get folder(): string {
    return this.#guard.folder;
  }

  /** Starts a server and waits until it is ready. When it does not become ready, the whole session is stopped. */
  async start(options: StartOptions): Promise<void> {
    const log = join(this.folder, `${options.name}.log`);
    const started = this.#spawn(options, log);
    try {
      await waitUntilReady(started.child, options, log);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Runs a command to its end. Its home folder is empty and its own, so that calls leave each other no token. */
  async run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Output> {
    const home = mkdtempSync(join(this.folder, 'home-'));
    const child = spawn(command, args, {
      cwd: home,
      detached: true,
      env: { ...environment(home), ...options.env },
      stdio: 'pipe',
    });
    const { pid } = child;
    if (pid !== undefined) this.#guard.watch(pid);
    const timer = setTimeout(() => pid !== undefined && signalGroup(pid, 'SIGKILL'), options.deadline ?? 60_000);
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.stdin.on('error', () => {}); // it may end without reading
    child.stdin.end(options.input ?? '');
    try {
      const code = await new Promise<Output['code']>((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (status, signal) => resolve(status ?? signal));
      });
      return { code, stdout: Buffer.concat(stdout).toString('utf8'), stderr: Buffer.concat(stderr).toString('utf8') };
    } finally {
      clearTimeout(timer);
      if (pid !== undefined) this.#guard.forget(pid);
      rmSync(home, { recursive: true, force: true });
    }
  }

  /** Stops what was started, last first, and removes the folder. May be called again. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  #spawn(options: StartOptions, log: string): Started {
    const output = openSync(log, 'a', 0o600);
    const child = spawn(options.command, options.args, {
      cwd: this.folder,
      detached: true, // a group of its own, so that what the server starts is stopped with it
      env: environment(this.folder),
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    const { pid } = child;
    if (pid !== undefined) this.#guard.watch(pid);
    const ended = new Promise<void>(resolve => {
      child.once('error', () => resolve()); // not started at all; waitUntilReady tells why
      child.once('exit', () => {
        if (pid !== undefined) {
          signalGroup(pid, 'SIGKILL'); // children that it left behind
          this.#guard.forget(pid);
        }
        resolve();
      });
    });
    child.unref();
    const started = { name: options.name, child, ended, grace: options.grace ?? 5_000 };
    this.#started.push(started);
    return started;
  }

  async #stopAll(): Promise<void> {
    for (const { child, ended, grace } of this.#started.reverse()) {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) continue;
      child.ref();
      signalGroup(child.pid, 'SIGTERM');
      if (!(await endsWithin(ended, grace))) signalGroup(child.pid, 'SIGKILL');
      await ended;
    }
    await this.#guard.end();
  }
}

/** All that a child inherits: nothing else of the caller's (a VAULT_TOKEN, a proxy) may change what a test sees. */
function environment(home: string): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: home, TMPDIR: home };
}

async function waitUntilReady(child: ChildProcess, options: StartOptions, log: string): Promise<void> {
  const deadline = options.deadline ?? 60_000;
  const end = Date.now() + deadline;
  let failure: Error | undefined;
  let last: unknown;
  child.once('error', error => (failure = error));
  for (;;) {
    await sleep(50);
    if (failure !== undefined) throw new Error(`${options.name} could not be started: ${failure.message}`);
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(
        `${options.name} ended (${child.signalCode ?? child.exitCode}) before it was ready\n${tail(log)}`,
      );
    }
    try {
      if (await options.ready()) return;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) {
      const why = last === undefined ? '' : ` (${messageOf(last)})`;
      throw new Error(`${options.name} was not ready within ${deadline} ms${why}\n${tail(log)}`);
    }
  }
}

/** The last lines of a log, for an error message. */
export function tail(log: string, lines = 25): string {
  if (!existsSync(log)) return '(no log)';
  return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
}

/** The number of a port that nobody listens on. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    // Below Linux's ephemeral range (from 32768): a port that the kernel picks could become the near end of somebody's
    // outgoing connection between our look and the server's bind.
    const port = 10_000 + Math.floor(Math.random() * 22_000);
    if (await canListen(port)) return port;
  }
  throw new Error('no free port found between 10000 and 32000');
}

function canListen(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Already gone.
  }
}

async function endsWithin(ended: Promise<void>, milliseconds: number): Promise<boolean> {
  const timer = new AbortController();
  try {
    return await Promise.race([
      ended.then(() => true),
      sleep(milliseconds, false, { signal: timer.signal }).catch(() => false),
    ]);
  } finally {
    timer.abort();
  }
}

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duration, OnChange, toFile, Workload } from 'vault-cdk';
import { podSpec } from '../support/printed';
import { deployment, world } from '../support/world';

const folder = mkdtempSync(join(tmpdir(), 'vault-cdk-change-'));
const file = join(folder, 'password');
const started: ChildProcess[] = [];
afterAll(() => {
  // Their children too, which would keep the pipes open.
  for (const { pid } of started) {
    try {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL');
    } catch {
      // It has ended already.
    }
  }
  rmSync(folder, { recursive: true });
});

/** A shell of another name, so that its process has that name. */
function application(name: string, script: string): ChildProcess {
  const path = join(folder, name);
  copyFileSync('/bin/sh', path);
  const child = spawn(path, ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  started.push(child);
  return child;
}

/** The printed helper, which looks at a file of this machine. */
function helper(onChange: OnChange): ChildProcess {
  const { app, auth, kv, shop } = world();
  const { password } = kv.secret('shop/db', { keys: ['password'] }).fields;
  const pods = deployment(shop, 'api', { securityContext: { runAsUser: 1000 } });
  Workload.of(pods, { auth, onChange }).consume(password, toFile(file));
  const { command, args } = podSpec(app).containers[1] as unknown as { command: string[]; args: string[] };
  const [sh = '', ...rest] = command;
  const child = spawn(sh, [...rest, ...args], { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  started.push(child);
  return child;
}

function line(child: ChildProcess, stream: 'stdout' | 'stderr', text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let seen = '';
    child[stream]?.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
      if (seen.includes(text)) resolve(seen);
    });
    child.on('exit', () => reject(new Error(`ended after ${JSON.stringify(seen)}`)));
  });
}

/** As the driver writes: a reader sees the old content or the new, and never a part of it. */
function writeAtOnce(text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

const every = Duration.seconds(1);
const image = 'docker.io/library/busybox:1.37';
/** Waits until the helper has looked at the file once: it sleeps then. */
async function hasLooked(child: ChildProcess): Promise<void> {
  const sleeps = new RegExp(`^\\s*${child.pid ?? 0}\\s+\\S*sleep$`, 'm');
  while (!sleeps.test(spawnSync('ps', ['-A', '-o', 'ppid=,comm='], { encoding: 'utf8' }).stdout)) await pause(100);
}

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

test('the helper sends the signal to the parent of the processes of the name, once for each new content', async () => {
  writeAtOnce('one');
  // A parent and a child of one name; only the parent says what it is told.
  const app = application(
    'vaultapp1',
    `trap 'echo told' HUP; (trap 'echo child' HUP; while :; do sleep 0.1; done) & echo up; while :; do sleep 0.1; done`,
  );
  await line(app, 'stdout', 'up');
  await hasLooked(helper(OnChange.signal('SIGHUP', { process: 'vaultapp1', image, every })));
  writeAtOnce('two');

  expect(await line(app, 'stdout', 'told')).toBe('told\n');
  const more = line(app, 'stdout', 'told');
  expect(await Promise.race([more, pause(2500)])).toBeUndefined();
  writeAtOnce('three');
  expect(await more).toBe('told\n');
  expect(readFileSync(file, 'utf8')).toBe('three');
}, 60_000);

test('the helper ends the process where the application is restarted', async () => {
  writeAtOnce('one');
  const app = application('vaultapp2', 'echo up; while :; do sleep 0.1; done');
  await line(app, 'stdout', 'up');
  const ended = new Promise(resolve => app.on('exit', (_, signal) => resolve(signal)));
  await hasLooked(helper(OnChange.restart({ process: 'vaultapp2', image, every })));
  writeAtOnce('two');

  expect(await ended).toBe('SIGTERM');
}, 60_000);

test('the helper says where it can tell nobody, and tries again', async () => {
  writeAtOnce('one');
  const watcher = helper(OnChange.signal('SIGHUP', { process: 'vaultapp3', image, every }));
  await hasLooked(watcher);
  writeAtOnce('two');
  expect(await line(watcher, 'stderr', '\n')).toBe('no process vaultapp3 could be told\n');

  const app = application('vaultapp3', `trap 'echo told' HUP; echo up; while :; do sleep 0.1; done`);
  expect(await line(app, 'stdout', 'told')).toContain('told');
}, 60_000);

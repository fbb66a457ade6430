import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Guard } from './guard';
import { withLock } from './lock';
import { tail } from './process';
import { messageOf } from '../../../src/errors/error';

export type ServerName = 'vault' | 'etcd' | 'kube-apiserver';

interface Recipe {
  /** The folder below `servers/` whose go.mod pins the version. */
  readonly module: string;
  readonly package: string;
  /** For the linker, after `-s -w`. */
  readonly link: readonly string[];
  /** With 2 cores and nothing cached, at most. */
  readonly minutes: number;
}

const component = 'k8s.io/component-base/version';

const recipes: Readonly<Record<ServerName, Recipe>> = {
  vault: { module: 'vault', package: 'github.com/hashicorp/vault', link: [], minutes: 15 },
  etcd: { module: 'kubernetes', package: 'go.etcd.io/etcd/server/v3', link: [], minutes: 1 },
  'kube-apiserver': {
    module: 'kubernetes',
    package: 'k8s.io/kubernetes/cmd/kube-apiserver',
    // Without a version, clients cannot parse what `/version` answers.
    link: [`-X ${component}.gitVersion=v1.36.3`, `-X ${component}.gitMajor=1`, `-X ${component}.gitMinor=36`],
    minutes: 9,
  },
};

/** The path of a server's binary; builds it from source when the cache does not have it. */
export async function serverBinary(name: ServerName): Promise<string> {
  const recipe = recipes[name];
  const source = join(__dirname, '..', 'servers', recipe.module);
  const flags = ['-trimpath', '-ldflags', ['-s -w', ...recipe.link].join(' ')];
  const go = await goEnvironment(source);
  const cache = join(cacheFolder(), 'servers');
  const folder = join(cache, `${name}-${keyOf(source, [...flags, recipe.package, go])}`);
  const binary = join(folder, name);
  if (existsSync(binary)) return binary;

  mkdirSync(cache, { recursive: true });
  // One lock for all: a second build beside the first makes both of them slower.
  const lock = join(cache, '.lock');
  return await withLock(
    lock,
    async () => {
      if (!existsSync(binary)) await build(name, source, [...flags, recipe.package], folder);
      return binary;
    },
    () => say(`another process is building a server; waiting for ${name} (lock: ${lock})`),
  );
}

async function build(name: ServerName, source: string, args: readonly string[], folder: string): Promise<void> {
  const began = Date.now();
  const seconds = (): string => `${Math.round((Date.now() - began) / 1000)} s`;
  // Beside its destination, since a file cannot be renamed into another file system.
  const guard = new Guard(join(folder, '..', '.build-'));
  const ticker = setInterval(() => say(`still building ${name} (${seconds()})`), 30_000);
  say(`building ${name} from source, which takes up to ${recipes[name].minutes} min; kept in ${folder}`);
  try {
    const binary = join(guard.folder, name);
    await run(guard, source, ['build', '-o', binary, ...args]);
    mkdirSync(folder, { recursive: true });
    renameSync(binary, join(folder, name));
    say(`built ${name} in ${seconds()}`);
  } finally {
    clearInterval(ticker);
    await guard.end();
  }
}

async function run(guard: Guard, cwd: string, args: readonly string[]): Promise<void> {
  const log = join(guard.folder, 'go.log');
  const output = createWriteStream(log);
  const child = spawn('nice', ['-n', '5', 'go', ...args], {
    cwd,
    detached: true,
    // Go's own temporary files too, so that a build that is killed leaves nothing.
    env: { ...process.env, GOTMPDIR: guard.folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (child.pid !== undefined) guard.watch(child.pid);
  child.stdout.pipe(output, { end: false });
  child.stderr.pipe(output, { end: false });
  const code = await new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve(status ?? signal));
  });
  if (child.pid !== undefined) guard.forget(child.pid);
  await new Promise<void>(resolve => output.end(resolve));
  if (code !== 0) throw new Error(`\`go ${args.join(' ')}\` failed (${code}) in ${cwd}\n${tail(log)}`);
}

/** What else decides the bytes that come out. Read in the module's folder, whose go.mod may choose the toolchain. */
async function goEnvironment(cwd: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('go', ['env', 'GOVERSION', 'GOOS', 'GOARCH', 'CGO_ENABLED'], { cwd });
    return stdout;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error(
      'The end-to-end tests build Vault, etcd and kube-apiserver from source, and `go` is not on the PATH. ' +
        'Install Go 1.26 or newer (https://go.dev/dl/), or run the other tests only.',
      { cause: error },
    );
  }
}

function keyOf(source: string, more: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum', 'tools.go']) hash.update(readFileSync(join(source, file))).update('\0');
  for (const text of more) hash.update(text).update('\0');
  return hash.digest('hex').slice(0, 16);
}

function cacheFolder(): string {
  const own = process.env['VAULT_CDK_CACHE'];
  if (own) return own;
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'vault-cdk');
}

function say(line: string): void {
  process.stderr.write(`[servers] ${line}\n`);
}

async function main(): Promise<void> {
  for (const name of Object.keys(recipes) as ServerName[]) say(`${name}: ${await serverBinary(name)}`);
}

if (require.main === module) {
  main().catch((error: unknown) => {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exitCode = 1;
  });
}

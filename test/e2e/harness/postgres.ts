import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, Session } from './process';

/** Where Debian's packages put the server; other systems have it on the PATH. */
const DEBIAN = '/usr/lib/postgresql';

/** Whether a PostgreSQL server is installed, and openssl, which Debian's packages of it bring along. */
export function hasPostgres(): boolean {
  return binaries() !== undefined && spawnSync('openssl', ['version'], { stdio: 'ignore' }).status === 0;
}

function binaries(): string | undefined {
  const candidates = [...debian(), ...(process.env['PATH'] ?? '').split(':')];
  return candidates.find(
    folder => spawnSync(join(folder, 'postgres'), ['--version'], { stdio: 'ignore' }).status === 0,
  );
}

function debian(): readonly string[] {
  try {
    return readdirSync(DEBIAN).map(version => join(DEBIAN, version, 'bin'));
  } catch {
    return [];
  }
}

/** The account that the server runs as: it refuses to run as root. */
function account(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout);
  return { uid: id('-u'), gid: id('-g') };
}

/** What a statement printed, and how it ended. */
export interface Answered {
  readonly code: number | NodeJS.Signals | null;
  readonly rows: string;
  readonly error: string;
}

/** A running PostgreSQL with an administrator of its own. */
export class Postgres {
  readonly port: number;
  readonly admin = 'vault_admin';
  /** Its certificate, for 127.0.0.1 and signed by itself, PEM. */
  readonly certificate: string;
  readonly #session: Session;
  readonly #psql: string;
  readonly #password: string;

  constructor(session: Session, psql: string, port: number, password: string, certificate: string) {
    this.#session = session;
    this.#psql = psql;
    this.port = port;
    this.#password = password;
    this.certificate = certificate;
  }

  /** The administrator's password. */
  get password(): string {
    return this.#password;
  }

  /** Runs statements, as the administrator unless somebody else is named. */
  async query(sql: string, login?: { readonly username: string; readonly password: string }): Promise<Answered> {
    const { username, password } = login ?? { username: this.admin, password: this.password };
    const args = ['-h', '127.0.0.1', '-p', String(this.port), '-U', username, '-d', 'postgres', '-XAtq'];
    const { code, stdout, stderr } = await this.#session.run(this.#psql, [...args, '-v', 'ON_ERROR_STOP=1'], {
      input: sql,
      env: { PGPASSWORD: password },
    });
    return { code, rows: stdout.trim(), error: stderr.trim() };
  }

  async stop(): Promise<void> {
    await this.#session.stop();
  }
}

/** Starts a PostgreSQL on loopback; ask `hasPostgres()` first. */
export async function startPostgres(): Promise<Postgres> {
  const folder = binaries();
  if (folder === undefined) throw new Error('no PostgreSQL server is installed; ask hasPostgres() first');
  const session = new Session('postgres');
  try {
    const password = randomBytes(16).toString('hex');
    const port = await freePort();
    const as = account();
    const own = join(session.folder, 'postgres');
    chmodSync(session.folder, 0o755);
    mkdirSync(own, { mode: 0o700 });
    writeFileSync(join(own, 'password'), password, { mode: 0o600 });
    const [key, certificate] = [join(own, 'server.key'), join(own, 'server.crt')];
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
    const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key];
    const signed = await session.run('openssl', ['req', '-x509', ...newKey, ...subject, '-out', certificate]);
    if (signed.code !== 0) throw new Error(`openssl ended with ${String(signed.code)}\n${signed.stderr}`);
    chmodSync(key, 0o600);
    if (as) [own, join(own, 'password'), key, certificate].forEach(path => chownSync(path, as.uid, as.gid));
    const command = (program: string, args: readonly string[]): readonly string[] => {
      const plain = [join(folder, program), ...args];
      const change = as ? [`setpriv --reuid=${as.uid} --regid=${as.gid} --clear-groups`] : [];
      // Its home folder is of root, and so no folder to stand in.
      return ['sh', '-c', `cd / && exec ${[...change, '"$@"'].join(' ')}`, 'as', ...plain];
    };
    const data = join(own, 'data');
    const auth = ['-A', 'scram-sha-256', `--pwfile=${join(own, 'password')}`, '-U', 'vault_admin', '--no-sync'];
    const [file = '', ...args] = command('initdb', ['-D', data, ...auth]);
    const made = await session.run(file, args);
    if (made.code !== 0) throw new Error(`initdb ended with ${String(made.code)}\n${made.stderr}`);

    const postgres = new Postgres(session, join(folder, 'psql'), port, password, readFileSync(certificate, 'utf8'));
    const tls = ['ssl=on', `ssl_key_file=${key}`, `ssl_cert_file=${certificate}`].flatMap(setting => ['-c', setting]);
    const listen = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', own, '-c', 'fsync=off', ...tls];
    const [server = '', ...rest] = command('postgres', listen);
    await session.start({
      name: 'postgres',
      command: server,
      args: rest,
      ready: async () => (await postgres.query('select 1')).rows === '1',
    });
    return postgres;
  } catch (error) {
    await session.stop();
    throw error;
  }
}

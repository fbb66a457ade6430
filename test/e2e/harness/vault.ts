import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serverBinary } from './build';
import { type Answer, HttpClient } from './http';
import { at, listAt, textAt } from './json';
import { inPod, type Pod } from './pod';
import { freePort, type Output, Session } from './process';

export { canUsePrivateMounts, type Pod } from './pod';

export interface VaultOptions {
  /** Run Vault as in a pod: it finds this token and CA, and these names. Ask `canUsePrivateMounts()` first. */
  readonly pod?: Pod;
}

export interface VaultRequest {
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Login extends Answer {
  /** The Vault token; undefined when the login was refused. */
  readonly token: string | undefined;
}

/** A running Vault, initialised and unsealed. Tokens are kept where printing the object does not show them. */
export class Vault {
  readonly address: string;
  readonly #binary: string;
  readonly #session: Session;
  readonly #http: HttpClient;
  #rootToken = '';

  constructor(binary: string, session: Session, port: number) {
    this.address = `http://127.0.0.1:${port}`;
    this.#binary = binary;
    this.#session = session;
    this.#http = new HttpClient('127.0.0.1', port);
  }

  /** Where it keeps its files; gone after `stop`. */
  get folder(): string {
    return this.#session.folder;
  }

  get rootToken(): string {
    return this.#rootToken;
  }

  /** @param path below /v1/, for example `secret/data/app`; sent as it is */
  request(method: string, path: string, { token, body, headers }: VaultRequest = {}): Promise<Answer> {
    const all: Record<string, string> = {};
    if (token !== undefined) all['x-vault-token'] = token;
    for (const [name, value] of Object.entries(headers ?? {})) all[name.toLowerCase()] = value;
    return this.#http.send({ method, path: `/v1/${path}`, headers: all, body });
  }

  /** Logs a service account in. @param mount without `auth/` */
  async login(mount: string, role: string, jwt: string): Promise<Login> {
    const answer = await this.request('POST', `auth/${mount}/login`, { body: { role, jwt } });
    const token = at(answer.body, 'auth', 'client_token');
    return { ...answer, token: typeof token === 'string' && token !== '' ? token : undefined };
  }

  /** Runs the command line of the same binary against this server. Without `token` it has none, whoever calls. */
  cli(args: readonly string[], { input, token }: { input?: string; token?: string } = {}): Promise<Output> {
    const env = { VAULT_ADDR: this.address, ...(token === undefined ? {} : { VAULT_TOKEN: token }) };
    return this.#session.run(this.#binary, args, { env, ...(input === undefined ? {} : { input }) });
  }

  async stop(): Promise<void> {
    this.#http.close();
    await this.#session.stop();
  }

  /** Used once, by `startVault`. */
  async initialise(): Promise<void> {
    const init = await this.request('POST', 'sys/init', { body: { secret_shares: 1, secret_threshold: 1 } });
    if (init.status !== 200) throw new Error(`Vault could not be initialised: ${errorsOf(init).join('; ')}`);
    this.#rootToken = textAt(init.body, 'root_token');
    const unseal = await this.request('POST', 'sys/unseal', { body: { key: textAt(init.body, 'keys', 0) } });
    if (at(unseal.body, 'sealed') !== false) throw new Error(`Vault stayed sealed: ${errorsOf(unseal).join('; ')}`);
  }
}

/** Starts a real Vault, not in dev mode, with its storage in memory and nothing enabled. */
export async function startVault(options: VaultOptions = {}): Promise<Vault> {
  const binary = await serverBinary('vault');
  const session = new Session('vault');
  const port = await freePort();
  const vault = new Vault(binary, session, port);
  try {
    const file = join(session.folder, 'vault.hcl');
    writeFileSync(file, configuration(port));
    const server = [binary, 'server', `-config=${file}`];
    const [command = '', ...args] = options.pod ? inPod(session.folder, options.pod, server) : server;
    await session.start({
      name: 'vault',
      command,
      args,
      // It answers as soon as it listens, though there is nothing to seal yet.
      ready: async () => (await vault.request('GET', 'sys/seal-status')).status === 200,
    });
    await vault.initialise();
    return vault;
  } catch (error) {
    await vault.stop();
    throw error;
  }
}

function configuration(port: number): string {
  return [
    'storage "inmem" {}',
    'listener "tcp" {',
    `  address     = "127.0.0.1:${port}"`,
    '  tls_disable = true',
    '}',
    `api_addr      = "http://127.0.0.1:${port}"`,
    'disable_mlock = true',
    '',
  ].join('\n');
}

/** What Vault complained of: the `errors` of its answer. */
export function errorsOf(answer: Answer): readonly string[] {
  return listAt(answer.body, 'errors').map(String);
}

/** What Vault warned of while doing as it was told: an unknown parameter, a role without an audience. */
export function warningsOf(answer: Answer): readonly string[] {
  return listAt(answer.body, 'warnings').map(String);
}

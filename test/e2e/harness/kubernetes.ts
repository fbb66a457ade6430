import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { serverBinary } from './build';
import { type Forward, forward443 } from './forward';
import { type Answer, HttpClient } from './http';
import { at, isRecord, listAt, textAt } from './json';
import { freePort, Session } from './process';

/** The issuer of the tokens, and the one audience of the API server itself. */
export const issuer = 'https://kubernetes.default.svc';

const fieldManager = 'vault-cdk-e2e';

export interface KubernetesRequest {
  /** Default: an administrator's. `null` sends none: an anonymous request. */
  readonly token?: string | null;
  readonly body?: unknown;
  /** Default: application/json */
  readonly contentType?: string;
  readonly query?: Readonly<Record<string, string>>;
}

interface Resource {
  readonly plural: string;
  readonly namespaced: boolean;
}

/** A running API server with its etcd. No scheduler, no controllers, no kubelet: what is written just stays. */
export class Kubernetes {
  readonly url: string;
  /** Verifies the API server, under 127.0.0.1 and under kubernetes.default.svc. PEM */
  readonly ca: string;
  readonly #port: number;
  readonly #session: Session;
  readonly #http: HttpClient;
  readonly #adminToken: string;
  readonly #resources = new Map<string, Resource>();
  readonly #forwards: Forward[] = [];

  constructor(session: Session, port: number, ca: string, adminToken: string) {
    this.url = `https://127.0.0.1:${port}`;
    this.ca = ca;
    this.#port = port;
    this.#session = session;
    this.#http = new HttpClient('127.0.0.1', port, { ca });
    this.#adminToken = adminToken;
  }

  /** Where it keeps its files; gone after `stop`. */
  get folder(): string {
    return this.#session.folder;
  }

  /** @param path from the root, for example `/api/v1/namespaces` */
  request(method: string, path: string, options: KubernetesRequest = {}): Promise<Answer> {
    const { token = this.#adminToken, body, contentType, query } = options;
    const headers: Record<string, string> = { accept: 'application/json' };
    if (token !== null) headers['authorization'] = `Bearer ${token}`;
    if (contentType !== undefined) headers['content-type'] = contentType;
    const search = query === undefined ? '' : `?${new URLSearchParams(query).toString()}`;
    return this.#http.send({ method, path: path + search, headers, body });
  }

  /**
   * Applies a manifest as Argo CD and `kubectl apply --server-side --validate=strict` do, and returns what is stored.
   * Nothing is made up: no namespace, neither as an object nor as a default. A CRD is waited for until it can be used.
   */
  async apply(manifest: unknown): Promise<Readonly<Record<string, unknown>>> {
    const title = describe(manifest);
    const path = await this.#pathOf(manifest, title);
    const answer = await this.request('PATCH', path, {
      body: manifest, // JSON is YAML
      contentType: 'application/apply-patch+yaml',
      query: { fieldManager, fieldValidation: 'Strict', force: 'true' },
    });
    if (answer.status > 299) throw new Error(`${title}: ${messageOf(answer)}`);
    if (!isRecord(answer.body)) throw new Error(`${title}: the API server answered no object`);
    return at(manifest, 'kind') === 'CustomResourceDefinition' ? await this.#established(path, title) : answer.body;
  }

  /** A token as the kubelet projects it. No audiences: the API server's own. */
  async tokenRequest(
    namespace: string,
    serviceAccount: string,
    audiences: readonly string[] = [],
    seconds = 3600,
  ): Promise<string> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}/token`;
    const spec = { expirationSeconds: seconds, ...(audiences.length > 0 ? { audiences } : {}) };
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec };
    const answer = await this.request('POST', path, { body });
    if (answer.status !== 201) throw new Error(`no token for ${namespace}/${serviceAccount}: ${messageOf(answer)}`);
    return textAt(answer.body, 'status', 'token');
  }

  /** How `kubectl` reaches it as an administrator: an entry of `clusters` and one of `users` of a kubeconfig. */
  get access(): { readonly cluster: object; readonly user: object } {
    const authority = Buffer.from(this.ca).toString('base64');
    return {
      cluster: { server: this.url, 'certificate-authority-data': authority },
      user: { token: this.#adminToken },
    };
  }

  /** See `forward443` in forward.ts. What is made here ends with the server. */
  async forward443(): Promise<Forward | undefined> {
    const forward = await forward443(this.#port);
    if (forward) this.#forwards.push(forward);
    return forward;
  }

  async stop(): Promise<void> {
    this.#http.close();
    await Promise.all(this.#forwards.splice(0).map(forward => forward.stop()));
    await this.#session.stop();
  }

  async #pathOf(manifest: unknown, title: string): Promise<string> {
    const apiVersion = textAt(manifest, 'apiVersion');
    const name = encodeURIComponent(textAt(manifest, 'metadata', 'name'));
    const namespace = at(manifest, 'metadata', 'namespace');
    const { plural, namespaced } = await this.#resource(apiVersion, textAt(manifest, 'kind'), title);
    if (namespaced && typeof namespace !== 'string') throw new Error(`${title}: metadata.namespace is missing`);
    if (!namespaced && namespace !== undefined) throw new Error(`${title}: has a namespace, but its kind has none`);
    const scope = namespaced ? `/namespaces/${encodeURIComponent(String(namespace))}` : '';
    return `${root(apiVersion)}${scope}/${plural}/${name}`;
  }

  async #resource(apiVersion: string, kind: string, title: string): Promise<Resource> {
    const key = `${apiVersion} ${kind}`;
    const known = this.#resources.get(key) ?? (await this.#discover(apiVersion, kind));
    if (!known) throw new Error(`${title}: the API server does not know kind ${kind} of ${apiVersion}`);
    this.#resources.set(key, known);
    return known;
  }

  async #discover(apiVersion: string, kind: string): Promise<Resource | undefined> {
    const answer = await this.request('GET', root(apiVersion));
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw new Error(`discovery of ${apiVersion}: ${messageOf(answer)}`);
    const found = listAt(answer.body, 'resources').find(
      entry => at(entry, 'kind') === kind && !textAt(entry, 'name').includes('/'), // "pods/status" is of kind Pod, too
    );
    return found === undefined
      ? undefined
      : { plural: textAt(found, 'name'), namespaced: at(found, 'namespaced') === true };
  }

  /** Established is said a little before discovery and the first request know it; so those are asked as well. */
  async #established(path: string, title: string): Promise<Readonly<Record<string, unknown>>> {
    const end = Date.now() + 30_000;
    for (;;) {
      const { body } = await this.request('GET', path);
      if (isRecord(body) && isEstablished(body) && (await this.#isServed(body))) return body;
      if (Date.now() > end)
        throw new Error(`${title}: not established within 30 s: ${JSON.stringify(at(body, 'status'))}`);
      await sleep(50);
    }
  }

  async #isServed(crd: unknown): Promise<boolean> {
    const group = textAt(crd, 'spec', 'group');
    const served = listAt(crd, 'spec', 'versions').filter(version => at(version, 'served') === true);
    for (const version of served) {
      const apiVersion = `${group}/${textAt(version, 'name')}`;
      const resource = await this.#discover(apiVersion, textAt(crd, 'spec', 'names', 'kind'));
      if (!resource) return false;
      const list = await this.request('GET', `${root(apiVersion)}/${resource.plural}`, { query: { limit: '1' } });
      if (list.status !== 200) return false;
    }
    return true;
  }
}

/** Starts a real API server on loopback, and the etcd that it stores in. */
export async function startKubernetes(): Promise<Kubernetes> {
  const etcd = await serverBinary('etcd');
  const apiServer = await serverBinary('kube-apiserver');
  const session = new Session('kubernetes');
  try {
    const store = await startEtcd(session, etcd);
    return await startApiServer(session, apiServer, store);
  } catch (error) {
    await session.stop();
    throw error;
  }
}

async function startEtcd(session: Session, command: string): Promise<string> {
  const clientPort = await freePort();
  const client = `http://127.0.0.1:${clientPort}`;
  const peer = `http://127.0.0.1:${await freePort()}`;
  const http = new HttpClient('127.0.0.1', clientPort);
  try {
    await session.start({
      name: 'etcd',
      command,
      args: [
        `--data-dir=${join(session.folder, 'etcd')}`,
        `--listen-client-urls=${client}`,
        `--advertise-client-urls=${client}`,
        `--listen-peer-urls=${peer}`,
        `--initial-advertise-peer-urls=${peer}`,
        `--initial-cluster=default=${peer}`,
        '--unsafe-no-fsync', // thrown away at the end anyway
        '--log-level=warn',
      ],
      ready: async () => at((await http.send({ method: 'GET', path: '/health' })).body, 'health') === 'true',
    });
  } finally {
    http.close();
  }
  return client;
}

async function startApiServer(session: Session, command: string, store: string): Promise<Kubernetes> {
  const port = await freePort();
  const adminToken = randomBytes(24).toString('hex');
  const files = writeCredentials(session.folder, adminToken);
  const certificate = join(files.certificates, 'apiserver.crt');
  let kubernetes: Kubernetes | undefined;
  await session.start({
    name: 'kube-apiserver',
    command,
    args: [
      `--etcd-servers=${store}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      `--cert-dir=${files.certificates}`, // where it puts the certificate that it signs itself
      '--advertise-address=192.0.2.1', // must not be loopback; nobody connects to it
      '--endpoint-reconciler-type=none',
      '--service-cluster-ip-range=10.0.0.0/24',
      `--service-account-issuer=${issuer}`,
      `--service-account-key-file=${files.publicKey}`,
      `--service-account-signing-key-file=${files.privateKey}`,
      `--token-auth-file=${files.tokens}`,
      '--authorization-mode=RBAC',
    ],
    ready: async () => {
      if (!existsSync(certificate)) return false;
      kubernetes ??= new Kubernetes(session, port, authorityIn(readFileSync(certificate, 'utf8')), adminToken);
      return (await kubernetes.request('GET', '/readyz')).status === 200;
    },
  });
  if (!kubernetes) throw new Error('unreachable: ready without a client');
  return kubernetes;
}

function writeCredentials(folder: string, adminToken: string) {
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const files = {
    certificates: join(folder, 'certificates'),
    privateKey: join(folder, 'service-account.key'),
    publicKey: join(folder, 'service-account.pub'),
    tokens: join(folder, 'tokens.csv'),
  };
  mkdirSync(files.certificates);
  writeFileSync(files.privateKey, pair.privateKey, { mode: 0o600 });
  writeFileSync(files.publicKey, pair.publicKey);
  writeFileSync(files.tokens, `${adminToken},admin,admin,"system:masters"\n`, { mode: 0o600 });
  return files;
}

/** The API server makes an authority, signs its certificate with it, and writes both into one file, the authority last. */
function authorityIn(file: string): string {
  const [, authority] = file.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g) ?? [];
  if (authority === undefined) throw new Error('the API server wrote no authority beside its certificate');
  return authority;
}

function root(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function isEstablished(crd: unknown): boolean {
  return listAt(crd, 'status', 'conditions').some(
    condition => at(condition, 'type') === 'Established' && at(condition, 'status') === 'True',
  );
}

function describe(manifest: unknown): string {
  const namespace = at(manifest, 'metadata', 'namespace');
  const name = String(at(manifest, 'metadata', 'name'));
  return `${String(at(manifest, 'kind'))} ${typeof namespace === 'string' ? `${namespace}/` : ''}${name}`;
}

/** What the API server said was wrong. */
export function messageOf(answer: Answer): string {
  const message = at(answer.body, 'message');
  return typeof message === 'string' ? message : `HTTP ${answer.status}`;
}

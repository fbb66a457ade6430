import * as http from 'node:http';
import * as https from 'node:https';

/** What a server answered. Parsed when it is JSON, text when it is not, undefined when it is empty. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface Send {
  readonly method: string;
  /** Sent as it is, neither normalised nor escaped: how a server reads `a//b` or `a%2Fb` is what tests may ask. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/**
 * HTTP to one server on loopback. Not `fetch`: it normalises paths, takes no CA, and keeps sockets that nobody can close.
 * Any status is an answer; only a connection that fails is an error.
 */
export class HttpClient {
  readonly #host: string;
  readonly #port: number;
  readonly #ca: string | undefined;
  readonly #agent: http.Agent;

  constructor(host: string, port: number, tls?: { readonly ca: string }) {
    this.#host = host;
    this.#port = port;
    this.#ca = tls?.ca;
    this.#agent = tls ? new https.Agent({ keepAlive: true, ca: tls.ca }) : new http.Agent({ keepAlive: true });
  }

  send(request: Send): Promise<Answer> {
    const payload = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
    const headers: Record<string, string> = { ...request.headers };
    if (payload) {
      headers['content-type'] ??= 'application/json';
      headers['content-length'] = String(payload.length);
    }
    const options = {
      host: this.#host,
      port: this.#port,
      method: request.method,
      path: request.path,
      headers,
      agent: this.#agent,
      timeout: 60_000,
    };
    return new Promise((resolve, reject) => {
      const outgoing = this.#ca === undefined ? http.request(options) : https.request(options);
      outgoing.once('error', reject);
      outgoing.once('timeout', () => outgoing.destroy(new Error(`no answer to ${request.method} within 60 s`)));
      outgoing.once('response', incoming => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.once('error', reject);
        incoming.once('end', () => {
          resolve({ status: incoming.statusCode ?? 0, body: parse(Buffer.concat(chunks).toString('utf8')) });
        });
      });
      outgoing.end(payload);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

function parse(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

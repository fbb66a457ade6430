import { spawnSync } from 'node:child_process';
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface Forward {
  /** The loopback address whose port 443 leads to the server. */
  readonly address: string;
  stop(): Promise<void>;
}

/** Whether `forward443` can work, asked without waiting, so that a test can be skipped by name. */
export function canForward443(): boolean {
  const script = `require('node:net').createServer().once('error', e => process.exit(e.code === 'EADDRINUSE' ? 0 : 1))
    .listen(443, '127.67.89.101', () => process.exit(0))`;
  permitted ??= spawnSync(process.execPath, ['-e', script], { stdio: 'ignore' }).status === 0;
  return permitted;
}

let permitted: boolean | undefined;

/**
 * Makes a local port reachable as port 443 of some loopback address, since a pod knows the API server as
 * `https://kubernetes.default.svc:443`. Undefined where a port below 1024, or an address but 127.0.0.1, is not permitted.
 */
export async function forward443(port: number): Promise<Forward | undefined> {
  for (let attempt = 0; attempt < 20; attempt++) {
    // Any address of 127.0.0.0/8 but those near 127.0.0.1, where somebody may have a real server.
    const address = `127.${between(1, 254)}.${between(1, 254)}.${between(1, 254)}`;
    const forward = await listen(address, port);
    if (forward === 'taken') continue;
    return forward;
  }
  return undefined;
}

function listen(address: string, port: number): Promise<Forward | 'taken' | undefined> {
  const sockets = new Set<Socket>();
  const server = createServer(near => {
    const far = connect({ host: '127.0.0.1', port });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.unref();
      socket.on('error', () => other.destroy());
      socket.once('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  server.unref();
  return new Promise(resolve => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EADDRINUSE' ? 'taken' : undefined));
    server.listen(443, address, () => resolve({ address, stop: () => stop(server, sockets) }));
  });
}

function stop(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy();
  return new Promise(resolve => server.close(() => resolve()));
}

function between(low: number, high: number): number {
  return low + Math.floor(Math.random() * (high - low + 1));
}

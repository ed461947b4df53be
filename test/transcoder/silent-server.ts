import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** A TCP server on a free port that takes connections, and neither reads nor says anything. */
export class SilentServer implements AsyncDisposable {
  readonly #server = createServer({ pauseOnConnect: true }, (socket) => {
    this.#keep(socket);
  });
  readonly #sockets = new Set<Socket>();

  static async start(): Promise<SilentServer> {
    const server = new SilentServer();
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Resolves when somebody connects. */
  async connection(): Promise<void> {
    if (this.#sockets.size === 0) await once(this.#server, 'connection');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
  }
}

/** A port of this machine on which nobody listens. */
export async function refusingPort(): Promise<number> {
  const server = await SilentServer.start();
  const { port } = server;
  await server[Symbol.asyncDispose]();
  return port;
}

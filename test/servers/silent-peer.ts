import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** A TCP server that takes connections and then does nothing: it neither reads, nor speaks, nor hangs up. */
export class SilentPeer extends EventEmitter implements AsyncDisposable {
  readonly #server = createServer({ pauseOnConnect: true }, (socket) => {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    this.emit('connected');
  });
  readonly #sockets = new Set<Socket>();

  static async start(): Promise<SilentPeer> {
    const peer = new SilentPeer();
    peer.#server.listen(0, '127.0.0.1');
    await once(peer.#server, 'listening');
    return peer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Resolves when somebody has connected. */
  async connected(): Promise<void> {
    if (this.#sockets.size === 0) await once(this, 'connected');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }
}

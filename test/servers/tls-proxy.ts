import { once } from 'node:events';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:tls';
import type { Server } from 'node:tls';

import type { Certificate } from './certificate-authority.js';

/** TLS in front of a server that has none of its own: nginx's RTMP module behind it is an RTMPS server. */
export class TlsProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(certificate: Certificate, port: number) {
    this.#server = createServer(certificate, (outside) => {
      const inside = connect(port, '127.0.0.1');
      this.#join(outside, inside);
      this.#join(inside, outside);
    });
    this.#server.on('tlsClientError', () => undefined);
  }

  static async start(certificate: Certificate, port: number): Promise<TlsProxy> {
    const proxy = new TlsProxy(certificate, port);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on('error', () => to.destroy());
    // The pipe says goodbye to the other side; what breaks off breaks the other side off.
    from.on('close', (broken) => {
      this.#sockets.delete(from);
      if (broken || !from.readableEnded) to.destroy();
    });
    from.pipe(to);
  }
}

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * An HTTP server for jobs that are not watched picture by picture, with peers that hang: `GET /source.ts` gives the
 * whole source at once, `/stalling.ts` half of it and then nothing, `/silent.ts` not even a reply; `PUT /taken.ts` is
 * read to its end, `/unread.ts` not at all. A query tells two uploads apart.
 */
export class Exchange implements AsyncDisposable {
  readonly #source: Buffer;
  readonly #server: Server;

  constructor(source: Buffer) {
    this.#source = source;
    this.#server = createServer((request, response) => {
      this.#handle(request, response);
    });
  }

  /** Listens on a free port of the loopback and returns the URL that the paths above follow. */
  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await once(this.#server.close(), 'close');
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    switch ((request.url ?? '').replace(/\?.*/, '')) {
      case '/source.ts':
        response.end(this.#source);
        break;
      case '/stalling.ts':
        response.write(this.#source.subarray(0, this.#source.length / 2));
        break;
      case '/taken.ts':
        request.resume().once('end', () => response.end());
        break;
      case '/silent.ts':
      case '/unread.ts':
        break;
      default:
        response.writeHead(404).end();
    }
  }
}

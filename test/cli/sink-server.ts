import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A body as it arrived. */
export interface Upload {
  method: string | undefined;
  bytes: Buffer;
  /** The sender ended it properly. Absent: it is still coming. */
  complete?: boolean;
}

/** A real HTTP server that takes uploads: any path is read, `/refused` is answered 403, `/unanswered` never. */
export class SinkServer extends EventEmitter {
  readonly uploads = new Map<string, Upload>();
  readonly #server: Server;

  constructor() {
    super();
    this.#server = createServer((request, response) => {
      this.#take(request, response);
    });
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await once(this.#server.close(), 'close');
  }

  /** Resolves when the first bytes of the upload have come. */
  async begun(path: string): Promise<void> {
    while ((this.uploads.get(path)?.bytes.length ?? 0) === 0) await once(this, 'data');
  }

  /** Resolves when the upload has ended, one way or the other. */
  async over(path: string): Promise<Upload> {
    for (;;) {
      const upload = this.uploads.get(path);
      if (upload?.complete !== undefined) return upload;
      await once(this, 'end');
    }
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    if (path === '/refused') {
      response.writeHead(403).end();
      return;
    }
    const upload: Upload = { method: request.method, bytes: Buffer.alloc(0) };
    this.uploads.set(path, upload);
    request.on('data', (chunk: Buffer) => {
      upload.bytes = Buffer.concat([upload.bytes, chunk]);
      this.emit('data');
    });
    request.on('close', () => {
      upload.complete = request.complete;
      this.emit('end');
    });
    request.on('error', () => undefined);
    request.on('end', () => {
      if (path !== '/unanswered') response.end();
    });
  }
}

import { EventEmitter, once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

import type { Certificate } from './certificate-authority.js';
import { Upload } from './upload.js';

/** What the server does with one request. What it rejects with breaks the connection. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/**
 * A real HTTP or HTTPS server on a free port: it gives what a test put on its paths, keeps what is uploaded to any
 * other path, and gives that when it is whole.
 */
export class MediaServer implements AsyncDisposable {
  /** The last one of each path. */
  readonly uploads = new Map<string, Upload>();
  /** Every request as it came: method and path. */
  readonly requests: string[] = [];
  readonly #everyUpload: { path: string; upload: Upload }[] = [];
  readonly #handlers = new Map<string, Handler>();
  readonly #changes = new Map<string, (bytes: Buffer) => Buffer | undefined>();
  readonly #arrivals = new EventEmitter().setMaxListeners(0);
  readonly #server: Server;
  readonly #scheme: 'http' | 'https';
  readonly #host: string;

  private constructor(certificate: Certificate | undefined, host: string) {
    this.#host = host;
    const listener = (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response);
    this.#scheme = certificate ? 'https' : 'http';
    this.#server = certificate ? createHttpsServer(certificate, listener) : createHttpServer(listener);
    // A source that goes silent is a test's own doing; and live bodies have no end.
    this.#server.requestTimeout = 0;
    this.#server.on('tlsClientError', () => undefined);
  }

  /** With a certificate it speaks HTTPS, and nothing else. */
  static async start(certificate?: Certificate, host = '127.0.0.1'): Promise<MediaServer> {
    const server = new MediaServer(certificate, host);
    server.#server.listen(0, host);
    await once(server.#server, 'listening');
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  url(path: string): string {
    return `${this.#scheme}://${this.#host}:${this.port}${path}`;
  }

  /** Puts a handler on a path, and returns the path's URL. */
  on(path: string, handler: Handler): string {
    this.#handlers.set(path, handler);
    return this.url(path);
  }

  /** What is given for an upload to this path, in place of what came; nothing: it is gone. */
  onUploaded(path: string, becomes: (bytes: Buffer) => Buffer | undefined): void {
    this.#changes.set(path, becomes);
  }

  /** Resolves when at least `bytes` of the upload have come. */
  async received(path: string, bytes = 1): Promise<void> {
    while ((this.uploads.get(path)?.length ?? 0) < bytes) await once(this.#arrivals, 'change');
  }

  /** Resolves when the upload is over, one way or the other. */
  async over(path: string): Promise<Upload> {
    for (;;) {
      const upload = this.uploads.get(path);
      if (upload?.complete !== undefined) return upload;
      await once(this.#arrivals, 'change');
    }
  }

  /** Resolves when the path was asked for so often. */
  async asked(path: string, times = 1): Promise<void> {
    const asked = () => this.requests.filter((request) => request.endsWith(` ${path}`)).length;
    while (asked() < times) await once(this.#arrivals, 'change');
  }

  /** Resolves when so many uploads have begun at the path, with all of them, the first one first. */
  async begun(path: string, count: number): Promise<readonly Upload[]> {
    for (;;) {
      const uploads = this.#everyUpload.filter((one) => one.path === path);
      if (uploads.length >= count) return uploads.map(({ upload }) => upload);
      await once(this.#arrivals, 'change');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://server').pathname;
    this.requests.push(`${request.method ?? ''} ${path}`);
    this.#arrivals.emit('change');
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    const handler = this.#handlers.get(path);
    try {
      if (handler) await handler(request, response);
      else if (request.method === 'GET') this.#give(path, response);
      else await this.#keep(path, request, response);
    } catch {
      request.socket.destroy();
    }
  }

  /** What was uploaded, once it is whole. */
  #give(path: string, response: ServerResponse): void {
    const upload = this.uploads.get(path);
    const becomes = this.#changes.get(path) ?? ((bytes: Buffer) => bytes);
    const bytes = upload?.complete === true ? becomes(upload.bytes) : undefined;
    if (bytes === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'Content-Length': bytes.length }).end(bytes);
  }

  async #keep(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const upload = new Upload(request);
    this.uploads.set(path, upload);
    this.#everyUpload.push({ path, upload });
    this.#arrivals.emit('change');
    request.on('data', (chunk: Buffer) => {
      upload.add(chunk);
      this.#arrivals.emit('change');
    });
    await new Promise((resolve) => request.once('close', resolve));
    upload.complete = request.complete;
    this.#arrivals.emit('change');
    response.writeHead(201).end();
  }
}

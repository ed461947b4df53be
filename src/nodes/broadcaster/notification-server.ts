import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type { MediaServerAdaptor } from '../../media-server/adaptor.js';
import type { Log } from '../../observe/log.js';
import type { Endpoint } from '../../rpc/endpoint.js';
import type { Identity } from '../../rpc/tls.js';
import { sendProblem } from './job-response.js';
import { Problem } from './problem.js';
import { recordsOfSegment } from './segment-path.js';

export interface NotificationServerOptions {
  endpoint: Endpoint;
  tls: Identity | undefined;
  adaptor: MediaServerAdaptor;
  log: Log;
  /** Answers the response, now or as the job goes on. @throws Problem */
  notify: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** @throws Problem */
  cancel: (path: string) => void;
  /** What there is in writing about the segment at this path: JSON, in pieces. @throws Problem */
  records: (path: string, records: 'receipts' | 'verifications') => Iterable<string>;
  /** A notification becomes no job. */
  onRefused: (problem: Problem) => void;
}

// The configuration header may be 64 KiB long.
const largestHeadersBytes = 96 * 1024;
const largestHookBytes = 16 * 1024;
const hookTimeoutMs = 5000;
const headersTimeoutMs = 10_000;
const probeAfterMs = 5000;

/** The broadcaster's HTTP server: notifications, their cancellation, and the media server's hooks. */
export class NotificationServer implements AsyncDisposable {
  readonly #options: NotificationServerOptions;
  readonly #server: Server;

  private constructor(options: NotificationServerOptions) {
    this.#options = options;
    const settings = {
      maxHeaderSize: largestHeadersBytes,
      headersTimeout: headersTimeoutMs,
      requestTimeout: 0,
      // Of a notifier that has vanished nothing is heard for ever, while its job goes on.
      keepAlive: true,
      keepAliveInitialDelay: probeAfterMs,
      noDelay: true,
      // A configuration that was wrapped over lines comes as a folded header (RFC 9112, section 5.2), which Node takes
      // in this mode only.
      insecureHTTPParser: true,
    };
    const { tls } = options;
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      void this.#answer(request, response);
    };
    this.#server =
      tls === undefined
        ? createServer(settings, listener)
        : createTlsServer(
            { ...settings, cert: readFileSync(tls.certificateFile), key: readFileSync(tls.keyFile) },
            listener,
          );
  }

  /** @throws Error of the system when it cannot listen there, or a certificate cannot be read. */
  static async start(options: NotificationServerOptions): Promise<NotificationServer> {
    const server = new NotificationServer(options);
    const listening = once(server.#server, 'listening');
    server.#server.listen(options.endpoint.port, options.endpoint.host);
    await listening;
    // A connection that cannot be taken, for want of descriptors for instance, is no reason to end.
    server.#server.on('error', (error) => {
      options.log.error({ err: error }, 'a connection could not be taken');
    });
    return server;
  }

  get endpoint(): Endpoint {
    const { port } = this.#server.address() as AddressInfo;
    return { host: this.#options.endpoint.host, port };
  }

  /** Stops listening and breaks every connection off. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let isNotification = false;
    try {
      const [path = ''] = (request.url ?? '').split('?', 1);
      if (await this.#hook(path, request, response)) return;
      request.resume(); // a notification says everything in its header
      const asked = recordsOfSegment(path);
      if (asked !== undefined) await this.#sendRecords(asked, request, response);
      else if (request.method === 'DELETE') {
        this.#options.cancel(path);
        response.writeHead(204).end();
      } else {
        isNotification = request.method === 'POST' || request.method === 'PUT';
        await this.#options.notify(request, response);
      }
    } catch (error) {
      const problem = this.#fail(error, response);
      if (isNotification) this.#options.onRefused(problem);
    }
  }

  async #sendRecords(
    { path, records }: NonNullable<ReturnType<typeof recordsOfSegment>>,
    { method }: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    if (method !== 'GET' && method !== 'HEAD')
      throw new Problem('method-not-allowed', `The ${records} are there to be read: use GET.`, { allow: 'GET, HEAD' });
    const pieces = this.#options.records(path, records);
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    if (method === 'HEAD') response.end();
    else await pipeline(Readable.from(pieces), response).catch(unlessItLeft);
  }

  /** Whether the request was the media server's, and is answered. */
  async #hook(path: string, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const { adaptor } = this.#options;
    if (adaptor.hook === undefined || !path.startsWith('/hooks/')) return false;
    const giveUp = setTimeout(() => request.destroy(), hookTimeoutMs);
    const body = await bodyOf(request).finally(() => {
      clearTimeout(giveUp);
    });
    const answer = body === undefined ? { status: 400 } : adaptor.hook({ method: request.method ?? '', path, body });
    response.writeHead(answer?.status ?? 404).end();
    return true;
  }

  #fail(error: unknown, response: ServerResponse): Problem {
    const problem =
      error instanceof Problem ? error : new Problem('internal', 'The broadcaster failed.', { cause: error });
    if (problem.status >= 500) this.#options.log.error({ err: error }, problem.title);
    else this.#options.log.info({ code: problem.code, field: problem.field }, problem.detail);
    if (response.headersSent) response.destroy();
    else sendProblem(response, problem);
    return problem;
  }
}

/** Nothing when it is longer than any hook's. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > largestHookBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Who asked did not wait for the end. */
function unlessItLeft(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
}

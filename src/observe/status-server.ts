import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Registry } from 'prom-client';

import type { Log } from './log.js';

/** Whether a node takes work, and if not, why. */
export interface Readiness {
  readonly ready: boolean;
  /** Sentences or words for an operator; empty when it is ready. */
  readonly reasons: readonly string[];
}

export interface StatusServerOptions {
  /** An address or a name of this machine. */
  host: string;
  /** 0: any that is free. */
  port: number;
  /** When another program has the port, take any that is free instead of failing. Default `false`. */
  fallback?: boolean;
  registry: Registry;
  /** Asked for every request. */
  ready: () => Readiness;
  log: Log;
}

/**
 * What machines ask a node about itself, over HTTP: `/livez` (the process answers), `/readyz` and its alias `/healthz`
 * (200 while it takes work, else 503, with the reasons), `/metrics` (Prometheus's text format).
 */
export class StatusServer {
  readonly #server: Server;
  readonly #options: StatusServerOptions;

  private constructor(options: StatusServerOptions) {
    this.#options = options;
    // Answers are small and made at once; whoever takes longer than this to ask or to listen has gone.
    this.#server = createServer(
      { maxHeaderSize: 8192, headersTimeout: 5_000, requestTimeout: 5_000, keepAliveTimeout: 30_000 },
      (request, response) => {
        void this.#respond(request, response);
      },
    );
    this.#server.maxConnections = 128;
    this.#server.setTimeout(60_000);
  }

  /** Listens. Rejects with the system's error when it cannot. */
  static async start(options: StatusServerOptions): Promise<StatusServer> {
    const server = new StatusServer(options);
    try {
      await server.#listen(options.port);
    } catch (error) {
      if (!(options.fallback === true && isAddressInUse(error))) throw error;
      await server.#listen(0);
    }
    options.log.info({ address: server.address }, 'status server listens');
    return server;
  }

  /** Where it listens, as `HOST:PORT`. */
  get address(): string {
    const { address, port } = this.#bound();
    return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  }

  /** The port it listens on. */
  get port(): number {
    return this.#bound().port;
  }

  /** Stops listening and ends every connection, also one that an answer is going over. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #bound(): AddressInfo {
    return this.#server.address() as AddressInfo;
  }

  async #listen(port: number): Promise<void> {
    this.#server.listen(port, this.#options.host);
    await once(this.#server, 'listening');
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#route(request, response);
    } catch (error) {
      this.#options.log.error({ err: error }, 'status request failed');
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { error: 'internal error' });
    }
  }

  async #route({ url = '', method }: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = ''] = url.split('?');
    if (!paths.includes(path)) {
      sendJson(response, 404, { error: 'not found', paths });
      return;
    }
    if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      sendJson(response, 405, { error: 'method not allowed' });
      return;
    }
    const { registry, ready } = this.#options;
    if (path === '/metrics') {
      send(response, 200, registry.contentType, await registry.metrics());
    } else if (path === '/livez') {
      sendJson(response, 200, { live: true });
    } else {
      const readiness = ready();
      sendJson(response, readiness.ready ? 200 : 503, { ready: readiness.ready, reasons: readiness.reasons });
    }
  }
}

const paths = ['/livez', '/readyz', '/healthz', '/metrics'];

function isAddressInUse(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  send(response, status, 'application/json; charset=utf-8', `${JSON.stringify(body)}\n`);
}

/** A body is left out by Node where the request was a HEAD. */
function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  response.end(body);
}

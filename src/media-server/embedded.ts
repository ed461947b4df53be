import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import type { AddressInfo, Server, Socket } from 'node:net';

import context, { type Session } from 'node-media-server/src/core/context.js';
import logger from 'node-media-server/src/core/logger.js';
import NodeHttpServer from 'node-media-server/src/server/http_server.js';
import NodeRtmpServer from 'node-media-server/src/server/rtmp_server.js';

/** Where an {@link EmbeddedMediaServer} listens. */
export interface EmbeddedMediaServerOptions {
  /** The address to listen on. Default `127.0.0.1`: reached from this machine only. */
  host?: string;
  /** 0 takes any free port. Default 0. */
  rtmpPort?: number;
  /** 0 takes any free port. Default 0. */
  httpPort?: number;
}

/**
 * A media server inside this process: RTMP in, RTMP and HTTP-FLV out. It asks nobody for permission, so it is for
 * loopback and trusted networks.
 *
 * It is node-media-server, of which it takes the two protocol servers only: the package's own entry point writes a
 * data folder, catches signals, prints, and ends the process when a port is taken. There can be one per process, since
 * that package keeps its streams in module state.
 */
export class EmbeddedMediaServer implements AsyncDisposable {
  static #running = false;

  readonly #host: string;
  readonly #rtmp: Server;
  readonly #http: HttpServer;
  readonly #webSockets: { close(): void };
  readonly #sockets = new Set<Socket>();

  private constructor(host: string) {
    this.#host = host;
    logger.log = () => undefined;
    // The port only says which servers to make; which one they get is decided in `start`.
    context.config = { bind: host, rtmp: { port: 1 }, http: { port: 1 }, webadmin: { enable: false } };
    const http = new NodeHttpServer();
    this.#rtmp = new NodeRtmpServer().tcpServer;
    this.#http = http.httpServer;
    this.#webSockets = http.wsServer;
    // Its listener for errors ends the process.
    this.#http.removeAllListeners('error');
    for (const server of [this.#rtmp, this.#http]) server.on('connection', this.#adopt);
    context.eventEmitter.on('prePublish', forgoGrace);
    context.eventEmitter.on('donePublish', endViewers);
  }

  /**
   * Starts listening.
   *
   * @throws the system's error (`EADDRINUSE`, `EACCES` …) when it cannot listen there; nothing is left behind then.
   */
  static async start(options: EmbeddedMediaServerOptions = {}): Promise<EmbeddedMediaServer> {
    if (EmbeddedMediaServer.#running) throw new Error('An embedded media server is already running in this process.');
    EmbeddedMediaServer.#running = true;
    const { host = '127.0.0.1', rtmpPort = 0, httpPort = 0 } = options;
    const server = new EmbeddedMediaServer(host);
    try {
      await listen(server.#rtmp, rtmpPort, host);
      await listen(server.#http, httpPort, host);
    } catch (error) {
      await server.close();
      throw error;
    }
    return server;
  }

  /** Where to publish and play by RTMP, e.g. `rtmp://127.0.0.1:1935`; the path of a stream follows. */
  get rtmpUrl(): string {
    return `rtmp://${this.#authority(this.#rtmp)}`;
  }

  /** Where to play by HTTP-FLV, e.g. `http://127.0.0.1:8000`; a stream's path and `.flv` follow. */
  get httpUrl(): string {
    return `http://${this.#authority(this.#http)}`;
  }

  /**
   * Resolves when somebody publishes the stream, at once if somebody does already.
   *
   * @param path for instance `/live/source`.
   * @throws the signal's reason when it is aborted first.
   */
  async published(path: string, signal?: AbortSignal): Promise<void> {
    if (context.broadcasts.get(path)?.getPublishStatus() === 'publishing') return;
    signal?.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const settle = () => {
        context.eventEmitter.off('postPublish', onPublish);
        signal?.removeEventListener('abort', onAbort);
      };
      const onPublish = (session: Session) => {
        if (session.streamPath !== path) return;
        settle();
        resolve();
      };
      const onAbort = () => {
        settle();
        reject(signal?.reason as Error);
      };
      context.eventEmitter.on('postPublish', onPublish);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Stops listening and breaks every connection off. Resolves when both servers are down; calling it again is fine. */
  async close(): Promise<void> {
    if (!EmbeddedMediaServer.#running) return;
    const down = [this.#rtmp, this.#http]
      .filter(({ listening }) => listening)
      .map((server) => once(server.close(), 'close'));
    this.#webSockets.close();
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(down);
    context.eventEmitter.off('prePublish', forgoGrace);
    context.eventEmitter.off('donePublish', endViewers);
    context.sessions.clear();
    context.broadcasts.clear();
    EmbeddedMediaServer.#running = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  readonly #adopt = (socket: Socket): void => {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // Nagle would hold a frame's last bytes back until the ones before are acknowledged.
    socket.setNoDelay(true);
  };

  #authority(server: Server): string {
    const { port } = server.address() as AddressInfo;
    const host = this.#host === '0.0.0.0' ? '127.0.0.1' : this.#host === '::' ? '::1' : this.#host;
    return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  }
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  const listening = once(server, 'listening');
  server.listen(port, host);
  await listening;
}

/** A publisher that leaves would be waited for, for half a minute, and its viewers would hang meanwhile. */
function forgoGrace(session: Session): void {
  const broadcast = context.broadcasts.get(session.streamPath);
  if (broadcast !== undefined) broadcast.publishGraceMs = 0;
}

/** The end of a stream is the end of its viewers' responses; otherwise they would wait for its next publisher. */
function endViewers({ streamPath }: Session): void {
  for (const session of context.sessions.values()) {
    if (session.streamPath === streamPath && !session.isPublisher) session.close();
  }
}

import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Server as HttpServer } from 'node:http';
import type { AddressInfo, Server, Socket } from 'node:net';

import context, { type Session } from 'node-media-server/src/core/context.js';
import logger from 'node-media-server/src/core/logger.js';
import NodeHttpServer from 'node-media-server/src/server/http_server.js';

import { guardFlv } from './embedded-flv.js';
import { pathOf, streamKeyOf } from './embedded-path.js';
import { serveRtmp } from './embedded-rtmp.js';
import { WaitingViewers } from './waiting-viewers.js';

/** Where an {@link EmbeddedMediaServer} listens. */
export interface EmbeddedMediaServerOptions {
  /** The address to listen on. Default `127.0.0.1`: reached from this machine only. */
  host?: string;
  /** 0 takes any free port. Default 0. */
  rtmpPort?: number;
  /** 0 takes any free port. Default 0. */
  httpPort?: number;
}

/** Somebody who publishes to an {@link EmbeddedMediaServer}, or wants to. */
export interface EmbeddedPublisher {
  /** Of the stream, for instance `/live/source`. */
  path: string;
  /** Of the connection; no two have the same. */
  id: string;
  /** The tokens in the query of the URL. */
  tokens: readonly string[];
}

/** Who decides for an {@link EmbeddedMediaServer} who may publish. */
export interface PublishAuthority {
  mayPublish(publisher: EmbeddedPublisher): boolean;
  /** One that might publish has left, or was turned away for another publisher of the stream. */
  left(publisher: EmbeddedPublisher): void;
  /** For how long the viewers of a stream whose publisher left wait for the next one, in milliseconds; 0: not at all. */
  viewersWaitMs(path: string): number;
}

/**
 * A media server inside this process: RTMP in, RTMP and HTTP-FLV out. Unless it is given an authority it asks nobody
 * for permission, so it is for loopback and trusted networks.
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
  readonly #publishers = new Map<string, Socket>();
  readonly #waiting = new WaitingViewers();
  #authority: PublishAuthority | undefined;
  #connections = 0;

  private constructor(host: string) {
    this.#host = host;
    logger.log = () => undefined;
    // The port only says which servers to make; which one they get is decided in `start`.
    context.config = { bind: host, http: { port: 1 }, webadmin: { enable: false } };
    const http = new NodeHttpServer();
    this.#rtmp = createServer((socket) => {
      serveRtmp(socket, this.#mayPublish);
    });
    this.#http = http.httpServer;
    this.#webSockets = http.wsServer;
    // Its listener for errors ends the process.
    this.#http.removeAllListeners('error');
    guardFlv(this.#http, this.#mayPublish);
    for (const server of [this.#rtmp, this.#http]) server.on('connection', this.#adopt);
    context.eventEmitter.on('prePublish', forgoGrace);
    context.eventEmitter.on('postPublish', this.#onPublish);
    context.eventEmitter.on('donePublish', this.#onDone);
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
    return `rtmp://${this.#addressOf(this.#rtmp)}`;
  }

  /** Where to play by HTTP-FLV, e.g. `http://127.0.0.1:8000`; a stream's path and `.flv` follow. */
  get httpUrl(): string {
    return `http://${this.#addressOf(this.#http)}`;
  }

  /**
   * Resolves when somebody publishes the stream, at once if somebody does already.
   *
   * @param path for instance `/live/source`.
   * @throws the signal's reason when it is aborted first.
   */
  async published(path: string, signal?: AbortSignal): Promise<void> {
    if (this.#isPublished(path)) return;
    signal?.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const settle = () => {
        context.eventEmitter.off('postPublish', onPublish);
        signal?.removeEventListener('abort', onAbort);
      };
      const onPublish = (session: Session) => {
        if (pathOf(session.streamPath) !== path) return;
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

  /** From now on the authority decides who may publish; without one, everybody may. Those who do already stay. */
  setAuthority(authority: PublishAuthority | undefined): void {
    this.#authority = authority;
  }

  /**
   * Breaks a publisher off, and has its place free at once. Its viewers wait for the next one.
   *
   * @param viewersWaitMs for how long at most, in milliseconds.
   */
  drop(publisherId: string, viewersWaitMs: number): void {
    const socket = this.#publishers.get(publisherId);
    if (socket !== undefined) this.#breakOff(socket, viewersWaitMs);
  }

  /** Breaks off whoever publishes the stream, likewise. */
  dropFrom(path: string, viewersWaitMs: number): void {
    const publisher = context.broadcasts.get(streamKeyOf(path) ?? '')?.publisher;
    const socket = publisher?.socket ?? publisher?.req?.socket;
    if (socket !== undefined) this.#breakOff(socket, viewersWaitMs);
  }

  /** No publisher will come to the stream any more: viewers who wait for one are let go. */
  endWaitingViewers(path: string): void {
    const streamKey = streamKeyOf(path);
    if (streamKey !== undefined && !this.#isPublished(path)) this.#waiting.end(streamKey);
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
    context.eventEmitter.off('postPublish', this.#onPublish);
    context.eventEmitter.off('donePublish', this.#onDone);
    this.#waiting.clear();
    context.sessions.clear();
    context.broadcasts.clear();
    EmbeddedMediaServer.#running = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #breakOff(socket: Socket, viewersWaitMs: number): void {
    for (const session of context.sessions.values()) {
      if (!session.isPublisher || (session.socket ?? session.req?.socket) !== socket) continue;
      this.#waiting.wait(session.streamPath, viewersWaitMs);
      const broadcast = context.broadcasts.get(session.streamPath);
      broadcast?.donePublish(session);
      if (broadcast?.publisher === session) broadcast._finishPublish();
    }
    socket.destroy();
  }

  readonly #adopt = (socket: Socket): void => {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // Nagle would hold a frame's last bytes back until the ones before are acknowledged.
    socket.setNoDelay(true);
  };

  readonly #mayPublish = (socket: Socket, streamKey: string, tokens: readonly string[]): boolean => {
    const authority = this.#authority;
    const publisher = { path: pathOf(streamKey), id: String(++this.#connections), tokens };
    if (authority?.mayPublish(publisher) === false) return false;
    this.#publishers.set(publisher.id, socket);
    socket.once('close', () => {
      this.#publishers.delete(publisher.id);
      authority?.left(publisher);
    });
    return true;
  };

  readonly #onPublish = ({ streamPath }: Session): void => {
    this.#waiting.stop(streamPath);
  };

  /** The end of a stream is the end of its viewers' responses, unless another publisher is to go on with it. */
  readonly #onDone = ({ streamPath }: Session): void => {
    this.#waiting.wait(streamPath, this.#authority?.viewersWaitMs(pathOf(streamPath)) ?? 0);
  };

  #isPublished(path: string): boolean {
    return context.broadcasts.get(streamKeyOf(path) ?? '')?.getPublishStatus() === 'publishing';
  }

  #addressOf(server: Server): string {
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

/**
 * A publisher that leaves would be waited for, for half a minute, and its viewers would hang meanwhile; and one that
 * comes while another one is leaving would get its timestamps added to the other one's.
 */
function forgoGrace({ streamPath }: Session): void {
  const broadcast = context.broadcasts.get(streamPath);
  if (broadcast === undefined) return;
  broadcast.publishGraceMs = 0;
  if (broadcast.getPublishStatus() !== 'reconnecting') return;
  broadcast._finishPublish();
  // Without viewers it is taken for abandoned now.
  context.broadcasts.set(streamPath, broadcast);
}

import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { RenditionObservation } from '../meter-server.js';
import { TransportStreamVideo } from '../transport-stream-video.js';
import type { PacedSource, Reader } from './paced-source.js';

/** A rendition that was, or is being, sent here. Times are by `performance.now()`. */
export interface Upload extends RenditionObservation {
  path: string;
  beganAtMs: number;
}

const patienceMs = 20_000;

/**
 * The media server of the network's benchmark: sources to be had by GET, and renditions taken by PUT, everything with
 * the moment in which it came.
 */
export class MediaDouble implements AsyncDisposable {
  /** By path. */
  readonly #sources = new Map<string, PacedSource | Buffer>();
  readonly #readers = new Map<string, Reader[]>();
  readonly #uploads: Upload[] = [];
  readonly #noted = new EventEmitter();
  readonly #server: Server;
  readonly #signal: AbortSignal;

  private constructor(signal: AbortSignal) {
    this.#signal = signal;
    this.#noted.setMaxListeners(0);
    this.#server = createServer((request, response) => {
      this.#answer(request, response);
    });
  }

  /** Listens on a free port of the loopback. */
  static async start(signal: AbortSignal): Promise<MediaDouble> {
    const double = new MediaDouble(signal);
    double.#server.listen(0, '127.0.0.1');
    await once(double.#server, 'listening');
    return double;
  }

  /** What paths follow. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Has the source at `path` from now on: a live one, or a file that is sent as a whole. */
  offer(path: string, source: PacedSource | Buffer): void {
    this.#sources.set(path, source);
  }

  /** Everybody who asked for that source. */
  readers(path: string): readonly Reader[] {
    return this.#readers.get(path) ?? [];
  }

  /** What came at that path, the first upload first. */
  uploads(path: string): readonly Upload[] {
    return this.#uploads.filter((upload) => upload.path === path);
  }

  /**
   * What `look` finds, as soon as it finds something; it is asked whenever somebody asked or something came.
   *
   * @throws Error that says `what` did not come, after 20 s
   */
  async until<Found>(what: string, look: () => Found | undefined): Promise<Found> {
    const givingUp = new AbortController();
    const giveUp = () => {
      givingUp.abort();
    };
    const timer = setTimeout(giveUp, patienceMs);
    this.#signal.addEventListener('abort', giveUp);
    try {
      for (;;) {
        const found = look();
        if (found !== undefined) return found;
        await once(this.#noted, 'noted', { signal: givingUp.signal });
      }
    } catch (error) {
      this.#signal.throwIfAborted();
      if (!givingUp.signal.aborted) throw error;
      throw new Error(`At the media server, ${what} did not come in time.`, { cause: error });
    } finally {
      clearTimeout(timer);
      this.#signal.removeEventListener('abort', giveUp);
    }
  }

  /** Forgets what it has noted. */
  forget(): void {
    this.#uploads.length = 0;
    this.#readers.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const source of this.#sources.values()) if (!Buffer.isBuffer(source)) source.end();
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    if (request.method === 'GET') this.#serve(path, response);
    else this.#take(path, request, response);
  }

  #serve(path: string, response: ServerResponse): void {
    const source = this.#sources.get(path);
    if (source === undefined) {
      response.writeHead(404).end();
      return;
    }
    const readers = this.#readers.get(path) ?? [];
    this.#readers.set(path, readers);
    if (Buffer.isBuffer(source)) {
      readers.push({ askedAtMs: performance.now(), sent: [] });
      response.writeHead(200, { 'content-type': 'video/mp2t' }).end(source);
    } else readers.push(source.serve(response));
    this.#noted.emit('noted');
  }

  #take(path: string, request: IncomingMessage, response: ServerResponse): void {
    const upload: Upload = { path, beganAtMs: performance.now(), received: [], bytes: 0 };
    this.#uploads.push(upload);
    const video = new TransportStreamVideo(({ pts, lastByteAtMs }) => {
      upload.received.push({ pts, atMs: lastByteAtMs });
    });
    request.on('data', (chunk: Buffer) => {
      const atMs = performance.now();
      upload.firstByteAtMs ??= atMs;
      upload.bytes += chunk.length;
      video.push(chunk, atMs);
      this.#noted.emit('noted');
    });
    request.once('end', () => {
      response.writeHead(200).end();
    });
    // Broken off in mid-stream, what came so far stays counted.
    request.on('error', () => undefined);
    request.once('close', () => {
      video.end();
      this.#noted.emit('noted');
    });
  }
}

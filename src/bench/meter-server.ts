import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { ladder } from './ladder.js';
import { TransportStreamVideo, sliceByPicture, type SourceSlice } from './transport-stream-video.js';

/** What the meter saw of one ladder. Times are of the system's monotonic clock, in milliseconds. */
export interface LadderObservation {
  /** Absent: the source was never asked for. */
  firstSentAtMs?: number;
  /** Every picture of the source, and when its last byte was sent. */
  sent: Picture[];
  renditions: RenditionObservation[];
}

/** What came back of one rendition. */
export interface RenditionObservation {
  /** Absent: nothing came. */
  firstByteAtMs?: number;
  /** Every picture, and when its last byte came, in the order in which they came. */
  received: Picture[];
  bytes: number;
}

/** A picture by its timestamp (90 kHz), and the moment. */
export interface Picture {
  pts: number;
  atMs: number;
}

/**
 * Stands on both sides of a transcoder: serves a transport stream over HTTP at its own pace, picture by picture, and
 * takes the renditions back as bodies of PUT or POST, noting when each picture went out and came in.
 *
 * `/{ladder}/source.ts` is a ladder's source, `/{ladder}/{rendition}.ts` takes a rendition; both count from 0.
 */
export class MeterServer {
  readonly ladders: LadderObservation[] = [];
  readonly #source: Buffer;
  readonly #slices: readonly SourceSlice[];
  readonly #server: Server;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #uploads = new Set<Promise<unknown>>();

  constructor(source: Buffer) {
    this.#source = source;
    this.#slices = sliceByPicture(source);
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

  /** Waits until every upload that began has ended, then ends everything. */
  async close(): Promise<void> {
    await this.#takeIn();
    await Promise.allSettled(this.#uploads);
    for (const timer of this.#timers) clearTimeout(timer);
    this.#server.closeAllConnections();
    await once(this.#server.close(), 'close');
  }

  /** ffmpeg awaits no reply: it may be gone before its uploads have been taken in. One that never made them is not waited for long. */
  async #takeIn(): Promise<void> {
    const latestMs = nowMs() + 2_000;
    const isMissing = () => this.ladders.some(({ renditions }) => renditions.filter(Boolean).length < ladder.length);
    while (isMissing() && nowMs() < latestMs) await delay(20);
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const [, ladder, name] = /^\/(\d+)\/(source|\d+)\.ts$/.exec(request.url ?? '') ?? [];
    if (ladder === undefined || name === undefined) {
      response.writeHead(404).end();
      return;
    }
    const observation = (this.ladders[Number(ladder)] ??= { sent: [], renditions: [] });
    if (name === 'source') this.#serve(observation, response);
    else this.#take((observation.renditions[Number(name)] ??= { received: [], bytes: 0 }), request, response);
  }

  #serve(observation: LadderObservation, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'video/mp2t' });
    const start = nowMs();
    observation.firstSentAtMs = start;
    const firstDts = this.#slices[0]?.dts ?? 0;
    let next = 0;
    const sendWhatIsDue = () => {
      for (let slice = this.#slices[next]; slice !== undefined; slice = this.#slices[++next]) {
        const waitMs = start + (slice.dts - firstDts) / 90 - nowMs();
        if (waitMs > 0.5) {
          this.#after(waitMs, sendWhatIsDue);
          return;
        }
        response.write(this.#source.subarray(slice.from, slice.to));
        observation.sent.push({ pts: slice.pts, atMs: nowMs() });
      }
      response.end();
    };
    sendWhatIsDue();
  }

  #take(observation: RenditionObservation, request: IncomingMessage, response: ServerResponse): void {
    const video = new TransportStreamVideo(({ pts, lastByteAtMs }) => {
      observation.received.push({ pts, atMs: lastByteAtMs });
    });
    request.on('data', (chunk: Buffer) => {
      const at = nowMs();
      observation.firstByteAtMs ??= at;
      observation.bytes += chunk.length;
      video.push(chunk, at);
    });
    const upload = once(request, 'end')
      .then(() => {
        video.end();
        response.writeHead(200).end();
      })
      // Broken off in mid-stream: what came so far stays counted.
      .catch(() => {
        video.end();
      })
      .finally(() => this.#uploads.delete(upload));
    this.#uploads.add(upload);
  }

  #after(ms: number, then: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      then();
    }, ms);
    this.#timers.add(timer);
  }
}

function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

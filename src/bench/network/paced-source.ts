import type { ServerResponse } from 'node:http';

import type { Picture } from '../meter-server.js';
import { sliceByPicture, type SourceSlice } from '../transport-stream-video.js';

const packetBytes = 188;
const ticksPerMs = 90;

/** One reader of a source, and what it was sent. */
export interface Reader {
  askedAtMs: number;
  /** Every picture, and when its last byte was sent. */
  readonly sent: Picture[];
}

/**
 * A transport stream that is produced at its own pace. Whoever asks for it while it is being produced gets it from its
 * last keyframe on, that part at once, as media servers do it; each reader's stream ends where the source does.
 */
export class PacedSource implements Disposable {
  readonly #file: Buffer;
  readonly #slices: readonly SourceSlice[];
  readonly #keyframes: readonly number[];
  /** Whatever stands before the first picture: the tables, without which no reader understands the rest. */
  readonly #tables: Buffer;
  readonly #timers = new Map<ServerResponse, NodeJS.Timeout>();
  #startedAtMs: number | undefined;
  #over = false;

  constructor(file: Buffer) {
    this.#file = file;
    this.#slices = sliceByPicture(file);
    this.#keyframes = keyframesOf(file, this.#slices);
    this.#tables = tablesOf(file);
  }

  /** Begins to be produced. It does so by itself when the first reader asks. */
  start(): void {
    this.#startedAtMs ??= performance.now();
  }

  /** Sends it to a reader, from now to its end. */
  serve(response: ServerResponse): Reader {
    this.start();
    const reader: Reader = { askedAtMs: performance.now(), sent: [] };
    response.writeHead(200, { 'content-type': 'video/mp2t' });
    const first = this.#lastKeyframe();
    if (first > 0) response.write(this.#tables);
    response.once('close', () => {
      clearTimeout(this.#timers.get(response));
      this.#timers.delete(response);
    });
    this.#send(response, reader, first);
    return reader;
  }

  /** Ends here, for all its readers and for good. */
  end(): void {
    this.#over = true;
    for (const [response, timer] of this.#timers) {
      clearTimeout(timer);
      response.end();
    }
  }

  [Symbol.dispose](): void {
    this.end();
  }

  #send(response: ServerResponse, reader: Reader, from: number): void {
    let next = from;
    for (let slice = this.#slices[next]; slice !== undefined && !this.#over; slice = this.#slices[++next]) {
      const waitMs = this.#dueAtMs(slice) - performance.now();
      if (waitMs > 0.5) {
        const later = setTimeout(() => {
          this.#send(response, reader, next);
        }, waitMs);
        this.#timers.set(response, later);
        return;
      }
      response.write(this.#file.subarray(slice.from, slice.to));
      reader.sent.push({ pts: slice.pts, atMs: performance.now() });
    }
    response.end();
  }

  #lastKeyframe(): number {
    const nowMs = performance.now();
    const last = this.#keyframes.findLast((index) => {
      const slice = this.#slices[index];
      return slice !== undefined && this.#dueAtMs(slice) <= nowMs;
    });
    return last ?? 0;
  }

  #dueAtMs({ dts }: SourceSlice): number {
    return (this.#startedAtMs ?? 0) + (dts - (this.#slices[0]?.dts ?? 0)) / ticksPerMs;
  }
}

/** Indices of the slices that begin with a picture which can be decoded by itself. */
export function keyframesOf(file: Buffer, slices: readonly SourceSlice[]): number[] {
  return slices.flatMap(({ from, to }, index) => {
    for (let at = from; at + packetBytes <= to; at += packetBytes) {
      if (isRandomAccess(file.subarray(at, at + packetBytes))) return [index];
    }
    return [];
  });
}

/** A payload begins, and the adaptation field has the random access indicator (ISO/IEC 13818-1, 2.4.3.4). */
function isRandomAccess(packet: Buffer): boolean {
  const starts = (packet.readUInt8(1) & 0x40) !== 0;
  const hasAdaptation = (packet.readUInt8(3) & 0x20) !== 0;
  return starts && hasAdaptation && packet.readUInt8(4) > 0 && (packet.readUInt8(5) & 0x40) !== 0;
}

/** The packets before the first one that begins with a random access point: associations, maps, descriptions. */
function tablesOf(file: Buffer): Buffer {
  for (let at = 0; at + packetBytes <= file.length; at += packetBytes) {
    if (isRandomAccess(file.subarray(at, at + packetBytes))) return file.subarray(0, at);
  }
  return file.subarray(0, 0);
}

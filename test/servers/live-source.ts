import { createWriteStream } from 'node:fs';
import { PassThrough } from 'node:stream';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { ServerProcess } from './server-process.js';

/** ffmpeg as a camera: makes a moving picture and a tone at the pace of real time, and keeps a copy of what it made. */
export class LiveSource implements AsyncDisposable {
  /** MPEG-TS, as it is made; to be read once. */
  readonly stream: Readable;
  readonly #process: ServerProcess;
  readonly #copied: Promise<void>;

  /** `copy` is where the copy goes. */
  constructor(seconds: number, size: string, copy: string) {
    this.#process = new ServerProcess('ffmpeg', [
      ...['-nostdin', '-v', 'error', '-re', '-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=30:duration=${seconds}`],
      ...['-re', '-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=48000:duration=${seconds}`],
      ...['-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '60'],
      ...['-c:a', 'aac', '-f', 'mpegts', '-flush_packets', '1', 'pipe:1'],
    ]);
    const stream = new PassThrough();
    this.stream = stream;
    this.#process.stdout.on('data', (chunk: Buffer) => stream.write(chunk));
    this.#process.stdout.once('end', () => stream.end());
    this.#copied = pipeline(this.#process.stdout, createWriteStream(copy));
    this.#copied.catch(() => undefined);
  }

  /** Resolves when all of it was made and the copy is complete. */
  async finished(): Promise<void> {
    await this.#copied;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}

import type { Readable } from 'node:stream';

import type { Addon, NativeByteInput } from '../addon.js';

/** Carries the bytes of a Node stream to a native job, at the pace at which the job takes them. */
export class InputStream {
  readonly native: NativeByteInput;
  /** Why the stream failed. Absent: it did not. */
  error: Error | undefined;
  readonly #source: Readable;
  #onDrain: (() => void) | undefined;
  #closed = false;

  constructor(source: Readable, addon: Addon) {
    this.#source = source;
    this.native = new addon.ByteInput((event) => {
      if (event === 'drain') this.#onDrain?.();
      else this.#breakOff();
    });
  }

  /** Call once, when the native job is there to read. */
  start(): void {
    void this.#feed();
  }

  /** Call when the native job is no more. The stream is destroyed if it has not ended. */
  close(): void {
    this.#breakOff();
    this.native.close();
  }

  async #feed(): Promise<void> {
    try {
      for await (const chunk of this.#source as AsyncIterable<unknown>) {
        if (!(chunk instanceof Uint8Array))
          throw new TypeError(`The input stream gave a ${typeof chunk} in place of bytes.`);
        if (this.#closed) return;
        if (!this.native.write(chunk)) await new Promise<void>((resolve) => (this.#onDrain = resolve));
      }
      if (!this.#closed) this.native.end();
    } catch (error) {
      if (this.#closed) return;
      this.error = error instanceof Error ? error : new Error(String(error));
      this.native.fail(this.error.message);
    }
  }

  #breakOff(): void {
    this.#closed = true;
    this.#onDrain?.();
    this.#source.destroy();
  }
}

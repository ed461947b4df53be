import { finished } from 'node:stream';
import type { Writable } from 'node:stream';

import type { Addon, NativeByteOutput } from '../addon.js';

/**
 * Carries the bytes of a native job to a Node stream. The job gets its next bytes off only when the stream has room
 * again, and its end confirmed only when the stream has finished.
 */
export class OutputStream {
  readonly native: NativeByteOutput;
  /** Why the stream failed. Absent: it did not. */
  error: Error | undefined;
  readonly #target: Writable;
  readonly #forget: () => void;
  #state: 'open' | 'finishing' | 'closed' = 'open';

  constructor(target: Writable, addon: Addon) {
    this.#target = target;
    this.native = new addon.ByteOutput((event, bytes) => {
      if (event === 'write') this.#write(bytes);
      else if (event === 'finish') this.#finish();
      else this.#breakOff();
    });
    this.#forget = finished(target, { readable: false }, (error) => {
      this.#onFinished(error);
    });
    target.on('drain', this.#onDrain);
  }

  /** Call when the native job is no more. The stream is destroyed if it was not finished. */
  close(): void {
    this.#breakOff();
    this.#forget();
    this.#target.off('drain', this.#onDrain);
    this.native.close();
  }

  readonly #onDrain = (): void => {
    if (this.#state === 'open') this.native.acknowledge();
  };

  #write(bytes: Buffer | undefined): void {
    try {
      if (this.#target.write(bytes)) this.native.acknowledge();
    } catch (error) {
      this.#onFinished(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #finish(): void {
    this.#state = 'finishing';
    this.#target.end();
  }

  #onFinished(error: Error | null | undefined): void {
    if (this.#state === 'closed') return;
    if (this.#state === 'finishing' && !error) {
      this.#state = 'closed';
      this.native.acknowledge();
      return;
    }
    this.error = error ?? new Error('The output stream was ended by someone else.');
    this.native.fail(this.error.message);
  }

  #breakOff(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#target.destroy();
  }
}

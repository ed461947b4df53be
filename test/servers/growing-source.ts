import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Handler } from './media-server.js';

/** What a {@link GrowingSource} does when it has given so much of its file. */
export interface GrowingSourceEnd {
  /** Of its file, 0 to 1. */
  share: number;
  /** `stall`: the connection stays, and nothing more comes. `end`: as if that were all. */
  then: 'stall' | 'end';
}

/**
 * A file that a media server is still receiving: it grows at the pace of real time from the first request on, and everybody
 * who asks gets what is there at once and the rest as it comes.
 */
export class GrowingSource {
  readonly #file: Buffer;
  readonly #seconds: number;
  readonly #end: GrowingSourceEnd | undefined;
  readonly #changes = new EventEmitter().setMaxListeners(0);
  readonly #readers = new Set<ServerResponse>();
  #startedAtMs: number | undefined;
  #requests = 0;

  /** @param seconds how long the file at `path` is */
  constructor(path: string, seconds: number, end?: GrowingSourceEnd) {
    this.#file = readFileSync(path);
    this.#seconds = seconds;
    this.#end = end;
  }

  /** How often it was asked for. */
  get requests(): number {
    return this.#requests;
  }

  /** How many are connected at the moment. */
  get readers(): number {
    return this.#readers.size;
  }

  get handler(): Handler {
    return async (_request, response) => {
      this.#requests += 1;
      this.#readers.add(response);
      response.once('close', () => {
        this.#readers.delete(response);
        this.#changes.emit('change');
      });
      this.#changes.emit('change');
      response.flushHeaders();
      await this.#give(response);
    };
  }

  /** Resolves when it has been asked for so often. */
  async asked(times: number): Promise<void> {
    while (this.#requests < times) await once(this.#changes, 'change');
  }

  /** Resolves when nobody is connected any more. */
  async left(): Promise<void> {
    while (this.#readers.size > 0) await once(this.#changes, 'change');
  }

  async #give(response: ServerResponse): Promise<void> {
    this.#startedAtMs ??= performance.now();
    const share = this.#end?.share ?? 1;
    let sent = 0;
    while (!response.destroyed) {
      const grown = (performance.now() - this.#startedAtMs) / 1000 / this.#seconds;
      const end = Math.floor(this.#file.length * Math.min(grown, share));
      if (end > sent) response.write(this.#file.subarray(sent, end));
      sent = end;
      if (grown >= share) {
        if (this.#end?.then !== 'stall') response.end();
        return;
      }
      await sleep(20);
    }
  }
}

import { EventEmitter, once } from 'node:events';

import { ServerProcess } from './server-process.js';

/** ffmpeg as a viewer: takes what a server sends, as it comes. */
export class LivePlayer implements AsyncDisposable {
  readonly #process: ServerProcess;
  readonly #changes = new EventEmitter();
  #bytes = 0;

  /** Connects; whether the stream must be published by then is the server's affair. */
  constructor(url: string) {
    const args = [
      '-nostdin',
      '-v',
      'error',
      '-analyzeduration',
      '100000',
      '-i',
      url,
      '-c',
      'copy',
      '-f',
      'mpegts',
      'pipe:1',
    ];
    this.#process = new ServerProcess('ffmpeg', args);
    this.#process.stdout.on('data', (chunk: Buffer) => {
      this.#bytes += chunk.length;
      this.#changes.emit('change');
    });
    this.#process.stdout.on('end', () => this.#changes.emit('change'));
  }

  /** Resolves when more of the stream has come, counted from the call. */
  async plays(bytes = 20_000): Promise<void> {
    const enough = this.#bytes + bytes;
    while (this.#bytes < enough) {
      if (this.#process.stdout.readableEnded) throw new Error(`The player has ended:\n${this.#process.said}`);
      await once(this.#changes, 'change');
    }
  }

  /** Resolves with its exit code when the server has ended the stream. */
  async ended(): Promise<number | null> {
    return this.#process.ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}

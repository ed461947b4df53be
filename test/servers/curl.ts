import { EventEmitter, once } from 'node:events';

import { ServerProcess, isInstalled } from './server-process.js';

/** Why these tests cannot run here; empty: they can. */
export const curlMissing = isInstalled('curl') ? '' : 'curl is absent';

/** curl, as a media server's script would use it, with what it prints as it comes. */
export class Curl implements AsyncDisposable {
  readonly #process: ServerProcess;
  readonly #changes = new EventEmitter().setMaxListeners(0);
  #printed = '';

  constructor(...args: string[]) {
    this.#process = new ServerProcess('curl', ['-sS', '-N', ...args]);
    this.#process.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#printed += text;
      this.#changes.emit('change');
    });
    this.#process.stdout.on('end', () => this.#changes.emit('change'));
  }

  /** Everything that it printed so far. */
  get printed(): string {
    return this.#printed;
  }

  /** Resolves when at least so many lines were printed, with all of them. */
  async lines(count: number): Promise<string[]> {
    for (;;) {
      const lines = this.#printed.split('\n').slice(0, -1);
      if (lines.length >= count) return lines;
      if (this.#process.stdout.readableEnded) throw new Error(`curl has ended:\n${this.#printed}${this.#process.said}`);
      await once(this.#changes, 'change');
    }
  }

  /** Resolves with its exit code: 0 only when the response ended properly. */
  async ended(): Promise<number | null> {
    return this.#process.ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}

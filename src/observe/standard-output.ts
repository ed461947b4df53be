import { pino, type DestinationStream } from 'pino';

// More than that is written at once, whatever else is to be done.
const mostHeldCharacters = 64 * 1024;
// What a full disk did not take is tried again with the next lines, and newer lines beyond this are lost.
const mostRefusedBytes = 1024 * 1024;

/**
 * The standard output, for the lines of a log. Those of one turn of the event loop are written together behind it, and
 * what is left before the process ends: a write for every line would cost a busy node a fifth of its time.
 */
export class StandardOutput implements DestinationStream {
  readonly #output = pino.destination({ fd: 1, sync: true, maxLength: mostRefusedBytes });
  #held = '';

  constructor() {
    // A log that cannot be written ends no job.
    this.#output.on('error', () => undefined);
    process.once('exit', () => {
      this.#writeOut();
    });
  }

  write(line: string): void {
    if (this.#held === '')
      setImmediate(() => {
        this.#writeOut();
      });
    this.#held += line;
    if (this.#held.length >= mostHeldCharacters) this.#writeOut();
  }

  #writeOut(): void {
    if (this.#held === '') return;
    this.#output.write(this.#held);
    this.#held = '';
  }
}

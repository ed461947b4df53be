import { pino, type DestinationStream } from 'pino';

// More than that is written at once, whatever else is to be done.
const mostBufferedBytes = 15 * 1024;

/**
 * The standard output, for the lines of a log. Those of one turn of the event loop are written together behind it, and
 * what is left before the process ends: a write for every line would cost a busy node a fifth of its time.
 */
export class StandardOutput implements DestinationStream {
  readonly #output = pino.destination({ fd: 1, sync: true, minLength: mostBufferedBytes });
  #isScheduled = false;

  constructor() {
    process.once('exit', () => {
      this.#output.flushSync();
    });
  }

  write(line: string): void {
    this.#output.write(line);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#output.flushSync();
    });
  }
}

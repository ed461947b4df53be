/** Does something again and again, one at a time, with a pause in between, until it is ended. */
export class Polling {
  readonly #poll: (signal: AbortSignal) => Promise<number>;
  readonly #ended = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  /**
   * @param poll does it once, and says how many milliseconds to wait before it is done again. It handles its own
   * failures, and gives up when the signal is aborted.
   */
  constructor(poll: (signal: AbortSignal) => Promise<number>) {
    this.#poll = poll;
  }

  /** Does it for the first time after this many milliseconds. */
  start(delayMs: number): void {
    if (this.#ended.signal.aborted) return;
    this.#timer = setTimeout(() => void this.startNow(), delayMs);
  }

  /** Does it for the first time at once, and waits for that. */
  startNow(): Promise<void> {
    this.#running = this.#run();
    return this.#running;
  }

  /** Ends it. When this is done, nothing is running any more. */
  async end(): Promise<void> {
    clearTimeout(this.#timer);
    this.#ended.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    this.start(await this.#poll(this.#ended.signal));
  }
}

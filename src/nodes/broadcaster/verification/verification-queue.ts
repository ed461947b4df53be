/** Something to look at. */
export interface Sample {
  /** Never rejects but with the signal's reason. */
  run(signal: AbortSignal): Promise<void>;
  /** It is not looked at: there was no time for it. */
  dropped(): void;
}

/** What waits to be looked at, one after the other. When it is full, what has waited longest is given up. */
export class VerificationQueue implements AsyncDisposable {
  readonly #most: number;
  readonly #waiting: Sample[] = [];
  readonly #disposal = new AbortController();
  #running: Promise<void> | undefined;

  /** @param most how many may wait */
  constructor(most: number) {
    this.#most = most;
  }

  push(sample: Sample): void {
    if (this.#disposal.signal.aborted) return;
    this.#waiting.push(sample);
    if (this.#waiting.length > this.#most) this.#waiting.shift()?.dropped();
    this.#running ??= this.#work();
  }

  /** Takes out what waits and is of no use any more. */
  drop(isUseless: (sample: Sample) => boolean): void {
    for (const sample of this.#waiting.filter(isUseless)) {
      this.#waiting.splice(this.#waiting.indexOf(sample), 1);
      sample.dropped();
    }
  }

  /** Breaks off what runs, and forgets the rest. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#waiting.length = 0;
    this.#disposal.abort();
    await this.#running;
  }

  async #work(): Promise<void> {
    const { signal } = this.#disposal;
    // What is pushed in this very turn may still be given up for what comes with it.
    await Promise.resolve();
    for (let sample = this.#waiting.shift(); sample !== undefined; sample = this.#waiting.shift())
      await sample.run(signal).catch(() => undefined);
    this.#running = undefined;
  }
}

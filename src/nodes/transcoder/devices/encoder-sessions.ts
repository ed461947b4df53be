// A driver's limit does not change, but what other programs leave of it does.
const limitKeptMs = 10 * 60_000;

/**
 * The encoders that are open on one device, and how many it allows. Nobody can be asked for that number: it depends on
 * the card, the driver, and who else is there. It is found out when the driver refuses one more, and believed for a while.
 */
export class EncoderSessions {
  readonly #now: () => number;
  #own = 0;
  /** Of other programs, when that was last known. */
  #others = 0;
  #found: { limit: number; atMs: number } | undefined;

  /** @param now a clock in milliseconds that only goes forward */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** This node's. */
  get own(): number {
    return this.#own;
  }

  /** As far as is known, all programs together. */
  get inUse(): number {
    return this.#own + this.#others;
  }

  /** Absent: none was met with lately. */
  get limit(): number | undefined {
    if (this.#found !== undefined && this.#now() - this.#found.atMs >= limitKeptMs) this.#found = undefined;
    return this.#found?.limit;
  }

  hasRoomFor(sessions: number): boolean {
    const { limit } = this;
    return limit === undefined || this.inUse + sessions <= limit;
  }

  /** @param sessions of this node, more of them or, when negative, fewer */
  change(sessions: number): void {
    this.#own += sessions;
  }

  /** @param sessions of all programs, as the driver counts them */
  counted(sessions: number): void {
    this.#others = Math.max(0, sessions - this.#own);
  }

  /** The driver refused one more than there are. @returns how many it allows */
  refused(): number {
    this.#found = { limit: this.inUse, atMs: this.#now() };
    return this.#found.limit;
  }
}

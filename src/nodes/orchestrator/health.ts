const halfLifeMs = 60_000;

/** How a transcoder has been doing lately: each failure counts one, and half as much every minute. */
export class Health {
  #penalty = 0;
  #asOfMs = 0;

  /** It never failed: its penalty is 0 at any time, without a calculation. */
  get isSpotless(): boolean {
    return this.#penalty === 0;
  }

  /** At `nowMs` of a clock that only goes forward. */
  penalty(nowMs: number): number {
    return this.#penalty * 2 ** ((this.#asOfMs - nowMs) / halfLifeMs);
  }

  failed(nowMs: number): void {
    this.#penalty = this.penalty(nowMs) + 1;
    this.#asOfMs = nowMs;
  }
}

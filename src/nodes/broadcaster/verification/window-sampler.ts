import { randomInt } from 'node:crypto';

const steps = 2 ** 32;

/** Decides which windows are looked at, so that nobody can know. */
export class WindowSampler {
  readonly #rate: number;
  readonly #random: () => number;

  /**
   * @param rate the share of windows, 0 (none) to 1 (all)
   * @param random from 0 to below 1, and nobody's to foretell. Default: the system's.
   */
  constructor(rate: number, random: () => number = () => randomInt(steps) / steps) {
    this.#rate = rate;
    this.#random = random;
  }

  /** Whether any is ever drawn. */
  get isOff(): boolean {
    return this.#rate <= 0;
  }

  /** Those of the windows that are looked at. */
  draw<Window>(windows: readonly Window[]): Window[] {
    return windows.filter(() => this.#random() < this.#rate);
  }
}

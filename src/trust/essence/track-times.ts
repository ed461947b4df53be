import type { EssenceUnit } from '../../transcoder/essence.js';

import { lowerBound } from './lower-bound.js';

/**
 * Where in a track a point of its timeline is, told without going through the track. Timestamps need not ascend: pictures
 * come in the order they are decoded.
 */
export class TrackTimes {
  /** Of each unit, the latest timestamp up to it. */
  readonly #latestUs: Float64Array;
  /** Of each unit, the earliest timestamp from it on. */
  readonly #earliestUs: Float64Array;

  constructor(units: readonly Pick<EssenceUnit, 'timestampUs'>[]) {
    this.#latestUs = Float64Array.from(units, ({ timestampUs }) => timestampUs);
    this.#earliestUs = Float64Array.from(this.#latestUs);
    for (let index = 1; index < units.length; index++)
      this.#latestUs[index] = Math.max(this.#latestUs[index] ?? 0, this.#latestUs[index - 1] ?? 0);
    for (let index = units.length - 2; index >= 0; index--)
      this.#earliestUs[index] = Math.min(this.#earliestUs[index] ?? 0, this.#earliestUs[index + 1] ?? 0);
  }

  /** The first unit at or behind a point. */
  firstFrom(timestampUs: number): number {
    return lowerBound(this.#latestUs, timestampUs);
  }

  /** Behind the last unit before a point. */
  endBefore(timestampUs: number): number {
    return lowerBound(this.#earliestUs, timestampUs);
  }
}

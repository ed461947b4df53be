import { mostWindows, type Receipt } from './receipt.js';

/** Nothing reads so many windows ahead of what it delivers. */
const mostAhead = 4096;

/**
 * How far the receipts of an attempt reach, of its source and of its renditions, as they come. In microseconds.
 *
 * A window of the source counts once the renditions have come to its end. One that lies ahead says nothing yet, and may be
 * made up; if it is true, they get there.
 */
export class SignedReach {
  #sourceUs: number | undefined;
  #beganUs: number | undefined;
  #renditionsUs: number | undefined;
  #isFull = false;
  /** Where windows of the source end that do not count yet, in ascending order. */
  #ahead: number[] = [];

  add({ sources, renditions }: Pick<Receipt, 'sources' | 'renditions'>): void {
    for (const { startTimestampUs, endTimestampUs } of renditions) {
      this.#beganUs = Math.min(this.#beganUs ?? startTimestampUs, startTimestampUs);
      this.#renditionsUs = Math.max(this.#renditionsUs ?? endTimestampUs, endTimestampUs);
    }
    const ends = [...this.#ahead, ...sources.map(({ endTimestampUs }) => endTimestampUs)];
    const firstAhead = ends.findIndex((endUs) => endUs > (this.#renditionsUs ?? Number.NEGATIVE_INFINITY));
    const reached = firstAhead < 0 ? ends.length : firstAhead;
    this.#sourceUs = ends[reached - 1] ?? this.#sourceUs;
    this.#ahead = ends.slice(reached, reached + mostAhead);
    this.#isFull = sources.length === mostWindows && this.#ahead.length === 0;
  }

  /** Where the last window of the source ends that counts, or, before there is one, where the renditions began. */
  get sourceUs(): number | undefined {
    return this.#sourceUs ?? this.#beganUs;
  }

  /** Where the renditions began. Absent: nothing was delivered. */
  get beganUs(): number | undefined {
    return this.#beganUs;
  }

  /** Up to where renditions were delivered. Absent: nothing was. */
  get renditionsUs(): number | undefined {
    return this.#renditionsUs;
  }

  /**
   * Whether the last receipt had no room for more windows of the source, and all of them count: an attempt that goes on where
   * another was reads much of the source at once.
   */
  get isFull(): boolean {
    return this.#isFull;
  }
}

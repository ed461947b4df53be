import { mostWindows, type Receipt } from './receipt.js';

/** How far the receipts of an attempt reach, of its source and of its renditions, as they come. In microseconds. */
export class SignedReach {
  #sourceUs: number | undefined;
  #beganUs: number | undefined;
  #renditionsUs: number | undefined;
  #isFull = false;

  add({ sources, renditions }: Pick<Receipt, 'sources' | 'renditions'>): void {
    this.#sourceUs = sources.at(-1)?.endTimestampUs ?? this.#sourceUs;
    for (const { startTimestampUs, endTimestampUs } of renditions) {
      this.#beganUs = Math.min(this.#beganUs ?? startTimestampUs, startTimestampUs);
      this.#renditionsUs = Math.max(this.#renditionsUs ?? endTimestampUs, endTimestampUs);
    }
    this.#isFull = sources.length === mostWindows;
  }

  /**
   * Where the last window of the source ends, or, before there is one, where the renditions began. Absent: that is not known,
   * since nothing was delivered, or the last receipt had no room for more: an attempt that goes on where another was reads
   * much of the source at once.
   */
  get sourceUs(): number | undefined {
    return this.#isFull ? undefined : (this.#sourceUs ?? this.#beganUs);
  }

  /** Up to where renditions were delivered. Absent: nothing was. */
  get renditionsUs(): number | undefined {
    return this.#renditionsUs;
  }
}

import type { ValidOrder } from '../../rpc/order.js';
import { longestSourceMs } from '../longest-source.js';
import { mostPixelsWithin, remainingMs, windowPixels } from '../paid-pixels.js';

// A source may come with a burst, and a playlist begins behind; a live stream does not go on faster than this.
const burstMs = 60_000;
const mostRealTimeRatio = 4;
// The least that can be paid ahead.
const leastWindows = 2n;

/**
 * How many output pixels the receipts of one call may be paid for by now. A receipt costs who signs it nothing, and a
 * thousand that hold one by one may come in a second: so time bounds what they release.
 *
 * With an announced duration it is that of the source, and what goes on beyond it as time goes on, up to where a
 * transcoder cuts the source off. Without, it is the first minute and four times the time since the order, over all
 * attempts.
 */
export class Allowance {
  readonly #now: () => number;
  #first: { order: ValidOrder; atMs: number } | undefined;

  /** @param now milliseconds that only go forward */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** An attempt is about to be ordered; the first one counts. */
  ordered(order: ValidOrder): void {
    this.#first ??= { order, atMs: this.#now() };
  }

  get pixels(): bigint {
    if (this.#first === undefined) return 0n;
    const { order, atMs } = this.#first;
    const windowMs = order.ticket?.windowMs ?? 0;
    const liveMs = mostRealTimeRatio * (this.#now() - atMs);
    const announcedMs = remainingMs(order);
    if (announcedMs === undefined) {
      const released = mostPixelsWithin(order, windowMs, burstMs + liveMs);
      const least = leastWindows * windowPixels(order, windowMs);
      return released < least ? least : released;
    }
    const cutMs = announcedMs + longestSourceMs(order.durationMs) - order.durationMs;
    return mostPixelsWithin(order, windowMs, Math.min(cutMs, announcedMs + liveMs));
  }
}

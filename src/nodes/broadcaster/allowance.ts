import type { ValidOrder } from '../../rpc/order.js';
import { longestSourceMs } from '../longest-source.js';
import { mostPixelsWithin, remainingMs, windowPixels } from '../paid-pixels.js';

// A source may come with a burst, and a playlist begins behind; a live stream does not go on faster than this.
const burstMs = 60_000;
const mostRealTimeRatio = 4;
// The least that can be paid ahead.
const leastWindows = 2n;
// More attempts than any policy takes at one orchestrator. Without a bound, one that ends attempts as fast as they are
// ordered would be paid for what it says it did not finish.
const mostUnfinished = 8;

/**
 * How many output pixels one call may be paid for by now. A receipt costs who signs it nothing, and a thousand that hold
 * one by one may come in a second: so time bounds what they release.
 *
 * With an announced duration it is that of the source, and what goes on beyond it as time goes on, up to where a
 * transcoder cuts the source off; and a window for every further attempt, which the one before it left unfinished. Without,
 * it is the first minute and four times the time since the order, over all attempts.
 */
export class Allowance {
  readonly #now: () => number;
  #first: { order: ValidOrder; atMs: number } | undefined;
  #attempts = 0;

  /** @param now milliseconds that only go forward */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Another attempt is about to be ordered. */
  ordered(order: ValidOrder): void {
    this.#first ??= { order, atMs: this.#now() };
    this.#attempts += 1;
  }

  get pixels(): bigint {
    if (this.#first === undefined) return 0n;
    const { order, atMs } = this.#first;
    const windowMs = order.ticket?.windowMs ?? 0;
    const window = windowPixels(order, windowMs);
    const liveMs = mostRealTimeRatio * (this.#now() - atMs);
    const announcedMs = remainingMs(order);
    if (announcedMs === undefined) {
      const released = mostPixelsWithin(order, windowMs, burstMs + liveMs);
      return released < leastWindows * window ? leastWindows * window : released;
    }
    const cutMs = announcedMs + longestSourceMs(order.durationMs) - order.durationMs;
    const releasedMs = Math.min(cutMs, Math.max(announcedMs, liveMs));
    const unfinished = window * BigInt(Math.min(this.#attempts - 1, mostUnfinished));
    return mostPixelsWithin(order, windowMs, releasedMs) + unfinished;
  }
}

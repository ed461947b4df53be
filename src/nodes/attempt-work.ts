import type { ValidOrder } from '../rpc/order.js';
import { pixelsWithin, remainingMs, windowPixels } from './paid-pixels.js';

/**
 * What one attempt is to make and has made, in output pixels, as far as its payment goes. Broadcaster and orchestrator
 * each keep one, and have to come to the same.
 */
export class AttemptWork {
  /** That one window is expected to have. */
  readonly windowPixels: bigint;
  /** Absent: the source has no end that is known. */
  readonly #announcedPixels: bigint | undefined;
  #receiptPixels = 0n;
  #isOver = false;

  constructor(order: ValidOrder) {
    const windowMs = order.ticket?.windowMs ?? 0;
    this.windowPixels = windowPixels(order, windowMs);
    const leftMs = remainingMs(order);
    this.#announcedPixels = leftMs === undefined ? undefined : pixelsWithin(order, windowMs, leftMs);
  }

  /** A receipt for so many was given. */
  delivered(pixels: bigint): void {
    this.#receiptPixels += pixels;
  }

  /**
   * The attempt ended, and had encoded so many. Gives how many are owed for the window that no receipt is for any more:
   * not more than one is expected to have, for nothing but the orchestrator's word stands for them.
   */
  ended(encodedPixels: bigint): bigint {
    if (this.#isOver) return 0n;
    this.#isOver = true;
    const unfinished = encodedPixels - this.#receiptPixels;
    if (unfinished <= 0n) return 0n;
    return unfinished < this.windowPixels ? unfinished : this.windowPixels;
  }

  /**
   * What is to come yet, as far as it was announced. Behind that, nothing is expected at first, since most sources end a
   * little later than announced; once a whole window came, another one is. Absent: there is no end that is known.
   */
  get leftPixels(): bigint | undefined {
    if (this.#announcedPixels === undefined) return undefined;
    const left = this.#announcedPixels - this.#receiptPixels;
    if (left > 0n) return left;
    return -left < this.windowPixels ? 0n : this.windowPixels;
  }

  /** What the orchestrator wants to be covered before it goes on: the next window, or what is left. */
  get nextPixels(): bigint {
    const left = this.leftPixels ?? this.windowPixels;
    return left < this.windowPixels ? left : this.windowPixels;
  }
}

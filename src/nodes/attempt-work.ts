import { FaultClass, type Ended } from '../rpc/attempt-event.js';
import type { ValidOrder } from '../rpc/order.js';
import { encodedPixels, pixelsWithin, remainingMs, windowPixels } from './paid-pixels.js';

// Nothing but the orchestrator's word stands for them, so they are so many in a row, with no attempt between that delivered
// so much: a stream of days has its outputs break now and then.
const mostUnfinishedWindows = 8n;
const windowsThatForgive = 10n;

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
  /** What attempts of the call left unfinished. */
  #unfinishedPixels: bigint;
  #isOver = false;

  /** @param before the attempt before it in the same call */
  constructor(order: ValidOrder, before?: AttemptWork) {
    this.#unfinishedPixels = before === undefined ? 0n : before.#carriedPixels;
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
   * The attempt ended. Gives how many are owed for the window that no receipt is for any more: not more than one is expected
   * to have, and none where it ended by a fault of who wants to be paid.
   */
  ended({ fault, progress }: Ended): bigint {
    if (this.#isOver) return 0n;
    this.#isOver = true;
    if (fault === undefined || !brokenOff.has(fault.class)) return 0n;
    const unfinished = encodedPixels(progress) - this.#receiptPixels;
    if (unfinished <= 0n || this.isBrokenOff) return 0n;
    const owed = unfinished < this.windowPixels ? unfinished : this.windowPixels;
    this.#unfinishedPixels += owed;
    return owed;
  }

  get #carriedPixels(): bigint {
    return this.#receiptPixels >= windowsThatForgive * this.windowPixels ? 0n : this.#unfinishedPixels;
  }

  /** Attempts were broken off so often that nothing more is owed for it: an orchestrator need not work for that. */
  get isBrokenOff(): boolean {
    return this.#unfinishedPixels >= mostUnfinishedWindows * this.windowPixels;
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

/** What ends an attempt by the doing of the broadcaster, or of the media servers that it named. */
const brokenOff: ReadonlySet<FaultClass> = new Set([
  FaultClass.FAULT_CLASS_CANCELLED,
  FaultClass.FAULT_CLASS_SOURCE,
  FaultClass.FAULT_CLASS_OUTPUT,
  FaultClass.FAULT_CLASS_BROADCASTER,
]);

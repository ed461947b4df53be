import type { ValidOrder } from '../rpc/order.js';
import { expectedPixels } from '../trust/payment/price.js';
import type { Receipt } from '../trust/receipts/receipt.js';

/**
 * Output pixels that one window of an order is expected to have; broadcaster and orchestrator have to agree on it. A
 * window ends with the first keyframe behind its length, so it is as many keyframe intervals long as that takes.
 */
export function windowPixels({ renditions }: Pick<ValidOrder, 'renditions'>, windowMs: number): bigint {
  return renditions.reduce((sum, { profile: { width, height, fpsNumerator, fpsDenominator, gopMs } }) => {
    // A side that follows from the source is taken as 16:9 has it.
    const box = {
      width: width || Math.ceil((height * 16) / 9),
      height: height || Math.ceil((width * 9) / 16),
      fps: fpsNumerator === 0 ? 0 : fpsNumerator / fpsDenominator,
    };
    const lengthMs = gopMs === 0 ? windowMs : Math.ceil(windowMs / gopMs) * gopMs;
    return sum + expectedPixels([box], lengthMs);
  }, 0n);
}

/** Output pixels that a receipt is for. */
export function receiptPixels({ renditions }: Pick<Receipt, 'renditions'>): bigint {
  return renditions.reduce((sum, { pixels }) => sum + BigInt(pixels), 0n);
}

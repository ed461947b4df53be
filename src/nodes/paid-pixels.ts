import type { Progress } from '../rpc/attempt-event.js';
import type { ValidOrder } from '../rpc/order.js';
import { expectedPixels } from '../trust/payment/price.js';
import { smallestBox } from '../trust/receipts/pixel-limit.js';
import type { Receipt } from '../trust/receipts/receipt.js';
import { codingName } from './coding.js';
import { longestSourceMs } from './longest-source.js';

type Work = Pick<ValidOrder, 'renditions' | 'durationMs'>;
type Profile = ValidOrder['renditions'][number]['profile'];

/**
 * Output pixels that one window of an order is expected to have; broadcaster and orchestrator have to agree on it. A
 * window ends with the first keyframe behind its length, so it is as many keyframe intervals long as that takes, and it
 * is not longer than the source can be.
 */
export function windowPixels(order: Work, windowMs: number): bigint {
  return pixelsOf(order, (profile) => windowLengthMs(order, profile, windowMs));
}

/** Output pixels that so much of the source is expected to have, in whole windows; both sides have to agree on it likewise. */
export function pixelsWithin(order: Work, windowMs: number, spanMs: number): bigint {
  return pixelsOf(order, (profile) => {
    const lengthMs = windowLengthMs(order, profile, windowMs);
    return Math.ceil(spanMs / lengthMs) * lengthMs;
  });
}

/**
 * The most output pixels that so much of the source can well have, in whole windows. Where a side or the frame rate is
 * the source's, that is twice what is expected: enough for square pictures, or for 120 frames per second. A box that is too
 * small for encoders is taken as large as pictures of it can become.
 */
export function mostPixelsWithin({ renditions, durationMs }: Work, windowMs: number, spanMs: number): bigint {
  return renditions.reduce((sum, rendition) => {
    const { width, height, fpsNumerator, codec } = rendition.profile;
    const smallest = smallestBox(codingName(codec));
    const isOpen = width === 0 || height === 0 || fpsNumerator === 0;
    const isTiny = width * height > 0 && width * height < smallest.width * smallest.height;
    const profile = isTiny ? { ...rendition.profile, ...smallest } : rendition.profile;
    const pixels = pixelsWithin({ renditions: [{ ...rendition, profile }], durationMs }, windowMs, spanMs);
    return sum + (isOpen ? 2n * pixels : pixels);
  }, 0n);
}

/** What of the announced source is still to be made when an order goes out, in milliseconds. Absent: it has no end that is known. */
export function remainingMs({
  durationMs,
  timestampBaseUs,
  resumeAtUs,
}: Pick<ValidOrder, 'durationMs' | 'timestampBaseUs' | 'resumeAtUs'>): number | undefined {
  if (durationMs === 0) return undefined;
  const madeUs = timestampBaseUs === undefined || resumeAtUs === undefined ? 0 : resumeAtUs - timestampBaseUs;
  return Math.max(1, durationMs - Math.max(0, madeUs / 1000));
}

/** Output pixels that a receipt is for. */
export function receiptPixels({ renditions }: Pick<Receipt, 'renditions'>): bigint {
  return renditions.reduce((sum, { pixels }) => sum + BigInt(pixels), 0n);
}

/** Output pixels that an attempt has encoded since it began. */
export function encodedPixels(progress: Progress | undefined): bigint {
  return (progress?.renditions ?? []).reduce((sum, { pixelsEncoded }) => sum + BigInt(pixelsEncoded), 0n);
}

/** Above zero, also for an order whose ticket is yet to be refused. */
function windowLengthMs({ durationMs }: Work, { gopMs }: Profile, windowMs: number): number {
  const lengthMs = Math.max(1, gopMs === 0 ? windowMs : Math.ceil(windowMs / gopMs) * gopMs);
  return durationMs === 0 ? lengthMs : Math.min(lengthMs, longestSourceMs(durationMs));
}

function pixelsOf({ renditions }: Work, lengthMs: (profile: Profile) => number): bigint {
  return renditions.reduce((sum, { profile }) => {
    const { width, height, fpsNumerator, fpsDenominator } = profile;
    // A side that follows from the source is taken as 16:9 has it.
    const box = {
      width: width || Math.ceil((height * 16) / 9),
      height: height || Math.ceil((width * 9) / 16),
      fps: fpsNumerator === 0 ? 0 : fpsNumerator / fpsDenominator,
    };
    return sum + expectedPixels([box], lengthMs(profile));
  }, 0n);
}

import { codecOf, type OrderedCoding, type OrderedProfile } from '../orders/ticket.js';

/** What a side that follows from the other is taken to be at most: pictures are not longer than that. */
const longestAspect = 16;

/**
 * A picture with a side below what every encoder takes is scaled up (146x50 for H.264, 192x128 for AV1), so that small
 * profiles can get more pixels than their box has: an upright picture of 1 to 4, at most.
 */
export function smallestBox(coding: OrderedCoding): { width: number; height: number } {
  const width = codecOf(coding) === 'av1' ? 192 : 146;
  return { width, height: width * 4 };
}

/** The most pixels that one picture of a profile can have; what it does have is for the verification of pictures. */
export function mostPixelsPerFrame({ width, height, codec }: OrderedProfile): number {
  const smallest = smallestBox(codec);
  const leastPixels = smallest.width * smallest.height;
  if (width > 0 && height > 0) return Math.max(even(width) * even(height), leastPixels);
  // The box turns with the picture, so a given width is the longer side, and a given height the shorter one.
  const area = width > 0 ? even(width) * even(width) : even(height) * even(height) * longestAspect;
  return Math.max(area, leastPixels);
}

/** A source's own rate, where that was ordered, is not known here: cameras make no more. */
const mostFramesPerSecond = 240;
/** Clocks are rounded, and borders fall between pictures. */
const rateTolerance = 1.05;
const framesAtTheBorders = 2;

/** The most frames that a window of this length can have; it ends with the first keyframe behind `windowMs`. */
export function mostFrames(profile: OrderedProfile, windowMs: number, lengthUs: number): number {
  const { fpsNumerator, fpsDenominator, gopMs } = profile;
  const framesPerSecond = fpsNumerator === 0 ? mostFramesPerSecond : fpsNumerator / fpsDenominator;
  const seconds = Math.min(lengthUs / 1e6, (windowMs + gopMs) / 1000);
  return Math.ceil(seconds * framesPerSecond * rateTolerance) + framesAtTheBorders;
}

function even(side: number): number {
  return side + (side % 2);
}

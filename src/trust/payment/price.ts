import { Rational } from './rational.js';

/** What is paid per pixel, as a fraction so that no rounding gets in. */
export interface Price {
  /** Wei for `pixels` encoded pixels. Not negative. */
  wei: bigint;
  /** Above zero. */
  pixels: bigint;
}

/** What so many pixels cost, in wei. */
export function feeOf(pixels: bigint, price: Price): Rational {
  return Rational.of(pixels * price.wei, price.pixels);
}

/** Whether a price is more than `times` another; exact, without a division. */
export function isAbove(price: Price, other: Price, times = 1n): boolean {
  return price.wei * other.pixels > times * other.wei * price.pixels;
}

/** What a rendition is expected to be, as far as its cost goes. */
export interface ExpectedRendition {
  width: number;
  height: number;
  /** Frames per second, a fraction allowed. 0: the source's, counted as 60. */
  fps: number;
}

/** Output pixels that so much of a stream is expected to have, counted as Livepeer does: rates and seconds rounded up. */
export function expectedPixels(renditions: readonly ExpectedRendition[], durationMs: number): bigint {
  const seconds = BigInt(Math.ceil(durationMs / 1000));
  return renditions.reduce(
    (sum, { width, height, fps }) =>
      sum + BigInt(width) * BigInt(height) * BigInt(fps === 0 ? 60 : Math.ceil(fps)) * seconds,
    0n,
  );
}

/** The fee that is paid ahead for so many expected pixels: 2 % more than they cost, as in Livepeer. */
export function feeAhead(pixels: bigint, price: Price): Rational {
  return Rational.of(pixels * price.wei * 102n, price.pixels * 100n);
}

import type { OrderedProfile } from '../orders/ticket.js';

/** What encoders take at least and at most, of a picture's sides: of H.264, HEVC and AV1 (native/media/video/picture_size.cc). */
const leastWidths: ReadonlySet<number> = new Set([146, 132, 192]);
const leastHeights: ReadonlySet<number> = new Set([50, 40, 128]);
const mostSides: ReadonlySet<number> = new Set([4096, 8192, 16_384]);

interface Size {
  width: number;
  height: number;
}

/**
 * Whether a picture can be what fitting one into a profile's box comes to: it reaches the box on one side and is within it
 * on the other. The box turns with the picture. A side that an encoder does not take is brought to what it does take.
 */
export function fitsBox({ width, height }: Size, { width: boxWidth, height: boxHeight }: OrderedProfile): boolean {
  return (
    isFitted({ width, height }, { width: boxWidth, height: boxHeight }) ||
    isFitted({ width, height }, { width: boxHeight, height: boxWidth })
  );
}

/** A side of 0 is one that follows from the other. */
function isFitted({ width, height }: Size, box: Size): boolean {
  const most = { width: even(box.width), height: even(box.height) };
  const isWithin = (most.width === 0 || width <= most.width) && (most.height === 0 || height <= most.height);
  if (!isWithin) return leastWidths.has(width) || leastHeights.has(height);
  return width === most.width || height === most.height || mostSides.has(Math.max(width, height));
}

function even(side: number): number {
  return side + (side % 2);
}

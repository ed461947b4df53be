/** A picture's size and rate; 0, or nothing: not known. */
export interface PictureRate {
  width: number;
  height: number;
  fps?: number | undefined;
}

/** Pixels per second. A side that is not known is taken as 16:9 has it, and the rate as 30 frames per second. */
export function pixelRate({ width, height, fps = 0 }: PictureRate): number {
  const pixels = (width || (height * 16) / 9) * (height || (width * 9) / 16);
  return pixels * (fps || 30);
}

import type { StretchReport } from '../../transcoder/picture-comparison.js';
import { rateTolerance } from './limits.js';
import type { PictureClaim, PictureFinding } from './verdict.js';

/** A last access unit may be cut off by the end of what was fetched, and a border lie between two clocks. */
const framesAtTheBorders = 1;
/** Pictures a decoder may lose at a beginning that is not its stream's. */
const decodedShare = 0.9;
/** Fewer say too little about their rate. */
const fewestForRate = 6;

/** Frames per second over a stretch, as their timestamps have it. Nothing: there are too few to tell. */
export function rateOf({ frames, firstTimestampUs, lastTimestampUs }: StretchReport): number | undefined {
  if (frames < fewestForRate || firstTimestampUs === undefined || lastTimestampUs === undefined) return undefined;
  return lastTimestampUs > firstTimestampUs ? ((frames - 1) * 1e6) / (lastTimestampUs - firstTimestampUs) : undefined;
}

/** What was claimed of a stretch against what is there. */
export function judgeClaim(rendition: StretchReport, claim: PictureClaim): PictureFinding[] {
  const findings: PictureFinding[] = [];
  const { frames, accessUnits, pixels, codec } = rendition;

  if (codec !== claim.codec) {
    findings.push({
      code: 'CODEC_WRONG',
      message: `The rendition is ${codec}, and ${claim.codec} was claimed.`,
      measured: codec,
      expected: claim.codec,
    });
  }
  if (frames + framesAtTheBorders < accessUnits * decodedShare) {
    findings.push({
      code: 'PICTURES_MISSING',
      message: `Of ${accessUnits} access units only ${frames} can be decoded.`,
      measured: frames,
      expected: accessUnits,
    });
  }
  const other = rendition.sizes.find(({ width, height }) => width !== claim.width || height !== claim.height);
  if (other) {
    findings.push({
      code: 'SIZE_WRONG',
      message: `There are ${other.frames} pictures of ${other.width}x${other.height}, and ${claim.width}x${claim.height} was claimed.`,
      measured: `${other.width}x${other.height}`,
      expected: `${claim.width}x${claim.height}`,
    });
  }
  const rate = rateOf(rendition);
  if (rate !== undefined && claim.fps !== undefined && Math.abs(rate / claim.fps - 1) > rateTolerance) {
    findings.push({
      code: 'RATE_WRONG',
      message: `Pictures come at ${rate.toFixed(2)} a second, and ${claim.fps.toFixed(2)} was claimed.`,
      measured: rate,
      expected: claim.fps,
    });
  }
  const borders = framesAtTheBorders * claim.width * claim.height;
  if (claim.pixels > pixels + borders || claim.frames > frames + framesAtTheBorders) {
    findings.push({
      code: 'PIXELS_OVERCLAIMED',
      message: `${claim.pixels} pixels in ${claim.frames} frames were claimed, and there are ${pixels} in ${frames}.`,
      measured: pixels,
      expected: claim.pixels,
    });
  }
  return findings;
}

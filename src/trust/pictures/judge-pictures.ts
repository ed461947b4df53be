import type { PictureComparison } from '../../transcoder/picture-comparison.js';
import { judgeClaim, rateOf } from './judge-claim.js';
import { judgeContent } from './judge-content.js';
import { judgeDetail } from './judge-detail.js';
import { limitsFor } from './limits.js';
import type { PictureClaim, PictureFinding, PictureVerdict } from './verdict.js';

/** With fewer than this, what is alike may be so by chance. */
const fewestCompared = 3;

/**
 * Judges a rendition by its pictures. Knows of nothing but what it is given; the copy must hold the stretch whole, which
 * the essence tells, or frames that were lost on the way are held against whoever made them.
 *
 * @param comparison what `comparePictures` found
 * @param profile what was ordered; `bitrate` in bits per second
 * @param claim what was claimed of this stretch
 */
export function judgePictures(
  comparison: PictureComparison,
  profile: { bitrate: number },
  claim: PictureClaim,
): PictureVerdict {
  const { rendition, frames } = comparison;
  const findings: PictureFinding[] = [...judgeClaim(rendition, claim)];
  const bitsPerPixel = bitsPerPixelOf(comparison, profile, claim);
  if (frames.length > 0) {
    const limits = limitsFor(bitsPerPixel);
    const content = judgeContent(comparison, limits);
    // Pictures of something else do not have the source's detail either.
    findings.push(...content, ...(content.length > 0 ? [] : judgeDetail(frames, limits)));
  }
  const enough = frames.length >= Math.min(fewestCompared, rendition.frames);
  const outcome = findings.length > 0 ? 'failed' : enough ? 'passed' : 'undecided';
  return { outcome, findings, compared: frames.length, bitsPerPixel };
}

/** By what the rendition is, as far as that can be told. */
function bitsPerPixelOf(
  { rendition }: PictureComparison,
  { bitrate }: { bitrate: number },
  claim: PictureClaim,
): number {
  const pixels = rendition.frames > 0 ? rendition.pixels / rendition.frames : claim.width * claim.height;
  return bitrate / (pixels * (rateOf(rendition) ?? claim.fps ?? 30));
}

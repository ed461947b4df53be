import type { ComparedFrame, PictureComparison } from '../../transcoder/picture-comparison.js';
import {
  alikeWhenShifted,
  flatDeviation,
  leastCoarseSsim,
  mostUnlikeShare,
  movingChange,
  shiftedShare,
  stillShare,
  structuredDeviation,
} from './limits.js';
import type { LikenessLimits } from './limits.js';
import type { PictureFinding } from './verdict.js';

/** A clock that is a picture off shows with fewer only by chance. */
const fewestToBeShifted = 4;
/** Of the changes that the source shows, how many the rendition may miss. */
const mostFrozenShare = 0.25;
/** One alone may be a scene that changes between two clocks. */
const mostFrozenByChance = 1;
/** The share of a stretch's pictures by which those that stand still, or are of one colour, may exceed the source's. */
const mostStillShare = 0.4;
const mostFlatShare = 0.1;

/** What the pictures show, against what the source's show. */
export function judgeContent(comparison: PictureComparison, limits: LikenessLimits): PictureFinding[] {
  const findings = [differs(comparison.frames, limits), isBlack(comparison), isFrozen(comparison)];
  return findings.filter((finding) => finding !== undefined);
}

function differs(frames: readonly ComparedFrame[], limits: LikenessLimits): PictureFinding | undefined {
  const ssim = meanOf(frames.map((frame) => frame.ssim));
  const coarse = meanOf(frames.map((frame) => frame.coarseSsim));
  const finding = (message: string, measured: number, expected: number): PictureFinding => ({
    code: 'PICTURES_DIFFER',
    message,
    measured,
    expected,
  });
  if (ssim < limits.ssim) {
    return finding(`The pictures are not the source's: their SSIM is ${ssim.toFixed(3)}.`, ssim, limits.ssim);
  }
  if (coarse < limits.coarseSsim) {
    return finding(
      `The pictures are not the source's: made small, their SSIM is ${coarse.toFixed(3)}.`,
      coarse,
      limits.coarseSsim,
    );
  }
  const unlike = frames.filter((frame) => frame.coarseSsim < leastCoarseSsim).length / frames.length;
  if (unlike > mostUnlikeShare) {
    return finding(`A share of ${unlike.toFixed(2)} of the pictures shows something else.`, unlike, mostUnlikeShare);
  }
  if (coarse < alikeWhenShifted && frames.length >= fewestToBeShifted) {
    const shifted = Math.max(...[-1, 1].map((side) => shareOf(frames, ({ shift }) => shift === side)));
    if (shifted >= shiftedShare) {
      return finding('The pictures are those of another time, by more than one picture.', coarse, alikeWhenShifted);
    }
  }
  return undefined;
}

function isBlack({ source, rendition, frames }: PictureComparison): PictureFinding | undefined {
  const compared = frames.filter(
    ({ luma, sourceLuma }) => luma.deviation < flatDeviation && sourceLuma.deviation >= structuredDeviation,
  ).length;
  // Every picture is looked at, also between those that are compared.
  const excess =
    shareOfStretch(rendition.flatFrames, rendition.frames) - shareOfStretch(source.flatFrames, source.frames);
  if (compared === 0 && excess <= mostFlatShare) return undefined;
  return {
    code: 'PICTURES_BLACK',
    message: `${rendition.flatFrames} of ${rendition.frames} pictures are of one colour, and ${source.flatFrames} of ${source.frames} of the source's.`,
    measured: rendition.flatFrames,
    expected: source.flatFrames,
  };
}

function isFrozen({ source, rendition, frames }: PictureComparison): PictureFinding | undefined {
  const moving = frames.filter(({ sourceChange }) => sourceChange !== undefined && sourceChange >= movingChange);
  const frozen = moving.filter(
    ({ change, sourceChange }) =>
      change !== undefined && sourceChange !== undefined && change < stillShare * sourceChange,
  );
  // A rate above the source's repeats pictures.
  const repeated = Math.max(0, rendition.frames - source.frames);
  const stillExcess = rendition.stillFrames - source.stillFrames - repeated;
  const sourceMoves = source.movingFrames >= source.frames / 2;
  const standsStill = sourceMoves && stillExcess > mostStillShare * rendition.frames;
  const missesChanges = frozen.length > Math.max(mostFrozenByChance, mostFrozenShare * moving.length);
  if (!missesChanges && !standsStill) return undefined;
  return {
    code: 'PICTURES_FROZEN',
    message: `${rendition.stillFrames} of ${rendition.frames} pictures repeat the one before, and of ${moving.length} changes of the source ${frozen.length} do not show.`,
    measured: rendition.stillFrames,
    expected: source.stillFrames,
  };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function shareOf<Item>(items: readonly Item[], is: (item: Item) => boolean): number {
  return items.filter(is).length / items.length;
}

function shareOfStretch(count: number, frames: number): number {
  return frames > 0 ? count / frames : 0;
}

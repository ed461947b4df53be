import type { ComparedFrame, DetailBand } from '../../transcoder/picture-comparison.js';
import { leastDetailEnergy, middleKeptToJudgeFine } from './limits.js';
import type { LikenessLimits } from './limits.js';
import type { PictureFinding } from './verdict.js';

/** Whether the pictures lack what a smaller one cannot hold: then they were made from smaller ones. */
export function judgeDetail(frames: readonly ComparedFrame[], limits: LikenessLimits): PictureFinding[] {
  const fine = overall(frames.map(({ detail }) => detail.fine));
  const middle = overall(frames.map(({ detail }) => detail.middle));
  const quarter = middle.energy >= leastDetailEnergy && middle.kept < limits.middleKept;
  const half = fine.energy >= leastDetailEnergy && fine.kept < limits.fineKept && middle.kept >= middleKeptToJudgeFine;
  if (!quarter && !half) return [];
  const [{ kept }, limit, size] = quarter ? [middle, limits.middleKept, 'a quarter'] : [fine, limits.fineKept, 'half'];
  return [
    {
      code: 'PICTURES_UPSCALED',
      message: `Of the detail that pictures of ${size} of the size cannot hold, a share of ${kept.toFixed(2)} is left.`,
      measured: kept,
      expected: limit,
    },
  ];
}

/** Over all pictures, each counting as much as its source has to show. */
function overall(bands: readonly DetailBand[]): { energy: number; kept: number } {
  const energy = bands.reduce((sum, band) => sum + band.sourceEnergy, 0);
  const kept = bands.reduce((sum, band) => sum + band.kept * band.sourceEnergy, 0);
  return { energy: energy / bands.length, kept: energy > 0 ? kept / energy : 1 };
}

import type { PictureComparison } from '../picture-comparison.js';

/** How like the pictures are that should be the same but for what two encoders leave out. */
export interface PictureVerdict {
  averageSsim: number;
  lowestSsim: number;
  /** How many were looked at. */
  compared: number;
  /** Absent: they are right. */
  problem?: string;
}

// Two encoders with bits to spare stay above these; a wrong row, range or picture does not.
const leastAverageSsim = 0.985;
const leastSsim = 0.96;

/** @param comparisons of every rendition of a ladder */
export function pictureVerdict(comparisons: readonly PictureComparison[]): PictureVerdict {
  const values = comparisons.flatMap(({ frames }) => frames.map(({ ssim }) => ssim));
  const averageSsim = values.reduce((sum, one) => sum + one, 0) / Math.max(1, values.length);
  const lowestSsim = values.length === 0 ? 0 : Math.min(...values);
  const verdict = { averageSsim, lowestSsim, compared: values.length };
  const isMissing = ({ source, rendition, frames, unmatched }: PictureComparison) =>
    unmatched > 0 || frames.length === 0 || rendition.frames !== source.frames;
  if (comparisons.some(isMissing)) return { ...verdict, problem: 'Pictures are missing, or there are too many.' };
  if (averageSsim < leastAverageSsim || lowestSsim < leastSsim)
    return { ...verdict, problem: 'The pictures are wrong.' };
  return verdict;
}

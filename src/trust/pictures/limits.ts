/**
 * What an honest rendition keeps to, by how many bits its profile has for a pixel. Where the numbers come from is in
 * docs/verification.md.
 */
export interface LikenessLimits {
  /** Least mean SSIM. Noise, which no encoder can afford, takes it far down. */
  ssim: number;
  /** Least mean SSIM of the pictures made four times smaller. */
  coarseSsim: number;
  /** Least share kept of the detail that a picture of half the size cannot hold. */
  fineKept: number;
  /** Likewise of a quarter of the size. */
  middleKept: number;
}

/** The limits of a profile with so many bits per pixel; 0.1 is common, 0.04 is little. */
export function limitsFor(bitsPerPixel: number): LikenessLimits {
  if (bitsPerPixel >= 0.15) return { ssim: 0.6, coarseSsim: 0.92, fineKept: 0.35, middleKept: 0.35 };
  if (bitsPerPixel >= 0.08) return { ssim: 0.32, coarseSsim: 0.87, fineKept: 0.35, middleKept: 0.35 };
  return { ssim: 0.3, coarseSsim: 0.85, fineKept: 0.2, middleKept: 0.25 };
}

/** A single picture that is less alike than this, made four times smaller, shows something else. */
export const leastCoarseSsim = 0.75;

/** The share of the pictures compared that may be as unlike as that: a scene that changes between two clocks. */
export const mostUnlikeShare = 0.2;

/** Clocks that differ by a whole picture are forgiven when the pictures are then as alike as this. */
export const alikeWhenShifted = 0.97;

/** The share of pictures most like the neighbour on the same side from which all of them count as shifted. */
export const shiftedShare = 0.75;

/** Energy of the source's detail below which nothing can be said about what is left of it. */
export const leastDetailEnergy = 1.5;

/** Share of the coarser detail that must be left for the finest to be missed: else there were no bits for either. */
export const middleKeptToJudgeFine = 0.45;

/** Standard deviation of the luma below which a picture is of one colour. */
export const flatDeviation = 2;

/** And above which the source's is not. */
export const structuredDeviation = 4;

/** The source moves when its pictures change by this much, on average of the luma. */
export const movingChange = 1.5;

/** The rendition stands still when its pictures change by no more than this share of the source's change. */
export const stillShare = 0.05;

/** Frame rates may differ by this share: pictures of a stretch are few, and lie on no exact grid. */
export const rateTolerance = 0.08;

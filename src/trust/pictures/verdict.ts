/** What is wrong with the pictures of a rendition. The codes are stable. */
export type PictureFindingCode =
  /** There are access units, and no pictures come out of them. */
  | 'PICTURES_MISSING'
  /** They do not show what the source shows at the same time. */
  | 'PICTURES_DIFFER'
  /** They are of one colour, and the source's are not. */
  | 'PICTURES_BLACK'
  /** They stand still, and the source's do not. */
  | 'PICTURES_FROZEN'
  /** They were made from much smaller pictures. Looked for where the pictures are otherwise the source's. */
  | 'PICTURES_UPSCALED'
  /** They are not of the size that was claimed. */
  | 'SIZE_WRONG'
  /** They do not come at the rate that was claimed. */
  | 'RATE_WRONG'
  /** They are not of the codec that was claimed. */
  | 'CODEC_WRONG'
  /** There are fewer of them, or fewer pixels, than was claimed. */
  | 'PIXELS_OVERCLAIMED';

/** One thing that is wrong, with the numbers that show it. */
export interface PictureFinding {
  code: PictureFindingCode;
  /** A sentence for a person. */
  message: string;
  /** What was measured. */
  measured: number | string;
  /** What it should have been, or the least or most of it. */
  expected: number | string;
}

/**
 * `passed`: nothing is wrong. `failed`: something is. `undecided`: too few pictures could be compared to say that nothing
 * is; a later or longer stretch may tell.
 */
export interface PictureVerdict {
  outcome: 'passed' | 'failed' | 'undecided';
  findings: PictureFinding[];
  /** How many pictures were compared. */
  compared: number;
  /** Bits that the profile has for each pixel: what the limits go by. */
  bitsPerPixel: number;
}

/** What was claimed of the rendition's stretch: by a receipt, or by the order itself. */
export interface PictureClaim {
  frames: number;
  /** Width times height, summed over the frames. */
  pixels: number;
  width: number;
  height: number;
  codec: 'h264' | 'hevc' | 'av1';
  /** Frames per second. Absent: the source's, whatever that is. */
  fps?: number;
}

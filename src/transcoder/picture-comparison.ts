/** What {@link comparePictures} found. */
export interface PictureComparison {
  /** What the source's stretch holds; every picture is decoded and counted. */
  source: StretchReport;
  /** Likewise the rendition's. No frame, but access units: nothing of it can be decoded. */
  rendition: StretchReport;
  /** The pictures that were compared, in the order they are shown. */
  frames: ComparedFrame[];
  /** How many of the rendition's were to be compared, at times at which the source has none. */
  unmatched: number;
}

/** What a stretch of a medium holds. */
export interface StretchReport {
  /** FFmpeg's name of the video codec, e.g. `h264`. */
  codec: string;
  /** Coded pictures, as the container has them. */
  accessUnits: number;
  /** Those that were decoded. */
  frames: number;
  /** Width times height as coded, summed over `frames`. */
  pixels: number;
  /** Every size there is, the first one first; no more than 16. */
  sizes: { width: number; height: number; frames: number }[];
  /** Frames that are the same picture as the one before, to the eye. */
  stillFrames: number;
  /** Frames that are clearly another picture than the one before. */
  movingFrames: number;
  /** Frames of one colour, black for instance. */
  flatFrames: number;
  /** Of the first frame, in microseconds on the medium's own timeline. Absent: there is none. */
  firstTimestampUs?: number;
  /** Of the last one. */
  lastTimestampUs?: number;
}

/** One picture of the rendition, beside the source's of the same time, which is scaled to its size. */
export interface ComparedFrame {
  /** Microseconds on the rendition's timeline. */
  timestampUs: number;
  /** Microseconds on the source's. */
  sourceTimestampUs: number;
  /** Which of the source's pictures it is most like: the nearest in time (0), the one before (-1) or behind (1). */
  shift: number;
  /** Structural similarity of the luma, as ffmpeg's `ssim` filter reports it for Y. 1: identical. */
  ssim: number;
  /** Likewise of the two made four times smaller each way, where compression shows little, and what is shown all the more. */
  coarseSsim: number;
  luma: LumaStatistics;
  sourceLuma: LumaStatistics;
  /** Mean absolute difference of the luma (0 to 255) to the compared frame before. Absent: there is none of this size. */
  change?: number;
  /** Likewise of the source. */
  sourceChange?: number;
  /** What is left of the source's detail, by how fine it is. */
  detail: {
    /** Detail that a picture of half the size cannot hold. */
    fine: DetailBand;
    /** Coarser detail, that a picture of a quarter of the size cannot hold. */
    middle: DetailBand;
  };
}

/** Brightness of a picture, 0 to 255. */
export interface LumaStatistics {
  mean: number;
  /** Standard deviation. 0: all pixels are the same. */
  deviation: number;
}

/** Detail of one fineness. */
export interface DetailBand {
  /** How much of it the source has: a mean square. Of less than a few nothing can be said. */
  sourceEnergy: number;
  /** How much of it the rendition has. */
  energy: number;
  /** The share of the source's that the rendition has in the same places. 1: all of it. */
  kept: number;
}

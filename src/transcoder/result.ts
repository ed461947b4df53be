import type { SourceInfo } from './events.js';
import type { TranscodeError } from './error.js';

/** Where a job stands. Counters are over the whole job. */
export interface Progress {
  /** Since the start. */
  elapsedMs: number;
  sourceBytes: number;
  /** Access units read. */
  sourceAccessUnits: number;
  /** Frames decoded. */
  sourceFrames: number;
  decodeErrors: number;
  /** Breaks in the source's timestamps. */
  discontinuities: number;
  /** GOPs lost because the decoder could not keep up with a live source. */
  sourceGopsDropped: number;
  /** Microseconds on the unwrapped timeline. Absent: nothing was read yet. */
  lastSourceTimestampUs?: number;
  /** That of the rendition that is furthest. */
  realTimeRatio: number;
  /** In the order of the options. */
  renditions: RenditionProgress[];
}

/** Where one rendition stands. */
export interface RenditionProgress {
  name: string;
  state: RenditionState;
  /** Source frames offered to this rendition. */
  framesIn: number;
  framesEncoded: number;
  /** Handed to the output. */
  framesOut: number;
  /** Lost because the encoder could not keep up with a live source. */
  framesDropped: number;
  /** Lost because the output could not keep up with a live source. */
  gopsDropped: number;
  bytes: number;
  /** Width times height, summed over the frames encoded. */
  pixelsEncoded: number;
  /** Microseconds on the source's unwrapped timeline. Absent: nothing was delivered yet. */
  firstTimestampUs?: number;
  lastTimestampUs?: number;
  /** Frames per second over the last progress interval; in a result, over all that was delivered. */
  fps: number;
  /** Bits per second, likewise. */
  bitrateBps: number;
  /** Media seconds delivered per second of the job; 1 is the pace of real time. */
  realTimeRatio: number;
  /** Absent: nothing was measured yet. */
  latency?: Latency;
}

export type RenditionState = 'waiting' | 'running' | 'finished' | 'failed';

/**
 * Milliseconds from a source access unit being complete to the last byte of its picture handed to the output, over the
 * whole job.
 */
export interface Latency {
  /** Pictures measured. */
  count: number;
  p50Ms: number;
  p90Ms: number;
  p99Ms: number;
  maxMs: number;
  /**
   * The histogram: 1, 2, 3, 4, 6, 8, 12, 16, … milliseconds, two bounds to each doubling, up to the last bucket that
   * holds a picture.
   */
  buckets: LatencyBucket[];
}

/** The pictures that took longer than the bound of the bucket before, and not longer than this one's. */
export interface LatencyBucket {
  upToMs: number;
  count: number;
}

/** What became of a job. */
export interface TranscodeResult extends Progress {
  /** Absent: the job ended before the source was understood. */
  source?: SourceInfo;
  /** See {@link TranscoderOptions.timestampBaseUs}. Absent with `source`. */
  timestampBaseUs?: number;
  /** In the order of the options. */
  renditions: RenditionResult[];
}

/** What became of one rendition; `state` tells whether it was delivered to its end or failed alone. */
export type RenditionResult =
  (RenditionProgress & { state: 'finished' }) | (RenditionProgress & { state: 'failed'; error: TranscodeError });

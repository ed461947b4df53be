/**
 * What a medium is made of, without its container: the same through whatever server it went. `docs/essence.md` says
 * what is hashed and how. Hashes are SHA-256, in 64 lower-case hexadecimal digits.
 */
export interface EssenceOptions {
  /**
   * How long a window is at least, in milliseconds, 100 to 600,000: it ends at the first keyframe from then on.
   * Default 2000.
   */
  windowMs?: number;
}

/** `other`: hashed by the bytes of its packets, which containers may change. */
export type EssenceCodec = 'h264' | 'hevc' | 'av1' | 'aac' | 'opus' | 'other';

/** One track's part of a window. */
export interface EssenceTrack {
  kind: 'video' | 'audio';
  codec: EssenceCodec;
  /** Access units (video) or frames (audio); at least 1. */
  units: number;
  /** Of the parameter sets that the units refer to. */
  parameters: string;
  /** Of the units. */
  merkleRoot: string;
}

/** A stretch of a medium, from one keyframe to another. */
export interface EssenceWindow {
  /** From 0. */
  index: number;
  /** Commits to the tracks. */
  root: string;
  /** Commits to all windows up to this one. */
  chain: string;
  /** Those with a unit in the window, video first. */
  tracks: EssenceTrack[];
  /** Units of the video track; 0: there is none. */
  frames: number;
  /** The sum of width times height of those. */
  pixels: number;
  /** Of the first of those; 0: not known, or none. */
  width: number;
  height: number;
  /** Of the first unit, of the video track where there is one, on the source's timeline. */
  startTimestampUs: number;
  /** Where the next window starts; of the last one where its last unit ends. */
  endTimestampUs: number;
  /** The medium ends with this window. A rendition that is broken off may end without one that says so. */
  last: boolean;
}

/** One access unit of a copy. */
export interface EssenceUnit {
  hash: string;
  /** A decoder can start here. */
  key: boolean;
  timestampUs: number;
  /** Places in the track's `parameterSets`: those that it refers to. Shared with other units. */
  parameterSets: readonly number[];
}

/** One track of a copy. */
export interface EssenceCopyTrack {
  kind: 'video' | 'audio';
  codec: EssenceCodec;
  /** Of the first picture. Absent: not known, or audio; likewise `height`. */
  width?: number;
  height?: number;
  /** Hashes of the distinct parameter sets, in order of first use. */
  parameterSets: string[];
  /** In decode order, from the first keyframe on. */
  units: EssenceUnit[];
}

/** All that a copy of a medium consists of. */
export interface EssenceCopy {
  /** In the order in which they showed themselves; a track whose codec changes goes on as another one. */
  tracks: EssenceCopyTrack[];
}

import type { NetworkPart } from './network/network-part.js';
import { median } from './statistics.js';

/** The parts of the benchmark, in the order in which they run. */
export const parts = ['latency', 'memory', 'throughput', 'quality', 'capacity', 'soak', 'abort', 'busy'] as const;
export type Part = (typeof parts)[number];

/** Millrace, and what a user would run instead. */
export type ContenderName = 'millrace' | 'ffmpeg';

/** One line of the table: one figure, for each contender once per round. */
export interface Measurement {
  part: Part | NetworkPart;
  /** What was measured, e.g. `720p latency, median`. */
  what: string;
  /** Empty for a plain number. */
  unit: 'ms' | 'fps' | 's' | 'MB' | 'kB' | '/s' | '%' | '';
  /** Which direction is good; `same` for a figure that should merely agree. */
  better: 'lower' | 'higher' | 'same';
  millrace: readonly number[];
  /** Absent where there is nothing to compare with. */
  ffmpeg?: readonly number[];
  /** What the figure is meant to reach. */
  goal?: Goal;
}

/** Bounds on Millrace's median, and on its ratio to ffmpeg's. */
export interface Goal {
  atMost?: number;
  atLeast?: number;
  ratioAtMost?: number;
  ratioAtLeast?: number;
  /** Millrace's median may fall this far short of ffmpeg's, in the measurement's unit. */
  shortfallAtMost?: number;
}

/** The medians of a measurement, Millrace's as a share of ffmpeg's, and whether its goal is reached. */
export interface Verdict {
  millrace: number | undefined;
  ffmpeg: number | undefined;
  /** Absent without a figure of ffmpeg's, or where that is 0. */
  ratio: number | undefined;
  /** Absent without a goal. */
  reached: boolean | undefined;
}

export function verdict({ millrace, ffmpeg, goal }: Measurement): Verdict {
  const ours = median(millrace);
  const theirs = ffmpeg === undefined ? undefined : median(ffmpeg);
  const ratio = ours === undefined || theirs === undefined || theirs === 0 ? undefined : ours / theirs;
  const bounds: [number | undefined, (bound: number) => boolean][] =
    goal === undefined
      ? []
      : [
          [goal.atMost, (bound) => ours !== undefined && ours <= bound],
          [goal.atLeast, (bound) => ours !== undefined && ours >= bound],
          [goal.ratioAtMost, (bound) => ratio !== undefined && ratio <= bound],
          [goal.ratioAtLeast, (bound) => ratio !== undefined && ratio >= bound],
          [goal.shortfallAtMost, (bound) => ours !== undefined && theirs !== undefined && theirs - ours <= bound],
        ];
  const applicable = bounds.filter(([bound]) => bound !== undefined);
  const reached = applicable.every(([bound, holds]) => bound === undefined || holds(bound));
  return { millrace: ours, ffmpeg: theirs, ratio, reached: applicable.length === 0 ? undefined : reached };
}

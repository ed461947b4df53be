import type { Contender } from './contender.js';
import type { FfmpegCommand } from './ffmpeg-command.js';
import type { Part } from './measurement.js';

/** What every part of the benchmark works with. */
export interface Bench {
  /** The parts that were asked for. */
  wanted: ReadonlySet<Part>;
  rounds: number;
  /** Path of the source, an MPEG transport stream, and how many pictures it has. */
  source: string;
  sourceFrames: number;
  /** Whether it is the benchmark's own, which the goals are meant for. */
  ownSource: boolean;
  /** In the order of the table's columns. */
  contenders: readonly Contender[];
  ffmpeg: FfmpegCommand;
  /** For files that are deleted at the end. */
  folder: string;
  signal: AbortSignal | undefined;
  /** Tells the user what is going on. */
  say: (text: string) => void;
}

/** One turn of one contender. */
export interface Turn {
  /** From 0. */
  round: number;
  contender: Contender;
}

/** Every contender once per round, in turns, each round beginning with the other: whatever drifts hits both alike. */
export function turns(rounds: number, contenders: readonly Contender[]): Turn[] {
  return Array.from({ length: rounds }, (_, round) => {
    const order = round % 2 === 0 ? contenders : [...contenders].reverse();
    return order.map((contender) => ({ round, contender }));
  }).flat();
}

/** Collects a figure of each contender, round by round. */
export class Figures {
  readonly #values = { millrace: [] as number[], ffmpeg: [] as number[] };

  /** An absent figure counts as none. */
  add({ name }: Contender, value: number | undefined): void {
    if (value !== undefined) this.#values[name].push(value);
  }

  /** The columns of a measurement. */
  get columns(): { millrace: readonly number[]; ffmpeg: readonly number[] } {
    return this.#values;
  }
}

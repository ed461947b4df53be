import type { CopyTrack } from './copy-track.js';
import { lowerBound } from './lower-bound.js';
import type { RunStarts, WantedRun } from './run-index.js';

/** Guesses may cost so many times the track's units. Those of an honest bundle are nearly all right, and cost them once. */
const mostGuessed = 8;
/** Looking near where runs should be may go over so many times the track's units. Windows of a second take three. */
const mostNear = 32;

/** A run begins at most this far from where it should, once a media server has interleaved sound and pictures anew. */
export const nearUs = 1_000_000;

/** About where a run should be. */
export interface RunPlace {
  /** On the copy's timeline. */
  timestampUs: number;
  durationUs: number;
  /** It lies between these positions. */
  from: number;
  until: number;
}

/**
 * Looks for runs in a track. Where one is likely to be is tried first, as it is the next as a rule; then either all of the
 * track is indexed, once, or only what is near. So the cost is bounded, whatever is looked for.
 */
export class RunSearch {
  readonly #track: CopyTrack;
  readonly #indexed: readonly WantedRun[];
  #index: RunStarts | undefined;
  /** Units that guesses may still hash. */
  #toGuess: number;
  /** Units that may still be gone over nearby. */
  #nearby: number;
  /** Runs that something was not done for, as it would have cost too much. */
  readonly #unanswered = new Set<WantedRun>();

  /** @param indexed all that will be looked for in the whole track */
  constructor(track: CopyTrack, indexed: readonly WantedRun[] = []) {
    this.#track = track;
    this.#indexed = indexed;
    this.#toGuess = mostGuessed * track.length;
    this.#nearby = mostNear * track.length;
  }

  /** Whether a run begins there. */
  isAt(start: number, run: WantedRun): boolean {
    const { units, merkleRoot } = run;
    if (start + units > this.#track.length) return false;
    if (this.#index !== undefined && this.firstFrom(start, run) === start) return true;
    // The index has only the places where a window should begin, which not every container can tell.
    if (units > this.#toGuess) {
      if (!this.#track.canBegin(start)) this.#unanswered.add(run);
      return false;
    }
    this.#toGuess -= units;
    return this.#track.rootOf(start, units) === merkleRoot;
  }

  /** The first place from one on where a run begins, in all of the track. Absent: there is none, or its length is not indexed. */
  firstFrom(from: number, run: WantedRun): number | undefined {
    this.#index ??= this.#track.startsOf(this.#indexed);
    const starts = this.#index(run) ?? [];
    return starts[lowerBound(starts, from)];
  }

  /** Whether the index cannot tell where a run begins. */
  isUntold(run: WantedRun): boolean {
    return this.#index?.(run) === undefined;
  }

  /** Whether a run that was not found may be there all the same, since not all was looked through for it. */
  isUnanswered(run: WantedRun): boolean {
    return this.#unanswered.has(run) || (this.#index !== undefined && this.isUntold(run));
  }

  /** The place nearest in time to where a run should be, of those where it begins. */
  nearest(run: WantedRun, { timestampUs, durationUs, from, until }: RunPlace): number | undefined {
    const track = this.#track;
    const [fromUs, untilUs] = [timestampUs - nearUs, timestampUs + nearUs];
    // More units than there are around cannot be found, so that they are not hashed.
    if (track.countBetween(fromUs, untilUs + durationUs, { from, until }) < run.units) return undefined;
    const first = track.beginAtOrAfter(fromUs, from);
    const end = Math.min(track.beginAtOrAfter(untilUs, first), until - run.units + 1);
    const cost = end - first + run.units;
    if (end <= first) return undefined;
    if (cost > this.#nearby) {
      this.#unanswered.add(run);
      return undefined;
    }
    this.#nearby -= cost;
    const distance = (position: number) => Math.abs(track.timestampUs(position) - timestampUs);
    return [...track.startsBetween(first, end, run)].sort((one, other) => distance(one) - distance(other))[0];
  }
}

import type { CopyTrack } from './copy-track.js';
import type { WantedRun } from './run-index.js';

/** Guesses may cost so many times the track's units. Those of an honest bundle are nearly all right, and cost them once. */
const mostGuessed = 8;

/**
 * Looks for runs in a track. Where one is likely to be is tried first, as it is the next as a rule; all of the track is
 * indexed, once, when that fails. So the cost is bounded, whatever is looked for.
 */
export class RunSearch {
  readonly #track: CopyTrack;
  readonly #wanted: readonly WantedRun[];
  #index: ((run: WantedRun) => readonly number[]) | undefined;
  /** Units that guesses may still hash. */
  #left: number;

  /** @param wanted all that will be looked for */
  constructor(track: CopyTrack, wanted: readonly WantedRun[]) {
    this.#track = track;
    this.#wanted = wanted;
    this.#left = mostGuessed * track.length;
  }

  /** Whether a run begins there. */
  isAt(start: number, run: WantedRun): boolean {
    const { units, merkleRoot } = run;
    if (start + units > this.#track.length) return false;
    if ((this.#index !== undefined || units > this.#left) && this.firstFrom(start, run) === start) return true;
    // The index has only the places where a window should begin, which not every container can tell.
    if (units > this.#left) return false;
    this.#left -= units;
    return this.#track.rootOf(start, units) === merkleRoot;
  }

  /** The first place from one on where a run begins. Absent: there is none. */
  firstFrom(from: number, run: WantedRun): number | undefined {
    this.#index ??= this.#track.startsOf(this.#wanted);
    const starts = this.#index(run);
    return starts[lowerBound(starts, from)];
  }
}

/** Where in ascending numbers the first is that is not below `from`. */
function lowerBound(numbers: readonly number[], from: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

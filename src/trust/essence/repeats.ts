import type { CopyTrack } from './copy-track.js';
import type { WantedRun } from './run-index.js';

/** Comparing may go over so many times the track's units; behind that, all counts as repeated. */
const mostCompared = 32;

/**
 * Tells which runs there are more than once, in a track or in what is looked for there: a still picture is encoded to the same
 * bytes again and again. Where one of them was found, nobody knows whether it is the one that was meant.
 */
export class Repeats {
  readonly #track: CopyTrack;
  /** How often each run is looked for. */
  readonly #sought = new Map<string, number>();
  /** Where a window can begin, by the first unit there. */
  readonly #begins = new Map<string, number[]>();
  /** Units that may still be compared. */
  #toCompare: number;

  constructor(track: CopyTrack, sought: readonly WantedRun[]) {
    this.#track = track;
    this.#toCompare = mostCompared * track.length;
    for (const { merkleRoot } of sought) this.#sought.set(merkleRoot, (this.#sought.get(merkleRoot) ?? 0) + 1);
    for (const [position, { hash }] of track.track.units.entries()) {
      if (!track.canBegin(position)) continue;
      const begins = this.#begins.get(hash);
      if (begins === undefined) this.#begins.set(hash, [position]);
      else begins.push(position);
    }
  }

  /** Whether a run that begins there may be another one than was meant. */
  has(start: number, { units, merkleRoot }: WantedRun): boolean {
    if ((this.#sought.get(merkleRoot) ?? 0) > 1) return true;
    const begins = this.#begins.get(this.#track.track.units[start]?.hash ?? '') ?? [];
    return begins.some((other) => other !== start && this.#isSame(start, other, units));
  }

  #isSame(start: number, other: number, units: number): boolean {
    const all = this.#track.track.units;
    if (other + units > all.length) return false;
    for (let offset = 0; offset < units; offset++) {
      if (this.#toCompare-- <= 0) return true;
      if (all[start + offset]?.hash !== all[other + offset]?.hash) return false;
    }
    return true;
  }
}

import type { EssenceCopyTrack, EssenceUnit } from '../../transcoder/essence.js';

import { merklePath, merkleRoot } from './merkle.js';
import { indexRuns, type RunStarts, type WantedRun } from './run-index.js';
import { bytesOf } from './sha256.js';
import { TrackTimes } from './track-times.js';
import { parametersHash } from './window-root.js';

/** Containers round timestamps to milliseconds. */
const stepRoundingUs = 2_000;

/** A track of a copy, with what finding windows in it takes. */
export class CopyTrack {
  readonly track: EssenceCopyTrack;
  readonly #leaves: Buffer[];
  #times: TrackTimes | undefined;
  #usualStepUs: number | undefined;

  constructor(track: EssenceCopyTrack) {
    this.track = track;
    this.#leaves = track.units.map(({ hash }) => bytesOf(hash));
  }

  get length(): number {
    return this.#leaves.length;
  }

  /** Whether a window can begin at this unit: every frame of sound can, of pictures a keyframe. */
  canBegin(position: number): boolean {
    return this.track.kind === 'audio' || position === 0 || this.#unit(position)?.key === true;
  }

  /** Of a unit; behind the last one, never. */
  timestampUs(position: number): number {
    return this.#unit(position)?.timestampUs ?? Number.POSITIVE_INFINITY;
  }

  /** The Merkle root over a run of units. Absent: the copy does not have them all. */
  rootOf(start: number, units: number): string | undefined {
    if (start < 0 || start + units > this.length) return undefined;
    return merkleRoot(this.#leaves.slice(start, start + units)).toString('hex');
  }

  /** The hash over the parameter sets that a run of units uses. */
  parametersOf(start: number, units: number): string {
    const used = new Set<number>();
    for (const unit of this.track.units.slice(start, start + units))
      for (const set of unit.parameterSets) used.add(set);
    return parametersHash([...used].map((set) => this.track.parameterSets[set] ?? ''));
  }

  /** What leads from one unit of a run to the run's root. */
  pathOf(start: number, units: number, index: number): string[] {
    return merklePath(this.#leaves.slice(start, start + units), index).map((hash) => hash.toString('hex'));
  }

  /** Where each of these runs begins, as far as a window can begin there. */
  startsOf(wanted: readonly WantedRun[]): RunStarts {
    return indexRuns(this.#leaves, this.#begins(0, this.length), wanted);
  }

  /** The same of one run, from one position to another. It is hashed about once for each bit of its length. */
  startsBetween(from: number, until: number, run: WantedRun): readonly number[] {
    const leaves = this.#leaves.slice(from, until - 1 + run.units);
    const begins = this.#begins(from, until).map((position) => position - from);
    return (indexRuns(leaves, begins, [run])(run) ?? []).map((start) => start + from);
  }

  #begins(from: number, until: number): number[] {
    const begins: number[] = [];
    for (let position = from; position < until; position++) if (this.canBegin(position)) begins.push(position);
    return begins;
  }

  /** The first unit at or behind a point of the copy's timeline where a window can begin; the end, if there is none. */
  beginAtOrAfter(timestampUs: number, from: number): number {
    for (let position = Math.max(0, from, this.#clock.firstFrom(timestampUs)); position < this.length; position++) {
      if (this.canBegin(position) && this.timestampUs(position) >= timestampUs) return position;
    }
    return this.length;
  }

  /** How many of the units from one position to another have a timestamp in this stretch. */
  countBetween(startUs: number, endUs: number, { from, until }: { from: number; until: number }): number {
    let count = 0;
    const end = Math.min(until, this.#clock.endBefore(endUs));
    for (let position = Math.max(from, this.#clock.firstFrom(startUs)); position < end; position++) {
      const timestampUs = this.timestampUs(position);
      if (timestampUs >= startUs && timestampUs < endUs) count++;
    }
    return count;
  }

  /** The most units that follow on one another in time, with no gap of as much as another unit. */
  longestStretch(): number {
    const steps = this.#steps(0, this.length);
    const usualUs = this.#usualUs();
    let [longest, length] = [Math.min(1, this.length), 1];
    for (const step of steps) {
      length = isGap(step, usualUs) ? 1 : length + 1;
      longest = Math.max(longest, length);
    }
    return longest;
  }

  /** Whether the units of a run follow on one another in time. Of media without a steady rate it cannot be told: no. */
  hasNoGap(start: number, end: number): boolean {
    const usualUs = this.#usualUs();
    return this.#steps(start, end).every((step) => !isGap(step, usualUs));
  }

  /** What is between the units of a run in time, which is not the order they are decoded in. */
  #steps(start: number, end: number): number[] {
    const units = this.track.units.slice(start, end);
    const times = units.map(({ timestampUs }) => timestampUs).sort((one, other) => one - other);
    return times.slice(1).map((time, index) => time - (times[index] ?? 0));
  }

  #usualUs(): number {
    if (this.#usualStepUs === undefined) {
      const steps = this.#steps(0, this.length).sort((one, other) => one - other);
      this.#usualStepUs = steps[steps.length >> 1] ?? 0;
    }
    return this.#usualStepUs;
  }

  get #clock(): TrackTimes {
    return (this.#times ??= new TrackTimes(this.track.units));
  }

  #unit(position: number): EssenceUnit | undefined {
    return this.track.units[position];
  }
}

function isGap(stepUs: number, usualUs: number): boolean {
  return stepUs >= 2 * usualUs - stepRoundingUs;
}

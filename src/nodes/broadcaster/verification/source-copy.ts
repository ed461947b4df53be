import type { EssenceCopy, EssenceCopyTrack } from '../../../transcoder/essence.js';
import type { BundledAttempt } from '../../../trust/bundle/bundle.js';
import { soughtSources } from '../../../trust/bundle/check-media.js';
import type { Finding } from '../../../trust/essence/finding.js';
import { findWindows, type SoughtWindow } from '../../../trust/essence/find-windows.js';

/** A part of a copy, on the copy's own timeline. */
export interface Stretch {
  fromUs: number;
  untilUs: number;
}

/** A part of the source's copy. */
export interface SourceStretch extends Stretch {
  /**
   * `signed`: it is, unit for unit, the source that was signed for. `altered`: it stands where that should be, between
   * windows that are. `unknown`: nothing says so.
   */
  standing: 'signed' | 'altered' | 'unknown';
}

/** Clocks are rounded on the way, and the last picture lasts a while. */
const startToleranceUs = 10_000;
const endToleranceUs = 100_000;

/** B's own copy of a source, and where in it is what an attempt's windows were made from. */
export class SourceCopy {
  readonly #copy: EssenceCopy;
  readonly #windows: readonly SoughtWindow[];
  readonly #findings: readonly Finding[];

  constructor(copy: EssenceCopy, attempt: BundledAttempt) {
    this.#copy = copy;
    this.#windows = soughtSources(attempt);
    this.#findings = findWindows(copy, this.#windows);
  }

  /** What the copy has of a stretch of the source's timeline. Nothing: not all of it. */
  stretchOf(startUs: number, endUs: number): SourceStretch | undefined {
    const overlapping = [...this.#windows.keys()].filter((index) => {
      const window = this.#windows[index];
      return window !== undefined && window.startTimestampUs < endUs && window.endTimestampUs > startUs;
    });
    const held = overlapping.filter((index) => this.#findings[index]?.verdict === 'holds');
    const isSigned = overlapping.length > 0 && held.length === overlapping.length;
    const isAltered = overlapping.some((index) => {
      const finding = this.#findings[index];
      return finding?.verdict === 'doesNotHold' && finding.reason === 'ALTERED';
    });
    const anchor =
      held[0] ??
      nearest(
        [...this.#findings.keys()].filter((index) => this.#holds(index)),
        overlapping[0],
      );
    const shiftUs = anchor === undefined ? 0 : this.#shiftUs(anchor);
    const stretch = { fromUs: startUs + shiftUs, untilUs: endUs + shiftUs };
    if (!this.#reachesOver(stretch)) return undefined;
    return { ...stretch, standing: isSigned ? 'signed' : isAltered && anchor !== undefined ? 'altered' : 'unknown' };
  }

  #holds(index: number): boolean {
    return this.#findings[index]?.verdict === 'holds';
  }

  /** What the copy's clock is ahead of the receipts'. */
  #shiftUs(index: number): number {
    const [finding, window] = [this.#findings[index], this.#windows[index]];
    if (finding?.verdict !== 'holds' || window === undefined) return 0;
    const [run] = finding.runs;
    const timestampUs = run && this.#copy.tracks[run.copyTrack]?.units[run.start]?.timestampUs;
    return timestampUs === undefined ? 0 : timestampUs - window.startTimestampUs;
  }

  #reachesOver({ fromUs, untilUs }: Stretch): boolean {
    return reachesOver(this.#copy, fromUs, untilUs);
  }
}

/** Whether the copy has pictures from the beginning to the end of a stretch. */
export function reachesOver({ tracks }: EssenceCopy, fromUs: number, untilUs: number): boolean {
  return tracks.some((track) => {
    const [firstUs, lastUs] = [edgeOf(track, Math.min), edgeOf(track, Math.max)];
    return track.kind === 'video' && firstUs <= fromUs + startToleranceUs && lastUs >= untilUs - endToleranceUs;
  });
}

/** Pictures come in another order than they are shown, by a few. */
function edgeOf({ units }: EssenceCopyTrack, edge: typeof Math.min): number {
  const few = edge === Math.min ? units.slice(0, 1) : units.slice(-8);
  return edge(...few.map(({ timestampUs }) => timestampUs));
}

function nearest(indices: readonly number[], to = 0): number | undefined {
  return [...indices].sort((one, other) => Math.abs(one - to) - Math.abs(other - to))[0];
}

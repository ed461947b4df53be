import { CopyTrack } from './copy-track.js';
import type { FindingReason } from './finding.js';
import { Repeats } from './repeats.js';
import type { WantedRun } from './run-index.js';
import { RunSearch, type RunPlace } from './run-search.js';

/** What is looked for in one track. */
export interface SoughtRun extends WantedRun {
  /** On the timeline of the receipts, which may begin elsewhere than the copy's. */
  startTimestampUs: number;
  endTimestampUs: number;
}

/** Where a run begins, or why it is not there. `isRepeated`: it may be another run of the same units that was meant. */
export type Location = { start: number; isRepeated: boolean } | { reason: FindingReason };

/** Timestamps go through containers that count in milliseconds or in ninetieths of them. */
const roundingUs = 5_000;

/**
 * Finds runs that follow one another in a track. Where one was found, the next is tried right behind it; only when that
 * fails is the whole track indexed, once. Runs are found in their order, or not at all.
 */
export function locateRuns(track: CopyTrack, sought: readonly SoughtRun[]): Location[] {
  const search = new RunSearch(track, sought);
  const starts = findStarts(track, search, sought);
  if (starts.every((start) => start === undefined)) {
    const reason = nowhere(track, sought);
    return sought.map((run) => ({ reason: search.isUnanswered(run) ? 'INCOMPLETE' : reason }));
  }
  const repeats = new Repeats(track, sought);
  const isRepeated = sought.map((run, index) => {
    const start = starts[index];
    return start !== undefined && repeats.has(start, run);
  });
  const locations: Location[] = [];
  for (let index = 0; index < sought.length;) {
    const start = starts[index];
    if (start !== undefined) {
      locations.push({ start, isRepeated: isRepeated[index] === true });
      index++;
      continue;
    }
    let end = index;
    while (end < sought.length && starts[end] === undefined) end++;
    const missing = sought.slice(index, end);
    const reasons = judge(track, missing, { before: anchor(index - 1), behind: anchor(end) });
    for (const [at, run] of missing.entries()) {
      const reason = reasons[at] ?? 'INCOMPLETE';
      locations.push({ reason: reason === 'ALTERED' && search.isUnanswered(run) ? 'INCOMPLETE' : reason });
    }
    index = end;
  }
  return locations;

  function anchor(index: number): Anchor | undefined {
    const [run, start] = [sought[index], starts[index]];
    if (run === undefined || start === undefined) return undefined;
    const shiftUs = track.timestampUs(start) - run.startTimestampUs;
    return { start, end: start + run.units, shiftUs, isRepeated: isRepeated[index] === true };
  }
}

/** A run that was found. */
interface Anchor {
  start: number;
  end: number;
  /** What the copy's timestamps are ahead of the receipts'. */
  shiftUs: number;
  isRepeated: boolean;
}

/** Where each run begins, as far as that is known. */
type Starts = (number | undefined)[];

function findStarts(track: CopyTrack, search: RunSearch, sought: readonly SoughtRun[]): Starts {
  const first = firstFound(track, search, sought);
  let from = first?.start ?? 0;
  const starts = sought.map((run, index) => {
    if (first !== undefined && index < first.index) return undefined;
    const start = search.isAt(from, run) ? from : search.firstFrom(from, run);
    if (start !== undefined) from = start + run.units;
    return start;
  });
  return withUntold(search, { track, sought, starts });
}

/** The first run that the copy has, where it has that in its beginning: it may have been joined late. */
function firstFound(
  track: CopyTrack,
  search: RunSearch,
  sought: readonly SoughtRun[],
): { index: number; start: number } | undefined {
  const [first] = sought;
  if (first === undefined || search.isAt(0, first)) return undefined;
  const longest = longestOf(sought);
  const startsOf = new CopyTrack({ ...track.track, units: track.track.units.slice(0, 2 * longest) }).startsOf(sought);
  for (const [index, run] of sought.entries()) {
    const start = startsOf(run)?.[0];
    if (start !== undefined) return { index, start };
  }
  return undefined;
}

/** The same with runs that were not looked for in all of the track: near where those say that were found. */
function withUntold(search: RunSearch, { track, sought, starts }: Found): Starts {
  const filled = [...starts];
  const behinds: Starts = [];
  let behind: number | undefined;
  for (let index = starts.length - 1; index >= 0; index--) {
    behinds[index] = behind;
    if (starts[index] !== undefined) behind = index;
  }
  let before: number | undefined;
  for (const [index, run] of sought.entries()) {
    if (filled[index] === undefined && search.isUntold(run)) {
      const place = placeOf(run, { track, sought, starts: filled, before, behind: behinds[index] });
      filled[index] = place && search.nearest(run, place);
    }
    if (filled[index] !== undefined) before = index;
  }
  return filled;
}

interface Found {
  track: CopyTrack;
  sought: readonly SoughtRun[];
  starts: Readonly<Starts>;
}

/** About where a run should be, by the runs before and behind it that were found. Absent: none was. */
function placeOf(
  run: SoughtRun,
  { track, sought, starts, before, behind }: Found & { before: number | undefined; behind: number | undefined },
): RunPlace | undefined {
  const known = before ?? behind;
  if (known === undefined) return undefined;
  const startOf = (index: number) => starts[index] ?? 0;
  const shiftUs = track.timestampUs(startOf(known)) - (sought[known]?.startTimestampUs ?? 0);
  return {
    timestampUs: run.startTimestampUs + shiftUs,
    durationUs: run.endTimestampUs - run.startTimestampUs,
    from: before === undefined ? 0 : startOf(before) + (sought[before]?.units ?? 0),
    until: behind === undefined ? track.length : startOf(behind),
  };
}

/** Only a copy that has as much as two windows without a gap has one of them whole, wherever it begins. */
function nowhere(track: CopyTrack, sought: readonly SoughtRun[]): FindingReason {
  const longest = longestOf(sought);
  return track.longestStretch() >= 2 * longest ? 'OTHER_MEDIA' : 'INCOMPLETE';
}

function longestOf(sought: readonly SoughtRun[]): number {
  return sought.reduce((longest, { units }) => Math.max(longest, units), 0);
}

/** Why runs were not found that lie between others: where enough units are in their place, they are other units. */
function judge(
  track: CopyTrack,
  missing: readonly SoughtRun[],
  { before, behind }: { before: Anchor | undefined; behind: Anchor | undefined },
): FindingReason[] {
  const [from, until] = [before?.end ?? 0, behind?.start ?? track.length];
  const needed = missing.reduce((sum, { units }) => sum + units, 0);
  // By one that may be another, nobody knows what should be beside it.
  const altered = before?.isRepeated === true || behind?.isRepeated === true ? 'INCOMPLETE' : 'ALTERED';
  if (before !== undefined && behind !== undefined && until - from >= needed) return missing.map(() => altered);
  const shiftUs = before?.shiftUs ?? behind?.shiftUs ?? 0;
  return missing.map(({ units, startTimestampUs, endTimestampUs }) => {
    const [startUs, endUs] = [startTimestampUs + shiftUs - roundingUs, endTimestampUs + shiftUs - roundingUs];
    if (track.countBetween(startUs, endUs, { from, until }) >= units) return altered;
    const unitUs = (endTimestampUs - startTimestampUs) / units;
    const isInside =
      track.timestampUs(0) <= startUs + unitUs && track.timestampUs(track.length - 1) >= endUs - 2 * unitUs;
    return isInside ? 'INCOMPLETE' : 'OUTSIDE';
  });
}

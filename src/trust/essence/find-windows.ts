import type { EssenceCopy, EssenceTrack } from '../../transcoder/essence.js';

import { CopyTrack } from './copy-track.js';
import { unfound, type Finding, type FindingReason, type Run } from './finding.js';
import { locateRuns, type Location } from './locate-runs.js';
import { nearUs, RunSearch } from './run-search.js';

/** A window of one medium, as its receipt has it. */
export interface SoughtWindow {
  tracks: readonly EssenceTrack[];
  startTimestampUs: number;
  endTimestampUs: number;
  /** Whether it goes on where the window before it in the list ends, with nothing in between. */
  follows: boolean;
}

/**
 * Looks for windows of one medium in a copy of it, and says of each whether it holds. The windows are in order; the copy
 * may begin late, end early, or lack units. Its timestamps may be others than those of the receipts.
 */
export function findWindows(copy: EssenceCopy, windows: readonly SoughtWindow[]): Finding[] {
  const tracks = copy.tracks.map((track) => new CopyTrack(track));
  const leading = leadingLocations(tracks, windows);
  const searches = tracks.map((track) => new RunSearch(track));
  const ends = new Map<EssenceTrack['kind'], Run>();
  let shift = { us: 0, isSure: false };
  const findings = windows.map((window, index) => {
    const found = leading[index];
    if (found === undefined) {
      const timestampUs = window.startTimestampUs + shift.us;
      return runsOf(window, { tracks, searches, timestampUs, ends, isSure: shift.isSure, isFirst: index === 0 });
    }
    if ('reason' in found) return unfound(found.reason);
    const { track, start, isRepeated } = found;
    const timestampUs = track.timestampUs(start);
    shift = { us: timestampUs - window.startTimestampUs, isSure: !isRepeated };
    return runsOf(window, {
      ...{ tracks, searches, timestampUs, ends, isSure: !isRepeated, isFirst: index === 0 },
      leading: { copyTrack: tracks.indexOf(track), start },
    });
  });
  return findings.map((finding, index) => {
    if (!hasSurplus(finding, findings[index + 1], windows[index + 1])) return finding;
    const mayBeOthers = [leading[index], leading[index + 1]].some(
      (place) => place && 'start' in place && place.isRepeated,
    );
    return unfound(mayBeOthers ? 'INCOMPLETE' : 'EXTRA_UNITS');
  });
}

/** A place in a track, or why there is none. */
type Leading = { track: CopyTrack; start: number; isRepeated: boolean } | { reason: FindingReason };

/**
 * Where the leading track of each window is: that of the pictures, or of the sound where there are none at all. Absent
 * for a window that has sound alone though others have pictures.
 */
function leadingLocations(tracks: readonly CopyTrack[], windows: readonly SoughtWindow[]): (Leading | undefined)[] {
  const kind = windows.some(({ tracks: [first] }) => first?.kind === 'video') ? 'video' : 'audio';
  const leads = windows.map((window) => window.tracks.find((track) => track.kind === kind));
  const places: (Leading | undefined)[] = windows.map(() => undefined);
  // A codec that changes in mid-stream goes on in another track of the copy.
  for (const codec of new Set(leads.flatMap((lead) => (lead === undefined ? [] : [lead.codec])))) {
    const positions = [...windows.keys()].filter((index) => leads[index]?.codec === codec);
    const sought = positions.map((index) => ({
      units: leads[index]?.units ?? 0,
      merkleRoot: leads[index]?.merkleRoot ?? '',
      startTimestampUs: windows[index]?.startTimestampUs ?? 0,
      endTimestampUs: windows[index]?.endTimestampUs ?? 0,
    }));
    const candidates = tracks.filter(({ track }) => track.kind === kind && track.codec === codec);
    const tries = candidates.map((track) => ({ track, found: locateRuns(track, sought) }));
    const best = tries.sort((one, other) => countFound(other.found) - countFound(one.found))[0];
    for (const [at, index] of positions.entries()) {
      const location = best?.found[at];
      if (best === undefined || location === undefined) places[index] = { reason: 'TRACK_MISSING' };
      else places[index] = 'start' in location ? { track: best.track, ...location } : location;
    }
  }
  return places;
}

function countFound(locations: readonly Location[]): number {
  return locations.filter((location) => 'start' in location).length;
}

interface Place {
  tracks: readonly CopyTrack[];
  /** One for each track. */
  searches: readonly RunSearch[];
  /** About where the window begins on the copy's timeline. */
  timestampUs: number;
  /** Whether that is known, so that other sound there is not the window's. */
  isSure: boolean;
  /** Whether it is the first window: a copy that has its pictures has what there was before them. */
  isFirst: boolean;
  /** Where the last window that was found ended, by the kind of track. */
  ends: Map<EssenceTrack['kind'], Run>;
  leading?: { copyTrack: number; start: number };
}

function runsOf(window: SoughtWindow, place: Place): Finding {
  const runs: Run[] = [];
  const { leading } = place;
  for (const claimed of window.tracks) {
    const isLeading = leading !== undefined && runs.length === 0;
    const run = isLeading ? { ...leading, units: claimed.units } : accompanying(claimed, window, { ...place, runs });
    if (typeof run === 'string') return unfound(run);
    if (place.tracks[run.copyTrack]?.parametersOf(run.start, run.units) !== claimed.parameters)
      return unfound('PARAMETERS_CHANGED');
    runs.push(run);
    place.ends.set(claimed.kind, run);
  }
  return { verdict: 'holds', runs };
}

/** Another track's run: behind the one of the window before, or else near in time to where the leading track's begins. */
function accompanying(
  { kind, codec, units, merkleRoot }: EssenceTrack,
  window: SoughtWindow,
  { tracks, searches, timestampUs, isSure, isFirst, ends, runs }: Place & { runs: readonly Run[] },
): Run | FindingReason {
  const end = ends.get(kind);
  const durationUs = window.endTimestampUs - window.startTimestampUs;
  const candidates = [...tracks.entries()].filter(
    ([index, { track }]) =>
      track.kind === kind && track.codec === codec && !runs.some(({ copyTrack }) => copyTrack === index),
  );
  if (candidates.length === 0) return 'TRACK_MISSING';
  let reason: FindingReason = 'INCOMPLETE';
  for (const [copyTrack, track] of candidates) {
    const behind = end?.copyTrack === copyTrack ? end.start + end.units : 0;
    const run = { units, merkleRoot };
    const search = searches[copyTrack];
    if (end?.copyTrack === copyTrack && search?.isAt(behind, run)) return { copyTrack, start: behind, units };
    const start = search?.nearest(run, { timestampUs, durationUs, from: behind, until: track.length });
    if (start !== undefined) return { copyTrack, start, units };
    const from = track.beginAtOrAfter(timestampUs, behind);
    const until = track.beginAtOrAfter(timestampUs + durationUs, from);
    // The sound of a window may begin before its pictures, where a copy that was joined late does not yet have it.
    const hasBeginning = isFirst || end?.copyTrack === copyTrack || track.timestampUs(0) <= timestampUs - nearUs;
    const isReplaced = hasBeginning && until - from >= units;
    // What lies before the first window's pictures may be in it, too.
    const isAbsent = window.follows && hasAllAround(track, timestampUs, durationUs);
    if (isSure && (isReplaced || isAbsent) && search?.isUnanswered(run) === false) reason = 'ALTERED';
  }
  return reason;
}

/** Whether a copy lacks nothing of a track anywhere near a window: then what is not found there was never in it. */
function hasAllAround(track: CopyTrack, timestampUs: number, durationUs: number): boolean {
  const [fromUs, untilUs] = [timestampUs - nearUs, timestampUs + durationUs + nearUs];
  if (track.timestampUs(0) > fromUs || track.timestampUs(track.length - 1) < untilUs) return false;
  return track.hasNoGap(track.beginAtOrAfter(fromUs, 0), track.beginAtOrAfter(untilUs, 0));
}

/** Whether something stands between a window that holds and the next one that does. */
function hasSurplus(finding: Finding, next: Finding | undefined, nextWindow: SoughtWindow | undefined): boolean {
  if (finding.verdict !== 'holds' || next?.verdict !== 'holds' || nextWindow?.follows !== true) return false;
  return finding.runs.some(({ copyTrack, start, units }) => {
    const following = next.runs.find((run) => run.copyTrack === copyTrack);
    return following !== undefined && following.start !== start + units;
  });
}

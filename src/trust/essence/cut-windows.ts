import type { EssenceCopy, EssenceTrack } from '../../transcoder/essence.js';

import { CopyTrack } from './copy-track.js';
import { windowRoot } from './window-root.js';

/** A window as cut from a copy. */
export interface CutWindow {
  index: number;
  root: string;
  tracks: EssenceTrack[];
}

/**
 * The windows of a copy as an engine cuts them that reads the same media from the same point on: at the first keyframe at
 * or after `windowMs` from the window's start. Sound goes by its timestamps, pictures by decode order.
 */
export function cutWindows(copy: EssenceCopy, windowMs: number): CutWindow[] {
  const tracks = tracksOf(copy);
  const [leading] = tracks;
  if (leading === undefined) return [];
  const begins = tracks.map(() => 0);
  const windows: CutWindow[] = [];
  while ((begins[0] ?? 0) < leading.length) {
    const start = begins[0] ?? 0;
    const cut = leading.beginAtOrAfter(leading.timestampUs(start) + windowMs * 1000, start + 1);
    const cutUs = leading.timestampUs(cut);
    const cutTracks = tracks.map((track, index) => {
      const begin = begins[index] ?? 0;
      const end = index === 0 ? cut : endBefore(track, cutUs, begin);
      begins[index] = end;
      return essenceOf(track, begin, end - begin);
    });
    windows.push({ index: windows.length, root: windowRoot(cutTracks), tracks: cutTracks });
  }
  return windows;
}

/**
 * What a copy has between two points of its timeline, as a window: the pictures from the first keyframe that is not before
 * the one to the first that is not before the other. Absent: nothing.
 */
export function windowBetween(
  copy: EssenceCopy,
  { fromUs, untilUs }: { fromUs: number; untilUs: number },
): Omit<CutWindow, 'index'> | undefined {
  const all = tracksOf(copy);
  const [leading] = all;
  if (leading === undefined) return undefined;
  const begin = leading.beginAtOrAfter(fromUs, 0);
  const [beginUs, cutUs] = [leading.timestampUs(begin), leading.timestampUs(leading.beginAtOrAfter(untilUs, begin))];
  const tracks = all.flatMap((track, index) => {
    const start = index === 0 ? begin : endBefore(track, beginUs, 0);
    const end = index === 0 ? leading.beginAtOrAfter(untilUs, begin) : endBefore(track, cutUs, start);
    return end > start ? [essenceOf(track, start, end - start)] : [];
  });
  return tracks.length === 0 ? undefined : { root: windowRoot(tracks), tracks };
}

/** Those that have anything, the one that windows are cut by first. */
function tracksOf(copy: EssenceCopy): CopyTrack[] {
  const tracks = copy.tracks.map((track) => new CopyTrack(track)).filter(({ length }) => length > 0);
  return tracks.sort((one, other) => Number(other.track.kind === 'video') - Number(one.track.kind === 'video'));
}

/** Behind the last unit before the cut. */
function endBefore(track: CopyTrack, cutUs: number, from: number): number {
  let end = from;
  while (end < track.length && track.timestampUs(end) < cutUs) end++;
  return end;
}

function essenceOf(track: CopyTrack, start: number, units: number): EssenceTrack {
  const { kind, codec } = track.track;
  return {
    kind,
    codec,
    units,
    parameters: track.parametersOf(start, units),
    merkleRoot: track.rootOf(start, units) ?? '',
  };
}

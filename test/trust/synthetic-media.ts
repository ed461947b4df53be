import { createHash } from 'node:crypto';

import type { EssenceCopy, EssenceCopyTrack, EssenceWindow } from '../../src/transcoder/essence.js';
import { cutWindows } from '../../src/trust/essence/cut-windows.js';

/** How made-up media is to be. */
export interface MediaShape {
  /** Tells one medium's units from another's. */
  name: string;
  seconds: number;
  width?: number;
  height?: number;
  gopFrames?: number;
  /** Default `true`. */
  sound?: boolean;
}

const fps = 30;

/** A double of what the engine reads from media: units with the hashes of words, 30 pictures a second and AAC beside. */
export function syntheticCopy(shape: MediaShape): EssenceCopy {
  const tracks = [pictures(shape)];
  if (shape.sound !== false) tracks.push(sound(shape));
  return { tracks };
}

/** The windows that the engine would tell while the media was made. */
export function windowsOf(copy: EssenceCopy, windowMs = 2000): EssenceWindow[] {
  const video = copy.tracks.find(({ kind }) => kind === 'video');
  const { width = 0, height = 0, units = [] } = video ?? {};
  let [first, chain] = [0, ''];
  const cut = cutWindows(copy, windowMs);
  return cut.map(({ index, root, tracks }) => {
    const frames = tracks.find(({ kind }) => kind === 'video')?.units ?? 0;
    const startTimestampUs = units[first]?.timestampUs ?? 0;
    first += frames;
    const endTimestampUs = units[first]?.timestampUs ?? Math.round((first * 1e6) / fps);
    chain = hash(`${chain}${root}`);
    const last = index === cut.length - 1;
    const pixels = frames * width * height;
    return { index, root, chain, tracks, frames, pixels, width, height, startTimestampUs, endTimestampUs, last };
  });
}

/** The copy with one track's units changed. */
export function changed(
  copy: EssenceCopy,
  kind: 'video' | 'audio',
  change: (units: EssenceCopyTrack['units']) => EssenceCopyTrack['units'],
): EssenceCopy {
  return {
    tracks: copy.tracks.map((track) => (track.kind === kind ? { ...track, units: change([...track.units]) } : track)),
  };
}

/** What is left of a copy that begins and ends at other times, in seconds. */
export function between(copy: EssenceCopy, fromS: number, toS: number): EssenceCopy {
  const inside = ({ timestampUs }: { timestampUs: number }) => timestampUs >= fromS * 1e6 && timestampUs < toS * 1e6;
  return changed(
    changed(copy, 'video', (units) => units.filter(inside)),
    'audio',
    (units) => units.filter(inside),
  );
}

export function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function pictures({ name, seconds, width = 1280, height = 720, gopFrames = 60 }: MediaShape): EssenceCopyTrack {
  return {
    kind: 'video',
    codec: 'h264',
    width,
    height,
    parameterSets: [hash(`${name} SPS`), hash(`${name} PPS`)],
    units: Array.from({ length: Math.round(seconds * fps) }, (_, index) => ({
      hash: hash(`${name} picture ${index}`),
      key: index % gopFrames === 0,
      timestampUs: Math.round((index * 1e6) / fps),
      parameterSets: [0, 1],
    })),
  };
}

function sound({ name, seconds }: MediaShape): EssenceCopyTrack {
  return {
    kind: 'audio',
    codec: 'aac',
    parameterSets: [hash(`${name} AAC`)],
    units: Array.from({ length: Math.floor((seconds * 48_000) / 1024) }, (_, index) => ({
      hash: hash(`${name} sound ${index}`),
      key: true,
      timestampUs: Math.round((index * 1024 * 1e6) / 48_000),
      parameterSets: [0],
    })),
  };
}

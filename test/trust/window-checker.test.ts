import { describe, expect, it } from 'vitest';

import type { EssenceWindow } from '../../src/transcoder/essence.js';
import { windowRoot } from '../../src/trust/essence/window-root.js';
import { WindowChecker } from '../../src/trust/receipts/window-checker.js';

import { mediaOf, signTicket } from './signed-job.js';
import { windowsOf } from './synthetic-media.js';

const ticket = signTicket().message;
const media = mediaOf('honest');
const source = windowsOf(media.source);
const rendition = windowsOf(media['720p']);

function at(windows: readonly EssenceWindow[], index: number): EssenceWindow {
  const window = windows.at(index);
  if (window === undefined) throw new Error('There is no such window.');
  return window;
}

/** What becomes of the first window of the rendition, if its transcoder tells this of it. */
function codeOf(changes: Partial<EssenceWindow>): string {
  return new WindowChecker(ticket).checkRendition('720p', { ...at(rendition, 0), ...changes })?.code ?? 'sound';
}

/** The same with other tracks, of which the root is made as it should be. */
function codeOfTracks(tracks: EssenceWindow['tracks']): string {
  const frames = tracks.find(({ kind }) => kind === 'video')?.units ?? 0;
  return codeOf({ tracks, root: windowRoot(tracks), frames, pixels: frames * 1280 * 720 });
}

describe('Before an orchestrator signs for windows, WindowChecker', () => {
  it('finds nothing wrong with those of an honest transcoder', () => {
    const checker = new WindowChecker(ticket);
    for (const window of source) expect(checker.checkSource(window)).toBeUndefined();
    for (const name of ['720p', '480p', '360p'] as const)
      for (const window of windowsOf(media[name])) expect(checker.checkRendition(name, window)).toBeUndefined();
  });

  it('takes pictures that change their size within a window, as the source does', () => {
    expect(codeOf({ pixels: 30 * 1280 * 720 + 30 * 960 * 720 })).toBe('sound');
  });

  it.each([
    ['more pixels than its frames can have', { pixels: 60 * 1280 * 720 + 1 }, 'RECEIPT_PIXELS_IMPOSSIBLE'],
    ['pictures larger than its profile', { width: 1920, height: 1080 }, 'RECEIPT_PIXELS_IMPOSSIBLE'],
    ['pictures that the box has room around', { width: 1200, height: 700 }, 'RECEIPT_PROFILE_OTHER'],
    ['more frames than its tracks have', { frames: 61 }, 'RECEIPT_TRACKS_MISMATCH'],
    ['another root than its tracks have', { root: 'a5'.repeat(32) }, 'RECEIPT_TRACKS_MISMATCH'],
    ['other tracks than its root has', { tracks: at(rendition, 1).tracks }, 'RECEIPT_TRACKS_MISMATCH'],
    ['an end before its beginning', { endTimestampUs: -1 }, 'RECEIPT_TIME_IMPOSSIBLE'],
  ])('refuses a window that claims %s', (_, changes, code) => {
    expect(codeOf(changes)).toBe(code);
  });

  it('refuses more frames than there is time for', () => {
    const many = at(rendition, 0).tracks.map((track) => ({ ...track, units: track.units * 10 }));
    expect(codeOfTracks(many)).toBe('RECEIPT_PIXELS_IMPOSSIBLE');
  });

  it('refuses another codec than was ordered', () => {
    const hevc = at(rendition, 0).tracks.map((track) =>
      track.kind === 'video' ? { ...track, codec: 'hevc' as const } : track,
    );
    expect(codeOfTracks(hevc)).toBe('RECEIPT_PROFILE_OTHER');
  });

  it.each([
    ['h264', 'h264', 'sound'],
    ['hevc', 'hevc', 'sound'],
    ['hevc-10', 'hevc', 'sound'],
    ['av1', 'av1', 'sound'],
    ['av1-10', 'av1', 'sound'],
    ['hevc-10', 'av1', 'RECEIPT_PROFILE_OTHER'],
    ['av1', 'h264', 'RECEIPT_PROFILE_OTHER'],
  ] as const)('where %s was ordered, finds a window of %s to be %s', (ordered, codec, code) => {
    const [one, ...others] = ticket.renditions;
    if (one === undefined) throw new Error('There is no rendition.');
    const other = { ...ticket, renditions: [{ ...one, profile: { ...one.profile, codec: ordered } }, ...others] };
    const window = at(rendition, 0);
    const tracks = window.tracks.map((track) => (track.kind === 'video' ? { ...track, codec } : track));
    const fault = new WindowChecker(other).checkRendition('720p', { ...window, tracks, root: windowRoot(tracks) });
    expect(fault?.code ?? 'sound').toBe(code);
  });

  it('takes a tiny AV1 picture at the least size that encoders of AV1 have, and no larger', () => {
    const [one, ...others] = ticket.renditions;
    if (one === undefined) throw new Error('There is no rendition.');
    const profile = { ...one.profile, width: 64, height: 36, codec: 'av1' as const };
    const tiny = { ...ticket, renditions: [{ ...one, profile }, ...others] };
    const window = at(rendition, 0);
    const tracks = window.tracks.map((track) => (track.kind === 'video' ? { ...track, codec: 'av1' as const } : track));
    const of = (width: number, height: number) => ({
      ...{ ...window, tracks, root: windowRoot(tracks), width, height },
      pixels: window.frames * width * height,
    });
    expect(new WindowChecker(tiny).checkRendition('720p', of(228, 128))).toBeUndefined();
    expect(new WindowChecker(tiny).checkRendition('720p', of(640, 360))?.code).toBe('RECEIPT_PIXELS_IMPOSSIBLE');
  });

  it('refuses a window without tracks, which no receipt can have', () => {
    expect(codeOf({ tracks: [], root: windowRoot([]), frames: 0, pixels: 0 })).toBe('RECEIPT_TRACKS_MISMATCH');
  });

  it('refuses windows that lie over one another, or follow one that is too short', () => {
    for (const end of [{ endTimestampUs: 2_500_000 }, { endTimestampUs: 1_900_000 }]) {
      const checker = new WindowChecker(ticket);
      expect(checker.checkRendition('720p', { ...at(rendition, 0), ...end })).toBeUndefined();
      expect(checker.checkRendition('720p', at(rendition, 1))?.code).toBe('RECEIPT_TIME_IMPOSSIBLE');
    }
  });

  it('refuses windows of the source likewise', () => {
    const wrong = { ...at(source, 0), root: at(source, 1).root };
    expect(new WindowChecker(ticket).checkSource(wrong)?.code).toBe('RECEIPT_TRACKS_MISMATCH');
  });

  it('says nothing of windows that no receipt will have: one that comes again, skips others or was not ordered', () => {
    const checker = new WindowChecker(ticket);
    const wrong = { root: 'a5'.repeat(32) };
    expect(checker.checkRendition('720p', at(rendition, 0))).toBeUndefined();
    for (const index of [0, 2])
      expect(checker.checkRendition('720p', { ...at(rendition, index), ...wrong })).toBeUndefined();
    expect(checker.checkRendition('1080p', { ...at(rendition, 0), ...wrong })).toBeUndefined();
  });

  it('takes windows that are cut short where the codec of a track changes', () => {
    expect(refusedOf(soundOf('aac', 'aac', 'other'))).toBeUndefined();
  });

  it('takes them where the first of the new sound follows pictures alone', () => {
    expect(refusedOf(soundOf('aac', undefined, 'other'))).toBeUndefined();
  });

  it('refuses windows that are cut short where nothing changes', () => {
    expect(refusedOf(soundOf('aac', 'aac', 'aac'))).toBe('RECEIPT_TIME_IMPOSSIBLE');
  });

  it('refuses more of them than a programme has reason for', () => {
    const codecs = Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? ('aac' as const) : ('other' as const)));
    expect(refusedOf(soundOf(...codecs))).toBe('RECEIPT_TIME_IMPOSSIBLE');
  });
});

type Codec = EssenceWindow['tracks'][number]['codec'];

/** Windows of the source with sound of these codecs, or without; but for the first, of half the ordered length. */
function soundOf(...codecs: (Codec | undefined)[]): EssenceWindow[] {
  const { tracks, ...window } = at(source, 0);
  return codecs.map((codec, index) => {
    const own = tracks.flatMap((track) => {
      if (track.kind === 'video') return [track];
      return codec === undefined ? [] : [{ ...track, codec }];
    });
    const place = {
      startTimestampUs: index === 0 ? 0 : (index + 1) * 1_000_000,
      endTimestampUs: (index + 2) * 1_000_000,
    };
    return { ...window, ...place, index, tracks: own, root: windowRoot(own) };
  });
}

/** Why the first is refused that is. */
function refusedOf(windows: readonly EssenceWindow[]): string | undefined {
  const checker = new WindowChecker(ticket);
  return windows.map((window) => checker.checkSource(window)?.code).find((code) => code !== undefined);
}

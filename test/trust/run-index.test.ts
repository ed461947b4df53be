import { beforeEach, describe, expect, it, vi } from 'vitest';

import type { EssenceCopy, EssenceCopyTrack } from '../../src/transcoder/essence.js';
import { CopyTrack } from '../../src/trust/essence/copy-track.js';
import { findWindows, type SoughtWindow } from '../../src/trust/essence/find-windows.js';
import { merkleRoot } from '../../src/trust/essence/merkle.js';
import type * as sha256Module from '../../src/trust/essence/sha256.js';

import { changed, hash, syntheticCopy, windowsOf } from './synthetic-media.js';

const counted = vi.hoisted(() => ({ hashes: 0 }));

vi.mock('../../src/trust/essence/sha256.js', async (original) => {
  const actual = await original<typeof sha256Module>();
  const taggedHash: typeof actual.taggedHash = (...args) => {
    counted.hashes++;
    return actual.taggedHash(...args);
  };
  return { ...actual, taggedHash };
});

beforeEach(() => {
  counted.hashes = 0;
});

/** Sound, which a window can begin with at every unit. */
function sound(length: number): CopyTrack {
  const [, track] = syntheticCopy({ name: 'indexed', seconds: 1 }).tracks;
  if (track === undefined) throw new Error('There is no sound.');
  const units = Array.from({ length }, (_, index) => ({
    ...{ hash: hash(`unit ${index}`), key: true, parameterSets: [] },
    timestampUs: Math.round((index * 1024 * 1e6) / 48_000),
  }));
  return new CopyTrack({ ...track, units });
}

/** Runs that are nowhere. */
function nowhere(...lengths: number[]) {
  return lengths.map((units) => ({ units, merkleRoot: hash(`none of ${units}`) }));
}

function hashesFor(track: CopyTrack, lengths: readonly number[]): number {
  counted.hashes = 0;
  track.startsOf(nowhere(...lengths));
  return counted.hashes;
}

describe('The index of runs', () => {
  it('has every run of every length, where it begins', () => {
    const track = sound(40);
    const leaves = track.track.units.map((unit) => Buffer.from(unit.hash, 'hex'));
    const runs = Array.from({ length: 40 }, (_, index) => index + 1).flatMap((units) =>
      Array.from({ length: 41 - units }, (_, start) => ({
        ...{ start, units },
        merkleRoot: merkleRoot(leaves.slice(start, start + units)).toString('hex'),
      })),
    );
    const startsOf = track.startsOf(runs);
    for (const run of runs) expect(startsOf(run)).toEqual([run.start]);
  });

  it('has runs that are there several times, in their order', () => {
    const { track } = sound(30);
    const twice = new CopyTrack({ ...track, units: [...track.units, ...track.units, ...track.units] });
    const run = { units: 7, merkleRoot: twice.rootOf(5, 7) ?? '' };
    expect(twice.startsOf([run])(run)).toEqual([5, 35, 65]);
  });

  it('has no run with the root of one of another length', () => {
    const track = sound(30);
    const wrong = { units: 5, merkleRoot: track.rootOf(4, 3) ?? '' };
    expect(track.startsOf([wrong, { ...wrong, units: 3 }])(wrong)).toEqual([]);
  });

  it('begins only with keyframes where there are pictures', () => {
    const [pictures] = syntheticCopy({ name: 'indexed', seconds: 4, gopFrames: 30 }).tracks;
    if (pictures === undefined) throw new Error('There are no pictures.');
    const track = new CopyTrack(pictures);
    const [at30, at31] = [30, 31].map((start) => ({ units: 60, merkleRoot: track.rootOf(start, 60) ?? '' }));
    if (at30 === undefined || at31 === undefined) throw new Error('There is no such run.');
    const startsOf = track.startsOf([at30, at31]);
    expect([startsOf(at30), startsOf(at31)]).toEqual([[30], []]);
  });

  it('takes hashes in proportion to the copy, however long the runs are', () => {
    const [half, whole] = [2048, 4096].map((length) => hashesFor(sound(length), [length / 2 - 1]));
    // The logarithm of the run for the subtrees, and as much for a length with all of its bits set.
    expect(half).toBeLessThan(2048 * 2 * Math.log2(2048));
    expect(whole).toBeLessThan(4096 * 2 * Math.log2(4096));
    expect(whole).toBeLessThan((half ?? 0) * 2.5);
  });

  it('takes for each more length as much again at the most, and none for the same one', () => {
    const track = sound(2048);
    const one = hashesFor(track, [1023]);
    expect(hashesFor(track, [1023, 1023, 1023])).toBe(one);
    expect(hashesFor(track, [1023, 1022, 1021, 1020])).toBeLessThan(one + 3 * 2048 * Math.log2(2048));
  });

  it('has the lengths that most runs have, where there are more than there is time for', () => {
    const track = sound(20_000);
    const runs = Array.from({ length: 1000 }, (_, index) => ({
      units: index + 1,
      merkleRoot: track.rootOf(100, index + 1) ?? '',
    }));
    const often = [998, 998, 999].map((units) => ({ units, merkleRoot: track.rootOf(50, units) ?? '' }));
    counted.hashes = 0;
    const startsOf = track.startsOf([...runs, ...often]);
    expect(counted.hashes).toBeLessThan(20_000 * (10 + 4 * 10));
    expect(startsOf({ units: 998, merkleRoot: track.rootOf(50, 998) ?? '' })).toEqual([50]);
    expect(startsOf({ units: 999, merkleRoot: track.rootOf(100, 999) ?? '' })).toEqual([100]);
    expect(startsOf({ units: 997, merkleRoot: track.rootOf(100, 997) ?? '' })).toBeUndefined();
    expect(startsOf({ units: 20_001, merkleRoot: hash('none') })).toEqual([]);
  });
});

describe('Windows that are not in a copy', () => {
  it('cost hashes in proportion to the copy, however many and however long they are', () => {
    const length = 2048;
    const copy = { tracks: [sound(length).track] };
    const windows = nowhere(...Array<number>(200).fill(length - 1)).map((run, index) => ({
      ...{ startTimestampUs: index * 2_000_000, endTimestampUs: (index + 1) * 2_000_000, follows: index > 0 },
      tracks: [{ kind: 'audio' as const, codec: 'aac' as const, parameters: hash('none'), ...run }],
    }));
    counted.hashes = 0;
    expect(new Set(findWindows(copy, windows).map(({ verdict }) => verdict))).not.toContain('holds');
    expect(counted.hashes).toBeLessThan(length * (8 + 2 * Math.log2(length)));
  });

  it('do so in their sound, too, though their pictures are there', () => {
    const copy = syntheticCopy({ name: 'half there', seconds: 40, gopFrames: 30 });
    const [pictures, sounds] = copy.tracks.map((track) => new CopyTrack(track));
    if (pictures === undefined || sounds === undefined) throw new Error('A track is missing.');
    const windows = Array.from({ length: 40 }, (_, index) => ({
      ...{ startTimestampUs: index * 1_000_000, endTimestampUs: (index + 1) * 1_000_000, follows: index > 0 },
      tracks: [
        {
          ...{ kind: 'video' as const, codec: 'h264' as const, units: 30 },
          ...{ parameters: pictures.parametersOf(index * 30, 30), merkleRoot: pictures.rootOf(index * 30, 30) ?? '' },
        },
        {
          ...{ kind: 'audio' as const, codec: 'aac' as const, units: 500 },
          ...{ parameters: hash('none'), merkleRoot: hash('none') },
        },
      ],
    }));
    counted.hashes = 0;
    expect(new Set(findWindows(copy, windows).map(({ verdict }) => verdict))).not.toContain('holds');
    expect(counted.hashes).toBeLessThan(sounds.length * (8 + 2 * Math.log2(500)) + 2 * pictures.length);
  });

  /** Half an hour with a keyframe every two to five seconds, so that windows have over a hundred different lengths. */
  function halfAnHour(name: string): EssenceCopy {
    const copy = syntheticCopy({ name: 'half an hour', seconds: 1800 });
    const begins = new Set<number>();
    for (let at = 0; at < 54_000; at += 60 + ((begins.size * 37) % 91)) begins.add(at);
    const keyed = changed(copy, 'video', (units) => units.map((unit, index) => ({ ...unit, key: begins.has(index) })));
    return changed(keyed, 'audio', (units) =>
      units.map((unit, index) => ({ ...unit, hash: hash(`${name} sound ${index}`) })),
    );
  }

  function verdictsOf(copy: EssenceCopy, windows: readonly SoughtWindow[]): (string | undefined)[] {
    counted.hashes = 0;
    return findWindows(copy, windows).map((finding) => (finding.verdict === 'holds' ? undefined : finding.reason));
  }

  describe('beside the pictures of half an hour', () => {
    const copy = halfAnHour('true');
    const windows = windowsOf(copy).map((window) => ({ ...window, follows: window.index > 0 }));
    const units = copy.tracks.reduce((sum, track) => sum + track.units.length, 0);

    it('are told to be altered where the sound was encoded anew, at a few hashes for each unit', () => {
      expect(new Set(windows.map(({ tracks }) => tracks[1]?.units)).size).toBeGreaterThan(50);
      expect(new Set(verdictsOf(halfAnHour('anew'), windows))).toEqual(new Set(['ALTERED']));
      expect(counted.hashes).toBeLessThan(15 * units);
    });

    it('are told to be altered where they claim absurd numbers of frames of sound, another each', () => {
      const absurd = windows.map((window, index) => ({
        ...window,
        tracks: window.tracks.map((track) =>
          track.kind === 'audio' ? { ...track, units: 500 + 7 * index, merkleRoot: hash(`none ${index}`) } : track,
        ),
      }));
      // What a copy has behind its last window, and had before its first, nobody knows.
      expect(new Set(verdictsOf(copy, absurd).slice(1, -1))).toEqual(new Set(['ALTERED']));
      expect(counted.hashes).toBeLessThan(2 * units);
    });

    it('are not told to be, where frames of their sound were lost', () => {
      const lossy = changed(copy, 'audio', (all) => all.filter((_, index) => index % 400 !== 0));
      expect(new Set(verdictsOf(lossy, windows))).toEqual(new Set([undefined, 'INCOMPLETE']));
    });
  });

  describe('of sound alone', () => {
    const seconds = 900;
    const [, radio] = syntheticCopy({ name: 'radio', seconds }).tracks;
    if (radio === undefined) throw new Error('There is no sound.');

    /** Windows that are so many frames long, one after the other. */
    function windowsOver(track: EssenceCopyTrack, lengths: readonly number[]): SoughtWindow[] {
      const own = new CopyTrack(track);
      let next = 0;
      return lengths.map((units, index) => {
        const start = next;
        next += units;
        const [startTimestampUs, endTimestampUs] = [own.timestampUs(start), own.timestampUs(next)];
        const { kind, codec } = track;
        const essence = { parameters: own.parametersOf(start, units), merkleRoot: own.rootOf(start, units) ?? '' };
        return {
          ...{ startTimestampUs, endTimestampUs, follows: index > 0 },
          tracks: [{ kind, codec, units, ...essence }],
        };
      });
    }

    const lengths = Array.from({ length: 440 }, (_, index) => 93 + (index % 2));

    it('are looked for in another programme at some hashes for each frame', () => {
      const windows = windowsOver(radio, lengths);
      const other = { ...radio, units: radio.units.map((unit) => ({ ...unit, hash: hash(`other ${unit.hash}`) })) };
      expect(new Set(verdictsOf({ tracks: [other] }, windows))).toEqual(new Set(['OTHER_MEDIA']));
      expect(counted.hashes).toBeLessThan(25 * radio.units.length);
    });

    it('are found in a copy that was joined late at a few hashes for each frame', () => {
      const windows = windowsOver(radio, lengths);
      const verdicts = verdictsOf({ tracks: [{ ...radio, units: radio.units.slice(5000) }] }, windows);
      expect(verdicts.map((reason) => reason ?? 'holds')).toEqual(
        windows.map(({ startTimestampUs }) =>
          startTimestampUs < (radio.units[5000]?.timestampUs ?? 0) ? 'OUTSIDE' : 'holds',
        ),
      );
      expect(counted.hashes).toBeLessThan(2 * radio.units.length);
    });

    it('are found, though they have more lengths than are looked for everywhere, at some hashes for each frame', () => {
      const windows = windowsOver(
        radio,
        lengths.map((units, index) => units + (index % 3 === 0 ? (index * 7) % 91 : 0)).slice(0, 290),
      );
      const lossy = { ...radio, units: radio.units.filter((_, index) => index % 1000 !== 500) };
      const verdicts = verdictsOf({ tracks: [lossy] }, windows);
      const isWhole = windows.map(
        ({ startTimestampUs, endTimestampUs }) =>
          !radio.units.some(
            ({ timestampUs }, index) =>
              index % 1000 === 500 && timestampUs >= startTimestampUs && timestampUs < endTimestampUs,
          ),
      );
      expect(verdicts.map((reason) => reason === undefined)).toEqual(isWhole);
      expect(verdicts).not.toContain('ALTERED');
      expect(counted.hashes).toBeLessThan(60 * radio.units.length);
    });
  });
});

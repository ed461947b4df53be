import { beforeEach, describe, expect, it, vi } from 'vitest';

import { CopyTrack } from '../../src/trust/essence/copy-track.js';
import { findWindows } from '../../src/trust/essence/find-windows.js';
import { merkleRoot } from '../../src/trust/essence/merkle.js';
import type * as sha256Module from '../../src/trust/essence/sha256.js';

import { hash, syntheticCopy } from './synthetic-media.js';

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

  it('refuses more lengths than there is time for, before it hashes anything', () => {
    const lengths = Array.from({ length: 1000 }, (_, index) => index + 1);
    expect(() => hashesFor(sound(20_000), lengths)).toThrow(
      'The windows have 1000 different lengths, which is too many to look for in a copy of 20000 units.',
    );
    expect(counted.hashes).toBe(0);
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
});

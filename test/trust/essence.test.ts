import { createHash } from 'node:crypto';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { EssenceTrack } from '../../src/transcoder/essence.js';
import { cutWindows } from '../../src/trust/essence/cut-windows.js';
import { findWindows } from '../../src/trust/essence/find-windows.js';
import { merklePath, merkleRoot, rootOfPath } from '../../src/trust/essence/merkle.js';
import { chainStart, nextChain, parametersHash, trackDigest, windowRoot } from '../../src/trust/essence/window-root.js';

import { between, changed, hash, syntheticCopy, windowsOf } from './synthetic-media.js';

function sha256(...parts: (Buffer | string)[]): Buffer {
  return createHash('sha256')
    .update(Buffer.concat(parts.map((part) => Buffer.from(part))))
    .digest();
}

/** RFC 6962 as it is written, but for its leaves, which are hashes already. */
function byTheBook(leaves: Buffer[]): Buffer {
  const [first] = leaves;
  if (first === undefined) return sha256();
  if (leaves.length === 1) return first;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return sha256('\u0001', byTheBook(leaves.slice(0, split)), byTheBook(leaves.slice(split)));
}

function leavesOf(count: number): Buffer[] {
  return Array.from({ length: count }, (_, index) => sha256(`leaf ${index}`));
}

describe('the Merkle tree', () => {
  it('has the root that RFC 6962 says, for any number of leaves', () => {
    for (let count = 0; count <= 70; count++)
      expect(merkleRoot(leavesOf(count)).toString('hex')).toBe(byTheBook(leavesOf(count)).toString('hex'));
  });

  it('leads from every leaf to the root', () => {
    for (let count = 1; count <= 20; count++) {
      const leaves = leavesOf(count);
      for (const [index, leaf] of leaves.entries())
        expect(rootOfPath(leaf, index, count, merklePath(leaves, index))).toEqual(merkleRoot(leaves));
    }
  });

  it('leads nowhere from another leaf, index, number of leaves or path', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 100 }), fc.nat(), fc.nat({ max: 6 }), (count, seed, kind) => {
        const leaves = leavesOf(count);
        const index = seed % count;
        const leaf = leaves[index] ?? Buffer.alloc(32);
        const path = merklePath(leaves, index);
        const root = merkleRoot(leaves);
        const reached = [
          () => rootOfPath(sha256('another'), index, count, path),
          () => rootOfPath(leaf, (index + 1) % count, count, path),
          () => rootOfPath(leaf, index, count, path.slice(1)),
          () => rootOfPath(leaf, index, count, [...path, root]),
          () => rootOfPath(leaf, index, count, path.with(0, sha256('another'))),
          () => rootOfPath(leaf, -1, count, path),
          () => rootOfPath(leaf, count, count, path),
        ][kind]?.();
        return reached?.equals(root) !== true;
      }),
    );
  });

  it('has no path for a leaf that is not there', () => {
    expect(() => merklePath(leavesOf(3), 3)).toThrow(RangeError);
  });
});

describe('the hashes of a window', () => {
  const track: EssenceTrack = { kind: 'video', codec: 'av1', units: 258, parameters: hash('p'), merkleRoot: hash('m') };

  it('are made of what the specification says', () => {
    const [p, m] = [Buffer.from(hash('p'), 'hex'), Buffer.from(hash('m'), 'hex')];
    const digest = sha256('\u0002', 'av01', '\u0000\u0000\u0001\u0002', p, m);
    expect(trackDigest(track)).toBe(digest.toString('hex'));
    const root = sha256('\u0003', '\u0002', digest, digest);
    expect(windowRoot([track, track])).toBe(root.toString('hex'));
    expect(parametersHash([hash('p'), hash('m')])).toBe(sha256('\u0006', p, m).toString('hex'));
    const chain = sha256('\u0004', Buffer.alloc(32), '\u0000\u0000\u0000\u0000', root);
    expect(nextChain(chainStart, 0, root.toString('hex'))).toBe(chain.toString('hex'));
    const second = sha256('\u0004', chain, '\u0000\u0000\u0000\u0001', root);
    expect(nextChain(chain.toString('hex'), 1, root.toString('hex'))).toBe(second.toString('hex'));
  });
});

describe('cutWindows', () => {
  it('cuts at the first keyframe from the length of a window on', () => {
    const frames = (gopFrames: number, windowMs: number) =>
      cutWindows(syntheticCopy({ name: 'cut', seconds: 10, gopFrames }), windowMs).map(
        ({ tracks }) => tracks[0]?.units,
      );
    expect(frames(60, 2000)).toEqual([60, 60, 60, 60, 60]);
    expect(frames(50, 2000)).toEqual([100, 100, 100]);
    expect(frames(30, 2000)).toEqual([60, 60, 60, 60, 60]);
    expect(frames(1000, 2000)).toEqual([300]);
    expect(frames(1, 500)).toHaveLength(20);
  });

  it('puts sound into the window that its timestamp is in, every frame once', () => {
    const copy = syntheticCopy({ name: 'cut', seconds: 10 });
    const sound = cutWindows(copy, 2000).map(({ tracks }) => tracks[1]?.units ?? 0);
    expect(sound.slice(0, 2)).toEqual([94, 94]);
    expect(sound.reduce((sum, units) => sum + units)).toBe(copy.tracks[1]?.units.length);
  });

  it('cuts sound alone by the length of a window', () => {
    const [, sound] = syntheticCopy({ name: 'radio', seconds: 10 }).tracks;
    if (sound === undefined) throw new Error('There is no sound.');
    expect(cutWindows({ tracks: [sound] }, 2000)).toHaveLength(5);
    expect(cutWindows({ tracks: [] }, 2000)).toEqual([]);
  });
});

describe('findWindows', () => {
  it('finds, whatever units a copy lost, every window that it has whole, and no other', () => {
    const shapes = [{ gopFrames: 60 }, { gopFrames: 15 }, { gopFrames: 50 }, { gopFrames: 60, sound: false }];
    const loss = fc.record({ from: fc.nat({ max: 460 }), count: fc.integer({ min: 1, max: 80 }) });
    fc.assert(
      fc.property(fc.constantFrom(...shapes), fc.array(loss, { maxLength: 4 }), (shape, losses) => {
        const whole = syntheticCopy({ name: 'lossy', seconds: 16, ...shape });
        const windows = windowsOf(whole);
        const lost = new Set(losses.flatMap(({ from, count }) => Array.from({ length: count }, (_, at) => from + at)));
        const copy = changed(whole, 'video', (units) => units.filter((_, index) => !lost.has(index)));
        const findings = findWindows(
          copy,
          windows.map((window) => ({ ...window, follows: window.index > 0 })),
        );
        let first = 0;
        for (const [index, window] of windows.entries()) {
          const isWhole = Array.from({ length: window.frames }, (_, at) => first + at).every((at) => !lost.has(at));
          first += window.frames;
          expect([index, findings[index]?.verdict === 'holds']).toEqual([index, isWhole]);
          expect(findings[index]?.verdict).not.toBe('doesNotHold');
        }
      }),
      { numRuns: 100 },
    );
  });

  it('finds the windows of sound alone', () => {
    const [, sound] = syntheticCopy({ name: 'radio', seconds: 12 }).tracks;
    if (sound === undefined) throw new Error('There is no sound.');
    const windows = cutWindows({ tracks: [sound] }, 2000).map((window) => ({
      ...window,
      startTimestampUs: window.index * 2_000_000,
      endTimestampUs: (window.index + 1) * 2_000_000,
      follows: window.index > 0,
    }));
    const verdicts = findWindows(between({ tracks: [sound] }, 3, 11), windows).map(({ verdict }) => verdict);
    expect(verdicts).toEqual(['notInThisCopy', 'notInThisCopy', 'holds', 'holds', 'holds', 'notInThisCopy']);
  });

  it('finds nothing in an empty copy, which cannot tell', () => {
    const windows = windowsOf(syntheticCopy({ name: 'x', seconds: 4 })).map((window) => ({ ...window, follows: true }));
    const empty = syntheticCopy({ name: 'x', seconds: 0 });
    expect(findWindows(empty, windows).map(({ verdict }) => verdict)).toEqual(['notInThisCopy', 'notInThisCopy']);
    expect(findWindows(empty, [])).toEqual([]);
  });

  /** A still picture, which is encoded to the same bytes again every eight keyframes. */
  function still(seconds: number, sound = true) {
    return changed(syntheticCopy({ name: 'still', seconds, sound }), 'video', (units) =>
      units.map((unit, index) => ({ ...unit, hash: hash(`still ${index % 480}`) })),
    );
  }

  function sought(copy: ReturnType<typeof still>) {
    return windowsOf(copy).map((window) => ({ ...window, follows: window.index > 0 }));
  }

  function reasonsOf(copy: ReturnType<typeof still>, windows: ReturnType<typeof sought>): string[] {
    return findWindows(copy, windows).map((finding) => (finding.verdict === 'holds' ? 'holds' : finding.reason));
  }

  it.each([40, 91, 92.5, 94.3])('accuses nobody by a still picture whose copy was joined at %d s', (fromS) => {
    const windows = sought(still(120)).slice(0, 32);
    const reasons = reasonsOf(between(still(120), fromS, 120), windows);
    expect(reasons.filter((reason) => !['holds', 'INCOMPLETE', 'OUTSIDE'].includes(reason))).toEqual([]);
  });

  it('accuses nobody by a still picture that the copy has several times', () => {
    const windows = sought(still(40)).slice(8, 11);
    expect(reasonsOf(still(40), windows)).not.toContain('ALTERED');
  });

  it.each([true, false])('accuses nobody by a still picture of which a part was lost (sound: %s)', (sound) => {
    const copy = changed(still(40, sound), 'video', (units) => units.filter((_, index) => index < 310 || index > 320));
    const reasons = reasonsOf(copy, sought(still(40, sound)));
    expect(reasons.filter((reason) => !['holds', 'INCOMPLETE', 'OUTSIDE'].includes(reason))).toEqual([]);
  });

  it('accuses nobody by what moves between still pictures of which a part was lost', () => {
    const slates = changed(still(60), 'video', (units) =>
      units.map((unit, index) => (index >= 600 && index < 1200 ? { ...unit, hash: hash(`moving ${index}`) } : unit)),
    );
    const copy = changed(slates, 'video', (units) => units.filter((_, index) => index < 310 || index > 320));
    const reasons = reasonsOf(copy, sought(slates));
    expect(reasons.filter((reason) => !['holds', 'INCOMPLETE', 'OUTSIDE'].includes(reason))).toEqual([]);
  });

  it('tells replaced sound beside pictures that are there once from such beside a still one', () => {
    const replaced = (copy: ReturnType<typeof still>) =>
      changed(copy, 'audio', (units) =>
        units.map((unit, at) => (at === 500 ? { ...unit, hash: hash('dubbed') } : unit)),
      );
    const moving = syntheticCopy({ name: 'moving', seconds: 40 });
    expect(reasonsOf(replaced(moving), sought(moving))[5]).toBe('ALTERED');
    expect(reasonsOf(replaced(still(40)), sought(still(40)))[5]).toBe('INCOMPLETE');
  });

  it('accuses nobody by sound that began before its pictures, and so before a copy that was joined late', () => {
    const early = changed(syntheticCopy({ name: 'early', seconds: 60 }), 'audio', (units) =>
      units.map((unit) => ({ ...unit, timestampUs: unit.timestampUs - 700_000 })),
    );
    const windows = sought(syntheticCopy({ name: 'early', seconds: 60 }));
    const reasons = reasonsOf(between(early, 40, 60), windows);
    expect(reasons.slice(20, 23)).toEqual(['INCOMPLETE', 'holds', 'holds']);
  });

  it('looks for any number of windows', () => {
    const [window] = sought(syntheticCopy({ name: 'other', seconds: 2, sound: false }));
    if (window === undefined) throw new Error('There is no window.');
    const copy = syntheticCopy({ name: 'x', seconds: 10, sound: false });
    const reasons = reasonsOf(copy, Array<typeof window>(200_000).fill(window));
    expect(new Set(reasons)).toEqual(new Set(['OTHER_MEDIA']));
  });

  it('hashes the units of a copy of an hour a few times over, not once for every window', () => {
    const copy = syntheticCopy({ name: 'long', seconds: 3600 });
    const windows = windowsOf(copy).map((window) => ({ ...window, follows: window.index > 0 }));
    const findings = findWindows(between(copy, 1801, 3600), windows);
    expect(findings.filter(({ verdict }) => verdict === 'holds')).toHaveLength(899);
  });
});

import { describe, expect, it } from 'vitest';

import { latencyFigures } from '../../src/bench/latency-figures.js';
import type { LadderObservation, Picture } from '../../src/bench/meter-server.js';

/** Pictures at 30 fps, each `lateMs` after the source's. */
function pictures(count: number, { from = 0, shift = 0, lateMs = 0 } = {}): Picture[] {
  return Array.from({ length: count - from }, (_, index) => {
    const number = index + from;
    return { pts: 3000 * number + shift, atMs: 1000 + (number * 100) / 3 + lateMs };
  });
}

function observed(received: Picture[], firstByteAtMs?: number): LadderObservation {
  const rendition = firstByteAtMs === undefined ? { received, bytes: 1 } : { received, bytes: 1, firstByteAtMs };
  return { firstSentAtMs: 1000, sent: pictures(120), renditions: [rendition] };
}

describe('latencyFigures', () => {
  it('measures from a picture being sent to the same picture being received', () => {
    const { p50Ms, p99Ms, frames } = latencyFigures(observed(pictures(120, { lateMs: 25 })), 0);
    expect(p50Ms).toBeCloseTo(25);
    expect(p99Ms).toBeCloseTo(25);
    expect(frames).toBe(120);
  });

  it('finds the pictures again when the contender has shifted the timeline', () => {
    const { p50Ms } = latencyFigures(observed(pictures(120, { lateMs: 25, shift: 126_001 })), 0);
    expect(p50Ms).toBeCloseTo(25);
  });

  it('is not misled by pictures that a contender lost while it probed', () => {
    const { p50Ms, frames } = latencyFigures(observed(pictures(120, { lateMs: 25, from: 9 })), 0);
    expect(p50Ms).toBeCloseTo(25);
    expect(frames).toBe(111);
  });

  it('forgives a timestamp rounded by one tick', () => {
    const rounded = pictures(120, { lateMs: 25 }).map((picture, index) => ({
      ...picture,
      pts: picture.pts + (index % 2 === 0 ? 1 : 0),
    }));
    expect(latencyFigures(observed(rounded), 0).times).toHaveLength(60);
  });

  it('leaves the start-up out', () => {
    const slowStart = pictures(120, { lateMs: 25 }).map((picture, index) => ({
      ...picture,
      atMs: picture.atMs + (index < 60 ? 5000 : 0),
    }));
    expect(latencyFigures(observed(slowStart), 0).p99Ms).toBeCloseTo(25);
  });

  it('counts the first byte from the first byte of the source', () => {
    expect(latencyFigures(observed(pictures(120), 1061), 0).firstByteMs).toBe(61);
  });

  it('has no figures where nothing came', () => {
    expect(latencyFigures(observed([]), 0)).toMatchObject({ frames: 0, p50Ms: undefined, firstByteMs: undefined });
    expect(latencyFigures(undefined, 0).frames).toBe(0);
    expect(latencyFigures(observed([]), 7).frames).toBe(0);
  });
});

import { expect, test } from 'vitest';

import { AttemptWork } from '../../src/nodes/attempt-work.js';
import type { Ended } from '../../src/rpc/attempt-event.js';
import type { ValidOrder } from '../../src/rpc/order.js';
import { signed } from './sample-trust.js';
import { sampleFault, sampleOrder, sampleProgress, sampleRendition, type FaultWord } from './wire-samples.js';

/** Of the sample rendition, in windows of two seconds. */
const pixelsPerSecond = 640n * 360n * 30n;
const window = 2n * pixelsPerSecond;

function workOf(changes: Partial<ValidOrder> = {}): AttemptWork {
  return new AttemptWork(signed(sampleOrder(changes)).order);
}

test('Of a source without an end, the next window is always next.', () => {
  const work = workOf();
  work.delivered(1000n * window);
  expect(work).toMatchObject({ windowPixels: window, nextPixels: window, leftPixels: undefined });
});

test('Of an announced duration whole windows are left, and at last only the rest of one.', () => {
  const work = workOf({ durationMs: 7000 });
  expect(work.leftPixels).toBe(4n * window);
  work.delivered(3n * window + window / 4n);
  expect(work.leftPixels).toBe((window * 3n) / 4n);
  expect(work.nextPixels).toBe((window * 3n) / 4n);
});

test('Behind the announced end nothing is next, until a whole window came there.', () => {
  const work = workOf({ durationMs: 4000 });
  work.delivered(3n * window - 1n);
  expect(work).toMatchObject({ nextPixels: 0n, leftPixels: 0n });
  work.delivered(1n);
  expect(work).toMatchObject({ nextPixels: window, leftPixels: window });
});

test('What an earlier attempt delivered is not to come any more.', () => {
  const resumed = { durationMs: 20_000, timestampBaseUs: 5_000_000, resumeAtUs: 21_000_000 };
  expect(workOf(resumed).leftPixels).toBe(2n * window);
  expect(workOf({ ...resumed, resumeAtUs: 99_000_000 }).leftPixels).toBe(window);
  expect(workOf({ ...resumed, resumeAtUs: 0 }).leftPixels).toBe(10n * window);
});

test('A window is as many keyframe intervals long as it takes, and not longer than the source can be.', () => {
  const rendition = sampleRendition('P360p30fps16x9');
  const renditions = [{ ...rendition, profile: { ...rendition.profile, gopMs: 600_000 } }];
  expect(workOf({ renditions }).windowPixels).toBe(600n * pixelsPerSecond);
  // One and a half times the duration and two seconds, where a transcoder cuts it off.
  expect(workOf({ renditions, durationMs: 2000 }).windowPixels).toBe(5n * pixelsPerSecond);
});

/** How an attempt ended that had encoded so many pixels. */
function ended(pixelsEncoded: bigint, fault: FaultWord | 'none' = 'cancelled'): Ended {
  const progress = sampleProgress(1, 1);
  const renditions = progress.renditions.map((each) => ({ ...each, pixelsEncoded: Number(pixelsEncoded) }));
  return { progress: { ...progress, renditions }, ...(fault !== 'none' && { fault: sampleFault(fault) }) };
}

test('The window that was not finished when an attempt was broken off is owed once, and as one window at most.', () => {
  const work = workOf();
  work.delivered(window);
  expect(work.ended(ended(window + 5n))).toBe(5n);
  expect(work.ended(ended(window + 9n))).toBe(0n);
  expect(workOf().ended(ended(100n * window))).toBe(window);
  expect(workOf().ended(ended(0n))).toBe(0n);
});

test.each<[FaultWord | 'none', bigint]>([
  ['cancelled', window],
  ['source', window],
  ['output', window],
  ['broadcaster', window],
  ['transcoder', 0n],
  ['orchestrator', 0n],
  ['none', 0n],
])('Behind an end by a fault of class %s, %i pixels are owed without a receipt.', (fault, owed) => {
  expect(workOf().ended(ended(window, fault))).toBe(owed);
});

test('An attempt that delivered ten windows makes good for those before it.', () => {
  const { order } = signed(sampleOrder());
  let work = new AttemptWork(order);
  for (let attempt = 1; attempt <= 20; attempt += 1) {
    work.delivered(10n * window);
    expect(work.ended(ended(11n * window, 'output'))).toBe(window);
    work = new AttemptWork(order, work);
  }
  expect(work.isBrokenOff).toBe(false);
});

test('Unfinished windows are owed eight times in a call, and then it is one in which attempts are broken off.', () => {
  const { order } = signed(sampleOrder());
  let work = new AttemptWork(order);
  for (let attempt = 1; attempt <= 8; attempt += 1) {
    expect(work.isBrokenOff).toBe(false);
    expect(work.ended(ended(window))).toBe(window);
    work = new AttemptWork(order, work);
  }
  expect(work.isBrokenOff).toBe(true);
  expect(work.ended(ended(window))).toBe(0n);
});

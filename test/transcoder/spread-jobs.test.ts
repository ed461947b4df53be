import { expect, test } from 'vitest';

import type { Accel, StartedEvent } from '../../src/index.js';
import { SpreadJobs } from '../../src/transcoder/spread-jobs.js';
import { validateOptions } from '../../src/transcoder/validate-options.js';

function ladder(accel: Accel, width = 1280, height = 720) {
  const profile = { width, height, fps: 30, bitrate: 1_000_000 };
  return validateOptions({ input: 'in.ts', renditions: [{ profile, output: 'out.ts' }], accel }).job;
}

function startedOn(place: string): StartedEvent {
  return {
    type: 'started',
    source: { container: 'mpegts', live: true, video: { codec: 'h264', width: 1920, height: 1080, pixelFormat: '' } },
    renditions: [{ name: 'a', decode: place, scale: place, encode: place, container: 'mpegts', audio: 'none' }],
    timestampBaseUs: 0,
  };
}

const noCards = () => Promise.resolve([]);

test('Each job begins with the card that has least to do, and has the others to fall back on.', () => {
  const jobs = new SpreadJobs(noCards);
  const orders = [1, 2, 3].map(() => jobs.place(ladder('nvidia:0,2')).accel.devices);
  expect(orders).toEqual([
    [0, 2],
    [2, 0],
    [0, 2],
  ]);
});

test('The place of a job that has ended is free again.', () => {
  const jobs = new SpreadJobs(noCards);
  jobs.place(ladder('nvidia:0,2')).ended();
  expect(jobs.place(ladder('nvidia:0,2')).accel.devices).toEqual([0, 2]);
});

test('A job counts where it really is, and as what it decodes, too.', () => {
  const jobs = new SpreadJobs(noCards);
  jobs.place(ladder('nvidia:0,2')).heard(startedOn('nvidia:2'));
  expect(jobs.place(ladder('nvidia:0,2')).accel.devices).toEqual([0, 2]);
  // Its source is larger than this rendition, so that card 2 still has more to do.
  expect(jobs.place(ladder('nvidia:0,2')).accel.devices).toEqual([0, 2]);
});

test('One that went to the CPU takes nothing of a card.', () => {
  const jobs = new SpreadJobs(noCards);
  jobs.place(ladder('auto:0,2')).heard(startedOn('cpu'));
  expect(jobs.place(ladder('auto:0,2')).accel).toEqual({ kind: 'auto', devices: [0, 2] });
});

test('A job that may use any card is not made to wait until the cards are known, and the next ones are spread.', async () => {
  const found = Promise.resolve([0, 1]);
  const jobs = new SpreadJobs(() => found);
  const first = jobs.place(ladder('nvidia'));
  expect(first.accel.devices).toEqual([]);
  first.heard(startedOn('nvidia:0'));
  await found;
  expect(jobs.place(ladder('nvidia')).accel.devices).toEqual([1, 0]);
});

test('On the CPU nobody looks for cards.', () => {
  const jobs = new SpreadJobs(() => {
    throw new Error('somebody looked');
  });
  expect(jobs.place(ladder('none')).accel).toEqual({ kind: 'none', devices: [] });
});

import { expect, test, vi } from 'vitest';

import { StatusSampler } from '../../../../src/nodes/transcoder/devices/status-sampler.js';
import type { DeviceStatus } from '../../../../src/index.js';

const one: DeviceStatus = { index: 0, name: 'GPU', uuid: 'GPU-0' };

function sampler(ask: () => Promise<DeviceStatus[]>) {
  const clock = { nowMs: 0 };
  const heard: number[] = [];
  const asked = vi.fn(ask);
  const made = new StatusSampler(
    asked,
    () => clock.nowMs,
    (statuses) => heard.push(statuses.length),
  );
  return { clock, heard, asked, sampler: made };
}

test('However many want to know it, the driver is asked once in two seconds.', async () => {
  const { clock, heard, asked, sampler: shared } = sampler(() => Promise.resolve([one]));
  const answers = await Promise.all([shared.sample(), shared.sample()]);
  answers.push(await shared.sample());
  expect(answers).toEqual([[one], [one], [one]]);
  expect(asked).toHaveBeenCalledOnce();
  clock.nowMs += 2000;
  await shared.sample();
  expect(heard).toEqual([1, 1]);
});

test('A driver that hangs is waited for a moment, says nothing, and is not asked again meanwhile.', async () => {
  const { clock, asked, sampler: shared } = sampler(() => new Promise(() => undefined));
  expect(await shared.sample()).toEqual([]);
  clock.nowMs += 60_000;
  expect(await shared.sample()).toEqual([]);
  expect(asked).toHaveBeenCalledOnce();
});

test('An addon that cannot be loaded is a machine of which nothing is known.', async () => {
  expect(await sampler(() => Promise.reject(new Error('no addon'))).sampler.sample()).toEqual([]);
});

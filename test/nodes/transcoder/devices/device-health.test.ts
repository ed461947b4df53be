import fc from 'fast-check';
import { expect, test } from 'vitest';

import { DeviceHealth } from '../../../../src/nodes/transcoder/devices/device-health.js';

const minute = 60_000;

/** A device, and the clock that it looks at. */
function device() {
  const clock = { nowMs: 0 };
  return { clock, health: new DeviceHealth(() => clock.nowMs) };
}

function takenOut() {
  const { clock, health } = device();
  for (let failure = 0; failure < 3; failure += 1) health.failed();
  return { clock, health };
}

test('A failure now and then is nobody’s reason to do without a device.', () => {
  const { clock, health } = device();
  for (let failure = 0; failure < 20; failure += 1) {
    expect(health.failed()).toBe(false);
    clock.nowMs += 2.5 * minute;
  }
  expect(health.state).toBe('in service');
});

test('The third failure within five minutes takes it out.', () => {
  const { clock, health } = device();
  expect(health.failed()).toBe(false);
  clock.nowMs += 2 * minute;
  expect(health.failed()).toBe(false);
  clock.nowMs += 2 * minute;
  expect(health.failed()).toBe(true);
  expect(health.state).toBe('out');
  expect(health.takesJobs).toBe(false);
});

test('After a minute one job tries it, and only one.', () => {
  const { clock, health } = takenOut();
  clock.nowMs += minute - 1;
  expect(health.takesJobs).toBe(false);
  clock.nowMs += 1;
  expect(health.takesJobs).toBe(true);
  expect(health.began()).toBe(true);
  expect(health.takesJobs).toBe(false);
});

test('It is back when that works.', () => {
  const { clock, health } = takenOut();
  clock.nowMs += minute;
  health.began();
  health.passedTrial();
  expect(health.state).toBe('in service');
  expect(health.began()).toBe(false);
  expect(health.failed()).toBe(false);
});

test('Every trial that fails doubles the wait, up to half an hour.', () => {
  const { clock, health } = takenOut();
  const waits = Array.from({ length: 7 }, () => {
    const waitMs = health.restMs;
    clock.nowMs += waitMs;
    health.began();
    expect(health.failed()).toBe(true);
    return waitMs / minute;
  });
  expect(waits).toEqual([1, 2, 4, 8, 16, 30, 30]);
});

test('One that fails again soon after its return waits longer than before, and one that was well for long does not.', () => {
  const { clock, health } = takenOut();
  const failAgainAfter = (ms: number) => {
    clock.nowMs += health.restMs;
    health.began();
    health.passedTrial();
    clock.nowMs += ms;
    for (let failure = 0; failure < 3; failure += 1) health.failed();
    return health.restMs / minute;
  };
  expect(failAgainAfter(minute)).toBe(2);
  expect(failAgainAfter(60 * minute)).toBe(1);
});

test('A trial that says nothing about it, as it was cancelled, is left to the next job.', () => {
  const { clock, health } = takenOut();
  clock.nowMs += minute;
  health.began();
  health.leftTrial();
  expect(health.began()).toBe(true);
});

test('Jobs that fail behind the one that took it out do not keep it out for longer.', () => {
  const { clock, health } = takenOut();
  expect(health.failed()).toBe(false);
  clock.nowMs += minute;
  expect(health.state).toBe('due');
  expect(health.failed()).toBe(false);
  expect(health.restMs).toBe(minute);
});

test('Whatever happens, a device is always tried again within half an hour.', () => {
  const step = fc.oneof(
    fc.constantFrom('began', 'failed', 'passedTrial', 'leftTrial' as const),
    fc.integer({ min: 0, max: 10 * minute }),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const { clock, health } = device();
      for (const one of steps)
        if (typeof one === 'number') clock.nowMs += one;
        else health[one]();
      health.leftTrial();
      clock.nowMs += 30 * minute;
      expect(health.takesJobs).toBe(true);
    }),
  );
});

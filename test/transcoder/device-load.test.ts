import fc from 'fast-check';
import { expect, test } from 'vitest';

import { DeviceLoad, type DeviceShare } from '../../src/transcoder/device-load.js';

const cards = [0, 1, 2];

test('Jobs that are alike take turns.', () => {
  const load = new DeviceLoad();
  const taken = Array.from({ length: 6 }, () => {
    const [first] = load.order(cards);
    load.book(first, 1000);
    return first;
  });
  expect(taken).toEqual([0, 1, 2, 0, 1, 2]);
});

test('A large job outweighs several small ones.', () => {
  const load = new DeviceLoad();
  load.book(0, 10_000);
  load.book(1, 3000);
  load.book(1, 3000);
  expect(load.order([0, 1])).toEqual([1, 0]);
});

test('What nobody is at keeps the order in which it was given.', () => {
  expect(new DeviceLoad().order([2, 0, 1])).toEqual([2, 0, 1]);
});

test('A job that turns out to be elsewhere, or to be more, is counted so.', () => {
  const load = new DeviceLoad();
  const share = load.book(0, 1000);
  share.move(1);
  share.add(500);
  expect([load.of(0), load.of(1)]).toEqual([0, 1500]);
  share.move(undefined);
  expect(load.of(1)).toBe(0);
});

const rates = fc.array(fc.integer({ min: 1, max: 1e9 }), { maxLength: 40 });

test('No device is ahead of another by more than one job.', () => {
  fc.assert(
    fc.property(rates, (pixelsPerSecond) => {
      const load = new DeviceLoad();
      for (const rate of pixelsPerSecond) load.book(load.order(cards)[0], rate);
      const loads = cards.map((card) => load.of(card));
      expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(Math.max(0, ...pixelsPerSecond));
    }),
  );
});

test('What jobs that have ended, in whatever order and however often, had taken is free again.', () => {
  fc.assert(
    fc.property(rates, fc.infiniteStream(fc.nat(39)), (pixelsPerSecond, choices) => {
      const load = new DeviceLoad();
      const shares: DeviceShare[] = pixelsPerSecond.map((rate) => load.book(load.order(cards)[0], rate));
      for (const share of shares) {
        // Whichever comes up is released as well, perhaps for the second time.
        shares[choices.next().value as number]?.release();
        share.release();
      }
      expect(cards.map((card) => load.of(card))).toEqual([0, 0, 0]);
    }),
  );
});

test('The order has every device once, whatever they are at.', () => {
  fc.assert(
    fc.property(rates, fc.uniqueArray(fc.nat(5)), (pixelsPerSecond, devices) => {
      const load = new DeviceLoad();
      for (const [index, rate] of pixelsPerSecond.entries()) load.book(index % 6, rate);
      const order = load.order(devices);
      expect(order.toSorted()).toEqual(devices.toSorted());
      for (const [index, device] of order.slice(1).entries())
        expect(load.of(device)).toBeGreaterThanOrEqual(load.of(order[index] ?? device));
    }),
  );
});

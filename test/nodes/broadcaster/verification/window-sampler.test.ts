import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { WindowSampler } from '../../../../src/nodes/broadcaster/verification/window-sampler.js';

const windows = Array.from({ length: 10_000 }, (_, index) => index);

describe('A sampler of windows', () => {
  it('draws none at a rate of 0, and is off', () => {
    expect(new WindowSampler(0).draw(windows)).toEqual([]);
    expect(new WindowSampler(0).isOff).toBe(true);
    expect(new WindowSampler(0.01).isOff).toBe(false);
  });

  it('draws all of them, in their order, at a rate of 1', () => {
    expect(new WindowSampler(1).draw(windows)).toEqual(windows);
  });

  it('draws about its share of them', () => {
    // 500 are expected, and 150 off are seven standard deviations.
    const drawn = new WindowSampler(0.05).draw(windows).length;
    expect(drawn).toBeGreaterThan(350);
    expect(drawn).toBeLessThan(650);
  });

  it('draws others the next time', () => {
    const sampler = new WindowSampler(0.5);
    expect(sampler.draw(windows)).not.toEqual(sampler.draw(windows));
  });

  it('decides each window by a number of its own, below the rate', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.array(fc.double({ min: 0, max: 0.999, noNaN: true })),
        (rate, numbers) => {
          let next = 0;
          const sampler = new WindowSampler(rate, () => numbers[next++] ?? 0);
          expect(sampler.draw(numbers)).toEqual(numbers.filter((number) => number < rate));
        },
      ),
    );
  });
});

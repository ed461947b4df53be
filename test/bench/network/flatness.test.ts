import { describe, expect, it } from 'vitest';

import { growthPercent } from '../../../src/bench/network/flatness.js';

const steps = Array.from({ length: 200 }, (_, index) => index);

describe('growthPercent', () => {
  it('is 0 for what stays as it is', () => {
    expect(growthPercent(Array(200).fill(120), [0, 0.5], [0.5, 1])).toBe(0);
  });

  it('looks at the two parts alone', () => {
    const samples = steps.map((step) => (step < 100 ? 60 : step < 150 ? 100 : 110));
    expect(growthPercent(samples, [0.5, 0.75], [0.75, 1])).toBeCloseTo(10);
  });

  it('takes a saw for flat', () => {
    expect(
      growthPercent(
        steps.map((step) => 100 + (step % 10)),
        [0.5, 0.75],
        [0.75, 1],
      ),
    ).toBeCloseTo(0);
  });

  it('finds a leak that adds up to a tenth over the run', () => {
    expect(
      growthPercent(
        steps.map((step) => 100 + step / 20),
        [0.5, 0.75],
        [0.75, 1],
      ),
    ).toBeGreaterThan(2);
  });

  it('says nothing where there are no samples', () => {
    expect(growthPercent([1], [0, 0.5], [0.5, 1])).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';

import { median, quantile } from '../../src/bench/statistics.js';

describe('median', () => {
  it('is the middle value, whatever the order', () => {
    expect(median([9, 1, 5])).toBe(5);
  });

  it('lies between the middle two of an even number of values', () => {
    expect(median([4, 1, 2, 100])).toBe(3);
  });

  it('is undefined for no values', () => {
    expect(median([])).toBeUndefined();
  });
});

describe('quantile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 99 - index);

  it('gives the value that the share of the values lies below', () => {
    expect(quantile(hundred, 0.5)).toBe(50);
    expect(quantile(hundred, 0.99)).toBe(99);
  });

  it('gives the extremes for 0 and 1', () => {
    expect(quantile(hundred, 0)).toBe(0);
    expect(quantile(hundred, 1)).toBe(99);
  });

  it('sorts numbers as numbers and leaves the array as it was', () => {
    const values = [10, 9, 2];
    expect(quantile(values, 0)).toBe(2);
    expect(values).toEqual([10, 9, 2]);
  });

  it('is undefined for no values', () => {
    expect(quantile([], 0.5)).toBeUndefined();
  });
});

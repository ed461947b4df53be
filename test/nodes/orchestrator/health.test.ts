import { expect, test } from 'vitest';

import { Health } from '../../../src/nodes/orchestrator/health.js';

test('One that has not failed has no penalty.', () => {
  expect(new Health().penalty(123_456)).toBe(0);
});

test('A failure counts one, and half as much every minute.', () => {
  const health = new Health();
  health.failed(10_000);
  expect(health.penalty(10_000)).toBe(1);
  expect(health.penalty(70_000)).toBeCloseTo(0.5);
  expect(health.penalty(130_000)).toBeCloseTo(0.25);
});

test('Failures add up to what is left of those before.', () => {
  const health = new Health();
  health.failed(0);
  health.failed(60_000);
  expect(health.penalty(60_000)).toBeCloseTo(1.5);
});

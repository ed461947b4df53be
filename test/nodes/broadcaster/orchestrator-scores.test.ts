import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';

import { OrchestratorScores } from '../../../src/nodes/broadcaster/orchestrator-scores.js';

let clock: number;
let scores: OrchestratorScores;
beforeEach(() => {
  clock = 1000;
  scores = new OrchestratorScores({ now: () => clock });
});

test('The latency is an average in which the latest counts for a quarter.', () => {
  expect(scores.latencyMs('a')).toBeUndefined();
  scores.answered('a', 10);
  expect(scores.latencyMs('a')).toBe(10);
  scores.answered('a', 50);
  expect(scores.latencyMs('a')).toBe(20);
  expect(scores.latencyMs('b')).toBeUndefined();
});

test('A latency that is none is refused.', () => {
  expect(() => {
    scores.answered('a', Number.NaN);
  }).toThrow(RangeError);
});

test('A failure suspends for 30 s, and nobody else.', () => {
  scores.failed('a');
  expect(scores.isSuspended('b')).toBe(false);
  clock += 29_999;
  expect(scores.isSuspended('a')).toBe(true);
  clock += 2;
  expect(scores.isSuspended('a')).toBe(false);
});

test('Every further failure suspends for longer, up to ten minutes.', () => {
  const suspensions: number[] = [];
  for (let failure = 0; failure < 25; failure++) {
    scores.failed('a');
    suspensions.push(Math.round(scores.suspendedForMs('a') / 1000));
    clock += scores.suspendedForMs('a') + 1;
  }

  expect(suspensions.slice(0, 4)).toEqual([30, 60, 90, 120]);
  expect(suspensions.slice(19)).toEqual([600, 600, 600, 600, 600, 600]);
});

test('Jobs that fail together are one failure.', () => {
  for (let job = 0; job < 10; job++) {
    scores.failed('a');
    clock += 100;
  }

  expect(scores.suspendedForMs('a')).toBeCloseTo(29_000, 3);
});

test('A success ends the count of failures, and no suspension.', () => {
  scores.failed('a');
  clock += 5000;
  scores.failed('a');
  scores.succeeded('a');
  expect(scores.suspendedForMs('a')).toBeCloseTo(60_000, 3);
  clock += 60_001;
  scores.failed('a');
  expect(scores.suspendedForMs('a')).toBeCloseTo(30_000, 3);
});

test('A failure after a success does not shorten a suspension.', () => {
  for (let failure = 0; failure < 3; failure++) {
    clock += 5000;
    scores.failed('a');
  }
  scores.succeeded('a');
  scores.failed('a');

  expect(scores.suspendedForMs('a')).toBeCloseTo(90_000, 3);
});

test('A cheap answer says nothing about failures.', () => {
  scores.failed('a');
  scores.answered('a', 10);
  clock += 30_001;
  scores.answered('a', 10);
  scores.failed('a');

  expect(scores.suspendedForMs('a')).toBeCloseTo(60_000, 3);
});

test('Those that are gone are forgotten.', () => {
  scores.failed('a');
  scores.failed('b');
  scores.retain(['b']);

  expect(scores.isSuspended('a')).toBe(false);
  expect(scores.isSuspended('b')).toBe(true);
});

test('Whatever happens, a suspension is no longer than ten minutes, and only time shortens it.', () => {
  const step = fc.oneof(
    fc.constant({ kind: 'failed' as const }),
    fc.constant({ kind: 'succeeded' as const }),
    fc.record({ kind: fc.constant('passed' as const), ms: fc.nat(100_000) }),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      let now = 0;
      const any = new OrchestratorScores({ now: () => now });
      for (const event of steps) {
        const before = any.suspendedForMs('a');
        if (event.kind === 'failed') any.failed('a');
        else if (event.kind === 'succeeded') any.succeeded('a');
        else now += event.ms;
        const after = any.suspendedForMs('a');
        expect(after).toBeLessThanOrEqual(600_000.001);
        if (event.kind === 'passed') expect(after).toBeCloseTo(Math.max(0, before - event.ms), 3);
        else expect(after).toBeGreaterThanOrEqual(before);
      }
    }),
  );
});

test('One that was found to cheat is out for an hour, whatever it does, and though it leaves the list meanwhile.', () => {
  scores.distrusted('a');
  expect([scores.isDistrusted('a'), scores.isSuspended('a')]).toEqual([true, true]);
  expect([scores.isDistrusted('b'), scores.isSuspended('b')]).toEqual([false, false]);
  scores.succeeded('a');
  scores.retain([]);
  clock += 3_599_999;
  expect(scores.isDistrusted('a')).toBe(true);
  clock += 1;
  expect([scores.isDistrusted('a'), scores.isSuspended('a')]).toEqual([false, false]);
});

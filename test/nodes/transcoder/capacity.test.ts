import { describe, expect, test } from 'vitest';

import { Capacity } from '../../../src/nodes/transcoder/capacity.js';

const problems = new Map<number, unknown>();

describe('What was measured', () => {
  const gpus = new Map([
    [0, 1000],
    [2, 3000],
  ]);

  test('adds up over the GPUs that are in service.', () => {
    const capacity = Capacity.measured({ gpus, cpu: 50, problems });
    expect(capacity.of([0, 2])).toBe(4000);
    expect(capacity.of([2])).toBe(3000);
  });

  test("is the CPU's without any of them.", () => {
    expect(Capacity.measured({ gpus, cpu: 50, problems }).of([])).toBe(50);
    expect(Capacity.measured({ gpus: new Map(), cpu: 50, problems }).of([])).toBe(50);
  });

  test('is as good as nothing where a GPU is insisted on and none is in service.', () => {
    expect(Capacity.measured({ gpus, cpu: 0, problems }).of([])).toBe(1);
  });
});

describe('What the operator says', () => {
  test('is shared by the GPUs.', () => {
    const capacity = Capacity.given(4000, [0, 1], false);
    expect([capacity.of([0, 1]), capacity.of([1]), capacity.of([])]).toEqual([4000, 2000, 1]);
  });

  test('holds for a machine without any.', () => {
    expect(Capacity.given(4000, [], true).of([])).toBe(4000);
  });
});

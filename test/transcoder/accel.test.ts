import { expect, test } from 'vitest';

import { accelChoice, accelText } from '../../src/transcoder/accel.js';

test.for([
  ['auto', { kind: 'auto', devices: [] }],
  ['auto:all', { kind: 'auto', devices: [] }],
  ['auto:1', { kind: 'auto', devices: [1] }],
  ['none', { kind: 'none', devices: [] }],
  ['nvidia', { kind: 'nvidia', devices: [] }],
  ['nvidia:all', { kind: 'nvidia', devices: [] }],
  ['nvidia:0', { kind: 'nvidia', devices: [0] }],
  ['nvidia:2,0', { kind: 'nvidia', devices: [2, 0] }],
] as const)('%s says whether a GPU is insisted on, and which will do in which order.', ([text, choice]) => {
  expect(accelChoice(text, 'accel')).toEqual(choice);
});

test('What is left out is auto.', () => {
  expect(accelChoice(undefined, 'accel')).toEqual({ kind: 'auto', devices: [] });
});

test.for(['auto', 'none', 'nvidia', 'auto:3', 'nvidia:2,0'] as const)('%s is written as it is read.', (text) => {
  expect(accelText(accelChoice(text, 'accel'))).toBe(text);
});

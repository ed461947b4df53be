import { expect, test } from 'vitest';

import { selfTestTable } from '../../src/cli/self-test-table.js';

const cpu = {
  ...{ place: 'cpu', name: '16 cores', decodeFps: 910.4, ladderFps: 301, pixelsPerSecond: 222_500_000 },
  stages: { decode: 'cpu', scale: 'cpu', encode: 'cpu', encoder: 'libx264' },
  pictures: { averageSsim: 0.99912, lowestSsim: 0.9981, compared: 36, against: 'source' as const },
};
const gpu = {
  ...{ place: 'nvidia:0', name: 'A card', decodeFps: 2000, ladderFps: 1500, pixelsPerSecond: 1e9 },
  stages: { decode: 'nvidia:0', scale: 'nvidia:0', encode: 'nvidia:0', encoder: 'h264_nvenc' },
  pictures: { averageSsim: 0.75, lowestSsim: 0.5, compared: 36, against: 'cpu' as const },
  sessions: { opened: 5, refused: true },
  problem: 'The pictures are wrong.',
};

test('Every place has a line, which says where its stages ran, what was measured, and whether it is right.', () => {
  expect(selfTestTable({ source: 'some video', places: [cpu, gpu] }).split('\n')).toEqual(
    expect.arrayContaining([
      'CPU       cpu       cpu       libx264     910         301         223    -         0.9991  0.9981  right',
      'nvidia:0  nvidia:0  nvidia:0  h264_nvenc  2000        1500        1000   5         0.7500  0.5000  WRONG',
      'nvidia:0: A card',
      'nvidia:0: The pictures are wrong.',
    ]),
  );
});

test('A limit that was not reached is no limit.', () => {
  const table = selfTestTable({ source: '', places: [{ ...gpu, sessions: { opened: 8, refused: false } }] });
  expect(table).toMatch(/ 8\+ /);
});

test('A machine without GPUs says why none was tested, and a place that failed at once has no figures.', () => {
  const failed = { place: 'nvidia:0', name: 'A card', problem: 'DEVICE_LOST: It is gone.' };
  const table = selfTestTable({ source: '', gpuProblem: 'There is no driver.', places: [failed] });
  expect(table).toContain('No GPU was tested: There is no driver.');
  expect(table).toMatch(/^nvidia:0 +- +- +- +- +- +- +- +- +- +WRONG$/m);
  expect(table).toContain('nvidia:0: DEVICE_LOST: It is gone.');
});

test('What a driver calls its card cannot steer the terminal.', () => {
  expect(selfTestTable({ source: '', places: [{ place: 'nvidia:0', name: 'A\u001b[31m card' }] })).not.toContain(
    '\u001b',
  );
});

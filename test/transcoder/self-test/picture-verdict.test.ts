import { expect, test } from 'vitest';

import type { ComparedFrame, PictureComparison } from '../../../src/index.js';
import { pictureVerdict } from '../../../src/transcoder/self-test/picture-verdict.js';

function comparison(ssims: number[], changes: Partial<PictureComparison> = {}): PictureComparison {
  const stretch = { codec: 'h264', accessUnits: 9, frames: 9, pixels: 0, sizes: [] };
  const moving = { ...stretch, stillFrames: 0, movingFrames: 9, flatFrames: 0 };
  const frames = ssims.map((ssim) => ({ ssim }) as ComparedFrame);
  return { source: moving, rendition: moving, frames, unmatched: 0, ...changes };
}

test('Pictures that differ by what encoders leave out are right.', () => {
  expect(pictureVerdict([comparison([0.99, 1]), comparison([0.98])])).toEqual({
    averageSsim: (0.99 + 1 + 0.98) / 3,
    lowestSsim: 0.98,
    compared: 3,
  });
});

test('One that is wrong is enough, and so are many that are a little wrong.', () => {
  expect(pictureVerdict([comparison([1, 1, 1, 0.9])]).problem).toBe('The pictures are wrong.');
  expect(pictureVerdict([comparison([0.97, 0.98, 0.98])]).problem).toBe('The pictures are wrong.');
});

test('Pictures that are missing, or too many, are noticed.', () => {
  const { rendition } = comparison([1]);
  for (const changes of [{ unmatched: 1 }, { rendition: { ...rendition, frames: 8 } }, { frames: [] }])
    expect(pictureVerdict([comparison([1]), comparison([1], changes)]).problem).toMatch(/missing/);
});

import { expect, test } from 'vitest';

import type { ComparedFrame, PictureComparison, StretchReport } from '../../../src/index.js';
import { judgePictures } from '../../../src/trust/pictures/judge-pictures.js';
import type { PictureClaim } from '../../../src/trust/pictures/verdict.js';

const claim: PictureClaim = { frames: 60, pixels: 60 * 640 * 360, width: 640, height: 360, codec: 'h264', fps: 30 };
const profile = { bitrate: 1_200_000 };

function report(change: Partial<StretchReport> = {}): StretchReport {
  return {
    codec: 'h264',
    accessUnits: 60,
    frames: 60,
    pixels: 60 * 640 * 360,
    sizes: [{ width: 640, height: 360, frames: 60 }],
    stillFrames: 0,
    movingFrames: 59,
    flatFrames: 0,
    firstTimestampUs: 0,
    lastTimestampUs: 1_966_667,
    ...change,
  };
}

function frame(change: Partial<ComparedFrame> = {}): ComparedFrame {
  const luma = { mean: 120, deviation: 50 };
  const band = { sourceEnergy: 20, energy: 18, kept: 0.9 };
  return {
    timestampUs: 0,
    sourceTimestampUs: 0,
    shift: 0,
    ssim: 0.97,
    coarseSsim: 0.99,
    luma,
    sourceLuma: luma,
    change: 6,
    sourceChange: 6,
    detail: { fine: band, middle: band },
    ...change,
  };
}

function comparison(change: Partial<PictureComparison> = {}): PictureComparison {
  return {
    source: report(),
    rendition: report(),
    frames: Array.from({ length: 12 }, () => frame()),
    unmatched: 0,
    ...change,
  };
}

test('Pictures that are as they should be pass, and the verdict says by which bits per pixel', () => {
  const verdict = judgePictures(comparison(), profile, claim);
  expect(verdict).toMatchObject({ outcome: 'passed', findings: [], compared: 12 });
  expect(verdict.bitsPerPixel).toBeCloseTo(0.174, 3);
});

test('Access units that nothing can be decoded from are held against the rendition', () => {
  const broken = report({ frames: 0, pixels: 0, sizes: [] });
  const { outcome, findings } = judgePictures(comparison({ rendition: broken, frames: [] }), profile, claim);
  expect(outcome).toBe('failed');
  expect(findings.map(({ code }) => code)).toEqual(['PICTURES_MISSING', 'PIXELS_OVERCLAIMED']);
});

test('Too few pictures to compare are no reason to pass', () => {
  expect(judgePictures(comparison({ frames: [], unmatched: 12 }), profile, claim).outcome).toBe('undecided');
});

test('One size among others is enough to be wrong', () => {
  const sizes = [
    { width: 640, height: 360, frames: 59 },
    { width: 320, height: 180, frames: 1 },
  ];
  const { findings } = judgePictures(comparison({ rendition: report({ sizes }) }), profile, claim);
  expect(findings).toMatchObject([{ code: 'SIZE_WRONG', measured: '320x180', expected: '640x360' }]);
});

test('What an encoder with few bits does to noise passes where there are few, and not where there are many', () => {
  const frames = Array.from({ length: 12 }, () => frame({ ssim: 0.4, coarseSsim: 0.9 }));
  expect(judgePictures(comparison({ frames }), { bitrate: 300_000 }, claim).outcome).toBe('passed');
  expect(judgePictures(comparison({ frames }), profile, claim).findings).toMatchObject([{ code: 'PICTURES_DIFFER' }]);
});

test('Some pictures that show something else are enough to differ', () => {
  const frames = [
    ...Array.from({ length: 9 }, () => frame()),
    ...Array.from({ length: 3 }, () => frame({ coarseSsim: 0.4 })),
  ];
  expect(judgePictures(comparison({ frames }), profile, claim).findings).toMatchObject([{ code: 'PICTURES_DIFFER' }]);
});

test('Pictures that show something else are not called upscaled as well', () => {
  const band = { sourceEnergy: 20, energy: 18, kept: 0 };
  const frames = Array.from({ length: 12 }, () => frame({ coarseSsim: 0.4, detail: { fine: band, middle: band } }));
  const { findings } = judgePictures(comparison({ frames }), profile, claim);
  expect(findings.map(({ code }) => code)).toEqual(['PICTURES_DIFFER']);
});

test('A rate above the source’s, which repeats its pictures, is not taken for standing still', () => {
  const source = report({ accessUnits: 30, frames: 30, movingFrames: 29 });
  expect(judgePictures(comparison({ source, rendition: report({ stillFrames: 30 }) }), profile, claim).outcome).toBe(
    'passed',
  );
  expect(judgePictures(comparison({ rendition: report({ stillFrames: 30 }) }), profile, claim).findings).toMatchObject([
    { code: 'PICTURES_FROZEN' },
  ]);
});

test('A picture of one colour passes where the source’s is one too', () => {
  const flat = { mean: 16, deviation: 0.7 };
  const frames = Array.from({ length: 12 }, () => frame({ luma: flat, sourceLuma: flat }));
  const stretch = report({ flatFrames: 60, movingFrames: 0 });
  const both = comparison({ source: stretch, rendition: stretch, frames });
  expect(judgePictures(both, profile, claim).outcome).toBe('passed');
});

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { expect } from 'vitest';

import { comparePictures, PictureComparisonError, TranscodeError } from '../../src/index.js';
import type { ComparedMedium } from '../../src/index.js';
import { test } from '../e2e/fixtures.js';
import { pictures } from '../e2e/judge.js';
import { source } from '../e2e/sources.js';
import { rendition, transcode } from '../e2e/transcoding.js';
import { refusingPort, SilentServer } from './silent-server.js';

const run = promisify(execFile);

/** More than what any of the sources here lasts. */
const all = { fromUs: 0, untilUs: 60_000_000 };

async function moving(): Promise<string> {
  return source({ name: 'compared.ts', size: '320x180', seconds: 2 });
}

/** SSIM of the luma of every picture, by ffmpeg's filter. */
async function ssimByFfmpeg(path: string, reference: string): Promise<number[]> {
  const filter = ['-lavfi', '[0:v][1:v]ssim=stats_file=-', '-f', 'null', '-'];
  const { stdout } = await run('ffmpeg', ['-nostdin', '-v', 'error', '-i', path, '-i', reference, ...filter]);
  return [...stdout.matchAll(/Y:([\d.]+)/g)].map(([, value]) => Number(value));
}

async function failureOf(medium: Partial<ComparedMedium>, timeoutMs = 20_000): Promise<PictureComparisonError> {
  const honest = { input: await moving(), ...all };
  const failure: unknown = await comparePictures(
    { source: honest, rendition: { ...honest, ...medium } },
    { timeoutMs },
  ).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(PictureComparisonError);
  return failure as PictureComparisonError;
}

test('SSIM is what ffmpeg’s filter finds, within 0.002, for every picture', async ({ folder }) => {
  const input = await moving();
  const output = join(folder, 'low.ts');
  await transcode({ input, renditions: [rendition(output, { width: 320, height: 180, bitrate: 100_000 })] });
  const { frames } = await comparePictures({
    source: { input, ...all },
    rendition: { input: output, fromUs: 0, untilUs: 60_000_000 },
    frames: 1000,
  });
  expect(frames.length).toBeGreaterThan(1);
  const expected = await ssimByFfmpeg(output, input);
  const shown = await pictures(output);
  for (const frame of frames.filter(({ shift }) => shift === 0)) {
    const index = shown.findIndex(({ timestampUs }) => Math.abs(timestampUs - frame.timestampUs) < 1000);
    expect(Math.abs(frame.ssim - (expected[index] ?? NaN)), `picture ${index}`).toBeLessThan(0.002);
  }
});

test('Every picture of the stretch is counted, and only those', async () => {
  const input = await moving();
  const first = (await pictures(input))[0]?.timestampUs ?? NaN;
  const stretch = { input, fromUs: first + 500_000, untilUs: first + 1_500_000 };
  const { source: report, rendition: same } = await comparePictures({ source: stretch, rendition: stretch });
  expect(report).toMatchObject({ codec: 'h264', frames: 30, accessUnits: 30, pixels: 30 * 320 * 180 });
  expect(report.sizes).toEqual([{ width: 320, height: 180, frames: 30 }]);
  expect(same).toEqual(report);
});

test('A rendition that cannot be fetched is an error that names it, and no finding', async ({ http }) => {
  const missing = await failureOf({ input: http.url('/nothing.ts') });
  expect(missing).toMatchObject({ code: 'NOT_FOUND', medium: 'rendition', httpStatus: 404 });
  const refused = await failureOf({ input: `http://127.0.0.1:${await refusingPort()}/a.ts?token=secret` });
  expect(refused).toMatchObject({ code: 'CONNECTION_REFUSED', medium: 'rendition', retryable: true });
  expect(`${refused.message} ${refused.url}`).not.toContain('secret');
});

test('A stretch without a picture is an error', async () => {
  const failure = await failureOf({ fromUs: 50_000_000 });
  expect(failure).toMatchObject({ code: 'NO_MEDIA', medium: 'rendition' });
});

test('An address that is not allowed is not connected to', async () => {
  const input = await moving();
  const pictures = {
    source: { input, ...all },
    rendition: { input: 'http://127.0.0.1:9/a.ts', ...all },
  };
  await expect(comparePictures(pictures, { network: { deny: ['127.0.0.0/8'] } })).rejects.toMatchObject({
    code: 'ADDRESS_DENIED',
  });
});

test('Aborting ends it with the reason, whatever it waits for', async () => {
  await using server = await SilentServer.start();
  const input = await moving();
  const stop = new AbortController();
  const comparison = comparePictures(
    { source: { input, ...all }, rendition: { input: `http://127.0.0.1:${server.port}/a.ts`, ...all } },
    { signal: stop.signal },
  );
  const reason = new Error('No longer needed.');
  await Promise.all([
    expect(comparison).rejects.toBe(reason),
    server.connection().then(() => {
      stop.abort(reason);
    }),
  ]);
});

test('It ends when its time is up', async () => {
  await using server = await SilentServer.start();
  const failure = await failureOf({ input: `http://127.0.0.1:${server.port}/a.ts` }, 1_000);
  expect(failure).toMatchObject({ code: 'TIMED_OUT', medium: 'rendition' });
});

test('A mistake in the options is told before anything starts', async () => {
  const honest = { input: 'a.ts', ...all };
  const mistaken = [
    { source: honest, rendition: { ...honest, untilUs: 0 } },
    { source: honest, rendition: { ...honest, fromUs: 0.5 } },
    { source: honest, rendition: honest, frames: 0 },
  ];
  for (const pictures of mistaken) {
    const failure: unknown = await comparePictures(pictures).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TranscodeError);
    expect(failure).toMatchObject({ code: 'OPTIONS_INVALID' });
  }
});

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect } from 'vitest';

import { Transcoder } from '../../src/index.js';
import type { StartedEvent } from '../../src/index.js';
import { test } from './fixtures.js';
import { complaints, leastLikeness, pictures, soundPackets, streams, timesMs } from './judge.js';
import { rendition, transcode } from './transcoding.js';

const media = fileURLToPath(new URL('../../../shared/media/', import.meta.url));
const missing = existsSync(media) ? '' : 'whose folder is not there';

/** File, pictures, and what the picture becomes in a box of 320x180. */
const files: [file: string, count: number, width: number, height: number][] = [
  ['bad-cuvid.ts', 500, 320, 180],
  ['kryp-1.ts', 35, 320, 180],
  ['kryp-2.ts', 35, 320, 180],
  ['portrait.ts', 30, 180, 320],
  ['sample_0_409_17041.ts', 409, 320, 136],
  ['test_short.ts', 60, 320, 180],
  ['yuv422.ts', 217, 320, 180],
];

describe.skipIf(missing)(`Of the real stream ${missing}`, () => {
  test.for(files)('%s, every picture arrives at its own time', async ([file, count, width, height], { folder }) => {
    const input = join(media, file);
    const output = join(folder, 'rendition.ts');
    await transcode({ input, renditions: [rendition(output, { width: 320, height: 180, bitrate: 1_000_000 })] });
    const made = await pictures(output);
    expect(made).toHaveLength(count);
    expect(timesMs(made)).toStrictEqual(timesMs(await pictures(input)));
    expect(made[0]).toMatchObject({ width, height, pixelFormat: 'yuv420p' });
    expect(await complaints(output)).toBe('');
    // The picture of yuv422.ts is black but for a little noise, which is all that could be compared.
    if (file !== 'yuv422.ts') expect(await leastLikeness(output, input)).toBeGreaterThan(0.8);
  });

  test('test_short.ts, 30 of 60 frames per second are every second picture', async ({ folder }) => {
    const input = join(media, 'test_short.ts');
    const output = join(folder, 'rendition.ts');
    await transcode({ input, renditions: [rendition(output, { fps: 30 })] });
    const all = timesMs(await pictures(input));
    // The stream has a hole near its end: there it is the first picture of each thirtieth of a second.
    const slot = (time: number) => Math.floor(Math.round(((time - (all[0] ?? 0)) * 60) / 1000) / 2);
    const expected = all.filter((time, index) => index === 0 || slot(time) !== slot(all[index - 1] ?? 0));
    expect(expected.slice(0, 28)).toStrictEqual(all.slice(0, 56).filter((_time, index) => index % 2 === 0));
    expect(timesMs(await pictures(output))).toStrictEqual(expected);
  });

  test('zero-frame.ts, the sound arrives, and it is said that no picture came', async ({ folder }) => {
    const input = join(media, 'zero-frame.ts');
    const paths = ['a.ts', 'a.flv', 'a.mp4'].map((name) => join(folder, name));
    const transcoder = new Transcoder({ input, accel: 'none', renditions: paths.map((path) => rendition(path)) });
    const warnings: string[] = [];
    transcoder.on('warning', ({ code }) => warnings.push(code));
    const result = await transcoder.run();
    expect(warnings).toStrictEqual(['NO_VIDEO']);
    expect(result.sourceFrames).toBe(0);
    const { timesMs: times } = await soundPackets(input);
    expect(times).toHaveLength(72);
    for (const path of paths) {
      expect((await soundPackets(path)).timesMs, path).toStrictEqual(times);
      expect(
        (await streams(path)).map(({ codec_type }) => codec_type),
        path,
      ).toStrictEqual(['audio']);
    }
  });

  test('zero-frame.ts, the job is started with what it has, and without what it has not', async ({ folder }) => {
    const input = join(media, 'zero-frame.ts');
    const transcoder = new Transcoder({ input, accel: 'none', renditions: [rendition(join(folder, 'a.ts'))] });
    const started: StartedEvent[] = [];
    transcoder.on('started', (event) => started.push(event));
    const { source: understood } = await transcoder.run();
    expect(started).toMatchObject([{ source: { container: 'mpegts', audio: { codec: 'aac' } } }]);
    expect(started[0]?.source).not.toHaveProperty('video');
    expect(started[0]?.renditions).toStrictEqual([{ name: '160x90', container: 'mpegts', audio: 'copy' }]);
    expect(understood).toStrictEqual(started[0]?.source);
  });

  test.for(['bad-cuvid.ts', 'test_short.ts', 'yuv422.ts'])('%s, the sound is copied', async (file, { folder }) => {
    const input = join(media, file);
    const output = join(folder, 'rendition.ts');
    await transcode({ input, renditions: [rendition(output)] });
    expect(await soundPackets(output)).toStrictEqual(await soundPackets(input));
  });
});

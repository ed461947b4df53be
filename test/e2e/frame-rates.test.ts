import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { test } from './fixtures.js';
import { keyframeTimesMs, pictures, timesMs } from './judge.js';
import { h264, h264WithBFrames, made, source } from './sources.js';
import { rendition, transcode } from './transcoding.js';

/** 2 s at 60 frames per second: 120 pictures. */
const original = () => source({ name: 'sixty.ts', fps: 60, audio: [] });

describe('Of 2 s at 60 frames per second', () => {
  test.for([
    [0, 120],
    [30, 60],
    [60, 120],
    [120, 240],
    [15, 30],
    [25, 50],
    [100, 200],
    [123, 246],
    [23.98, 48],
    [29.97, 60],
    [59.94, 120],
  ] as const)('%f frames per second make %i pictures', async ([fps, count], { folder }) => {
    const input = await original();
    const output = join(folder, 'rendition.ts');
    const result = await transcode({ input, renditions: [rendition(output, { fps, gop: 1 })] });
    const all = timesMs(await pictures(input));
    const delivered = await pictures(output);
    expect(delivered).toHaveLength(count);
    expect(result.renditions).toMatchObject([{ framesOut: count, framesIn: 120 }]);
    const times = timesMs(delivered);
    expect(times[0]).toBe(all[0]);
    expect(new Set(delivered.map(({ timestampUs }) => timestampUs)).size).toBe(count);
    expect(keyframeTimesMs(delivered)).toStrictEqual([all[0], all[60]]);
    if (fps !== 0 && fps < 60) for (const time of times) expect(all).toContain(time);
  });

  test('a ladder of several rates has its keyframes at the same times', async ({ folder }) => {
    const input = await original();
    const rates = [0, 30, 25, 29.97, 60];
    const outputs = rates.map((fps) => join(folder, `${fps}.ts`));
    const renditions = rates.map((fps, index) => rendition(outputs[index] ?? '', { fps, gop: 0.5 }));
    await transcode({ input, renditions });
    const all = timesMs(await pictures(input));
    for (const output of outputs)
      expect(keyframeTimesMs(await pictures(output)), output).toStrictEqual([all[0], all[30], all[60], all[90]]);
  });
});

describe('The source keeps its own rate', () => {
  test.for(['24000/1001', '25', '30000/1001', '50', '60000/1001'])('of %s', async (fps, { folder }) => {
    const input = await source({ name: `rate-${fps.replace('/', '-')}.ts`, fps, audio: [] });
    const output = join(folder, 'rendition.ts');
    await transcode({ input, renditions: [rendition(output)] });
    expect(timesMs(await pictures(output))).toStrictEqual(timesMs(await pictures(input)));
  });

  test('that varies', async ({ folder }) => {
    const select = 'select=not(mod(n\\,5))+gt(mod(n\\,7)\\,4)';
    const args = ['-f', 'lavfi', '-i', `testsrc2=size=320x180:rate=60:duration=3,${select}`, '-fps_mode', 'vfr'];
    const input = await made('vfr.mkv', [...args, '-pix_fmt', 'yuv420p', ...h264WithBFrames]);
    for (const name of ['rendition.ts', 'rendition.flv', 'rendition.mp4']) {
      const output = join(folder, name);
      await transcode({ input, renditions: [rendition(output)] });
      expect(timesMs(await pictures(output)), name).toStrictEqual(timesMs(await pictures(input)));
    }
  });
});

describe('A short segment', () => {
  for (const count of [1, 2, 3, 5, 6, 10])
    test(`of ${count} pictures is delivered whole, in its own rate and in others`, async ({ folder }) => {
      const args = ['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=60', '-frames:v', `${count}`];
      const input = await made(`short-${count}.ts`, [...args, '-pix_fmt', 'yuv420p', ...h264WithBFrames]);
      const outputs = ['own.ts', 'own.flv', 'own.mp4', 'thirty.ts', 'sixty.ts'].map((name) => join(folder, name));
      const rates = [0, 0, 0, 30, 60];
      const renditions = outputs.map((output, index) => rendition(output, { fps: rates[index] ?? 0 }));
      for (const tune of ['latency', 'quality'] as const) {
        await transcode({ input, renditions, tune });
        const all = timesMs(await pictures(input));
        expect(all).toHaveLength(count);
        for (const [index, output] of outputs.entries()) {
          const expected = rates[index] === 30 ? all.filter((_time, at) => at % 2 === 0) : all;
          expect(timesMs(await pictures(output)), `${output} ${tune}`).toStrictEqual(expected);
        }
      }
    });

  test('of half a GOP gives the pictures behind the first keyframe and no more', async ({ folder }) => {
    const input = await made('partial.ts', [
      ...['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=30', '-frames:v', '5', '-pix_fmt', 'yuv420p', ...h264],
    ]);
    const output = join(folder, 'rendition.ts');
    await transcode({ input, renditions: [rendition(output)] });
    expect(timesMs(await pictures(output))).toStrictEqual(timesMs(await pictures(input)));
  });
});

describe('Keyframes come', () => {
  test('every 0.3 s, which is 7 in 2 s', async ({ folder }) => {
    const input = await original();
    const output = join(folder, 'rendition.ts');
    await transcode({ input, renditions: [rendition(output, { gop: 0.3 })] });
    const all = timesMs(await pictures(input));
    const expected = [0, 18, 36, 54, 72, 90, 108].map((index) => all[index]);
    expect(keyframeTimesMs(await pictures(output))).toStrictEqual(expected);
  });

  test('with every picture when that is asked for', async ({ folder }) => {
    const output = join(folder, 'rendition.ts');
    await transcode({ input: await original(), renditions: [rendition(output, { gop: 'intra', fps: 30 })] });
    expect((await pictures(output)).map(({ keyframe }) => keyframe)).toStrictEqual(
      Array.from({ length: 60 }, () => true),
    );
  });

  test('at a rate far below the GOP', async ({ folder }) => {
    const input = await original();
    const output = join(folder, 'rendition.ts');
    await transcode({ input, renditions: [rendition(output, { fps: 2, gop: 0.25 })] });
    const delivered = await pictures(output);
    expect(delivered.map(({ keyframe }) => keyframe)).not.toContain(false);
    expect(timesMs(delivered)[0]).toBe(timesMs(await pictures(input))[0]);
  });

  test('where the first attempt had them, when a later one is told its base', async ({ folder }) => {
    const input = await source({ name: 'attempts.ts', seconds: 4, audio: [] });
    const [first, second] = [join(folder, 'first.ts'), join(folder, 'second.ts')];
    const { timestampBaseUs = 0 } = await transcode({ input, renditions: [rendition(first, { gop: 0.7, fps: 20 })] });
    const later = { input, clip: { from: 1.1 }, timestampBaseUs };
    await transcode({ ...later, renditions: [rendition(second, { gop: 0.7, fps: 20 })] });
    const [all, rest] = [await pictures(first), await pictures(second)];
    const from = timesMs(rest)[0] ?? 0;
    expect(timesMs(rest)).toStrictEqual(timesMs(all).filter((time) => time >= from));
    const [expected, got] = [keyframeTimesMs(all), keyframeTimesMs(rest)];
    expect(got.slice(1)).toStrictEqual(expected.filter((time) => time > from));
  });
});

describe('A clip', () => {
  test('of 1 to 3 s of 8 s has 120 pictures at 60 frames per second', async ({ folder }) => {
    const input = await source({ name: 'eight.ts', seconds: 8, fps: 60 });
    const output = join(folder, 'rendition.ts');
    await transcode({ input, clip: { from: 1, to: 3 }, renditions: [rendition(output)] });
    expect(timesMs(await pictures(output))).toStrictEqual(timesMs(await pictures(input)).slice(60, 180));
  });

  test('starts with a keyframe wherever it starts', async ({ folder }) => {
    const input = await source({ name: 'eight-b.ts', seconds: 8, fps: 30, video: h264WithBFrames });
    const output = join(folder, 'rendition.ts');
    await transcode({ input, clip: { from: 1.51, to: 3.02 }, renditions: [rendition(output)] });
    const delivered = await pictures(output);
    const all = timesMs(await pictures(input));
    const [first = 0] = all;
    expect(timesMs(delivered)).toStrictEqual(all.filter((time) => time >= first + 1510 && time < first + 3020));
    expect(delivered[0]?.keyframe).toBe(true);
  });
});

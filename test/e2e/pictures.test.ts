import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { test } from './fixtures.js';
import { leastLikeness, pictures, streams, timesMs } from './judge.js';
import { h264, made, source } from './sources.js';
import { rendition, transcode } from './transcoding.js';

const short = { seconds: 0.5, audio: [] };
/** Enough for the picture to be compared. */
const generous = 3_000_000;

describe('A picture keeps its shape in a box', () => {
  test.for([
    ['150x200', 250, 250, '188x250'],
    ['123x456', 250, 250, '146x542'],
    ['456x400', 100, 100, '146x128'],
    ['500x100', 250, 250, '250x50'],
    ['320x180', 640, 360, '640x360'],
    ['320x180', 0, 90, '160x90'],
    ['320x180', 200, 0, '200x112'],
    ['180x320', 320, 180, '180x320'],
    ['320x240', 320, 180, '240x180'],
    ['321x181', 320, 180, '320x180'],
    ['319x239', 0, 240, '320x240'],
  ] as const)('%s in %i by %i becomes %s', async ([size, width, height, expected], { folder }) => {
    // The generator rounds sides to even numbers; the scaler does not.
    const video = ['-vf', `scale=${size.replace('x', ':')},setsar=1`, ...h264, '-pix_fmt', 'yuv444p'];
    const input = await source({ ...short, name: `shape-${size}.ts`, size: '640x640', video });
    const [sourceWidth, sourceHeight] = size.split('x').map(Number);
    expect((await pictures(input))[0]).toMatchObject({ width: sourceWidth, height: sourceHeight });
    const output = join(folder, 'rendition.ts');
    await transcode({ input, renditions: [rendition(output, { width, height, bitrate: generous })] });
    const delivered = await pictures(output);
    expect(delivered).toHaveLength(15);
    expect(`${delivered[0]?.width ?? 0}x${delivered[0]?.height ?? 0}`).toBe(expected);
    expect(await leastLikeness(output, input)).toBeGreaterThan(0.8);
  });
});

test('A picture may be larger than NVENC takes, where x264 encodes it', async ({ folder }) => {
  const input = await source({ ...short, name: 'few.ts', seconds: 0.1 });
  const output = join(folder, 'rendition.ts');
  await transcode({ input, renditions: [rendition(output, { width: 4480, height: 2520, bitrate: generous })] });
  const delivered = await pictures(output);
  expect(delivered).toHaveLength(3);
  expect(delivered[0]).toMatchObject({ width: 4480, height: 2520 });
});

describe('A picture that is to be turned', () => {
  test.for([
    [90, '90x160'],
    [180, '160x90'],
    [270, '90x160'],
  ] as const)('by %i degrees arrives upright', async ([degrees, expected], { folder }) => {
    const plain = await source({ ...short, name: 'turned.mp4' });
    const args = ['-i', plain, '-c', 'copy', '-metadata:s:v', `rotate=${degrees}`];
    const input = await made(`turned-${degrees}.mp4`, args);
    const output = join(folder, 'rendition.ts');
    // Larger than the smallest that an encoder takes, so that it is not enlarged.
    const box = { width: 320, height: 180, bitrate: generous };
    await transcode({ input, renditions: [rendition(output, box)] });
    const delivered = await pictures(output);
    const [width = 0, height = 0] = expected.split('x').map((side) => 2 * Number(side));
    expect(delivered[0]).toMatchObject({ width, height });
    expect(delivered).toHaveLength(15);
    expect(await leastLikeness(output, input)).toBeGreaterThan(0.8);
  });
});

describe('Pixels of other kinds become 4:2:0 with 8 bits unless 10 are asked for, and look the same:', () => {
  test.for(['yuv422p', 'yuv444p', 'yuv420p10le', 'yuv422p10le'])('%s', async (pixels, { folder }) => {
    const video = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', pixels];
    const input = await source({ ...short, name: `pixels-${pixels}.ts`, video });
    const output = join(folder, 'rendition.ts');
    await transcode({ input, renditions: [rendition(output, { width: 320, height: 180, bitrate: generous })] });
    const delivered = await pictures(output);
    expect(delivered).toHaveLength(15);
    expect(delivered[0]?.pixelFormat).toBe('yuv420p');
    expect(await leastLikeness(output, input)).toBeGreaterThan(0.9);
  });

  test('HEVC with 10 bits', async ({ folder }) => {
    const video = [
      '-c:v',
      'libx265',
      '-preset',
      'ultrafast',
      '-x265-params',
      'log-level=error',
      '-pix_fmt',
      'yuv420p10le',
    ];
    const input = await source({ ...short, name: 'hevc10.ts', video });
    const output = join(folder, 'rendition.ts');
    await transcode({ input, renditions: [rendition(output, { width: 320, height: 180, bitrate: generous })] });
    expect((await pictures(output))[0]?.pixelFormat).toBe('yuv420p');
    expect(await leastLikeness(output, input)).toBeGreaterThan(0.9);
  });
});

describe('What the source says of its colours survives in every container:', () => {
  test.for([
    ['BT.709', 'tv', 'bt709', 'bt709', 'bt709'],
    ['BT.601', 'tv', 'smpte170m', 'smpte170m', 'smpte170m'],
    ['full range', 'pc', 'bt709', 'bt709', 'bt709'],
    ['BT.2020 without HDR', 'tv', 'bt2020nc', 'bt2020', 'bt2020-10'],
    ['nothing', 'unknown', 'unknown', 'unknown', 'unknown'],
  ] as const)('%s', async ([name, range, matrix, primaries, transfer], { folder }) => {
    const said = ['-color_range', range, '-colorspace', matrix, '-color_primaries', primaries, '-color_trc', transfer];
    const pixels = range === 'pc' ? 'yuvj420p' : 'yuv420p';
    const video = [...h264, '-pix_fmt', pixels, ...(name === 'nothing' ? [] : said)];
    const input = await source({ ...short, name: `colour-${name.replace(/\W/g, '')}.ts`, video });
    const outputs = ['a.ts', 'a.flv', 'a.mp4'].map((file) => join(folder, file));
    const box = { width: 320, height: 180, bitrate: generous };
    await transcode({ input, renditions: outputs.map((output) => rendition(output, box)) });
    for (const output of outputs) {
      const [picture] = await pictures(output);
      expect(picture, output).toMatchObject({
        colorRange: range,
        colorSpace: matrix,
        colorPrimaries: primaries,
        colorTransfer: transfer,
      });
      expect(await leastLikeness(output, input), output).toBeGreaterThan(0.9);
    }
  });
});

describe('Pixels that are not square stay so:', () => {
  test.for(['4/3', '16/11', '32/27', '8/9'])('%s', async (aspect, { folder }) => {
    const args = ['-f', 'lavfi', '-i', `testsrc2=size=360x288:rate=30:duration=0.5,setsar=${aspect}`];
    const input = await made(`aspect-${aspect.replace('/', '-')}.ts`, [...args, '-pix_fmt', 'yuv420p', ...h264]);
    const outputs = ['a.ts', 'a.flv', 'a.mp4'].map((file) => join(folder, file));
    await transcode({ input, renditions: outputs.map((output) => rendition(output, { width: 180, height: 144 })) });
    for (const output of outputs)
      expect((await pictures(output))[0], output).toMatchObject({
        width: 180,
        height: 144,
        sampleAspect: aspect.replace('/', ':'),
      });
  });
});

test('Interlaced pictures arrive one by one', async ({ folder }) => {
  const video = ['-c:v', 'libx264', '-preset', 'veryfast', '-flags', '+ilme+ildct', '-x264-params', 'tff=1'];
  const input = await source({ ...short, name: 'interlaced.ts', video });
  const output = join(folder, 'rendition.ts');
  await transcode({ input, renditions: [rendition(output)] });
  expect(timesMs(await pictures(output))).toStrictEqual(timesMs(await pictures(input)));
});

describe('An encoder profile that is asked for is what arrives', () => {
  test.for([
    ['baseline', /Baseline/],
    ['main', /Main/],
    ['high', /High/],
  ] as const)('%s', async ([encoderProfile, expected], { folder }) => {
    const output = join(folder, 'rendition.ts');
    const input = await source({ ...short, name: 'profile.ts' });
    await transcode({ input, renditions: [rendition(output, { encoderProfile, preset: 'veryfast' })] });
    expect((await streams(output))[0]?.profile).toMatch(expected);
  });

  test('and B-frames come with the quality tune alone', async ({ folder }) => {
    const input = await source({ ...short, name: 'profile.ts' });
    const [latency, quality] = [join(folder, 'latency.ts'), join(folder, 'quality.ts')];
    const profile = { encoderProfile: 'high', preset: 'veryfast' } as const;
    await transcode({ input, renditions: [rendition(latency, profile)] });
    await transcode({ input, tune: 'quality', renditions: [rendition(quality, profile)] });
    expect((await streams(latency))[0]?.has_b_frames).toBe(0);
    expect((await streams(quality))[0]?.has_b_frames).toBeGreaterThan(0);
  });
});

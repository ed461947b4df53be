import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import type { Profile, TranscodeResult } from '../../src/index.js';
import { test } from './fixtures.js';
import { complaints, pictures, soundPackets, streams, timesMs } from './judge.js';
import type { Picture } from './judge.js';
import { h264, h264WithBFrames, source } from './sources.js';
import type { TestSource } from './sources.js';
import { rendition, transcode } from './transcoding.js';

const containers = ['a.ts', 'a.flv', 'a.mp4'] as const;

/** One MPEG-TS that becomes another after 2 s, while its clock goes on. */
async function splice(folder: string, first: Omit<TestSource, 'name'>, second: Omit<TestSource, 'name'>) {
  const make = (part: Omit<TestSource, 'name'>, offset: string) => {
    const words = [part.size, part.fps, ...(part.video ?? ['h264']), ...(part.audio ?? ['aac']), offset];
    const name = `splice-${words.join('').replace(/[^\w]+/g, '-')}.ts`;
    return source({ ...part, name, format: ['-output_ts_offset', offset] });
  };
  const path = join(folder, 'source.ts');
  writeFileSync(path, Buffer.concat([readFileSync(await make(first, '0')), readFileSync(await make(second, '2'))]));
  return path;
}

/** Transcodes a file to every container, and returns the pictures that each got. */
async function toEveryContainer(
  input: string,
  folder: string,
  profile: Partial<Profile> = {},
): Promise<{ result: TranscodeResult; made: Record<(typeof containers)[number], Picture[]> }> {
  const renditions = containers.map((name) => rendition(join(folder, name), profile));
  const result = await transcode({ input, renditions });
  expect(result.renditions.map(({ state }) => state)).toStrictEqual(['finished', 'finished', 'finished']);
  const [ts, flv, mp4] = await Promise.all(containers.map((name) => pictures(join(folder, name))));
  return { result, made: { 'a.ts': ts ?? [], 'a.flv': flv ?? [], 'a.mp4': mp4 ?? [] } };
}

function expectSteady(made: Picture[], count: number): void {
  const times = timesMs(made);
  expect(times).toHaveLength(count);
  const steps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  expect(Math.min(...steps)).toBeGreaterThan(0);
  expect(Math.max(...steps)).toBeLessThan(110);
}

describe('When the source changes in mid-stream, every picture goes on to arrive:', () => {
  test('its size, with the same aspect', async ({ folder }) => {
    const input = await splice(folder, {}, { size: '640x360' });
    const { made } = await toEveryContainer(input, folder);
    for (const name of containers) {
      expectSteady(made[name], 120);
      expect(new Set(made[name].map(({ width, height }) => `${width}x${height}`)), name).toStrictEqual(
        new Set(['160x90']),
      );
      expect(await complaints(join(folder, name)), name).toBe('');
    }
  });

  test('its size and aspect, which the renditions follow', async ({ folder }) => {
    const input = await splice(folder, {}, { size: '240x180' });
    const { made } = await toEveryContainer(input, folder, { width: 320, height: 180 });
    for (const name of containers) {
      expectSteady(made[name], 120);
      expect(
        made[name].slice(0, 60).every(({ width }) => width === 320),
        name,
      ).toBe(true);
      expect(
        made[name].slice(60).every(({ width }) => width === 240),
        name,
      ).toBe(true);
    }
  });

  test('from landscape to portrait', async ({ folder }) => {
    const input = await splice(folder, { size: '256x144' }, { size: '144x256' });
    const { made } = await toEveryContainer(input, folder, { width: 256, height: 146 });
    for (const name of containers) {
      expectSteady(made[name], 120);
      expect(made[name][0]).toMatchObject({ width: 256, height: 144 });
      expect(made[name].at(-1)).toMatchObject({ width: 146, height: 260 });
    }
  });

  test.for(['yuvj420p', 'yuv422p', 'yuv444p', 'yuv420p10le'])('its pixels, to %s', async (pixels, { folder }) => {
    const second = { video: [...h264, '-pix_fmt', pixels] };
    const { made } = await toEveryContainer(await splice(folder, {}, second), folder);
    for (const name of containers) {
      expectSteady(made[name], 120);
      expect(
        made[name].every(({ pixelFormat }) => /^yuvj?420p$/.test(pixelFormat)),
        name,
      ).toBe(true);
    }
  });

  test('from no B-frames to B-frames', async ({ folder }) => {
    const { made } = await toEveryContainer(await splice(folder, {}, { video: h264WithBFrames }), folder);
    for (const name of containers) expectSteady(made[name], 120);
  });

  test('its rate', async ({ folder }) => {
    const { made } = await toEveryContainer(await splice(folder, {}, { fps: 60 }), folder);
    for (const name of containers) expectSteady(made[name], 180);
  });
});

test('A video codec that changes in mid-stream is not followed, as by ffmpeg, and what it costs is counted', async ({
  folder,
}) => {
  const hevc = ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=error:keyint=30:bframes=0'];
  const { result, made } = await toEveryContainer(await splice(folder, {}, { video: hevc }), folder);
  for (const name of containers) expectSteady(made[name], 60);
  expect(result.sourceAccessUnits).toBe(120);
  expect(result.decodeErrors).toBeGreaterThan(50);
});

describe('When the sound of the source changes in mid-stream, it goes on to arrive:', () => {
  test('from mono to stereo', async ({ folder }) => {
    const input = await splice(folder, {}, { audio: ['-c:a', 'aac', '-ac', '2'] });
    await toEveryContainer(input, folder);
    for (const name of containers) {
      const { timesMs: times } = await soundPackets(join(folder, name));
      expect(times.length, name).toBeGreaterThan(180);
      expect(times.at(-1), name).toBeGreaterThan(5200);
    }
  });

  test('from AAC to MP3', async ({ folder }) => {
    const input = await splice(folder, {}, { audio: ['-c:a', 'libmp3lame'] });
    const { made } = await toEveryContainer(input, folder);
    for (const name of containers) expectSteady(made[name], 120);
  });

  test('late, in a container that told of it', async ({ folder }) => {
    const input = await source({ name: 'late.ts', seconds: 4, audio: ['-c:a', 'aac', '-af', 'atrim=start=2'] });
    const { made } = await toEveryContainer(input, folder);
    const { timesMs: expected } = await soundPackets(input);
    for (const name of containers) {
      expectSteady(made[name], 120);
      expect((await soundPackets(join(folder, name))).timesMs, name).toStrictEqual(expected);
    }
  });

  test('late, in a container that did not tell of it', async ({ folder }) => {
    const input = await splice(folder, { audio: [] }, {});
    const { made } = await toEveryContainer(input, folder);
    for (const name of containers) expectSteady(made[name], 120);
    const kinds = (await streams(join(folder, 'a.ts'))).map(({ codec_type }) => codec_type);
    expect(kinds).toStrictEqual(['video', 'audio']);
    expect((await soundPackets(join(folder, 'a.ts'))).timesMs.length).toBeGreaterThan(85);
  });

  test('it ends, and the pictures go on', async ({ folder }) => {
    const input = await splice(folder, {}, { audio: [] });
    const { made } = await toEveryContainer(input, folder);
    for (const name of containers) {
      expectSteady(made[name], 120);
      expect((await soundPackets(join(folder, name))).timesMs.length, name).toBeGreaterThan(85);
    }
  });
});

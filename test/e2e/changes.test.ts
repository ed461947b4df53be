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

/** The file's header, and the size of the tag that is not before the first one. */
const FLV_HEAD_BYTES = 13;

type Part = Omit<TestSource, 'name'>;

/** One MPEG-TS or FLV that becomes another after 2 s, while its clock goes on. */
async function splice(folder: string, first: Part, second: Part, container: 'ts' | 'flv' = 'ts') {
  const make = (part: Part, offset: string) => {
    const words = [part.size, part.fps, ...(part.video ?? ['h264']), ...(part.audio ?? ['aac']), offset];
    const name = `splice-${words.join('').replace(/[^\w]+/g, '-')}.${container}`;
    return source({ ...part, name, format: ['-output_ts_offset', offset] });
  };
  // What a server sends on to a player that is there already: the tags of the second without the head of the file.
  const head = container === 'flv' ? FLV_HEAD_BYTES : 0;
  const parts = [readFileSync(await make(first, '0')), readFileSync(await make(second, '2')).subarray(head)];
  const path = join(folder, `source.${container}`);
  writeFileSync(path, Buffer.concat(parts));
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

describe('When an FLV says in mid-stream that something changes, every picture and sound goes on to arrive:', () => {
  test('its size and aspect, which the renditions follow', async ({ folder }) => {
    const input = await splice(folder, {}, { size: '240x180' }, 'flv');
    const { result, made } = await toEveryContainer(input, folder, { width: 320, height: 180 });
    expect(result.decodeErrors).toBe(0);
    for (const name of containers) {
      expectSteady(made[name], 120);
      expect(
        made[name].map(({ width }) => width),
        name,
      ).toStrictEqual([...Array<number>(60).fill(320), ...Array<number>(60).fill(240)]);
    }
  });

  test('what a decoder must know of its pictures', async ({ folder }) => {
    const second = { video: [...h264WithBFrames, '-x264-params', 'cabac=0:transform-8x8=0:pic-init-qp=30'] };
    const { result, made } = await toEveryContainer(await splice(folder, {}, second, 'flv'), folder);
    expect(result.decodeErrors).toBe(0);
    for (const name of containers) expectSteady(made[name], 120);
  });

  test('its sound, from mono to stereo and to another sample rate', async ({ folder }) => {
    const input = await splice(folder, {}, { audio: ['-c:a', 'aac', '-ac', '2', '-ar', '32000'] }, 'flv');
    await toEveryContainer(input, folder);
    // A reader of MP4 goes on to count by the clock of the first header.
    for (const name of ['a.ts', 'a.flv']) {
      const { timesMs: times } = await soundPackets(join(folder, name));
      // 48000 and then 32000 samples a second, 1024 in each packet.
      expect(times.length, name).toBeGreaterThan(93 + 62 - 3);
      expect(times.length, name).toBeLessThan(93 + 62 + 8);
      expect(times.at(-1), name).toBeGreaterThan(3900);
      // Of a rate that changes ffmpeg's own clock complains as well.
      expect(await complaints(join(folder, name)), name).not.toContain('[aac');
    }
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

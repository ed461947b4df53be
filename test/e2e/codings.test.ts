import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { Transcoder, devices, readEssence } from '../../src/index.js';
import type { EssenceWindow, Profile, RenditionOptions, TranscodeResult } from '../../src/index.js';
import { SrtPeer, srtMissing } from '../servers/srt-peer.js';
import { windowsOf } from '../transcoder/essence-grouping.js';
import { test } from './fixtures.js';
import { complaints, keyframeTimesMs, leastLikeness, pictures, soundPackets, streams, timesMs } from './judge.js';
import { source } from './sources.js';
import { rendition, transcode } from './transcoding.js';

const { encodes } = (await devices()).cpu;
const missing = ['hevc', 'av1', 'opus'].filter((codec) => !encodes.includes(codec));
const reason = missing.length === 0 ? '' : `(skipped: this build does not encode ${missing.join(', ')})`;

const large = { width: 320, height: 180, bitrate: 1_500_000, gop: 1 } as const;
const codings = [
  ['hevc', 8, 'yuv420p'],
  ['hevc', 10, 'yuv420p10le'],
  ['av1', 8, 'yuv420p'],
  ['av1', 10, 'yuv420p10le'],
] as const;

function coded(output: RenditionOptions['output'], codec: Profile['codec'], bitDepth: Profile['bitDepth']) {
  return rendition(output, { ...large, ...(codec && { codec }), ...(bitDepth && { bitDepth }) });
}

/** What FFmpeg 5.1, the judge, cannot read: it is decoded by Millrace, and what it decodes to is judged. */
async function decoded(path: string): Promise<{ result: TranscodeResult; path: string }> {
  const output = `${path}-decoded.ts`;
  return { result: await transcode({ input: path, renditions: [rendition(output, large)] }), path: output };
}

function fromFirst(times: readonly number[]): number[] {
  return times.map((time) => time - (times[0] ?? 0));
}

/** At the same times, but for what the coarser clock rounds. */
function expectTimes(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  const others = fromFirst(expected);
  expect(fromFirst(actual).filter((time, index) => Math.abs(time - (others[index] ?? 0)) > 1)).toStrictEqual([]);
}

describe.skipIf(reason !== '')(`A rendition that is coded on the CPU ${reason}`, () => {
  test.for(codings)(
    'as %s with %i bits has every picture, in fragmented MP4',
    async ([codec, depth, pixels], { folder }) => {
      const input = await source({ name: 'codings.ts' });
      const output = join(folder, 'rendition.mp4');
      await transcode({ input, renditions: [coded(output, codec, depth)] });
      const made = await pictures(output);
      expectTimes(timesMs(made), timesMs(await pictures(input)));
      expect(fromFirst(keyframeTimesMs(made))).toStrictEqual([0, 1000]);
      expect(new Set(made.map(({ pixelFormat }) => pixelFormat))).toStrictEqual(new Set([pixels]));
      expect((await streams(output)).find(({ codec_type }) => codec_type === 'video')).toMatchObject({
        codec_name: codec,
        width: 320,
        height: 180,
      });
      expect(await complaints(output)).toBe('');
      expect(await leastLikeness(output, input)).toBeGreaterThan(0.9);
    },
  );

  test.for(codings.filter(([codec]) => codec === 'hevc'))(
    'as %s with %i bits has every picture, in MPEG-TS',
    async ([codec, depth, pixels], { folder }) => {
      const input = await source({ name: 'codings.ts' });
      const output = join(folder, 'rendition.ts');
      await transcode({ input, renditions: [coded(output, codec, depth)] });
      const made = await pictures(output);
      expect(timesMs(made)).toStrictEqual(timesMs(await pictures(input)));
      expect(made[0]?.pixelFormat).toBe(pixels);
      expect((await streams(output))[0]).toMatchObject({
        codec_name: codec,
        profile: depth === 10 ? 'Main 10' : 'Main',
        has_b_frames: 0,
      });
      expect(await complaints(output)).toBe('');
      expect(await leastLikeness(output, input)).toBeGreaterThan(0.9);
    },
  );

  test.for([
    ['flv', 'hevc', 8, 'hvc1'],
    ['flv', 'hevc', 10, 'hvc1'],
    ['flv', 'av1', 8, 'av01'],
    ['flv', 'av1', 10, 'av01'],
    ['ts', 'av1', 8, 'AV01'],
    ['ts', 'av1', 10, 'AV01'],
  ] as const)('goes out in %s as %s with %i bits, called %s', async ([container, codec, depth, name], { folder }) => {
    const input = await source({ name: 'codings.ts' });
    const output = join(folder, `rendition.${container}`);
    await transcode({ input, renditions: [coded(output, codec, depth)] });
    expect(readFileSync(output).includes(name)).toBe(true);
    const { result, path } = await decoded(output);
    expect(result).toMatchObject({
      decodeErrors: 0,
      source: { video: { codec, pixelFormat: depth === 10 ? 'yuv420p10le' : 'yuv420p' } },
    });
    expectTimes(timesMs(await pictures(path)), timesMs(await pictures(input)));
    expect(await leastLikeness(path, input)).toBeGreaterThan(0.9);
  });

  test('has its keyframes where those of all others are, whatever they are coded in', async ({ folder }) => {
    const input = await source({ name: 'codings-long.ts', seconds: 4 });
    const all = [['h264', 8, 'yuv420p'] as const, ...codings];
    const outputs = all.map(([codec, depth]) => join(folder, `${codec}-${depth}.mp4`));
    await transcode({ input, renditions: all.map(([codec, depth], at) => coded(outputs[at] ?? '', codec, depth)) });
    const [first, ...others] = await Promise.all(outputs.map(async (path) => keyframeTimesMs(await pictures(path))));
    expect(first).toHaveLength(4);
    for (const times of others) expect(times).toStrictEqual(first);
  });

  test.for(codings)(
    'as %s with %i bits has the windows that were told of it, in every container',
    async ([codec, depth], { folder }) => {
      const input = await source({ name: 'codings-long.ts', seconds: 4 });
      const names = ['a.ts', 'a.mp4', 'a.flv'];
      const windows = new Map<string, EssenceWindow[]>(names.map((name) => [name, []]));
      const transcoder = new Transcoder({
        ...{ input, accel: 'none', essence: { windowMs: 1000 } },
        renditions: names.map((name) => ({ ...coded(join(folder, name), codec, depth), name })),
      });
      transcoder.on('essence', ({ medium, window }) => windows.get(medium)?.push(window));
      await transcoder.run();
      for (const name of names) {
        const told = windows.get(name) ?? [];
        expect(
          told.map(({ frames }) => frames),
          name,
        ).toStrictEqual([30, 30, 30, 30]);
        expect(told[0]?.tracks[0], name).toMatchObject({ kind: 'video', codec });
        expect(told, name).toMatchObject(windowsOf(await readEssence(join(folder, name)), 1000));
      }
      // A copy that somebody else put into another container.
      const copy = join(folder, 'copy.mkv');
      execFileSync('ffmpeg', ['-nostdin', '-v', 'error', '-i', join(folder, 'a.mp4'), '-c', 'copy', copy]);
      expect(windows.get('a.mp4')).toMatchObject(windowsOf(await readEssence(copy), 1000));
    },
  );

  describe.skipIf(srtMissing)(`over SRT ${srtMissing}`, () => {
    test.for([
      ['hevc', 10],
      ['av1', 8],
    ] as const)('as %s with %i bits arrives whole', async ([codec, depth], { folder }) => {
      const path = join(folder, 'received.ts');
      await using peer = await SrtPeer.receiving(path);
      const input = await source({ name: 'codings-long.ts', seconds: 4 });
      await transcode({ input, renditions: [coded(peer.url(), codec, depth)] });
      await peer.finished();
      const { result, path: judged } = await decoded(path);
      expect(result).toMatchObject({ decodeErrors: 0, source: { video: { codec } } });
      expectTimes(timesMs(await pictures(judged)), timesMs(await pictures(input)));
    });
  });
});

describe.skipIf(reason !== '')(`Sound that is asked for as Opus ${reason}`, () => {
  test('is Opus in MPEG-TS and in fragmented MP4, and AAC in FLV, which does not carry it', async ({ folder }) => {
    const input = await source({ name: 'codings.ts' });
    const names = ['a.ts', 'a.mp4', 'a.flv'] as const;
    const transcoder = new Transcoder({
      ...{ input, accel: 'none', audio: 'opus' },
      renditions: names.map((name) => ({ ...rendition(join(folder, name)), name })),
    });
    const plans: string[] = [];
    transcoder.on('started', ({ renditions }) => plans.push(...renditions.map(({ audio }) => audio)));
    await transcoder.run();
    expect(plans).toStrictEqual(['opus', 'opus', 'aac']);
    const { timesMs: before } = await soundPackets(input);
    for (const [name, codec] of [
      ['a.ts', 'opus'],
      ['a.mp4', 'opus'],
      ['a.flv', 'aac'],
    ] as const) {
      const output = join(folder, name);
      const sound = (await streams(output)).find(({ codec_type }) => codec_type === 'audio');
      expect(sound, name).toMatchObject({ codec_name: codec, sample_rate: '48000', channels: 1 });
      const { timesMs: after } = await soundPackets(output);
      // An encoder starts with silence of its own, and fills its last frame.
      expect(Math.abs((after[0] ?? NaN) - (before[0] ?? NaN)), name).toBeLessThan(50);
      expect(Math.abs((after.at(-1) ?? NaN) - (before.at(-1) ?? NaN)), name).toBeLessThan(100);
      expect(await complaints(output), name).toBe('');
    }
  });
});

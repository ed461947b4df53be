import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { UUID } from './elementary-stream.js';
import { test } from './fixtures.js';
import { writeFlv } from './flv.js';
import { fromZero, pictures, soundPackets, streams, timesMs } from './judge.js';
import type { Picture } from './judge.js';
import { source } from './sources.js';
import { rendition, transcode } from './transcoding.js';
import { addUnknownStream } from './transport-stream.js';

const hevc = ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=error:keyint=30'];
const av1 = ['-c:v', 'libsvtav1', '-preset', '12', '-svtav1-params', 'keyint=30'];
const vp9 = ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-g', '30'];
/** A message of type 5: a UUID, and a word. */
const userData = Buffer.concat([Buffer.from([5, 20]), UUID, Buffer.from('word'), Buffer.from([0x80])]);
const mpeg2 = ['-c:v', 'mpeg2video', '-q:v', '5', '-g', '15'];

const videos: [codec: string, container: string, name: string, options: readonly string[]][] = [
  ['HEVC', 'MPEG-TS', 'hevc.ts', hevc],
  ['HEVC', 'MP4', 'hevc.mp4', hevc],
  ['HEVC', 'Matroska', 'hevc.mkv', hevc],
  ['AV1', 'MP4', 'av1.mp4', av1],
  ['AV1', 'Matroska', 'av1.mkv', av1],
  ['VP9', 'Matroska', 'vp9.webm', vp9],
  ['VP9', 'MP4', 'vp9.mp4', vp9],
  ['MPEG-2', 'MPEG-TS', 'mpeg2.ts', mpeg2],
  ['MPEG-2 with B-frames', 'MPEG-TS', 'mpeg2-b.ts', [...mpeg2, '-bf', '2']],
  ['MPEG-2', 'Matroska', 'mpeg2.mkv', mpeg2],
];

describe.each(videos)('%s in %s', (_codec, _container, name, video) => {
  test('gives every picture that ffmpeg decodes, at its own time', async ({ folder }) => {
    const original = await source({ name, video, audio: [] });
    const output = join(folder, 'rendition.ts');
    await transcode({ input: original, renditions: [rendition(output)] });
    const expected = timesMs(await pictures(original));
    expect(expected).toHaveLength(60);
    expect(timesMs(await pictures(output))).toStrictEqual(expected);
  });
});

/** Sixty pictures at the same times, but for where they start and what the coarser clock rounds. */
function expectSameTimes(made: Picture[], original: Picture[]): void {
  const fromFirst = (times: number[]) => times.map((time) => time - (times[0] ?? 0));
  const expected = fromFirst(timesMs(original));
  expect(expected).toHaveLength(60);
  const actual = fromFirst(timesMs(made));
  expect(actual).toHaveLength(60);
  expect(actual.filter((time, index) => Math.abs(time - (expected[index] ?? 0)) > 1)).toStrictEqual([]);
}

describe('What FLV carries as enhanced RTMP has it gives every picture at its own time:', () => {
  test.for([
    ['hevc', hevc],
    ['av1', av1],
  ] as const)('%s', async ([codec, video], { folder }) => {
    const original = await source({ name: `${codec}.mp4`, video, audio: [] });
    const flv = join(folder, 'source.flv');
    await writeFlv(flv, original, codec);
    const output = join(folder, 'rendition.ts');
    const result = await transcode({ input: flv, renditions: [rendition(output)] });
    expect(result).toMatchObject({ decodeErrors: 0, source: { container: 'flv', video: { codec } } });
    expectSameTimes(await pictures(output), await pictures(original));
  });
});

describe('A message to the decoder (SEI) that stands behind the slices of its picture does no harm:', () => {
  test('H.264 in FLV and MPEG-TS', async ({ folder }) => {
    const original = await source({ name: 'h264.mp4', audio: [] });
    const [flv, ts] = [join(folder, 'source.flv'), join(folder, 'source.ts')];
    await writeFlv(flv, original, 'h264', Buffer.concat([Buffer.from([6]), userData]));
    execFileSync('ffmpeg', ['-nostdin', '-v', 'error', '-i', flv, '-c', 'copy', ts]);
    for (const input of [flv, ts]) {
      const output = join(folder, 'rendition.ts');
      const result = await transcode({ input, renditions: [rendition(output)] });
      expect(result).toMatchObject({ sourceAccessUnits: 60, sourceFrames: 60, decodeErrors: 0 });
      // ffprobe itself stumbles over the transport stream.
      expectSameTimes(await pictures(output), await pictures(original));
    }
  });

  test('HEVC in FLV', async ({ folder }) => {
    const original = await source({ name: 'hevc.mp4', video: hevc, audio: [] });
    const flv = join(folder, 'source.flv');
    // A suffix SEI.
    await writeFlv(flv, original, 'hevc', Buffer.concat([Buffer.from([40 << 1, 1]), userData]));
    const output = join(folder, 'rendition.ts');
    const result = await transcode({ input: flv, renditions: [rendition(output)] });
    expect(result).toMatchObject({ sourceAccessUnits: 60, sourceFrames: 60, decodeErrors: 0 });
    expectSameTimes(await pictures(output), await pictures(original));
  });
});

test('Streams of an unknown type beside picture and sound do no harm', async ({ folder }) => {
  const original = await source({ name: 'aac.ts' });
  const input = join(folder, 'source.ts');
  // One that is in PES packets and one that is not.
  const first = addUnknownStream(readFileSync(original), 0x600, 0xc1, Buffer.from('000001bd00b0800000', 'hex'));
  writeFileSync(input, addUnknownStream(first, 0x601, 0x05, Buffer.from([0, 0xfc])));
  const output = join(folder, 'rendition.ts');
  const result = await transcode({ input, renditions: [rendition(output)] });
  expect(result.decodeErrors).toBe(0);
  expect(timesMs(await pictures(output))).toStrictEqual(timesMs(await pictures(original)));
  expect((await soundPackets(output)).hashes).toStrictEqual((await soundPackets(original)).hashes);
  expect((await streams(output)).map(({ codec_type }) => codec_type)).toStrictEqual(['video', 'audio']);
});

const sounds: [codec: string, container: string, name: string, ffmpegName: string, options: readonly string[]][] = [
  ['AAC', 'MPEG-TS', 'aac.ts', 'aac', ['-c:a', 'aac']],
  ['AAC', 'Matroska', 'aac.mkv', 'aac', ['-c:a', 'aac']],
  ['MP3', 'MPEG-TS', 'mp3.ts', 'mp3', ['-c:a', 'libmp3lame']],
  ['MP3', 'FLV', 'mp3.flv', 'mp3', ['-c:a', 'libmp3lame', '-ar', '44100']],
  ['AC-3', 'MPEG-TS', 'ac3.ts', 'ac3', ['-c:a', 'ac3']],
  ['AC-3', 'Matroska', 'ac3.mkv', 'ac3', ['-c:a', 'ac3']],
  ['Opus', 'MPEG-TS', 'opus.ts', 'opus', ['-c:a', 'libopus']],
  ['Opus', 'Matroska', 'opus.mkv', 'opus', ['-c:a', 'libopus']],
];

describe.each(sounds)('%s in %s', (_codec, _container, name, ffmpegName, audio) => {
  test('is copied packet by packet to an MPEG-TS that can carry it', async ({ folder }) => {
    const original = await source({ name, audio });
    const output = join(folder, 'rendition.ts');
    await transcode({ input: original, renditions: [rendition(output)] });
    expect(await streams(output)).toMatchObject([{ codec_type: 'video' }, { codec_name: ffmpegName }]);
    expect((await soundPackets(output)).timesMs).toStrictEqual(fromZero((await soundPackets(original)).timesMs));
  });

  test('arrives as AAC of the same length when that is asked for', async ({ folder }) => {
    const original = await source({ name, audio });
    const output = join(folder, 'rendition.mp4');
    await transcode({ input: original, audio: 'aac', renditions: [rendition(output)] });
    expect(await streams(output)).toMatchObject([{ codec_type: 'video' }, { codec_name: 'aac', channels: 1 }]);
    const { timesMs: before } = await soundPackets(original);
    const { timesMs: after } = await soundPackets(output);
    // An encoder starts with silence of its own, and fills its last frame.
    expect(after[0]).toBeGreaterThan((before[0] ?? 0) - 50);
    expect(after[0]).toBeLessThan((before[0] ?? 0) + 50);
    expect(after.at(-1)).toBeGreaterThan((before.at(-1) ?? 0) - 50);
    expect(after.at(-1)).toBeLessThan((before.at(-1) ?? 0) + 100);
  });
});

test('Sound that FLV cannot carry is encoded for FLV and copied for MPEG-TS in the same job', async ({ folder }) => {
  const original = await source({ name: 'ac3.ts', audio: ['-c:a', 'ac3'] });
  const [flv, ts] = [join(folder, 'rendition.flv'), join(folder, 'rendition.ts')];
  await transcode({ input: original, renditions: [rendition(flv), rendition(ts)] });
  expect((await streams(flv)).find(({ codec_type }) => codec_type === 'audio')).toMatchObject({ codec_name: 'aac' });
  expect((await streams(ts)).find(({ codec_type }) => codec_type === 'audio')).toMatchObject({ codec_name: 'ac3' });
});

test('Sound that is to be dropped is in no rendition', async ({ folder }) => {
  const output = join(folder, 'rendition.ts');
  await transcode({ input: await source({ name: 'aac.ts' }), audio: 'drop', renditions: [rendition(output)] });
  expect(await streams(output)).toMatchObject([{ codec_type: 'video' }]);
});

import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';

import { describe, expect } from 'vitest';

import { Transcoder } from '../../src/index.js';
import type { InputOptions } from '../../src/index.js';
import { wholeFile } from '../servers/sending.js';
import { test } from './fixtures.js';
import { fromZero, pictures, soundPackets, timesMs } from './judge.js';
import { h264WithBFrames, source } from './sources.js';
import type { TestSource } from './sources.js';
import { rendition, transcode } from './transcoding.js';
import { startOfPicture } from './transport-stream.js';

const fragmented = ['-movflags', '+frag_keyframe+empty_moov+default_base_moof'];

/** Every container with H.264 in two orders: as shown, and with B-frames. */
const containers: [string, TestSource][] = [
  ['MPEG-TS', { name: 'input.ts' }],
  ['MPEG-TS with B-frames', { name: 'input-b.ts', video: h264WithBFrames }],
  ['FLV', { name: 'input.flv' }],
  ['FLV with B-frames', { name: 'input-b.flv', video: h264WithBFrames }],
  ['Fragmented MP4', { name: 'input.mp4', format: fragmented }],
  ['Fragmented MP4 with B-frames', { name: 'input-b.mp4', video: h264WithBFrames, format: fragmented }],
  ['Matroska', { name: 'input.mkv' }],
  ['Matroska with B-frames', { name: 'input-b.mkv', video: h264WithBFrames }],
];

/** Transcodes the input, and expects every picture and every sound of `original` at its own time. */
async function expectAllOf(original: string, input: string | InputOptions, folder: string): Promise<void> {
  const output = join(folder, 'rendition.ts');
  await transcode({ input, renditions: [rendition(output)] });
  expect(timesMs(await pictures(output))).toStrictEqual(timesMs(await pictures(original)));
  expect((await soundPackets(output)).timesMs).toStrictEqual(fromZero((await soundPackets(original)).timesMs));
}

describe.each(containers)('%s gives every picture and every sound at its own time', (_container, wanted) => {
  test('over HTTP', async ({ folder, http }) => {
    const original = await source(wanted);
    await expectAllOf(original, http.on('/live', wholeFile(original)), folder);
  });

  test('over HTTPS', async ({ folder, https, authority }) => {
    const original = await source(wanted);
    const url = https.on('/live', wholeFile(original));
    await expectAllOf(original, { url, tls: { caFile: authority.file } }, folder);
  });

  test('from a file', async ({ folder }) => {
    const original = await source(wanted);
    await expectAllOf(original, original, folder);
  });

  test('from a Readable', async ({ folder }) => {
    const original = await source(wanted);
    const stream = createReadStream(original, { highWaterMark: 1000 });
    await expectAllOf(original, { stream, pace: 'readAhead' }, folder);
  });
});

test('An MP4 with its index at the end is read from a file', async ({ folder }) => {
  const original = await source({ name: 'index-last.mp4', video: h264WithBFrames });
  await expectAllOf(original, original, folder);
});

test('An MP4 with its index in front is read over HTTP', async ({ folder, http }) => {
  const wanted = { name: 'index-first.mp4', video: h264WithBFrames, format: ['-movflags', '+faststart'] };
  const original = await source(wanted);
  await expectAllOf(original, http.on('/live', wholeFile(original)), folder);
});

test('What a source does not show of its sound before its first picture is told in the end', async ({ folder }) => {
  const late = ['-c:a', 'aac', '-ac', '2', '-af', 'atrim=start=1'];
  const bytes = readFileSync(await source({ name: 'sound-later.ts', audio: late }));
  const cut = startOfPicture(bytes, 10);
  const stream = new PassThrough();
  const transcoder = new Transcoder({
    input: { stream, pace: 'live' },
    accel: 'none',
    renditions: [rendition(join(folder, 'a.ts'))],
  });
  let soundAtStart: unknown;
  transcoder.once('started', (event) => {
    soundAtStart = event.source.audio;
    stream.end(bytes.subarray(cut));
  });
  stream.write(bytes.subarray(0, cut));
  const result = await transcoder.run();
  expect(soundAtStart).toStrictEqual({ codec: 'aac' });
  expect(result.source?.audio).toStrictEqual({ codec: 'aac', sampleRateHz: 48_000, channels: 2 });
});

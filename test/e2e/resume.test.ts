import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { describe, expect } from 'vitest';

import type { RenditionOptions, TranscoderOptions } from '../../src/index.js';
import { nginxRtmpMissing } from '../servers/nginx-rtmp.js';
import { RtmpPublisher } from '../servers/rtmp-publisher.js';
import { growing, joined, wholeFile } from '../servers/sending.js';
import { test } from './fixtures.js';
import { complaints, keyframeTimesMs, pictures, soundPackets, timesMs } from './judge.js';
import { h264WithBFrames, source } from './sources.js';
import { editTimestamps, startOfPicture } from './transport-stream.js';
import { rendition, transcode } from './transcoding.js';

const seconds = 4;
const original = () => source({ name: 'resumed.ts', seconds });
const originalFlv = () => source({ name: 'resumed.flv', seconds, video: h264WithBFrames });

/** The source's rate, and rates below and above it. */
const rates = [0, 20, 48];

/** The source whole, and from `afterMs` behind its first picture on: the files of each rate. */
async function bothAttempts(
  folder: string,
  suffix: 'ts' | 'flv' | 'mp4',
  afterMs: number,
  input: (attempt: string) => TranscoderOptions['input'],
  options: Partial<TranscoderOptions> = {},
) {
  const outputs = (attempt: string) => rates.map((fps) => join(folder, `${attempt}-${fps}.${suffix}`));
  const renditions = (attempt: string): RenditionOptions[] =>
    outputs(attempt).map((output, index) => rendition(output, { gop: 1, fps: rates[index] ?? 0 }));
  const first = await transcode({ ...options, input: input('first'), renditions: renditions('first') });
  const { timestampBaseUs = NaN } = first;
  const resumeAtUs = timestampBaseUs + afterMs * 1000;
  const second = await transcode({
    ...options,
    ...{ input: input('second'), renditions: renditions('second'), timestampBaseUs, resumeAtUs },
  });
  const pairs = outputs('first').map((whole, index) => ({ whole, rest: outputs('second')[index] ?? '' }));
  return { second, pairs, resumeAtMs: resumeAtUs / 1000, timestampBaseUs };
}

/** Expects the rest to be what the whole has from the point on, but for one more keyframe where it starts. */
async function expectTheRest(whole: string, rest: string, pointMs: number): Promise<void> {
  // The times that follow are rounded.
  const resumeAtMs = pointMs - 0.5;
  const [all, got] = [await pictures(whole), await pictures(rest)];
  const expected = timesMs(all).filter((time) => time >= resumeAtMs);
  expect(expected.length).toBeGreaterThan(10);
  expect(timesMs(got), rest).toStrictEqual(expected);
  const keyframes = new Set([expected[0], ...keyframeTimesMs(all).filter((time) => time >= resumeAtMs)]);
  expect(keyframeTimesMs(got), rest).toStrictEqual([...keyframes]);
  expect(await complaints(rest)).toBe('');
  const [sounds, gotSounds] = [await soundPackets(whole), await soundPackets(rest)];
  const from = sounds.timesMs.findIndex((time) => time >= resumeAtMs);
  expect(gotSounds.timesMs, rest).toStrictEqual(sounds.timesMs.slice(from));
  expect(gotSounds.hashes, rest).toStrictEqual(sounds.hashes.slice(from));
}

describe('A job that resumes makes the rest of the timeline that the first one made', () => {
  for (const afterMs of [1_710, 2_000, 995])
    test(`of a file, ${afterMs} ms into it`, async ({ folder }) => {
      const input = await original();
      const { second, pairs, resumeAtMs, timestampBaseUs } = await bothAttempts(folder, 'ts', afterMs, () => input);
      for (const { whole, rest } of pairs) await expectTheRest(whole, rest, resumeAtMs);
      expect(second.timestampBaseUs).toBe(timestampBaseUs);
      expect(second.sourceAccessUnits).toBe(120);
      // The GOPs of half a second before the point were passed over.
      expect(second.sourceFrames).toBeLessThan(120 - Math.floor((afterMs - 500) / 500) * 15);
    });

  test('of a file with B-frames, in both tunes', async ({ folder }) => {
    const input = await originalFlv();
    for (const tune of ['latency', 'quality'] as const) {
      const { pairs, resumeAtMs } = await bothAttempts(folder, 'flv', 2_710, () => input, { tune });
      for (const { whole, rest } of pairs) await expectTheRest(whole, rest, resumeAtMs);
    }
  });

  test('of FLV over HTTP', async ({ folder, http }) => {
    const url = http.on('/source.flv', wholeFile(await originalFlv()));
    const { pairs, resumeAtMs } = await bothAttempts(folder, 'mp4', 1_710, () => url);
    for (const { whole, rest } of pairs) await expectTheRest(whole, rest, resumeAtMs);
  });

  test('of a source over HTTP that is still growing', async ({ folder, http }) => {
    const file = await original();
    const grow = (attempt: string) =>
      http.on(`/${attempt}.ts`, growing(Readable.from(joined(file, seconds, attempt === 'first' ? seconds : 2.5))));
    const { pairs, resumeAtMs } = await bothAttempts(folder, 'ts', 1_710, grow);
    for (const { whole, rest } of pairs) await expectTheRest(whole, rest, resumeAtMs);
  });
});

describe.skipIf(nginxRtmpMissing)(`A job that resumes with an RTMP source ${nginxRtmpMissing}`, () => {
  test('waits for the point and starts there, in the middle of a GOP', async ({ folder, nginx }) => {
    const published = await source({ name: 'resumed-live.flv', seconds: 3 });
    const all = timesMs(await pictures(published));
    const [timestampBaseUs, resumeAtUs] = [(all[0] ?? NaN) * 1000, (all[0] ?? NaN) * 1000 + 1_210_000];
    const output = join(folder, 'rendition.flv');
    const renditions = [rendition(output, { gop: 1 })];
    const job = transcode({ input: nginx.url('source'), renditions, timestampBaseUs, resumeAtUs });
    await nginx.played();
    await using _publisher = new RtmpPublisher(published, nginx.url('source'), 'realTime');
    expect((await job).renditions).toMatchObject([{ framesDropped: 0, gopsDropped: 0 }]);
    const got = await pictures(output);
    const expected = all.filter((time) => time * 1000 >= resumeAtUs);
    expect(timesMs(got)).toStrictEqual(expected);
    expect(keyframeTimesMs(got)).toStrictEqual([expected[0], (all[0] ?? NaN) + 2000]);
  });
});

describe('A job that resumes', () => {
  test('encodes sound from the point on', async ({ folder }) => {
    const input = await original();
    const { pairs, resumeAtMs } = await bothAttempts(folder, 'ts', 1_710, () => input, { audio: 'aac' });
    for (const { rest } of pairs) {
      const { timesMs: sounds } = await soundPackets(rest);
      expect(sounds[0]).toBeGreaterThanOrEqual(resumeAtMs);
      expect(sounds[0]).toBeLessThan(resumeAtMs + 22);
      expect(await complaints(rest)).toBe('');
    }
  });

  test('gives the rest of a source of sound alone', async ({ folder }) => {
    const input = await source({ name: 'resumed-sound.ts', seconds, video: [] });
    const [first, second] = [join(folder, 'first.ts'), join(folder, 'second.ts')];
    const { timestampBaseUs = NaN } = await transcode({ input, renditions: [rendition(first)] });
    const all = await soundPackets(first);
    expect(Math.round(timestampBaseUs / 1000)).toBe(all.timesMs[0]);
    const clip = { to: 3 };
    const resumeAtUs = timestampBaseUs + 2_010_000;
    await transcode({ input, clip, timestampBaseUs, resumeAtUs, renditions: [rendition(second)] });
    const inside = (time: number) => time * 1000 >= resumeAtUs && time * 1000 < timestampBaseUs + 3_000_000;
    expect((await soundPackets(second)).timesMs).toStrictEqual(all.timesMs.filter(inside));
  });

  test('connects to no output when nothing is left', async ({ http }) => {
    const input = http.on('/source.ts', wholeFile(await original()));
    const output = http.url('/rendition.ts');
    const { renditions, source: understood } = await transcode({
      ...{ input, renditions: [rendition(output)] },
      ...{ timestampBaseUs: 1_400_000, resumeAtUs: 6_000_000 },
    });
    expect(renditions).toMatchObject([{ state: 'finished', framesOut: 0, bytes: 0 }]);
    expect(understood).toBeUndefined();
    expect(http.requests.filter((request) => request.startsWith('PUT'))).toStrictEqual([]);
  });

  test('ends the outputs of a live source empty when nothing is left', async ({ folder, http }) => {
    const input = { url: await original(), pace: 'live' } as const;
    const kept = join(folder, 'rendition.mp4');
    const outputs = [http.url('/rendition.ts'), kept];
    const result = await transcode({
      ...{ input, renditions: outputs.map((output) => rendition(output)) },
      ...{ timestampBaseUs: 1_400_000, resumeAtUs: 6_000_000 },
    });
    for (const one of result.renditions) expect(one).toMatchObject({ state: 'finished', framesOut: 0, bytes: 0 });
    expect(await http.over('/rendition.ts')).toMatchObject({ complete: true, length: 0 });
    expect(readFileSync(kept)).toHaveLength(0);
  });

  test.skipIf(nginxRtmpMissing)('and those over RTMP too', async ({ nginx }) => {
    const input = { url: await original(), pace: 'live' } as const;
    const { renditions } = await transcode({
      ...{ input, renditions: [rendition(nginx.url('rendition'))] },
      ...{ timestampBaseUs: 1_400_000, resumeAtUs: 6_000_000 },
    });
    expect(renditions).toMatchObject([{ state: 'finished', framesOut: 0 }]);
  });

  test('fails when the source ends far before the point', async ({ folder }) => {
    const output = join(folder, 'rendition.ts');
    await expect(
      transcode({ input: await original(), renditions: [rendition(output)], resumeAtUs: 3_600_000_000 }),
    ).rejects.toMatchObject({ code: 'NO_MEDIA', stage: 'source', retryable: false });
  });

  test('reads a clock that has wrapped meanwhile as the one that it was', async ({ folder }) => {
    const wrap = 2 ** 33;
    const shifted = (time: number) => (time + wrap - 3 * 90_000) % wrap;
    const bytes = editTimestamps(readFileSync(await original()), ({ pts, dts }) => ({
      ...(pts !== undefined && { pts: shifted(pts) }),
      ...(dts !== undefined && { dts: shifted(dts) }),
    }));
    const of = (part: Buffer) => ({ stream: Readable.from([part]), pace: 'readAhead' }) as const;
    const renditions = [rendition(join(folder, 'rendition.ts'))];
    const whole = await transcode({ input: of(bytes), renditions });
    const { timestampBaseUs = NaN } = whole;
    const point = { timestampBaseUs, resumeAtUs: timestampBaseUs + 3_010_000 };
    // Two seconds into it the clock has wrapped.
    const late = Buffer.concat([bytes.subarray(0, 3 * 188), bytes.subarray(startOfPicture(bytes, 60))]);
    for (const part of [bytes, late]) {
      const rest = await transcode({ input: of(part), renditions, ...point });
      const { lastTimestampUs } = whole.renditions[0] ?? {};
      expect(rest.renditions).toMatchObject([{ framesOut: 29, lastTimestampUs }]);
      expect(rest.renditions[0]?.firstTimestampUs).toBeGreaterThanOrEqual(point.resumeAtUs);
    }
  });

  test('starts with the first keyframe of a source that starts later', async ({ folder }) => {
    const file = readFileSync(await original());
    const input = { stream: Readable.from([file.subarray(Math.floor(file.length / 376) * 188)]) };
    const output = join(folder, 'rendition.ts');
    const point = { timestampBaseUs: 1_400_000, resumeAtUs: 2_400_000 };
    await transcode({ input, renditions: [rendition(output, { gop: 1 })], ...point });
    const [all, got] = [await pictures(await original()), await pictures(output)];
    const from = keyframeTimesMs(all).find((time) => time >= (timesMs(got)[0] ?? NaN));
    expect(timesMs(got)).toStrictEqual(timesMs(all).filter((time) => time >= (from ?? NaN)));
    const grid = [1.4, 2.4, 3.4, 4.4].map((time) => time * 1000);
    for (const time of keyframeTimesMs(got).slice(1))
      expect(Math.min(...grid.map((point) => Math.abs(time - point)))).toBeLessThan(90);
  });
});

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import type { TranscodeResult } from '../../src/index.js';
import { test } from './fixtures.js';
import { complaints, pictures, soundPackets, timesMs } from './judge.js';
import { h264WithBFrames, source } from './sources.js';
import { editTimestamps, filterPes, startOfPicture } from './transport-stream.js';
import { rendition, transcode } from './transcoding.js';

const WRAP = 2 ** 33;
const plain = () => source({ name: 'timestamps.ts', seconds: 4 });
const reordered = () => source({ name: 'timestamps-b.ts', seconds: 4, video: h264WithBFrames });

/** Transcodes the bytes to MPEG-TS and fragmented MP4, and returns what was made of the first. */
async function transcodeBytes(bytes: Buffer, folder: string): Promise<{ result: TranscodeResult; output: string }> {
  const input = join(folder, 'source.ts');
  writeFileSync(input, bytes);
  const [output, mp4] = [join(folder, 'a.ts'), join(folder, 'a.mp4')];
  const result = await transcode({ input, renditions: [rendition(output), rendition(mp4)] });
  expect(await complaints(output)).toBe('');
  expect(await complaints(mp4)).toBe('');
  expect(await pictures(mp4)).toHaveLength((await pictures(output)).length);
  return { result, output };
}

const stepsOf = (times: number[]) => times.slice(1).map((time, index) => time - (times[index] ?? 0));

/** Expects a timeline without a gap: every picture about a thirtieth of a second behind the last. */
async function expectSteady(output: string, count: number, mostMs = 36): Promise<void> {
  const times = timesMs(await pictures(output));
  expect(times).toHaveLength(count);
  expect(Math.min(...stepsOf(times))).toBeGreaterThan(0);
  expect(Math.max(...stepsOf(times))).toBeLessThanOrEqual(mostMs);
}

describe('Timestamps that are missing are filled in', () => {
  test('of every third picture', async ({ folder }) => {
    const bytes = readFileSync(await plain());
    const edited = editTimestamps(bytes, (packet) => (packet.kind === 'video' && packet.index % 3 === 1 ? {} : packet));
    const { output } = await transcodeBytes(edited, folder);
    const times = timesMs(await pictures(output));
    const expected = timesMs(await pictures(await plain()));
    expect(times).toHaveLength(120);
    for (const [index, time] of times.entries()) expect(Math.abs(time - (expected[index] ?? 0))).toBeLessThanOrEqual(1);
  });

  test('of all pictures but the first', async ({ folder }) => {
    const bytes = readFileSync(await plain());
    const edited = editTimestamps(bytes, (packet) => (packet.kind === 'video' && packet.index > 0 ? {} : packet));
    const { output } = await transcodeBytes(edited, folder);
    await expectSteady(output, 120);
  });

  test('of all pictures', async ({ folder }) => {
    const bytes = readFileSync(await source({ name: 'timestamps-mute.ts', audio: [] }));
    const { output } = await transcodeBytes(
      editTimestamps(bytes, () => ({})),
      folder,
    );
    await expectSteady(output, 60);
  });

  test('of sound', async ({ folder }) => {
    const bytes = readFileSync(await plain());
    const edited = editTimestamps(bytes, (packet) => (packet.kind === 'audio' && packet.index % 2 === 1 ? {} : packet));
    const { output } = await transcodeBytes(edited, folder);
    const { timesMs: sounds } = await soundPackets(output);
    const { timesMs: expected } = await soundPackets(await plain());
    expect(sounds).toHaveLength(expected.length);
    for (const [index, time] of sounds.entries())
      expect(Math.abs(time - (expected[index] ?? 0))).toBeLessThanOrEqual(1);
  });
});

describe('Timestamps that make no sense cost no picture', () => {
  test('when they stand still', async ({ folder }) => {
    const bytes = readFileSync(await plain());
    const edited = editTimestamps(bytes, (packet) =>
      packet.kind === 'video' && packet.index > 30 && packet.index < 40 ? { pts: 30 * 3000 + 126_000 } : packet,
    );
    const { output } = await transcodeBytes(edited, folder);
    expect(await pictures(output)).toHaveLength(120);
  });

  test('when sound goes back and forth', async ({ folder }) => {
    const bytes = readFileSync(await plain());
    const edited = editTimestamps(bytes, ({ kind, index, pts = 0, ...rest }) =>
      kind === 'audio' && index % 4 === 3 ? { pts: pts - 9000 } : { pts, ...rest },
    );
    const { output } = await transcodeBytes(edited, folder);
    await expectSteady(output, 120);
    const { timesMs: sounds } = await soundPackets(output);
    expect(Math.min(...stepsOf(sounds))).toBeGreaterThanOrEqual(0);
  });
});

describe('A clock that wraps does not show', () => {
  for (const [name, original] of [
    ['without B-frames', plain],
    ['with B-frames', reordered],
  ] as const)
    test(`in the middle of a stream ${name}`, async ({ folder }) => {
      const file = await original();
      const shift = WRAP - 90_000 * 3;
      const wrap = (value: number | undefined) => (value === undefined ? {} : (value + shift) % WRAP);
      const edited = editTimestamps(readFileSync(file), ({ pts, dts }) => ({
        ...(pts !== undefined && { pts: wrap(pts) as number }),
        ...(dts !== undefined && { dts: wrap(dts) as number }),
      }));
      const { result, output } = await transcodeBytes(edited, folder);
      expect(result.discontinuities).toBe(0);
      const times = timesMs(await pictures(output));
      const expected = timesMs(await pictures(file));
      const relative = (all: number[]) => all.map((time) => time - (all[0] ?? 0));
      for (const [index, time] of relative(times).entries())
        expect(Math.abs(time - (relative(expected)[index] ?? 0))).toBeLessThanOrEqual(1);
      expect(times).toHaveLength(120);
      const [rendition] = result.renditions;
      const span = (rendition?.lastTimestampUs ?? 0) - (rendition?.firstTimestampUs ?? 0);
      expect(Math.abs(span / 1000 - (relative(expected).at(-1) ?? 0))).toBeLessThanOrEqual(1);
    });
});

describe('A clock that jumps is one discontinuity, and the timeline goes on', () => {
  for (const [name, jump] of [
    ['an hour forward', 3600],
    ['a minute back', -60],
    ['to the end of its range', 90_000],
  ] as const)
    test(name, async ({ folder }) => {
      const file = await source({ name: 'jump.ts', seconds: 4, format: ['-output_ts_offset', '100'] });
      const bytes = readFileSync(file);
      const first = 101.4 * 90_000;
      const jumped = (value: number) => (value > first + 2 * 90_000 ? value + jump * 90_000 : value);
      const edited = editTimestamps(bytes, ({ pts, dts }) => ({
        ...(pts !== undefined && { pts: jumped(pts) }),
        ...(dts !== undefined && { dts: jumped(dts) }),
      }));
      const { result, output } = await transcodeBytes(edited, folder);
      expect(result.discontinuities).toBe(1);
      await expectSteady(output, 120, 70);
      const { timesMs: sounds } = await soundPackets(output);
      expect(Math.max(...stepsOf(sounds))).toBeLessThan(70);
    });

  test('when another stream follows without a word', async ({ folder }) => {
    const bytes = Buffer.concat([readFileSync(await reordered()), readFileSync(await plain())]);
    const { result, output } = await transcodeBytes(bytes, folder);
    expect(result.discontinuities).toBe(1);
    await expectSteady(output, 240, 110);
  });
});

describe('A stream that does not start with a keyframe', () => {
  test('gives every picture from the next keyframe on', async ({ folder }) => {
    const file = await plain();
    const bytes = readFileSync(file);
    const cut = Buffer.concat([bytes.subarray(0, 3 * 188), bytes.subarray(startOfPicture(bytes, 5))]);
    const { output } = await transcodeBytes(cut, folder);
    const times = timesMs(await pictures(output));
    const all = timesMs(await pictures(file));
    expect(all.slice(5)).toStrictEqual(expect.arrayContaining(times));
    expect(times).toStrictEqual(expect.arrayContaining(all.slice(15)));
  });

  test('and never has one ends, and says what it found', async ({ folder }) => {
    const video = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '9999'];
    const file = await source({ name: 'one-keyframe.ts', seconds: 2, video });
    const bytes = filterPes(readFileSync(file), ({ kind, index }) => kind === 'audio' || index > 0);
    const input = join(folder, 'source.ts');
    writeFileSync(input, bytes);
    const output = join(folder, 'a.ts');
    const result = await transcode({ input, renditions: [rendition(output)] });
    expect(result.sourceAccessUnits).toBe(59);
    expect((await soundPackets(output)).timesMs).toStrictEqual((await soundPackets(file)).timesMs);
  });
});

describe('Damage costs what it hits', () => {
  test('lost packets', async ({ folder }) => {
    const bytes = readFileSync(await plain());
    const lost = Buffer.concat([bytes.subarray(0, 400 * 188), bytes.subarray(420 * 188)]);
    const input = join(folder, 'source.ts');
    writeFileSync(input, lost);
    const output = join(folder, 'a.ts');
    await transcode({ input, renditions: [rendition(output)] });
    const count = (await pictures(output)).length;
    expect(count).toBeGreaterThan(100);
    expect(count).toBeLessThanOrEqual(120);
    expect(await complaints(output)).toBe('');
  });

  test('bytes that were turned over', async ({ folder }) => {
    const bytes = Buffer.from(readFileSync(await plain()));
    for (let at = 20_000; at < bytes.length; at += 9973) bytes[at] = (bytes[at] ?? 0) ^ 0xff;
    const input = join(folder, 'source.ts');
    writeFileSync(input, bytes);
    const output = join(folder, 'a.ts');
    await transcode({ input, renditions: [rendition(output)] });
    expect((await pictures(output)).length).toBeGreaterThan(60);
    // Sound is passed on as it is.
    expect(await complaints(output, 'video')).toBe('');
  });
});

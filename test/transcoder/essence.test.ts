import { execFileSync } from 'node:child_process';
import { createReadStream, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { TranscodeError, Transcoder, proveUnit, readEssence, verifyUnitProof } from '../../src/index.js';
import type { EssenceCopy, EssenceEvent, TranscodeEvent, TranscoderOptions } from '../../src/index.js';
import { test } from '../e2e/fixtures.js';
import { h264WithBFrames, source } from '../e2e/sources.js';
import { nginxRtmpMissing } from '../servers/nginx-rtmp.js';
import { RtmpPlayer } from '../servers/rtmp-player.js';
import { RtmpPublisher } from '../servers/rtmp-publisher.js';
import { SrtPeer, srtMissing } from '../servers/srt-peer.js';
import { rootOf, windowsOf } from './essence-grouping.js';
import { SilentServer } from './silent-server.js';

/** `ffmpeg -c copy`. */
function remux(from: string, to: string, ...options: string[]): string {
  execFileSync('ffmpeg', ['-nostdin', '-v', 'error', '-y', '-i', from, '-map', '0', '-c', 'copy', ...options, to]);
  return to;
}

/** A live stream of a second's GOPs, with B-frames and sound. */
async function original(): Promise<string> {
  return source({ name: 'essence.ts', seconds: 5, video: h264WithBFrames });
}

async function rootIn(path: string): Promise<string> {
  return rootOf(await readEssence(path));
}

function countsOf({ tracks }: EssenceCopy): Record<string, number> {
  return Object.fromEntries(tracks.map(({ codec, units }) => [codec, units.length]));
}

describe('The essence of a copy', () => {
  test('is that of the original from MPEG-TS through FLV, MP4 and Matroska to MPEG-TS', async ({ folder }) => {
    const first = await original();
    const root = await rootIn(first);
    expect(countsOf(await readEssence(first))).toMatchObject({ h264: 150 });
    let last = first;
    for (const name of ['a.flv', 'a.mp4', 'a.mkv', 'a.ts']) {
      last = remux(last, join(folder, name));
      expect(await rootIn(last), name).toBe(root);
    }
  });

  test('is that of the original for HEVC, with parameter sets in-band and beside it', async ({ folder }) => {
    const video = ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'keyint=30:log-level=none'];
    const first = await source({ name: 'essence-hevc.ts', video });
    const copy = await readEssence(first);
    expect(countsOf(copy)).toMatchObject({ hevc: 60 });
    expect(copy.tracks[0]).toMatchObject({ kind: 'video', width: 320, height: 180 });
    let last = first;
    const steps: [string, ...string[]][] = [['a.mp4'], ['a.mkv'], ['a.ts'], ['b.mp4', '-tag:v', 'hvc1'], ['b.ts']];
    for (const [name, ...options] of steps) {
      last = remux(last, join(folder, name), ...options);
      expect(await rootIn(last), name).toBe(rootOf(copy));
    }
  });

  test('is that of the original for AV1 and Opus', async ({ folder }) => {
    const video = ['-c:v', 'libaom-av1', '-cpu-used', '8', '-usage', 'realtime', '-g', '15'];
    const audio = ['-c:a', 'libopus', '-strict', '-2'];
    const first = await source({ name: 'essence-av1.mp4', seconds: 1, size: '160x90', video, audio });
    const copy = await readEssence(first);
    expect(countsOf(copy)).toMatchObject({ av1: 30, opus: 51 });
    expect(await rootIn(remux(first, join(folder, 'a.mkv')))).toBe(rootOf(copy));
    expect(await rootIn(remux(join(folder, 'a.mkv'), join(folder, 'b.mp4'), '-strict', '-2'))).toBe(rootOf(copy));
    const sound = join(folder, 'sound.mkv');
    execFileSync('ffmpeg', ['-nostdin', '-v', 'error', '-i', first, '-vn', '-c', 'copy', sound]);
    expect(await rootIn(remux(sound, join(folder, 'sound.ts')))).toBe(await rootIn(sound));
  });

  test.skipIf(nginxRtmpMissing)(
    `is that of the original behind nginx-rtmp ${nginxRtmpMissing}`,
    async ({ folder, nginx }) => {
      const first = remux(await original(), join(folder, 'a.flv'));
      const played = join(folder, 'played.mkv');
      await using player = new RtmpPlayer(nginx.url('essence'), played);
      const read = readEssence(nginx.url('essence'));
      await nginx.played(2);
      await using _publisher = new RtmpPublisher(first, nginx.url('essence'), 'realTime');
      await player.finished();
      expect(await rootIn(played)).toBe(await rootIn(first));
      expect(rootOf(await read)).toBe(await rootIn(first));
    },
  );

  test.skipIf(srtMissing)(`is that of the original behind SRT ${srtMissing}`, async () => {
    const first = await original();
    await using peer = await SrtPeer.sending(first);
    // SRT has no end: what comes is read as far as this.
    const part = { durationMs: 4000 };
    const copy = await readEssence(peer.url(), part);
    expect(countsOf(copy)['h264']).toBeGreaterThanOrEqual(120);
    expect(rootOf(copy)).toBe(rootOf(await readEssence(first, part)));
  });
});

describe('Another essence has', () => {
  test('a copy with one bit flipped', async ({ folder }) => {
    const file = remux(await original(), join(folder, 'a.flv'));
    const bytes = readFileSync(file);
    const changed = Buffer.from(bytes);
    const { data, size } = flvTags(bytes).filter(({ type }) => type === 9)[40] ?? { data: 0, size: 0 };
    const place = data + size - 2;
    changed[place] = (changed[place] ?? 0) ^ 0x10;
    const path = join(folder, 'b.flv');
    writeFileSync(path, changed);
    expect(await differing(file, path)).toBe(1);
    expect(await rootIn(path)).not.toBe(await rootIn(file));
  });

  test.for([
    ['without a frame', ([a, , ...rest]: Buffer[]) => [a, ...rest]],
    ['with a frame repeated', ([a, b, ...rest]: Buffer[]) => [a, b, b, ...rest]],
    ['with two frames in another order', ([a, b, c, ...rest]: Buffer[]) => [a, c, b, ...rest]],
  ] as const)('a copy %s', async ([, change], { folder }) => {
    const file = remux(await original(), join(folder, 'a.flv'));
    const bytes = readFileSync(file);
    const tags = flvTags(bytes).map(({ start, end, type }) => ({ type, bytes: bytes.subarray(start, end) }));
    const far = tags.length >> 1;
    const isPicture = ({ type }: { type: number }) => type === 9;
    const pictures = tags.slice(far).filter(isPicture);
    const changed = change(pictures.map((tag) => tag.bytes)).filter((tag) => tag !== undefined);
    const kept = tags.slice(0, far).map((tag) => tag.bytes);
    const sounds = tags.slice(far).filter((tag) => !isPicture(tag));
    const write = (name: string, later: Buffer[]): string => {
      const path = join(folder, name);
      writeFileSync(path, Buffer.concat([bytes.subarray(0, 13), ...kept, ...sounds.map((tag) => tag.bytes), ...later]));
      return path;
    };
    const same = write(
      'b.flv',
      pictures.map((tag) => tag.bytes),
    ); // put together anew, nothing is changed yet
    expect(await rootIn(same)).toBe(await rootIn(file));
    expect(await rootIn(write('c.flv', changed))).not.toBe(await rootIn(file));
  });

  test('a copy with another parameter set', async ({ folder }) => {
    const file = remux(await original(), join(folder, 'a.ts'));
    // The range of a picture's colours is in the SPS, and the frames are the same.
    const path = remux(file, join(folder, 'b.ts'), '-bsf:v', 'h264_metadata=video_full_range_flag=1');
    const [one, other] = [await readEssence(file), await readEssence(path)];
    const hashes = ({ tracks }: EssenceCopy) => tracks.map(({ units }) => units.map(({ hash }) => hash));
    expect(hashes(other)).toStrictEqual(hashes(one));
    expect(rootOf(other)).not.toBe(rootOf(one));
  });
});

describe('A job', () => {
  test('tells the windows of its source and its rendition, and they are those of the files', async ({ folder }) => {
    const input = await original();
    const output = join(folder, 'rendition.ts');
    const events = await told({ input, renditions: [small(output, 'small')], essence: { windowMs: 1500 } });
    for (const [medium, path] of [
      ['source', input],
      ['small', output],
    ] as const) {
      const windows = essenceOf(events, medium).map(({ window }) => window);
      const grouped = windowsOf(await readEssence(path), 1500);
      expect(windows, medium).toMatchObject(grouped);
      expect(windows.map(({ index }) => index)).toStrictEqual([0, 1, 2]);
      expect(windows.map(({ last }) => last)).toStrictEqual([false, false, true]);
      expect(windows.map(({ frames }) => frames)).toStrictEqual([60, 60, 30]);
      expect(windows[1]?.startTimestampUs).toBe(windows[0]?.endTimestampUs);
      for (const { frames, pixels, width, height } of windows) expect(pixels).toBe(frames * width * height);
    }
    expect(essenceOf(events, 'small')[0]?.window).toMatchObject({ width: 160, height: 90 });
    const order = events.filter(({ type }) => ['essence', 'renditionFinished', 'ended'].includes(type));
    const [finished, ended] = ['renditionFinished', 'ended'].map((type) => order.findIndex((e) => e.type === type));
    expect(order.findLastIndex((e) => e.type === 'essence' && e.medium === 'small')).toBeLessThan(finished ?? 0);
    expect(ended).toBe(order.length - 1);
  });

  test('tells windows that any one picture of a copy can be proved to be in', async ({ folder }) => {
    const output = join(folder, 'rendition.ts');
    const options = { input: await original(), renditions: [small(output, 'small')], essence: { windowMs: 1500 } };
    const window = essenceOf(await told(options), 'small')[1]?.window;
    const copy = await readEssence(remux(output, join(folder, 'rendition.flv')));
    const track = copy.tracks.findIndex(({ kind }) => kind === 'video');
    const proof = await proveUnit(copy, { track, unit: 100 }, window?.tracks ?? []);
    expect(proof).toMatchObject({ unit: copy.tracks[track]?.units[100]?.hash, index: 40 });
    expect(await verifyUnitProof(proof, window?.root ?? '')).toBe(true);
  });

  test.for(['flv', 'mp4'])('tells the windows of a rendition in %s as well', async (suffix, { folder }) => {
    const output = join(folder, `rendition.${suffix}`);
    const events = await told({ input: await original(), renditions: [small(output, 'small')], essence: {} });
    const roots = essenceOf(events, 'small').map(({ window }) => window.root);
    expect(roots).toStrictEqual(windowsOf(await readEssence(output), 2000).map(({ root }) => root));
  });

  test('tells nothing of it unless it is asked to', async ({ folder }) => {
    const events = await told({ input: await original(), renditions: [small(join(folder, 'a.ts'), 'small')] });
    expect(events.filter(({ type }) => type === 'essence')).toHaveLength(0);
  });

  test('takes no rendition that is named as the source', ({ folder }) => {
    const options = { input: 'a.ts', renditions: [small(join(folder, 'b.ts'), 'source')], essence: {} };
    expect(() => new Transcoder(options)).toThrow("renditions[0].name cannot be 'source' with essence");
  });
});

describe('Reading the essence', () => {
  test('of a stream gives that of the file', async () => {
    const path = await original();
    expect(rootOf(await readEssence(createReadStream(path)))).toBe(await rootIn(path));
  });

  test('takes as much as it is told to', async () => {
    const [whole] = (await readEssence(await original())).tracks;
    const [part] = (await readEssence(await original(), { durationMs: 1000 })).tracks;
    expect(part?.units.length).toBeGreaterThanOrEqual(30);
    expect(part?.units.length).toBeLessThan(40);
    expect(part?.units).toStrictEqual(whole?.units.slice(0, part?.units.length));
  });

  test('keeps to the network policy', async () => {
    const read = readEssence('http://127.0.0.1:9/a.ts', { network: { deny: ['127.0.0.0/8'] } });
    await expect(read).rejects.toMatchObject({ code: 'ADDRESS_DENIED', stage: 'source' });
  });

  test('of what is not there is a typed error', async ({ folder }) => {
    const read = readEssence(join(folder, 'none.ts'));
    await expect(read).rejects.toThrow(TranscodeError);
    await expect(read).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('ends at once when it is aborted', async () => {
    await using server = await SilentServer.start();
    const controller = new AbortController();
    const read = readEssence(`http://127.0.0.1:${server.port}/a.ts`, { signal: controller.signal });
    await server.connection();
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(read).rejects.toBe(reason);
  });

  test('refuses what is not coded', async () => {
    await expect(readEssence('testpattern:320x180@30')).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
  });
});

function small(output: string, name: string): TranscoderOptions['renditions'][number] {
  return { name, profile: { width: 160, height: 90, bitrate: 100_000, gop: 1, preset: 'ultrafast' }, output };
}

async function told(options: TranscoderOptions): Promise<TranscodeEvent[]> {
  const events: TranscodeEvent[] = [];
  for await (const event of new Transcoder({ accel: 'none', ...options })) events.push(event);
  return events;
}

function essenceOf(events: TranscodeEvent[], medium: string): EssenceEvent[] {
  return events.filter((event): event is EssenceEvent => event.type === 'essence' && event.medium === medium);
}

/** How many units of the two differ. */
async function differing(left: string, right: string): Promise<number> {
  const [one, other] = [await readEssence(left), await readEssence(right)];
  const hashes = ({ tracks }: EssenceCopy) => tracks.flatMap(({ units }) => units.map(({ hash }) => hash));
  const others = hashes(other);
  return hashes(one).filter((hash, index) => hash !== others[index]).length;
}

interface FlvTag {
  type: number;
  /** Of its header, and behind its back pointer. */
  start: number;
  end: number;
  data: number;
  size: number;
}

function flvTags(bytes: Buffer): FlvTag[] {
  const tags: FlvTag[] = [];
  for (let start = 13; start + 11 <= bytes.length;) {
    const size = bytes.readUIntBE(start + 1, 3);
    const end = start + 11 + size + 4;
    tags.push({ type: bytes[start] ?? 0, start, end, data: start + 11, size });
    start = end;
  }
  return tags;
}

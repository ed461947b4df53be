import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { readEssence, recordMedia, TranscodeError } from '../../src/index.js';
import { test } from '../e2e/fixtures.js';
import { h264WithBFrames, source } from '../e2e/sources.js';
import { nginxRtmpMissing } from '../servers/nginx-rtmp.js';
import { RtmpPublisher } from '../servers/rtmp-publisher.js';
import { rootOf } from './essence-grouping.js';
import { SilentServer } from './silent-server.js';

/** ffmpeg begins the sound of an MP4 before zero, which no transport stream can say. */
async function original(suffix: string): Promise<string> {
  const silent = suffix === 'mp4' && { audio: [] };
  return source({ name: `recorded.${suffix}`, seconds: 3, video: h264WithBFrames, ...silent });
}

async function firstTimestampUs(path: string): Promise<number | undefined> {
  return (await readEssence(path)).tracks[0]?.units[0]?.timestampUs;
}

describe('A recording', () => {
  test.for(['ts', 'flv', 'mp4', 'mkv'])(
    'of %s has the essence and the timestamps of the source',
    async (suffix, { folder }) => {
      const path = join(folder, 'recording.ts');
      const input = await original(suffix);
      await recordMedia(input, path);
      expect(rootOf(await readEssence(path))).toBe(rootOf(await readEssence(input)));
      const off = ((await firstTimestampUs(path)) ?? NaN) - ((await firstTimestampUs(input)) ?? NaN);
      expect(Math.abs(off)).toBeLessThan(100);
    },
  );

  test('of HEVC has the essence of the source', async ({ folder }) => {
    const video = ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'keyint=30:log-level=none'];
    const input = await source({ name: 'recorded-hevc.mp4', video, audio: [] });
    const path = join(folder, 'recording.ts');
    await recordMedia(input, path);
    expect(rootOf(await readEssence(path))).toBe(rootOf(await readEssence(input)));
  });

  test('of AV1 has the essence of the source', async ({ folder }) => {
    const video = ['-c:v', 'libsvtav1', '-preset', '12', '-g', '30'];
    const input = await source({ name: 'recorded-av1.mp4', video, audio: [] });
    const path = join(folder, 'recording.ts');
    await recordMedia(input, path);
    expect(rootOf(await readEssence(path))).toBe(rootOf(await readEssence(input)));
  });

  test('ends after the duration that was asked for', async ({ folder }) => {
    const path = join(folder, 'recording.ts');
    await recordMedia(await original('ts'), path, { durationMs: 1000 });
    const pictures = (await readEssence(path)).tracks[0]?.units.length;
    expect(pictures).toBeGreaterThanOrEqual(28);
    expect(pictures).toBeLessThanOrEqual(32);
  });

  test.skipIf(nginxRtmpMissing)(
    `of a live stream has what a player gets ${nginxRtmpMissing}`,
    async ({ folder, nginx }) => {
      const path = join(folder, 'recording.ts');
      const input = await original('flv');
      const recorded = recordMedia(nginx.url('recorded'), path);
      await nginx.played(1);
      await using _publisher = new RtmpPublisher(input, nginx.url('recorded'), 'realTime');
      await recorded;
      expect(rootOf(await readEssence(path))).toBe(rootOf(await readEssence(input)));
    },
  );

  test('of a source that breaks off in the middle of a packet has what came before', async ({ folder }) => {
    const whole = readFileSync(await original('ts'));
    const broken = join(folder, 'broken.ts');
    // The library complains of the last packet, and nobody listens.
    writeFileSync(broken, whole.subarray(0, Math.floor(whole.length / 188 / 3) * 188));
    const path = join(folder, 'recording.ts');
    await recordMedia(broken, path);
    expect(rootOf(await readEssence(path))).toBe(rootOf(await readEssence(broken)));
  });

  test('of what MPEG-TS cannot hold is an error that says so', async ({ folder }) => {
    const video = ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8'];
    const input = await source({ name: 'recorded.webm', seconds: 1, video, audio: [] });
    const failure: unknown = await recordMedia(input, join(folder, 'recording.ts')).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TranscodeError);
    expect(failure).toMatchObject({ code: 'CODEC_UNSUPPORTED' });
  });

  test('of a source that is not there is the error of the source', async ({ folder, http }) => {
    const recorded = recordMedia(http.url('/nothing.ts?key=secret'), join(folder, 'recording.ts'));
    await expect(recorded).rejects.toMatchObject({ code: 'NOT_FOUND', stage: 'source' });
    await expect(recorded).rejects.not.toThrow('secret');
  });

  test('to a folder that is not there is an error, and the source is let go', async ({ folder }) => {
    const recorded = recordMedia(await original('ts'), join(folder, 'nowhere', 'recording.ts'));
    await expect(recorded).rejects.toMatchObject({ code: 'NOT_FOUND', stage: 'sink' });
  });

  test('does not write over its own source', async () => {
    const input = await original('ts');
    const { size } = statSync(input);
    await expect(recordMedia(input, input)).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
    expect(statSync(input).size).toBe(size);
  });

  test('ends when it is aborted, with the reason', async ({ folder }) => {
    await using server = await SilentServer.start();
    const abort = new AbortController();
    const recorded = recordMedia(`http://127.0.0.1:${server.port}/a.ts`, join(folder, 'recording.ts'), {
      signal: abort.signal,
    });
    const reason = new Error('enough');
    abort.abort(reason);
    await expect(recorded).rejects.toBe(reason);
  });

  test('connects only to what is allowed', async ({ folder }) => {
    const path = join(folder, 'recording.ts');
    const network = { deny: ['127.0.0.0/8'] };
    await expect(recordMedia('http://127.0.0.1:9/a.ts', path, { network })).rejects.toMatchObject({
      code: 'ADDRESS_DENIED',
    });
    expect(existsSync(path) && statSync(path).size > 0).toBe(false);
  });
});

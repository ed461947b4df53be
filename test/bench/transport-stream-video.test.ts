import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { TransportStreamVideo, pictureRate, sliceByPicture } from '../../src/bench/transport-stream-video.js';

/** 90 frames at 30 fps with sound and B-frames, as ffmpeg muxes them. */
let stream: Buffer;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-test-'));
  const path = join(folder, 'source.ts');
  execFileSync('ffmpeg', [
    ...['-loglevel', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=30', '-f', 'lavfi', '-i', 'sine'],
    ...['-t', '3', '-c:v', 'libx264', '-bf', '2', '-c:a', 'aac', '-f', 'mpegts', path],
  ]);
  stream = readFileSync(path);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function timestampsOf(pieces: Buffer[]): number[] {
  const found: number[] = [];
  const video = new TransportStreamVideo(({ pts }) => found.push(pts));
  for (const piece of pieces) video.push(piece, 0);
  video.end();
  return found;
}

describe('TransportStreamVideo', () => {
  it('finds every picture once', () => {
    const found = timestampsOf([stream]);
    expect(found).toHaveLength(90);
    const inOrder = [...found].sort((a, b) => a - b);
    expect(inOrder.map((pts) => pts - (inOrder[0] ?? 0))).toEqual(Array.from({ length: 90 }, (_, n) => 3000 * n));
  });

  it('finds the same however the bytes are cut', () => {
    const pieces = Array.from({ length: Math.ceil(stream.length / 1000) }, (_, n) =>
      stream.subarray(1000 * n, 1000 * (n + 1)),
    );
    expect(timestampsOf(pieces)).toEqual(timestampsOf([stream]));
  });

  it('finds its way back after bytes that are no packets', () => {
    const middle = 188 * Math.floor(stream.length / 188 / 2);
    const noise = Buffer.alloc(100, 0xff);
    expect(timestampsOf([stream.subarray(0, middle), noise, stream.subarray(middle)])).toHaveLength(90);
  });

  it('times a picture by its last byte', () => {
    const times: number[] = [];
    const video = new TransportStreamVideo(({ lastByteAtMs }) => times.push(lastByteAtMs));
    const { from, to } = sliceByPicture(stream)[0] ?? { from: 0, to: 0 };
    const middle = 188 * Math.floor((from + to) / 2 / 188);
    video.push(stream.subarray(from, middle), 1);
    video.push(stream.subarray(middle, to), 2);
    video.end();
    expect(times).toEqual([2]);
  });
});

describe('sliceByPicture', () => {
  it('cuts the whole stream into one slice per picture', () => {
    const slices = sliceByPicture(stream);
    expect(slices).toHaveLength(90);
    expect(slices[0]?.from).toBe(0);
    expect(slices.at(-1)?.to).toBe(stream.length);
    slices.slice(1).forEach((slice, index) => {
      expect(slice.from).toBe(slices[index]?.to);
    });
  });

  it('orders slices by decoding time, so that they can be sent when they are due', () => {
    const stamps = sliceByPicture(stream).map(({ dts }) => dts);
    expect(stamps).toEqual([...stamps].sort((a, b) => a - b));
  });
});

describe('pictureRate', () => {
  it('is that of the pictures in the stream', () => {
    expect(pictureRate(sliceByPicture(stream))).toBeCloseTo(30);
  });
});

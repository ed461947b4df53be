import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { MediaDouble } from '../../../src/bench/network/media-double.js';
import { PacedSource, keyframesOf } from '../../../src/bench/network/paced-source.js';
import { makeSourceFile } from '../../../src/bench/network/source-file.js';
import { sliceByPicture } from '../../../src/bench/transport-stream-video.js';

let folder: string;
let file: Buffer;
const { signal } = new AbortController();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-test-'));
  file = await makeSourceFile(folder, { width: 160, height: 90, seconds: 3, bitrateBps: 100_000 }, signal);
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('makeSourceFile', () => {
  it('makes a keyframe every second', () => {
    expect(keyframesOf(file, sliceByPicture(file))).toEqual([0, 30, 60]);
  });
});

describe('a paced source at the media server double', () => {
  it('is had from its beginning by the reader that starts it', async () => {
    await using media = await MediaDouble.start(signal);
    media.offer('/source.ts', new PacedSource(file));
    const body = Buffer.from(await (await fetch(`${media.url}/source.ts`)).arrayBuffer());
    expect(body.equals(file)).toBe(true);
    expect(media.readers('/source.ts').map(({ sent }) => sent.length)).toEqual([90]);
  });

  it('is had from its last keyframe on by one that comes later, behind the tables', async () => {
    await using media = await MediaDouble.start(signal);
    const source = new PacedSource(file);
    media.offer('/source.ts', source);
    source.start();
    const first = await fetch(`${media.url}/source.ts`);
    while ((media.readers('/source.ts')[0]?.sent.length ?? 0) <= 35) await delay(20);
    const body = Buffer.from(await (await fetch(`${media.url}/source.ts`)).arrayBuffer());
    await first.body?.cancel();
    const sent = media.readers('/source.ts')[1]?.sent ?? [];
    expect([30, 60]).toContain(90 - sent.length);
    expect(sliceByPicture(body)).toHaveLength(sent.length);
  });

  it('ends for its readers where it is ended', async () => {
    await using media = await MediaDouble.start(signal);
    const source = new PacedSource(file);
    media.offer('/source.ts', source);
    const response = await fetch(`${media.url}/source.ts`);
    source.end();
    expect((await response.arrayBuffer()).byteLength).toBeLessThan(file.length);
  });
});

describe('the media server double', () => {
  it('notes what was sent to it, picture by picture', async () => {
    await using media = await MediaDouble.start(signal);
    await fetch(`${media.url}/out/0.ts`, { method: 'PUT', body: file });
    const [upload] = media.uploads('/out/0.ts');
    expect(upload).toMatchObject({ bytes: file.length, path: '/out/0.ts' });
    expect(upload?.received).toHaveLength(90);
  });

  it('waits for what comes later', async () => {
    await using media = await MediaDouble.start(signal);
    const waiting = media.until('an upload', () => media.uploads('/out/0.ts')[0]?.path);
    await fetch(`${media.url}/out/0.ts`, { method: 'PUT', body: file });
    expect(await waiting).toBe('/out/0.ts');
  });

  it('waits no longer when the benchmark is broken off', async () => {
    const abort = new AbortController();
    await using media = await MediaDouble.start(abort.signal);
    const waiting = media.until('nothing', () => undefined);
    abort.abort(new Error('broken off'));
    await expect(waiting).rejects.toThrow('broken off');
  });

  it('has nothing but its sources', async () => {
    await using media = await MediaDouble.start(signal);
    expect((await fetch(`${media.url}/source.ts`)).status).toBe(404);
  });
});

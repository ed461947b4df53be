import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough, Readable, Writable } from 'node:stream';

import { beforeAll, describe, expect, test } from 'vitest';

import { Transcoder } from '../../src/index.js';
import type { TranscoderOptions } from '../../src/index.js';
import { isTransportStream } from './collector.js';
import { collecting, smallRendition, testPattern } from './test-source.js';

/** 2 s of video and sound. */
let source: Buffer;

beforeAll(async () => {
  const { collector, output } = collecting();
  await new Transcoder({ input: testPattern, clip: { to: 2 }, renditions: [smallRendition(output)] }).run();
  source = collector.bytes;
});

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function* pieces(size: number): Generator<Buffer> {
  for (let offset = 0; offset < source.length; offset += size) yield source.subarray(offset, offset + size);
}

/** A job from a stream to a stream. */
function job(stream: Readable, options: Partial<TranscoderOptions> = {}) {
  const { collector, output } = collecting();
  const input = { stream, pace: 'readAhead' } as const;
  return { collector, transcoder: new Transcoder({ input, renditions: [smallRendition(output)], ...options }) };
}

describe('A Readable as the source', () => {
  test.each([1316, 1000, 65_536, 1 << 20])('in pieces of %i bytes gives every frame', async (size) => {
    const { collector, transcoder } = job(Readable.from(pieces(size)));
    const { renditions, sourceBytes } = await transcoder.run();
    expect(renditions).toMatchObject([{ state: 'finished', framesOut: 60 }]);
    expect(sourceBytes).toBe(source.length);
    expect(isTransportStream(collector.bytes)).toBe(true);
  });

  test('is read no faster than the job takes it', async () => {
    const blocked = new Writable({ highWaterMark: 1, write: () => undefined });
    let given = 0;
    const endless = new Readable({
      read() {
        given += source.length;
        this.push(source);
      },
    });
    const controller = new AbortController();
    await using transcoder = new Transcoder({
      input: { stream: endless, format: 'mpegts', pace: 'readAhead' },
      renditions: [smallRendition({ stream: blocked, format: 'mpegts' })],
      signal: controller.signal,
    });
    const outcome = transcoder.run();
    await new Promise((resolve) => transcoder.once('progress', resolve));
    let before = -1;
    while (before !== given) {
      before = given;
      await new Promise((resolve) => transcoder.once('progress', resolve));
    }
    expect(given).toBeLessThan(100 << 20);
    controller.abort();
    await expect(outcome).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('that fails ends the job with its error, and what was made is finished properly', async () => {
    const cause = new Error('The camera fell off.');
    const failing = Readable.from(
      (function* () {
        yield source;
        throw cause;
      })(),
    );
    const { collector, transcoder } = job(failing);
    await expect(transcoder.run()).rejects.toMatchObject({ code: 'STREAM_FAILED', stage: 'source', cause });
    expect(collector.writableFinished).toBe(true);
    expect(isTransportStream(collector.bytes)).toBe(true);
    const { collector: again, output } = collecting();
    const { renditions } = await new Transcoder({
      input: { stream: Readable.from([collector.bytes]), pace: 'readAhead' },
      renditions: [smallRendition(output)],
    }).run();
    expect(renditions).toMatchObject([{ state: 'finished', framesOut: 60 }]);
    expect(isTransportStream(again.bytes)).toBe(true);
  });

  test('that was destroyed before the start ends the job', async () => {
    const destroyed = new Readable({ read: () => undefined }).destroy();
    const { transcoder } = job(destroyed);
    await expect(transcoder.run()).rejects.toMatchObject({ code: 'STREAM_FAILED', stage: 'source' });
  });

  test('that gives something else than bytes ends the job, and is destroyed', async () => {
    const objects = Readable.from([{ not: 'bytes' }]);
    const { transcoder } = job(objects);
    await expect(transcoder.run()).rejects.toMatchObject({
      code: 'STREAM_FAILED',
      message: expect.stringContaining('The input stream gave a object in place of bytes.') as string,
    });
    expect(objects.destroyed).toBe(true);
  });

  test('that goes silent ends the job after the stall timeout', async () => {
    const silent = new PassThrough();
    silent.write(source.subarray(0, 188 * 10));
    const { transcoder } = job(silent, { input: { stream: silent, stallTimeoutMs: 200 } });
    await expect(transcoder.run()).rejects.toMatchObject({ code: 'STALLED', stage: 'source', retryable: true });
    expect(silent.destroyed).toBe(true);
  });

  test('is destroyed when the job has had enough', async () => {
    const endless = new Readable({
      read() {
        this.push(source);
      },
    });
    const { transcoder } = job(endless, { clip: { to: 0.5 } });
    const { renditions } = await transcoder.run();
    expect(renditions).toMatchObject([{ state: 'finished', framesOut: 15 }]);
    expect(endless.destroyed).toBe(true);
  });

  test('of bytes that are no media is a typed error', async () => {
    const garbage = Readable.from([Buffer.alloc(1 << 20, 'not a container ')]);
    const { transcoder } = job(garbage);
    await expect(transcoder.run()).rejects.toMatchObject({ code: 'FORMAT_INVALID', stage: 'source' });
  });

  test('that ends without a byte is a typed error', async () => {
    const { transcoder } = job(Readable.from([]));
    await expect(transcoder.run()).rejects.toMatchObject({ code: 'NO_MEDIA', stage: 'source' });
  });
});

describe('A Writable as an output', () => {
  test('that is slow gets everything', async () => {
    const chunks: Buffer[] = [];
    const slow = new Writable({
      highWaterMark: 1,
      write(chunk: Buffer, _encoding, done) {
        chunks.push(chunk);
        setTimeout(done, 2);
      },
    });
    const { transcoder } = job(Readable.from(pieces(1316)), {
      renditions: [smallRendition({ stream: slow, format: 'mpegts' })],
    });
    const { renditions } = await transcoder.run();
    expect(renditions).toMatchObject([{ state: 'finished', framesOut: 60 }]);
    expect(isTransportStream(Buffer.concat(chunks))).toBe(true);
    expect(slow.writableFinished).toBe(true);
  });

  test('that fails makes its rendition fail alone, with its error', async () => {
    const cause = new Error('The disk is full.');
    const full = new Writable({
      write: (_chunk, _encoding, done) => {
        done(cause);
      },
    });
    const { collector, output } = collecting();
    const { transcoder } = job(Readable.from(pieces(1316)), {
      renditions: [smallRendition({ stream: full, format: 'flv' }, 'full'), smallRendition(output, 'fine')],
    });
    const { renditions } = await transcoder.run();
    expect(renditions).toMatchObject([
      { name: 'full', state: 'failed', error: { code: 'STREAM_FAILED', stage: 'sink', cause } },
      { name: 'fine', state: 'finished', framesOut: 60 },
    ]);
    expect(isTransportStream(collector.bytes)).toBe(true);
  });

  test('that throws makes its rendition fail, and not the process', async () => {
    const throwing = new Writable();
    throwing.write = () => {
      throw new Error('Nobody throws here.');
    };
    const { transcoder } = job(Readable.from(pieces(1316)), {
      renditions: [smallRendition({ stream: throwing, format: 'mpegts' })],
    });
    await expect(transcoder.run()).rejects.toMatchObject({ code: 'STREAM_FAILED', stage: 'sink' });
  });

  test('that somebody else ends makes its rendition fail', async () => {
    const { collector, output } = collecting();
    const transcoder = new Transcoder({ input: testPattern, renditions: [smallRendition(output)] });
    transcoder.once('renditionStarted', () => collector.end());
    await expect(transcoder.run()).rejects.toMatchObject({ code: 'STREAM_FAILED', stage: 'sink' });
  });

  test('can be the response to an HTTP request', async () => {
    const jobs: Promise<unknown>[] = [];
    const server = createServer((_request, response) => {
      const { transcoder } = job(Readable.from(pieces(1316)), {
        renditions: [smallRendition({ stream: response, format: 'mpegts' })],
      });
      jobs.push(transcoder.run());
    });
    const url = await listen(server);
    const body = Buffer.from(await (await fetch(url)).arrayBuffer());
    expect(isTransportStream(body)).toBe(true);
    await expect(jobs[0]).resolves.toMatchObject({ renditions: [{ state: 'finished', bytes: body.length }] });
    server.close();
  });

  test('can be a response whose reader goes away, which makes its rendition fail', async () => {
    let outcome: Promise<unknown> | undefined;
    const server = createServer((_request, response) => {
      const renditions = [smallRendition({ stream: response, format: 'mpegts' })];
      outcome = new Transcoder({ input: testPattern, renditions }).run();
      outcome.catch(() => undefined);
    });
    const url = await listen(server);
    const reader = new AbortController();
    const response = await fetch(url, { signal: reader.signal });
    await response.body?.getReader().read();
    reader.abort();
    await expect(outcome).rejects.toMatchObject({ code: 'STREAM_FAILED', stage: 'sink' });
    server.close();
  });

  test('that takes nothing makes its rendition fail after the stall timeout, and is destroyed', async () => {
    const blocked = new Writable({ highWaterMark: 1, write: () => undefined });
    const transcoder = new Transcoder({
      input: testPattern,
      renditions: [smallRendition({ stream: blocked, format: 'mpegts', stallTimeoutMs: 200 })],
    });
    await expect(transcoder.run()).rejects.toMatchObject({ code: 'STALLED', stage: 'sink' });
    expect(blocked.destroyed).toBe(true);
  });

  test('that never finishes makes its rendition fail after the stall timeout', async () => {
    const stuck = new Writable({
      write: (_chunk, _encoding, done) => {
        done();
      },
      final: () => undefined,
    });
    const { transcoder } = job(Readable.from(pieces(65_536)), {
      renditions: [smallRendition({ stream: stuck, format: 'mpegts', stallTimeoutMs: 200 })],
    });
    await expect(transcoder.run()).rejects.toMatchObject({ code: 'STALLED', stage: 'sink' });
    expect(stuck.destroyed).toBe(true);
  });
});

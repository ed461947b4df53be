import { getEventListeners } from 'node:events';
import { Readable, Writable } from 'node:stream';

import { describe, expect, test } from 'vitest';

import { Transcoder } from '../../src/index.js';
import type { RenditionOptions, TranscoderOptions } from '../../src/index.js';
import { SilentServer } from './silent-server.js';
import { collecting, smallRendition, testPattern } from './test-source.js';

const reason = new Error('The viewer left.');

/** Runs the job, aborts it once `ready`, and expects the reason; then waits for the native side. */
async function expectAbort(options: Omit<TranscoderOptions, 'signal'>, ready: (job: Transcoder) => Promise<unknown>) {
  const controller = new AbortController();
  await using transcoder = new Transcoder({ ...options, signal: controller.signal });
  const outcome = transcoder.run();
  await ready(transcoder);
  controller.abort(reason);
  await expect(outcome).rejects.toBe(reason);
}

const next = (transcoder: Transcoder, event: 'started' | 'renditionStarted' | 'progress'): Promise<unknown> =>
  new Promise((resolve) => transcoder.once(event, resolve));

function toNowhere(): RenditionOptions {
  return smallRendition(collecting().output);
}

// Timeouts of the job are far beyond those of the tests: what ends a test here is the abort and nothing else.
const patience = { connectTimeoutMs: 3_600_000, stallTimeoutMs: 3_600_000 };

describe('An abort rejects with the reason of its signal', () => {
  test('before the job was started, which then never starts', async () => {
    const transcoder = new Transcoder({
      input: testPattern,
      renditions: [toNowhere()],
      signal: AbortSignal.abort(reason),
    });
    let started = false;
    transcoder.on('started', () => {
      started = true;
    });
    await expect(transcoder.run()).rejects.toBe(reason);
    await transcoder[Symbol.asyncDispose]();
    expect(started).toBe(false);
  });

  test('in the same moment as the start', async () => {
    await expectAbort({ input: testPattern, renditions: [toNowhere()] }, () => Promise.resolve());
  });

  test('while the source does not answer', async () => {
    await using server = await SilentServer.start();
    const url = `http://127.0.0.1:${server.port}/live.ts`;
    await expectAbort({ input: { url, ...patience }, renditions: [toNowhere()] }, () => server.connection());
  });

  test('while the TLS handshake is not answered', async () => {
    await using server = await SilentServer.start();
    const url = `https://127.0.0.1:${server.port}/live.ts`;
    await expectAbort({ input: { url, ...patience }, renditions: [toNowhere()] }, () => server.connection());
  });

  test('while the RTMP handshake is not answered', async () => {
    await using server = await SilentServer.start();
    const url = `rtmp://127.0.0.1:${server.port}/live/a`;
    await expectAbort({ input: { url, ...patience }, renditions: [toNowhere()] }, () => server.connection());
  });

  test('while the source is a stream that says nothing', async () => {
    const stream = new Readable({ read: () => undefined });
    await expectAbort({ input: { stream, ...patience }, renditions: [toNowhere()] }, () => new Promise(setImmediate));
    expect(stream.destroyed).toBe(true);
  });

  test('while an output never reads', async () => {
    await using server = await SilentServer.start();
    const url = `http://127.0.0.1:${server.port}/out.ts`;
    await expectAbort({ input: testPattern, renditions: [smallRendition({ url, ...patience })] }, (job) =>
      Promise.all([server.connection(), next(job, 'progress')]),
    );
  });

  test('while an output stream takes nothing', async () => {
    const stream = new Writable({ highWaterMark: 1, write: () => undefined });
    await expectAbort(
      { input: testPattern, renditions: [smallRendition({ stream, format: 'mpegts', ...patience })] },
      (job) => next(job, 'progress'),
    );
    expect(stream.destroyed).toBe(true);
  });

  test('while it encodes', async () => {
    await expectAbort({ input: testPattern, renditions: [toNowhere()] }, (job) => next(job, 'renditionStarted'));
  });
});

test('A signal is let go of when its job is over', async () => {
  const { signal } = new AbortController();
  await new Transcoder({ input: testPattern, clip: { to: 0.2 }, renditions: [toNowhere()], signal }).run();
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});

test('No event follows the abort', async () => {
  const controller = new AbortController();
  const transcoder = new Transcoder({
    input: testPattern,
    renditions: [toNowhere()],
    progressIntervalMs: 50,
    signal: controller.signal,
  });
  let late = 0;
  transcoder.once('renditionStarted', () => {
    controller.abort(reason);
    for (const type of ['progress', 'renditionFailed', 'renditionFinished', 'log'] as const) {
      transcoder.on(type, () => late++);
    }
  });
  await expect(transcoder.run()).rejects.toBe(reason);
  await transcoder[Symbol.asyncDispose]();
  expect(late).toBe(0);
});

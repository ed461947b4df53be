import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { Transcoder } from '../../src/index.js';
import type { TranscoderOptions, WarningEvent } from '../../src/index.js';
import { SilentServer } from './silent-server.js';
import { collecting, smallRendition, testPattern } from './test-source.js';

function short(options: Partial<TranscoderOptions> = {}): Transcoder {
  const { output } = collecting();
  return new Transcoder({ input: testPattern, clip: { to: 0.3 }, renditions: [smallRendition(output)], ...options });
}

describe('A loop over a transcoder', () => {
  test('runs the job, and ends with its result', async () => {
    const transcoder = short();
    const types: string[] = [];
    for await (const event of transcoder) {
      types.push(event.type);
      if (event.type === 'ended') expect(event.result).toBe(await transcoder.run());
    }
    expect(types.filter((type) => type !== 'log' && type !== 'progress')).toStrictEqual([
      'started',
      'renditionStarted',
      'renditionFinished',
      'ended',
    ]);
    expect(types.at(-1)).toBe('ended');
  });

  test('throws what run() rejects with', async () => {
    const transcoder = short({ input: 'no/such/file.ts' });
    const loop = async (): Promise<void> => {
      for await (const event of transcoder) expect(event.type).not.toBe('ended');
    };
    await expect(loop()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(transcoder.run()).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('cancels the job when it is left, and is left when the job is gone', async () => {
    const { collector, output } = collecting();
    const transcoder = new Transcoder({ input: testPattern, renditions: [smallRendition(output)] });
    for await (const event of transcoder) if (event.type === 'renditionStarted') break;
    expect(collector.destroyed).toBe(true);
    await expect(transcoder.run()).rejects.toMatchObject({ code: 'CANCELLED', stage: 'job' });
  });

  test('is possible once', async () => {
    const transcoder = short();
    for await (const event of transcoder) expect(event).toBeDefined();
    expect(() => transcoder[Symbol.asyncIterator]()).toThrow(/only once/);
  });

  test('over a job that has ended sees its end', async () => {
    const transcoder = short();
    await transcoder.run();
    const types = [];
    for await (const event of transcoder) types.push(event.type);
    expect(types).toStrictEqual(['ended']);
  });
});

describe('Disposing', () => {
  test('cancels what runs, whatever it waits for', async () => {
    await using server = await SilentServer.start();
    const transcoder = short({
      input: { url: `http://127.0.0.1:${server.port}/live.ts`, connectTimeoutMs: 3_600_000, stallTimeoutMs: 3_600_000 },
    });
    const outcome = transcoder.run();
    outcome.catch(() => undefined);
    await server.connection();
    await transcoder[Symbol.asyncDispose]();
    await expect(outcome).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  test('leaves alone what has ended', async () => {
    const transcoder = short();
    const result = await transcoder.run();
    await transcoder[Symbol.asyncDispose]();
    expect(await transcoder.run()).toBe(result);
  });

  test('keeps what was never started from starting', async () => {
    const transcoder = short();
    await transcoder[Symbol.asyncDispose]();
    await expect(transcoder.run()).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

describe('A listener that throws', () => {
  test('becomes a warning; the job and the other listeners do not notice', async () => {
    const transcoder = short();
    const warnings: WarningEvent[] = [];
    let heard = 0;
    transcoder.on('warning', (warning) => warnings.push(warning));
    transcoder.on('started', () => {
      throw new Error('A defect of the caller.');
    });
    transcoder.on('started', () => heard++);
    const { renditions } = await transcoder.run();
    expect(renditions).toMatchObject([{ state: 'finished' }]);
    expect(heard).toBe(1);
    expect(warnings).toMatchObject([{ code: 'LISTENER_THREW' }]);
    expect(warnings[0]?.message).toContain("'started' threw: Error: A defect of the caller.");
  });

  test('asynchronously becomes one as well', async () => {
    const transcoder = short();
    const warned = new Promise<WarningEvent>((resolve) => transcoder.once('warning', resolve));
    // eslint-disable-next-line @typescript-eslint/no-misused-promises -- what is tested here
    transcoder.on('started', () => Promise.reject(new Error('A defect of the caller.')));
    await transcoder.run();
    expect(await warned).toMatchObject({ code: 'LISTENER_THREW' });
  });

  test("becomes a warning of the process when nobody listens to the job's", async () => {
    const transcoder = short();
    const warned = new Promise((resolve) => process.once('warning', resolve));
    transcoder.on('started', () => {
      throw new Error('A defect of the caller.');
    });
    await transcoder.run();
    expect(await warned).toMatchObject({ message: 'A defect of the caller.' });
  });
});

test('Listeners run in the asynchronous context of whoever started the job', async () => {
  const storage = new AsyncLocalStorage<string>();
  const transcoder = short();
  const seen = new Promise((resolve) =>
    transcoder.once('started', () => {
      resolve(storage.getStore());
    }),
  );
  await storage.run('request 7', () => transcoder.run());
  expect(await seen).toBe('request 7');
});

describe('While JavaScript is busy', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('the job goes on, and its events wait; of progress only the newest does', async () => {
    const transcoder = new Transcoder({
      input: testPattern,
      clip: { to: 1 },
      progressIntervalMs: 50,
      renditions: [smallRendition(join(folder, 'busy.ts'))],
    });
    const types: string[] = [];
    for (const type of ['started', 'renditionStarted', 'renditionFinished', 'progress'] as const) {
      transcoder.on(type, () => types.push(type));
    }
    const outcome = transcoder.run();
    for (const end = Date.now() + 2000; Date.now() < end;) continue;
    const { renditions } = await outcome;
    expect(renditions).toMatchObject([{ state: 'finished', framesOut: 30, framesDropped: 0, gopsDropped: 0 }]);
    expect(types.filter((type) => type === 'progress').length).toBeLessThan(10);
    expect(types.filter((type) => type !== 'progress')).toStrictEqual([
      'started',
      'renditionStarted',
      'renditionFinished',
    ]);
  });
});

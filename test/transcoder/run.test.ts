import { describe, expect, test } from 'vitest';

import { TranscodeError, Transcoder } from '../../src/index.js';
import type { TranscodeEvent } from '../../src/index.js';
import { isTransportStream } from './collector.js';
import { SilentServer, refusingPort } from './silent-server.js';
import { collecting, smallRendition, testPattern } from './test-source.js';

const eventTypes = ['started', 'renditionStarted', 'renditionFailed', 'renditionFinished', 'progress'] as const;

function record(transcoder: Transcoder): TranscodeEvent[] {
  const events: TranscodeEvent[] = [];
  for (const type of eventTypes) transcoder.on(type, (event: TranscodeEvent) => events.push(event));
  return events;
}

describe('A job that succeeds', () => {
  test('delivers every rendition, and says so', async () => {
    const [large, small] = [collecting(), collecting()];
    const transcoder = new Transcoder({
      input: testPattern,
      clip: { to: 1 },
      progressIntervalMs: 100,
      renditions: [smallRendition(large.output, 'large'), smallRendition(small.output, 'small')],
    });
    const events = record(transcoder);
    const result = await transcoder.run();

    expect(result.renditions).toMatchObject([
      { name: 'large', state: 'finished', framesOut: 30 },
      { name: 'small', state: 'finished', framesOut: 30 },
    ]);
    for (const [index, { collector }] of [large, small].entries()) {
      expect(isTransportStream(collector.bytes)).toBe(true);
      expect(collector.bytes.length).toBe(result.renditions[index]?.bytes);
      expect(collector.writableFinished).toBe(true);
    }
    for (const { realTimeRatio, latency } of result.renditions) {
      // A second of it took at least a second, as the pattern comes at the pace of real time; but it was no hour.
      expect(realTimeRatio).toBeGreaterThan(0.001);
      expect(realTimeRatio).toBeLessThan(1.5);
      expect(latency?.buckets.reduce((sum, { count }) => sum + count, 0)).toBe(30);
      expect(latency?.buckets.at(-1)?.upToMs).toBeGreaterThanOrEqual(latency?.maxMs ?? Infinity);
    }
    expect(result.source?.video).toMatchObject({ width: 320, height: 180 });

    const order = events.map((event) => event.type);
    expect(order).toContain('progress');
    expect(order.find((type) => type !== 'progress')).toBe('started');
    for (const name of ['large', 'small']) {
      const own = events.filter((event) => 'name' in event && event.name === name).map((event) => event.type);
      expect(own).toStrictEqual(['renditionStarted', 'renditionFinished']);
    }
  });

  test('tells its plan and its timestamp base when it starts', async () => {
    const { output } = collecting();
    const transcoder = new Transcoder({
      input: testPattern,
      clip: { to: 0.5 },
      accel: 'none',
      renditions: [smallRendition(output)],
    });
    const events = record(transcoder);
    const { timestampBaseUs } = await transcoder.run();
    expect(events.find(({ type }) => type === 'started')).toMatchObject({
      timestampBaseUs,
      renditions: [{ name: '160x90', width: 160, height: 90, container: 'mpegts', encode: 'cpu', encoder: 'libx264' }],
    });
  });

  test('has one outcome, however often it is asked for', async () => {
    const { output } = collecting();
    const transcoder = new Transcoder({ input: testPattern, clip: { to: 0.2 }, renditions: [smallRendition(output)] });
    const [first, second] = await Promise.all([transcoder.run(), transcoder.run()]);
    expect(second).toBe(first);
    expect(await transcoder.stop()).toBe(first);
  });
});

describe('A job that is stopped', () => {
  test('finishes its outputs with what was read', async () => {
    const { collector, output } = collecting();
    const transcoder = new Transcoder({ input: testPattern, renditions: [smallRendition(output)] });
    transcoder.once('renditionStarted', () => void transcoder.stop());
    const { renditions } = await transcoder.run();
    expect(renditions).toMatchObject([{ state: 'finished' }]);
    expect(isTransportStream(collector.bytes)).toBe(true);
    expect(collector.writableFinished).toBe(true);
  });

  test('before its source is open rejects, and every rendition says why', async () => {
    await using server = await SilentServer.start();
    const { collector, output } = collecting();
    const transcoder = new Transcoder({
      input: `http://127.0.0.1:${server.port}/live.ts?token=s3cret`,
      renditions: [smallRendition(output, 'only')],
    });
    const outcome = transcoder.run();
    await server.connection();
    const stopped = transcoder.stop();
    const why = {
      code: 'NO_MEDIA',
      stage: 'source',
      message: 'The job was stopped before anything was read from its source.',
      url: expect.not.stringContaining('s3cret') as string,
    };
    await expect(outcome).rejects.toMatchObject({
      ...why,
      result: { renditions: [{ name: 'only', state: 'failed', error: why }] },
    });
    await expect(stopped).rejects.toMatchObject(why);
    expect(collector.writableFinished).toBe(false);
  });

  test('was started before', async () => {
    const { output } = collecting();
    const transcoder = new Transcoder({ input: testPattern, renditions: [smallRendition(output)] });
    await expect(transcoder.stop()).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
  });
});

describe('A rendition that fails', () => {
  test('fails alone while there is another', async () => {
    const { collector, output } = collecting();
    const transcoder = new Transcoder({
      input: testPattern,
      clip: { to: 1 },
      renditions: [
        smallRendition(`http://127.0.0.1:${await refusingPort()}/out.ts?token=s3cret`, 'refused'),
        smallRendition(output, 'fine'),
      ],
    });
    const events = record(transcoder);
    const result = await transcoder.run();
    expect(result.renditions).toMatchObject([
      { name: 'refused', state: 'failed', error: { code: 'CONNECTION_REFUSED', stage: 'sink', retryable: true } },
      { name: 'fine', state: 'finished', framesOut: 30 },
    ]);
    expect(isTransportStream(collector.bytes)).toBe(true);
    const failure = events.find((event) => event.type === 'renditionFailed');
    expect(failure?.error).toBeInstanceOf(TranscodeError);
    expect(failure?.error).toBe(result.renditions[0]?.state === 'failed' && result.renditions[0].error);
    expect(failure?.error.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/out\.ts/);
    expect(JSON.stringify(events)).not.toContain('s3cret');
  });

  test('ends the job when it was the last', async () => {
    const port = await refusingPort();
    const transcoder = new Transcoder({
      input: testPattern,
      renditions: [smallRendition(`http://127.0.0.1:${port}/out.ts`, 'only')],
    });
    const error: unknown = await transcoder.run().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TranscodeError);
    expect(error).toMatchObject({
      code: 'CONNECTION_REFUSED',
      result: { renditions: [{ name: 'only', state: 'failed', error: { code: 'CONNECTION_REFUSED' } }] },
    });
  });
});

test('A source that refuses rejects with its error', async () => {
  const { collector, output } = collecting();
  const transcoder = new Transcoder({
    input: `http://127.0.0.1:${await refusingPort()}/live.ts`,
    renditions: [smallRendition(output)],
  });
  await expect(transcoder.run()).rejects.toMatchObject({
    code: 'CONNECTION_REFUSED',
    stage: 'source',
    retryable: true,
  });
  expect(collector.writableFinished).toBe(false);
});

test('A file that is not there rejects with its error', async () => {
  const { output } = collecting();
  const transcoder = new Transcoder({ input: 'no/such/file.ts', renditions: [smallRendition(output)] });
  await expect(transcoder.run()).rejects.toMatchObject({ code: 'NOT_FOUND', stage: 'source' });
});

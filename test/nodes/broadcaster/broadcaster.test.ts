import { once } from 'node:events';
import { connect } from 'node:net';
import { request as httpRequest, type IncomingMessage } from 'node:http';

import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { DirectAdaptor } from '../../../src/media-server/direct.js';
import { AuthWebhook } from '../../../src/nodes/broadcaster/auth-webhook.js';
import { Broadcaster, type BroadcasterOptions } from '../../../src/nodes/broadcaster/broadcaster.js';
import { ladderOf } from '../../../src/nodes/broadcaster/ladder.js';
import { OrchestratorDirectory } from '../../../src/nodes/broadcaster/orchestrator-directory.js';
import { StaticOrchestrators } from '../../../src/nodes/broadcaster/static-orchestrators.js';
import { Orchestrator } from '../../../src/nodes/orchestrator/orchestrator.js';
import { BroadcasterMetrics } from '../../../src/observe/broadcaster-metrics.js';
import { OrchestratorMetrics } from '../../../src/observe/orchestrator-metrics.js';
import { authorityOf } from '../../../src/rpc/endpoint.js';
import type { ValidOrder } from '../../../src/rpc/order.js';
import { freeTcpPort } from '../../servers/free-port.js';
import { ScriptedTranscoder, type ScriptedTranscoderOptions } from '../scripted-transcoder.js';
import { broadcasterTrust, orchestratorTrust } from '../sample-trust.js';
import { silentLog } from '../silent-log.js';
import { sampleFault, sampleProgress } from '../wire-samples.js';
import { TemporaryArchive } from './temporary-archive.js';
import { WebhookServer } from './webhook-server.js';

const started: (Disposable | AsyncDisposable)[] = [];
let orchestrator: Orchestrator;
let broadcaster: Broadcaster;
/** The broadcaster's. */
let directory: OrchestratorDirectory;
let registry: Registry;

function use<Started extends Disposable | AsyncDisposable>(one: Started): Started {
  started.push(one);
  return one;
}

async function startOrchestrator(): Promise<Orchestrator> {
  return use(
    await Orchestrator.start({
      endpoint: { host: '127.0.0.1', port: 0 },
      secret: 'secret',
      price: { wei: 1, pixels: 1 },
      ...orchestratorTrust,
      maxSessions: 'auto',
      log: silentLog,
      metrics: new OrchestratorMetrics(new Registry()),
    }),
  );
}

async function startBroadcaster(addresses: string[], changes: Partial<BroadcasterOptions> = {}): Promise<Broadcaster> {
  registry = new Registry();
  const metrics = new BroadcasterMetrics(registry);
  directory = await OrchestratorDirectory.open({
    sources: [new StaticOrchestrators(addresses)],
    tls: {},
    selection: { exploration: 0, random: () => 0.5 },
    log: silentLog,
    metrics,
  });
  return use(
    await Broadcaster.start({
      endpoint: { host: '127.0.0.1', port: 0 },
      directory,
      adaptor: new DirectAdaptor(),
      ladder: ladderOf({ presets: ['P240p30fps16x9', 'P360p30fps16x9'] }),
      maxAttempts: 3,
      trust: broadcasterTrust,
      archive: use(new TemporaryArchive()).archive,
      verifyRate: 0,
      log: silentLog,
      metrics,
      ...changes,
    }),
  );
}

async function transcoder(name: string, options: ScriptedTranscoderOptions = {}, at = orchestrator) {
  const one = use(new ScriptedTranscoder(name, at.endpoint, options));
  await one.until(({ connections }) => connections > 0);
  return one;
}

beforeEach(async () => {
  orchestrator = await startOrchestrator();
  broadcaster = await startBroadcaster([authorityOf(orchestrator.endpoint)]);
});

afterEach(async () => {
  for (const one of started.splice(0).reverse()) {
    if (Symbol.asyncDispose in one) await one[Symbol.asyncDispose]();
    else one[Symbol.dispose]();
  }
});

interface Asked {
  method?: string;
  path?: string;
  accept?: string;
  /** `null`: none. */
  configuration?: object | null;
}

const configuration = {
  inputUrl: 'http://user:hunter2@source.example/0.ts',
  outputUrl: 'rtmp://output.example/live/out',
  pixelFormat: 0,
  videoCodec: 'h264',
  duration: 12_000,
};

/** A request to the broadcaster. */
function ask({
  method = 'POST',
  path = '/live/stream/0.ts',
  accept,
  configuration: given = configuration,
}: Asked = {}) {
  const { port } = broadcaster.endpoint;
  const headers = {
    ...(accept !== undefined && { accept }),
    ...(given !== null && { 'livepeer-transcode-configuration': JSON.stringify(given) }),
  };
  const request = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent: false });
  request.on('error', () => undefined);
  request.end();
  return request;
}

async function answer(asked: Asked = {}): Promise<Answer> {
  const [response] = (await once(ask(asked), 'response')) as [IncomingMessage];
  return new Answer(response);
}

/** A response as it comes in. */
class Answer {
  readonly response: IncomingMessage;
  text = '';
  readonly #closed: Promise<unknown>;

  constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8').on('data', (part: string) => (this.text += part));
    response.on('error', () => undefined);
    this.#closed = once(response, 'close').catch(() => undefined);
  }

  get status(): number | undefined {
    return this.response.statusCode;
  }

  /** Resolves when it has ended, with whether it has properly. */
  async end(): Promise<boolean> {
    await this.#closed;
    return this.response.complete;
  }

  /** Resolves when it has so many lines. */
  async lines(count: number): Promise<string[]> {
    const lines = () => this.text.split('\n').slice(0, -1);
    while (lines().length < count) await once(this.response, 'data');
    return lines();
  }

  /** The problem that it is, which has to be one object of JSON. */
  async problem(): Promise<Record<string, unknown>> {
    await this.end();
    expect(this.response.headers['content-type']).toBe('application/problem+json');
    const problem: unknown = JSON.parse(this.text);
    expect(problem).toMatchObject({ status: this.status });
    expect(this.text).not.toContain('hunter2');
    return problem as Record<string, unknown>;
  }

  /** The words of its events. */
  get events(): string[] {
    const lines = this.text.split('\n').slice(0, -1);
    return lines.map((line) => (JSON.parse(line) as { event: string }).event);
  }
}

test('A notification is answered with the URLs as soon as it is taken on, and the answer ends when the job has.', async () => {
  const first = await transcoder('first');
  const notified = await answer();
  expect(notified.status).toBe(200);
  expect(await notified.lines(2)).toEqual([
    'rtmp://output.example/live/out/P240p30fps16x9/0.ts',
    'rtmp://output.example/live/out/P360p30fps16x9/0.ts',
  ]);
  expect(notified.response.complete).toBe(false);
  const order = await first.order();
  expect(order).toMatchObject({ stream: 'stream', sequence: 0, durationMs: 12_000, source: { videoCodec: 'h264' } });
  first.end(order);
  expect(await notified.end()).toBe(true);
});

test('Whoever accepts lines of JSON gets every event.', async () => {
  const first = await transcoder('first');
  const notified = await answer({ accept: 'application/x-ndjson' });
  const order = await first.order();
  const name = 'P240p30fps16x9';
  first.tell(order, { $case: 'started', value: { timestampBaseUs: 5, ...picture } });
  first.tell(order, { $case: 'renditionStarted', value: { name, sinceSourceFirstByteMs: 1 } });
  first.tell(order, { $case: 'progress', value: sampleProgress(1, 1) });
  first.tell(order, { $case: 'renditionFailed', value: { name, fault: sampleFault('output') } });
  first.end(order);
  expect(await notified.end()).toBe(true);
  expect(notified.response.headers['content-type']).toBe('application/x-ndjson');
  expect(notified.events).toEqual([
    ...['accepted', 'urls', 'started', 'first-frame', 'progress', 'rendition-failed', 'receipt', 'finished'],
  ]);
});

const picture = { videoCodec: 'h264', width: 1280, height: 720, fps: 30, audioCodec: '' };

test('A transcoder that fails is replaced by another, on the same timeline and behind what was delivered.', async () => {
  const one = await transcoder('one');
  const other = await transcoder('other');
  const notified = await answer({ accept: 'application/x-ndjson' });
  await notified.lines(2);
  const [failing, next] = one.orders.length > 0 ? [one, other] : [other, one];
  const order = await failing.order();
  failing.tell(order, { $case: 'started', value: { timestampBaseUs: 5, ...picture } });
  failing.tell(order, { $case: 'progress', value: sampleProgress(10, 10, 1_000_000) });
  failing.end(order, sampleFault('transcoder', 'WORKER_CRASHED'));
  const second = await next.order();
  expect(second).toMatchObject({ attempt: 2, timestampBaseUs: 5, resumeAtUs: 1_000_001 });
  next.end(second);
  expect(await notified.end()).toBe(true);
  expect(notified.events).toEqual([
    ...['accepted', 'urls', 'started', 'progress', 'receipt', 'failover', 'accepted', 'receipt', 'finished'],
  ]);
});

test('A rendition that failed by the fault of its transcoder is a part of the next attempt.', async () => {
  const transcoders = [await transcoder('first'), await transcoder('second')];
  const notified = await answer({ accept: 'application/x-ndjson' });
  await notified.lines(2);
  const [busy, other] = transcoders[0]?.orders.length === 1 ? transcoders : [...transcoders].reverse();
  if (busy === undefined || other === undefined) throw new Error('unreachable: there are two');
  const first = await busy.order();
  const fault = sampleFault('transcoder');
  for (const { name } of first.renditions) busy.tell(first, { $case: 'renditionFailed', value: { name, fault } });
  busy.end(first, fault);
  const next = await other.order();
  expect(next.renditions.map(({ name }) => name)).toEqual(first.renditions.map(({ name }) => name));
  other.end(next);
  expect(await notified.end()).toBe(true);
});

test('A configuration that is wrapped over lines is understood.', async () => {
  await transcoder('first');
  const { host, port } = broadcaster.endpoint;
  const socket = connect(port, host);
  const wrapped = JSON.stringify(configuration, undefined, 2).replaceAll('\n', '\n    ');
  socket.write(
    `POST /live/stream/0.ts HTTP/1.1\r\nHost: b\r\nLivepeer-Transcode-Configuration:\n    ${wrapped}\r\n\r\n`,
  );
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  expect(bytes.toString()).toMatch(/^HTTP\/1\.1 200 /);
  socket.destroy();
});

test('An orchestrator that ends in mid-job is replaced by the next.', async () => {
  const second = await startOrchestrator();
  broadcaster = await startBroadcaster([orchestrator, second].map(({ endpoint }) => authorityOf(endpoint)));
  const atFirst = await transcoder('at-first');
  const atSecond = await transcoder('at-second', {}, second);
  const notified = await answer({ accept: 'application/x-ndjson' });
  await notified.lines(2);
  const [ending, there] = atFirst.orders.length > 0 ? [orchestrator, atSecond] : [second, atFirst];
  await ending[Symbol.asyncDispose]();
  const order = await there.order();
  expect(order.attempt).toBe(2);
  there.end(order);
  expect(await notified.end()).toBe(true);
});

describe('A job that fails', () => {
  test('breaks the answer off, as its headers have said that all is well.', async () => {
    const first = await transcoder('first');
    const notified = await answer();
    await notified.lines(2);
    first.end(await first.order(), sampleFault('source', 'NOT_FOUND'));
    expect(await notified.end()).toBe(false);
  });

  test('says why in its last line to who accepts lines.', async () => {
    const first = await transcoder('first');
    const notified = await answer({ accept: 'application/x-ndjson' });
    await notified.lines(2);
    first.end(await first.order(), sampleFault('source', 'NOT_FOUND'));
    expect(await notified.end()).toBe(false);
    expect(JSON.parse((await notified.lines(4))[3] ?? '')).toMatchObject({
      event: 'failed',
      fault: { class: 'source', code: 'NOT_FOUND' },
    });
  });
});

describe('A job is cancelled', () => {
  let first: ScriptedTranscoder;
  let order: ValidOrder;

  test('by DELETE on its path, which finishes it properly.', async () => {
    first = await transcoder('first');
    const notified = await answer({ accept: 'application/x-ndjson' });
    order = await first.order();
    await notified.lines(2);
    const cancelled = await answer({ method: 'DELETE' });
    expect(cancelled.status).toBe(204);
    await first.until(({ revoked }) => revoked.length > 0);
    expect(first.revoked[0]).toMatchObject({ attempt: 1, finish: true });
    first.end(order);
    await notified.end();
    expect(notified.events.at(-1)).toBe('cancelled');
  });

  test('by whoever notified and hangs up.', async () => {
    first = await transcoder('first');
    const request = ask();
    await first.order();
    request.destroy();
    await first.until(({ revoked }) => revoked.length > 0);
    expect(first.revoked[0]).toMatchObject({ attempt: 1, finish: false });
  });

  test('when the broadcaster ends.', async () => {
    first = await transcoder('first');
    const notified = await answer();
    await notified.lines(2);
    await broadcaster[Symbol.asyncDispose]();
    expect(await notified.end()).toBe(false);
    await first.until(({ revoked }) => revoked.length > 0);
  });
});

describe('A problem is answered with its status and in JSON:', () => {
  test.each([
    ['a path that names no segment', { path: '/elsewhere' }, 400, 'path-invalid', undefined],
    ['a header that is not there', { configuration: null }, 400, 'configuration-invalid', expect.any(String)],
    ['a source that is no URL', withConfiguration({ inputUrl: 'nowhere' }), 400, 'configuration-invalid', 'inputUrl'],
    [
      'a preset that does not exist',
      withConfiguration({ presets: ['P1p'] }),
      400,
      'configuration-invalid',
      'presets[0]',
    ],
    ['a codec that nobody decodes', withConfiguration({ videoCodec: 'flash' }), 422, 'codec-unsupported', 'videoCodec'],
    ['a method that means nothing here', { method: 'GET' }, 405, 'method-not-allowed', undefined],
    ['a job that is not there', { method: 'DELETE' }, 404, 'job-unknown', undefined],
    ['no transcoder', {}, 503, 'no-orchestrator', undefined],
  ] as [string, Asked, number, string, unknown][])('%s.', async (_what, asked, statusCode, code, field) => {
    const problem = await (await answer(asked)).problem();
    expect(problem).toMatchObject({ status: statusCode, code });
    expect(problem['field']).toEqual(field);
  });

  test('a method that means nothing here comes with those that do.', async () => {
    expect((await answer({ method: 'GET' })).response.headers.allow).toBe('POST, PUT, DELETE');
  });

  test('the same job running.', async () => {
    await transcoder('first');
    await (await answer()).lines(2);
    expect(await (await answer()).problem()).toMatchObject({ status: 409, code: 'job-running' });
  });

  test('a source that no transcoder can decode.', async () => {
    await transcoder('first');
    const notified = await answer(withConfiguration({ videoCodec: 'hevc' }));
    expect(await notified.problem()).toMatchObject({ status: 422, code: 'codec-unsupported' });
  });

  test('no orchestrator that is there.', async () => {
    broadcaster = await startBroadcaster([`127.0.0.1:${await freeTcpPort()}`]);
    expect((await (await answer()).problem())['status']).toBeGreaterThanOrEqual(502);
  });

  test('every orchestrator suspended, with until when.', async () => {
    await transcoder('first');
    directory.distrusted(authorityOf(orchestrator.endpoint));
    const refused = await answer();
    expect(await refused.problem()).toMatchObject({
      ...{ status: 503, code: 'no-orchestrator' },
      detail: expect.stringMatching(
        /^1 of 1 orchestrators is suspended, until \d\d:\d\d:\d\dZ at the earliest: a verification failed\.$/,
      ) as string,
    });
    expect(Number(refused.response.headers['retry-after'])).toBeGreaterThan(3500);
  });

  test.each([
    ['receipts', 'receipts-unknown'],
    ['verifications', 'verifications-unknown'],
  ])('%s of a job that is not known.', async (records, code) => {
    const asked = { method: 'GET', path: `/live/stream/0/${records}` };
    const problem = await (await answer(asked)).problem();
    expect(problem).toMatchObject({ status: 404, code, title: `There are no ${records} of such a job` });
  });

  test('a notification is counted as refused then, and nothing else is.', async () => {
    await (await answer({ path: '/elsewhere' })).end();
    await (await answer({ method: 'GET' })).end();
    await (await answer({ method: 'DELETE' })).end();
    await (await answer({ method: 'GET', path: '/live/stream/0/receipts' })).end();
    await (await answer({ method: 'POST', path: '/live/stream/0/verifications' })).end();
    const refused = (await registry.metrics()).split('\n').filter((line) => /^\w+_jobs_refused_total\b/.test(line));
    expect(refused).toEqual(['millrace_broadcaster_jobs_refused_total{status="400"} 1']);
  });

  test('a broadcaster that is about to stop.', async () => {
    await broadcaster.drain(0);
    expect(await (await answer()).problem()).toMatchObject({ status: 503, code: 'draining' });
  });

  test('a transcoder that does not answer.', async () => {
    await transcoder('mute', { onOrder: () => undefined });
    expect((await (await answer()).problem())['status']).toBe(503);
  });
});

describe('With an authentication webhook', () => {
  let webhook: WebhookServer;

  beforeEach(async () => {
    webhook = use(await WebhookServer.start());
    broadcaster = await startBroadcaster([authorityOf(orchestrator.endpoint)], {
      authWebhook: new AuthWebhook({ url: webhook.url }),
    });
  });

  test.each([
    [401, 401],
    [403, 403],
  ])('its %i is the answer.', async (said, statusCode) => {
    webhook.answer(said);
    expect((await answer()).status).toBe(statusCode);
  });

  test('whoever hangs up before it has decided gets no job.', async () => {
    const first = await transcoder('first');
    const asked = new Promise<() => void>((resolve) => {
      webhook.respond = (response) => {
        resolve(() => response.end());
      };
    });
    const request = ask();
    const decide = await asked;
    request.destroy();
    await new Promise((resolve) => request.once('close', resolve));
    // The broadcaster has seen that by the time it has answered another request.
    await (await answer({ method: 'DELETE' })).end();
    decide();
    webhook.answer(200);
    const notified = await answer({ path: '/live/other/1.ts' });
    await notified.lines(2);
    expect(first.orders.map(({ stream }) => stream)).toEqual(['other']);
  });

  test('a broadcaster that is about to stop takes no job that was admitted meanwhile.', async () => {
    const asked = new Promise<() => void>((resolve) => {
      webhook.respond = (response) => {
        resolve(() => response.end());
      };
    });
    const notified = answer();
    const decide = await asked;
    await broadcaster.drain(0);
    decide();
    expect(await (await notified).problem()).toMatchObject({ status: 503, code: 'draining' });
  });
});

function withConfiguration(changes: object): Asked {
  return { configuration: { ...configuration, ...changes } };
}

import { once } from 'node:events';

import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Registry } from 'prom-client';

import { OrchestratorClient } from '../../../src/nodes/broadcaster/orchestrator-client.js';
import { Orchestrator, type OrchestratorOptions } from '../../../src/nodes/orchestrator/orchestrator.js';
import { OrchestratorMetrics } from '../../../src/observe/orchestrator-metrics.js';
import { authorization } from '../../../src/rpc/authorization.js';
import { authorityOf } from '../../../src/rpc/endpoint.js';
import { VideoCodec } from '../../../src/rpc/order.js';
import { OrchestratorServiceClient } from '../../../src/rpc/generated/millrace/v1/orchestrator.js';
import { TranscoderServiceClient } from '../../../src/rpc/generated/millrace/v1/transcoder.js';
import { clientCredentials } from '../../../src/rpc/tls.js';
import { TcpProxy } from '../../servers/tcp-proxy.js';
import { ScriptedCall } from '../scripted-call.js';
import { ScriptedTranscoder, type ScriptedTranscoderOptions } from '../scripted-transcoder.js';
import { orchestratorTrust, sampleSigners, signed } from '../sample-trust.js';
import { silentLog } from '../silent-log.js';
import { sampleFault, sampleOrder, sampleProgress, sampleRendition, sampleWindow } from '../wire-samples.js';

const started: (Disposable | AsyncDisposable)[] = [];
let orchestrator: Orchestrator;
let client: OrchestratorClient;

function use<Started extends Disposable | AsyncDisposable>(one: Started): Started {
  started.push(one);
  return one;
}

async function startOrchestrator(changes: Partial<OrchestratorOptions> = {}): Promise<void> {
  orchestrator = use(
    await Orchestrator.start({
      endpoint: { host: '127.0.0.1', port: 0 },
      secret: 'secret',
      price: { wei: 1, pixels: 1 },
      ...orchestratorTrust,
      maxSessions: 'auto',
      stallTimeoutMs: 600,
      log: silentLog,
      metrics: new OrchestratorMetrics(new Registry()),
      ...changes,
    }),
  );
  client = use(new OrchestratorClient(orchestrator.endpoint, {}));
}

async function transcoder(name: string, options: ScriptedTranscoderOptions = {}, port = orchestrator.endpoint.port) {
  const one = use(new ScriptedTranscoder(name, { host: '127.0.0.1', port }, options));
  await one.until(({ connections }) => connections > 0);
  return one;
}

/** A call on which the first attempt was ordered. */
function ordered(changes: Parameters<typeof sampleOrder>[0] = {}): ScriptedCall {
  const call = new ScriptedCall(client);
  call.order(sampleOrder(changes));
  return call;
}

beforeEach(() => startOrchestrator());

afterEach(async () => {
  for (const one of started.splice(0).reverse()) {
    if (Symbol.asyncDispose in one) await one[Symbol.asyncDispose]();
    else one[Symbol.dispose]();
  }
});

test('A job is accepted, its events come through, and the call ends when it is finished.', async () => {
  const first = await transcoder('first');
  const call = ordered();
  const order = await first.order();
  expect(order).toEqual(sampleOrder({ windowMs: 2000 }));
  await call.hears('accepted 1');
  first.tell(order, { $case: 'renditionStarted', value: { name: 'P360p30fps16x9', sinceSourceFirstByteMs: 1 } });
  first.tell(order, { $case: 'progress', value: sampleProgress(1, 1) });
  first.end(order);
  await call.hears('broken 0');
  expect(call.told).toEqual([
    ...['accepted 1', 'renditionStarted 1', 'progress 1', 'receipt 1 0 final', 'ended 1', 'broken 0'],
  ]);
  expect(await client.offer()).toMatchObject({ runningSessions: 0 });
});

test('An attempt that fails is followed by the next on the same call, by another transcoder.', async () => {
  const [first, second] = [await transcoder('first'), await transcoder('second')];
  const call = ordered();
  await call.hears('accepted 1');
  const failing = first.orders.length > 0 ? first : second;
  failing.end(sampleOrder(), sampleFault('transcoder', 'WORKER_CRASHED'));
  await call.hears('ended 1 WORKER_CRASHED');
  call.order(sampleOrder({ attempt: 2 }));
  await call.hears('accepted 2');
  expect(failing.orders).toHaveLength(1);
});

test('A connection with the secret on which no hello comes is ended.', async () => {
  const silent = new TranscoderServiceClient(
    authorityOf(orchestrator.endpoint),
    clientCredentials(orchestrator.endpoint, {}),
  );
  const call = silent.connect(authorization('secret'));
  const [error] = (await once(call, 'error')) as [unknown];
  silent.close();
  expect(error).toMatchObject({ code: status.DEADLINE_EXCEEDED });
});

test('A full orchestrator refuses at once, and says when to ask again.', async () => {
  await transcoder('first', { maxSessions: 1 });
  await ordered({ jobId: 'one' }).hears('accepted 1');
  const call = ordered({ jobId: 'two' });
  await call.hears('refused 1 FULL');
  expect(call.retryAfterMs).toBeGreaterThan(0);
});

test('An offer has no room where every transcoder has as many attempts as it takes.', async () => {
  await transcoder('first', { maxSessions: 1 });
  expect(await client.offer()).toMatchObject({ freeSessions: 1, freePixelsPerSecond: 1_000_000_000 });
  await ordered().hears('accepted 1');
  expect(await client.offer()).toMatchObject({ freeSessions: 0, freePixelsPerSecond: 0, runningSessions: 1 });
});

test('A broadcaster that says more and more, and reads nothing of what it is told, is hung up on.', async () => {
  const first = await transcoder('first');
  const credentials = clientCredentials(orchestrator.endpoint, {});
  const rude = new OrchestratorServiceClient(authorityOf(orchestrator.endpoint), credentials);
  const call = rude.runJob();
  call.on('error', () => undefined);
  call.write({ request: { $case: 'order', value: signed(sampleOrder()).order } });
  await once(call, 'data');
  call.pause();
  for (let time = 0; time < 10_000; time += 1) call.write({ request: { $case: 'order', value: sampleOrder() } });
  await first.until(({ revoked }) => revoked.length > 0);
  call.cancel();
  rude.close();
});

test('Without a transcoder it refuses likewise.', async () => {
  await ordered().hears('refused 1 NO_TRANSCODER');
});

test('What no transcoder can do is refused, and asking again is not worth it.', async () => {
  await transcoder('first');
  const call = ordered({ source: { url: 'http://source.example/0.ts', videoCodec: 'av1' } });
  await call.hears('refused 1 INCAPABLE');
  expect(call.retryAfterMs).toBe(0);
});

test('A coding that no transcoder has is refused with a sentence that names it.', async () => {
  await transcoder('first');
  const rendition = sampleRendition('P360p30fps16x9');
  const profile = { ...rendition.profile, codec: VideoCodec.VIDEO_CODEC_HEVC_10 };
  const call = ordered({ renditions: [rendition, { ...rendition, name: 'deep', profile }] });
  await call.hears('refused 1 INCAPABLE');
  expect(call.reason).toBe('No transcoder here decodes h264 and encodes h264, hevc-10.');
});

test('An order that pays less than the price is refused.', async () => {
  await transcoder('first');
  await ordered({ maxPrice: { wei: 1, pixels: 2 } }).hears('refused 1 PRICE');
});

test('An order that says what cannot be ends its call.', async () => {
  await transcoder('first');
  const call = new ScriptedCall(client);
  call.call.order(sampleOrder({ renditions: [] }));
  await call.hears('broken 3');
});

describe('An order is refused', () => {
  const refused = /^refused 1 TICKET$/;

  test('without a ticket.', async () => {
    await transcoder('first');
    const call = new ScriptedCall(client);
    call.call.order(sampleOrder());
    await call.hears(refused);
    expect(call.reason).toMatch(/^TICKET_MISSING: /);
  });

  test('with a ticket that was taken before.', async () => {
    await transcoder('first');
    const { order } = signed(sampleOrder());
    const first = new ScriptedCall(client);
    first.call.order(order);
    await first.hears('accepted 1');
    first.call.close();
    const second = new ScriptedCall(client);
    await expect.poll(async () => (await client.offer()).runningSessions).toBe(0);
    second.call.order(order);
    await second.hears(refused);
    expect(second.reason).toMatch(/^TICKET_REPLAYED: /);
  });

  test('whose source is another than the one that was signed for.', async () => {
    await transcoder('first');
    const { order } = signed(sampleOrder());
    const call = new ScriptedCall(client);
    call.call.order({ ...order, source: { ...order.source, url: 'http://source.example/1.ts' } });
    await call.hears(refused);
    expect(call.reason).toMatch(/^TICKET_WRONG_SIGNER: /);
  });

  test('and that then holds no session, although its call goes on.', async () => {
    await startOrchestrator({ maxSessions: 1 });
    await transcoder('first');
    const call = new ScriptedCall(client);
    call.call.order(sampleOrder({ jobId: 'without-a-ticket' }));
    await call.hears(refused);
    await ordered({ jobId: 'honest' }).hears('accepted 1');
    expect(call.told).toEqual(['refused 1 TICKET']);
  });

  test('of a broadcaster whose orders are not taken.', async () => {
    await startOrchestrator({ broadcasters: [sampleSigners.orchestrator.address] });
    await transcoder('first');
    const call = ordered();
    await call.hears(refused);
    expect(call.reason).toMatch(/^TICKET_BROADCASTER_DENIED: /);
  });
});

describe('Windows that a transcoder tells of', () => {
  const medium = 'P360p30fps16x9';

  test('become receipts that hold, before the end is told.', async () => {
    const first = await transcoder('first');
    const evidence = signed(sampleOrder());
    const call = new ScriptedCall(client);
    call.call.order(evidence.order);
    const order = await first.order();
    first.tell(order, { $case: 'windowClosed', value: sampleWindow('', 0, false) });
    first.tell(order, { $case: 'windowClosed', value: sampleWindow(medium, 0, false) });
    first.tell(order, { $case: 'windowClosed', value: sampleWindow(medium, 1, true) });
    first.end(order);
    await call.hears('ended 1');
    expect(call.told).toEqual(['accepted 1', 'receipt 1 0', 'receipt 1 1 final', 'ended 1']);
    expect(call.receipts.map((receipt) => evidence.take(receipt).valid)).toEqual([true, true]);
    expect(evidence.isClosed).toBe(true);
  });

  test('are receipted for the attempt that closed them, although another was ordered, and refused, meanwhile.', async () => {
    const first = await transcoder('first');
    const evidence = signed(sampleOrder());
    const call = new ScriptedCall(client);
    call.call.order(evidence.order);
    const order = await first.order();
    call.order(sampleOrder({ attempt: 7 }));
    await call.hears(/^refused 7/);
    first.tell(order, { $case: 'windowClosed', value: sampleWindow(medium, 0, false) });
    first.end(order);
    await call.hears('ended 1');
    expect(call.told.filter((told) => told.startsWith('receipt'))).toEqual(['receipt 1 0', 'receipt 1 1 final']);
  });

  test('and that nobody can sign for end the attempt by the fault of the transcoder: the next goes to another one.', async () => {
    const [first, second] = [await transcoder('first'), await transcoder('second')];
    const evidence = signed(sampleOrder());
    const call = new ScriptedCall(client);
    call.call.order(evidence.order);
    await call.hears('accepted 1');
    const [boasting, honest] = first.orders.length > 0 ? [first, second] : [second, first];
    boasting.tell(sampleOrder(), { $case: 'windowClosed', value: sampleWindow(medium, 0, false) });
    const { window } = sampleWindow(medium, 1, false);
    const value = { window: { ...window, pixels: window.pixels * 2 }, last: false };
    boasting.tell(sampleOrder(), { $case: 'windowClosed', value });
    await call.hears('ended 1 WINDOW_REFUSED');
    expect(call.receipts.map((receipt) => evidence.take(receipt).valid)).toEqual([true, true]);
    expect(evidence.isClosed).toBe(true);
    await boasting.until(({ revoked }) => revoked.length > 0);
    call.order(sampleOrder({ attempt: 2 }));
    await call.hears('accepted 2');
    expect(honest.orders).toHaveLength(1);
  });

  test('of a rendition that fails stand for what it had closed.', async () => {
    const first = await transcoder('first');
    const call = ordered();
    const order = await first.order();
    first.tell(order, { $case: 'windowClosed', value: sampleWindow(medium, 0, false) });
    first.tell(order, { $case: 'renditionFailed', value: { name: medium, fault: sampleFault('output') } });
    first.end(order);
    await call.hears('ended 1');
    expect(call.receipts.map(({ message }) => [message.renditions.length, message.leftOut])).toEqual([
      [1, []],
      [0, [medium]],
    ]);
  });
});

test('A job that is running is not taken on a second time.', async () => {
  await transcoder('first');
  await ordered().hears('accepted 1');
  await ordered().hears('refused 1 DUPLICATE');
});

test('A transcoder that refuses is passed over.', async () => {
  const unwilling = await transcoder('unwilling', {
    onOrder: (order, { link }) => {
      link.refuse(order, 'FULL', 'Not now.');
    },
  });
  const call = ordered();
  await call.hears('refused 1 NO_TRANSCODER');
  await transcoder('willing');
  call.order(sampleOrder({ attempt: 2 }));
  await call.hears('accepted 2');
  expect(unwilling.orders).toHaveLength(1);
});

describe('With a limit of sessions', () => {
  beforeEach(() => startOrchestrator({ maxSessions: 1 }));

  test('one more than that is refused.', async () => {
    await transcoder('first');
    await ordered({ jobId: 'one' }).hears('accepted 1');
    expect(await client.offer()).toMatchObject({ freeSessions: 0, runningSessions: 1 });
    await ordered({ jobId: 'two' }).hears('refused 1 FULL');
  });

  test('a job that was admitted keeps its place over a failover, whoever else asked meanwhile.', async () => {
    const [first, second] = [await transcoder('first'), await transcoder('second')];
    const call = ordered({ jobId: 'one' });
    await call.hears('accepted 1');
    await ordered({ jobId: 'two' }).hears('refused 1 FULL');
    const failing = first.orders.length > 0 ? first : second;
    failing.end({ jobId: 'one', attempt: 1 }, sampleFault('transcoder'));
    await call.hears('ended 1 SAMPLE');
    call.order(sampleOrder({ jobId: 'one', attempt: 2 }));
    await call.hears('accepted 2');
  });

  test('the place is free when the job is over.', async () => {
    const first = await transcoder('first');
    const call = ordered({ jobId: 'one' });
    await call.hears('accepted 1');
    first.end({ jobId: 'one', attempt: 1 });
    await call.hears('broken 0');
    await ordered({ jobId: 'two' }).hears('accepted 1');
  });
});

test('A transcoder with the wrong secret is not let in, and goes on trying.', async () => {
  using stranger = new ScriptedTranscoder('stranger', orchestrator.endpoint, { secret: 'wrong' });
  await ordered().hears('refused 1 NO_TRANSCODER');
  expect(stranger.connections).toBe(0);
  expect(orchestrator.readiness().ready).toBe(false);
});

test('A broadcaster whose call ends has its attempt stopped.', async () => {
  const first = await transcoder('first');
  const call = ordered();
  await call.hears('accepted 1');
  call.call.close();
  await first.until(({ revoked }) => revoked.length > 0);
  expect(first.revoked).toEqual([{ jobId: 'job', attempt: 1, finish: false }]);
});

test('A broadcaster whose connection breaks has its attempt stopped likewise.', async () => {
  await using proxy = await TcpProxy.start(orchestrator.endpoint.port);
  const first = await transcoder('first');
  using away = new OrchestratorClient({ host: '127.0.0.1', port: proxy.port }, {});
  const call = new ScriptedCall(away);
  call.order(sampleOrder());
  await call.hears('accepted 1');
  proxy.cut();
  await first.until(({ revoked }) => revoked.length > 0);
  await call.hears(/^broken/);
});

test('A broadcaster that vanishes is noticed by what it does not answer, and so is its orchestrator.', async () => {
  await using proxy = await TcpProxy.start(orchestrator.endpoint.port);
  const first = await transcoder('first');
  using away = new OrchestratorClient({ host: '127.0.0.1', port: proxy.port }, {});
  const call = new ScriptedCall(away);
  call.order(sampleOrder());
  await call.hears('accepted 1');
  proxy.hold();
  await first.until(({ revoked }) => revoked.length > 0);
  await call.hears(/^broken/);
});

test('A broadcaster may have the attempt finished properly.', async () => {
  const first = await transcoder('first');
  const call = ordered();
  await call.hears('accepted 1');
  call.call.cancel(true);
  await first.until(({ revoked }) => revoked.length > 0);
  expect(first.revoked).toEqual([{ jobId: 'job', attempt: 1, finish: true }]);
  first.end(sampleOrder());
  await call.hears('ended 1');
});

describe('A transcoder on a way that can fail', () => {
  let proxy: TcpProxy;
  let remote: ScriptedTranscoder;
  let call: ScriptedCall;

  beforeEach(async () => {
    proxy = use(await TcpProxy.start(orchestrator.endpoint.port));
    remote = await transcoder('remote', {}, proxy.port);
    call = ordered();
    await call.hears('accepted 1');
  });

  test('carries on with its attempt after its connection broke and came back.', async () => {
    proxy.cut();
    await remote.until(({ connections }) => connections === 2);
    remote.tell(sampleOrder(), { $case: 'warning', value: { code: 'ANY', message: 'Still here.' } });
    await call.hears('warning 1');
    remote.end(sampleOrder());
    await call.hears('ended 1');
    expect(call.told).not.toContain('ended 1 TRANSCODER_LOST');
  });

  test('tells after it is back what happened while it was away.', async () => {
    proxy.cut();
    await remote.until(({ link }) => !link.isConnected);
    remote.end(sampleOrder());
    await call.hears('ended 1');
  });

  test('is given up when it does not come back.', async () => {
    remote[Symbol.dispose]();
    await call.hears('ended 1 TRANSCODER_LOST');
  });

  test('is given up when it is silent, and has stopped by itself by the time it is back.', async () => {
    proxy.hold();
    await call.hears('ended 1 TRANSCODER_SILENT');
    await remote.until(({ leasesLost }) => leasesLost.length > 0);
    expect(remote.leasesLost).toEqual([{ jobId: 'job', attempt: 1 }]);
    proxy.letGo();
    call.order(sampleOrder({ attempt: 2 }));
    await call.hears(/^(refused|accepted) 2/);
    expect(call.told).not.toContain('accepted 2');
  });

  test('gets orders again when it is heard again.', async () => {
    proxy.hold();
    await call.hears('ended 1 TRANSCODER_SILENT');
    proxy.letGo();
    let other = ordered({ jobId: 'next' });
    await other.hears(/^(refused|accepted) 1/);
    while (!other.told.includes('accepted 1')) {
      other = ordered({ jobId: `next-${Math.random().toString(36).slice(2)}` });
      await other.hears(/^(refused|accepted) 1/);
    }
    expect(remote.orders.length).toBe(2);
  });
});

test('A transcoder that is about to stop hands over what has no end, and keeps what has one.', async () => {
  const leaving = await transcoder('leaving');
  const [unbounded, bounded] = [ordered({ jobId: 'live' }), ordered({ jobId: 'segment', durationMs: 2000 })];
  await Promise.all([unbounded.hears('accepted 1'), bounded.hears('accepted 1')]);
  leaving.link.draining();
  await unbounded.hears('ended 1 TRANSCODER_DRAINING');
  expect(leaving.revoked).toEqual([{ jobId: 'live', attempt: 1, finish: false }]);
  leaving.end({ jobId: 'segment', attempt: 1 });
  await bounded.hears('ended 1');
});

test('What cannot be in one attempt ends that attempt, and none of the others of its transcoder.', async () => {
  const first = await transcoder('first');
  const [broken, sound] = [ordered({ jobId: 'broken' }), ordered({ jobId: 'sound' })];
  await Promise.all([broken.hears('accepted 1'), sound.hears('accepted 1')]);
  first.tell({ jobId: 'broken', attempt: 1 }, { $case: 'warning', value: { code: 'no word', message: '' } });
  await broken.hears('ended 1 PROTOCOL');
  first.end({ jobId: 'sound', attempt: 1 });
  await sound.hears('ended 1');
  expect(first.connections).toBe(1);
});

test('An orchestrator that is about to stop takes nothing more, and waits for what runs.', async () => {
  const first = await transcoder('first');
  const call = ordered();
  await call.hears('accepted 1');
  const drained = orchestrator.drain(60_000);
  await ordered({ jobId: 'late' }).hears('refused 1 DRAINING');
  expect(orchestrator.readiness().ready).toBe(false);
  first.end(sampleOrder());
  await call.hears('ended 1');
  await drained;
});

test('An orchestrator that ends breaks its calls off.', async () => {
  await transcoder('first');
  const call = ordered();
  await call.hears('accepted 1');
  await orchestrator[Symbol.asyncDispose]();
  await call.hears(/^broken/);
});

import { beforeEach, describe, expect, test } from 'vitest';

import type { ConnectedTranscoder, Send } from '../../../src/nodes/orchestrator/connected-transcoder.js';
import { Fleet, type LossCause } from '../../../src/nodes/orchestrator/fleet.js';
import { OrchestratedJob } from '../../../src/nodes/orchestrator/job.js';
import type { RunJobResponse } from '../../../src/rpc/generated/millrace/v1/orchestrator.js';
import type { Hello } from '../../../src/rpc/hello.js';
import { VideoCodec, pixelsPerSecond, type ValidOrder } from '../../../src/rpc/order.js';
import { sampleOrder } from '../wire-samples.js';

type Said = NonNullable<RunJobResponse['response']>;

const stallTimeoutMs = 1500;
const heartbeatMs = 500;
const reconnectGraceMs = 200;

let nowMs: number;
let lost: [name: string, cause: LossCause][];
let fleet: Fleet;

beforeEach(() => {
  nowMs = 100_000;
  lost = [];
  fleet = new Fleet({
    stallTimeoutMs,
    heartbeatMs,
    reconnectGraceMs,
    now: () => nowMs,
    onLost: ({ name }, cause) => lost.push([name, cause]),
  });
});

test('A transcoder whose connection broke and who is back within the grace keeps its jobs.', () => {
  const first = connected('first');
  const { said } = runningJob();
  fleet.disconnected(first.transcoder, first.send);
  pass(reconnectGraceMs - 1);
  const again = connected('first');
  pass(reconnectGraceMs);
  expect(again.transcoder).toBe(first.transcoder);
  expect(words(said)).toEqual(['accepted']);
  expect(lost).toEqual([]);
});

test('One that says hello again can do from then on what it says now, and keeps its jobs.', () => {
  const first = connected('first');
  const { said } = runningJob();
  const again = connected('first', { pixelsPerSecond: 5_000_000, encoders: [], decoders: ['vp9'] });
  fleet.disconnected(first.transcoder, first.send);
  pass(reconnectGraceMs);
  expect(again.transcoder).toBe(first.transcoder);
  expect(fleet.capacity()).toMatchObject({
    ...{ transcoders: 1, pixelsPerSecond: 5_000_000, encoders: new Set(), decoders: new Set(['vp9']) },
  });
  expect(words(said)).toEqual(['accepted']);
});

test('After the grace its jobs are lost, and it is gone.', () => {
  const first = connected('first');
  const { said } = runningJob();
  fleet.disconnected(first.transcoder, first.send);
  pass(reconnectGraceMs);
  expect(words(said)).toEqual(['accepted', 'TRANSCODER_LOST']);
  expect(lost).toEqual([['first', 'disconnected']]);
  expect(fleet.capacity().transcoders).toBe(0);
  expect(first.transcoder.busyPixelsPerSecond).toBe(0);
});

test('One that is away gets no orders.', () => {
  const first = connected('first');
  runningJob();
  fleet.disconnected(first.transcoder, first.send);
  expect(fleet.choose(sampleOrder({ jobId: 'other' }), new Set())).toEqual({ none: 'noTranscoder' });
});

test('A connection that ends behind the one that came after it takes nothing away.', () => {
  const first = connected('first');
  const { said } = runningJob();
  const again = connected('first');
  fleet.disconnected(first.transcoder, first.send);
  pass(reconnectGraceMs);
  expect(words(said)).toEqual(['accepted']);
  expect(again.transcoder.isConnected).toBe(true);
  expect(fleet.connected).toEqual([again.transcoder]);
});

test('One that has nothing to do is gone as soon as its connection is.', () => {
  const first = connected('first');
  fleet.disconnected(first.transcoder, first.send);
  expect(lost).toEqual([['first', 'disconnected']]);
  expect(fleet.connected).toEqual([]);
});

test('An assignment that was not answered goes to another transcoder when its own does not come back.', () => {
  const first = connected('first');
  const { said } = orderedJob();
  const second = connected('second');
  fleet.disconnected(first.transcoder, first.send);
  pass(reconnectGraceMs);
  expect(words(second.told)).toEqual(['order']);
  expect(words(said)).toEqual([]);
});

test('One that is at work and says nothing for the stall timeout is silent: its jobs go elsewhere, and it hears so.', () => {
  const first = connected('first');
  const { said } = runningJob();
  pass(stallTimeoutMs - 1);
  expect(words(said)).toEqual(['accepted']);
  pass(1);
  expect(words(said)).toEqual(['accepted', 'TRANSCODER_SILENT']);
  expect(words(first.told).at(-1)).toBe('revoke');
  expect(lost).toEqual([['first', 'silent']]);
});

test('One that was silent gets no order until it is heard again.', () => {
  const first = connected('first');
  runningJob();
  pass(stallTimeoutMs);
  const next = sampleOrder({ jobId: 'next' });
  expect(fleet.choose(next, new Set())).toEqual({ none: 'noTranscoder' });
  expect(fleet.capacity().transcoders).toBe(0);
  first.transcoder.heard();
  expect(fleet.choose(next, new Set())).toEqual({ transcoder: first.transcoder });
});

test('One that has nothing to do may say nothing for as long as it likes, and has the whole timeout when it gets an order.', () => {
  connected('first');
  pass(1_000_000);
  const { said } = runningJob();
  pass(stallTimeoutMs - 1);
  expect(words(said)).toEqual(['accepted']);
  expect(lost).toEqual([]);
});

test('Only those who are at work get heartbeats, and only when nothing else was said.', () => {
  const idle = connected('idle');
  pass(10_000);
  expect(words(idle.told)).toEqual([]);
  runningJob();
  pass(heartbeatMs - 1);
  expect(words(idle.told)).toEqual(['order']);
  pass(1);
  expect(words(idle.told)).toEqual(['order', 'heartbeat']);
});

describe('A transcoder that is about to stop', () => {
  test('hands over what has no end, and is told to stop it.', () => {
    const first = connected('first');
    const { said } = runningJob();
    fleet.drain(first.transcoder);
    expect(words(said)).toEqual(['accepted', 'TRANSCODER_DRAINING']);
    expect(words(first.told)).toEqual(['order', 'revoke']);
  });

  test('keeps what has an end.', () => {
    const first = connected('first');
    const { said } = runningJob({ durationMs: 2000 });
    fleet.drain(first.transcoder);
    expect(words(said)).toEqual(['accepted']);
    expect(first.transcoder.sessions).toBe(1);
  });

  test('is not blamed for it.', () => {
    const first = connected('first');
    runningJob();
    fleet.drain(first.transcoder);
    expect(first.transcoder.penalty).toBe(0);
  });

  test('gets no more orders, and is no capacity.', () => {
    const first = connected('first');
    fleet.drain(first.transcoder);
    expect(fleet.choose(sampleOrder(), new Set())).toEqual({ none: 'noTranscoder' });
    expect(fleet.capacity()).toMatchObject({ transcoders: 0, pixelsPerSecond: 0 });
  });

  test('has left as it said when its connection ends.', () => {
    const first = connected('first');
    fleet.drain(first.transcoder);
    fleet.disconnected(first.transcoder, first.send);
    expect(lost).toEqual([['first', 'drained']]);
  });
});

test('The load of a transcoder is that of its jobs, and nothing is left of it.', () => {
  const first = connected('first');
  const job = runningJob({ jobId: 'one' });
  const cost = pixelsPerSecond(sampleOrder().renditions);
  expect(first.transcoder.busyPixelsPerSecond).toBeCloseTo(cost);
  runningJob({ jobId: 'two' });
  expect(first.transcoder.busyPixelsPerSecond).toBeCloseTo(2 * cost);
  expect(fleet.capacity().busyPixelsPerSecond).toBeCloseTo(2 * cost);
  job.job.broadcasterLeft();
  expect(first.transcoder.busyPixelsPerSecond).toBeCloseTo(cost);
  expect(first.transcoder.jobs).toHaveLength(1);
});

test('What a transcoder tells of an attempt that it has no longer reaches no job.', () => {
  const { transcoder } = connected('first');
  const { job } = runningJob();
  expect(transcoder.jobOf({ jobId: 'job', attempt: 1 })).toBe(job);
  expect(transcoder.jobOf({ jobId: 'job', attempt: 2 })).toBeUndefined();
  expect(transcoder.jobOf({ jobId: 'other', attempt: 1 })).toBeUndefined();
});

test('A failure of its own makes a transcoder second to one without; a broadcaster that leaves does not.', () => {
  const first = connected('first');
  runningJob().job.broadcasterLeft();
  expect(first.transcoder.penalty).toBe(0);
  runningJob({ jobId: 'two' });
  pass(stallTimeoutMs);
  expect(first.transcoder.penalty).toBe(1);
});

test("A stream's next segment goes to the transcoder that had the last.", () => {
  const first = connected('first');
  runningJob({ durationMs: 2000 }).job.broadcasterLeft();
  connected('second');
  const next = sampleOrder({ jobId: 'next', sequence: 1 });
  expect(fleet.choose(next, new Set())).toEqual({ transcoder: first.transcoder });
  expect(first.transcoder.hasWarm('stream')).toBe(true);
  expect(first.transcoder.hasWarm('other')).toBe(false);
});

test('Of the streams that a transcoder has had, the least recent ones are forgotten.', () => {
  const { transcoder } = connected('first');
  for (let index = 0; index <= 256; index += 1)
    runningJob({ jobId: `job-${index}`, stream: `stream-${index}` }).job.broadcasterLeft();
  expect(transcoder.hasWarm('stream-0')).toBe(false);
  expect(transcoder.hasWarm('stream-1')).toBe(true);
  expect(transcoder.hasWarm('stream-256')).toBe(true);
});

test('What the fleet can do is what its transcoders can do together.', () => {
  connected('first', { pixelsPerSecond: 1000, decoders: ['h264'], encoders: [VideoCodec.VIDEO_CODEC_H264] });
  connected('second', { pixelsPerSecond: 500, decoders: ['av1'], encoders: [VideoCodec.VIDEO_CODEC_HEVC] });
  expect(fleet.capacity()).toEqual({
    transcoders: 2,
    pixelsPerSecond: 1500,
    busyPixelsPerSecond: 0,
    freePixelsPerSecond: 1500,
    freeSessions: Infinity,
    decoders: new Set(['h264', 'av1']),
    encoders: new Set([VideoCodec.VIDEO_CODEC_H264, VideoCodec.VIDEO_CODEC_HEVC]),
  });
});

test('What is free at a transcoder that takes no attempt more is not free to anybody.', () => {
  connected('first', { maxSessions: 1 });
  connected('second', { pixelsPerSecond: 500, maxSessions: 3 });
  expect(fleet.capacity()).toMatchObject({ freePixelsPerSecond: 1_000_000_500, freeSessions: 4 });
  expect(runningJob().assignee.name).toBe('first');
  expect(fleet.capacity()).toMatchObject({ freePixelsPerSecond: 500, freeSessions: 3 });
});

test('One that was lost with its work has not become any better when it is back, as another process or the same.', () => {
  const first = connected('first');
  runningJob();
  fleet.disconnected(first.transcoder, first.send);
  pass(reconnectGraceMs);
  const again = connected('first', { instanceId: 'another-process' });
  expect(again.transcoder.penalty).toBe(1);
  const second = connected('second');
  expect(fleet.choose(sampleOrder({ jobId: 'next', stream: 'other' }), new Set())).toEqual({
    transcoder: second.transcoder,
  });
});

function connected(name: string, changes: Partial<Hello> = {}) {
  const told: Parameters<Send>[0][] = [];
  const send: Send = (response) => told.push(response);
  const transcoder = fleet.welcome({
    instanceId: name,
    name,
    version: '1.0.0',
    pixelsPerSecond: 1_000_000_000,
    maxSessions: 0,
    decoders: ['h264'],
    encoders: [VideoCodec.VIDEO_CODEC_H264],
    devices: ['cpu'],
    running: [],
    ...changes,
  });
  transcoder.connected(send);
  return { transcoder, send, told };
}

/** A job that was ordered, and given to whom the fleet chose. */
function orderedJob(changes: Partial<ValidOrder> = {}) {
  const said: Said[] = [];
  const order = sampleOrder(changes);
  const job: OrchestratedJob<ConnectedTranscoder> = new OrchestratedJob<ConnectedTranscoder>({
    price: { wei: 0, pixels: 1 },
    stallTimeoutMs,
    now: () => nowMs,
    choose: (wanted, except) => fleet.choose(wanted, except),
    objectionTo: () => undefined,
    say: (response) => said.push(response),
    hangUp: () => undefined,
    attemptEnded: () => undefined,
  });
  job.order(order);
  const assignee = fleet.connected.find((transcoder) => transcoder.jobs.includes(job));
  if (assignee === undefined) throw new Error('The order was not given to any transcoder.');
  return { said, job, assignee, order };
}

/** Likewise, and taken on. */
function runningJob(changes: Partial<ValidOrder> = {}) {
  const ordered = orderedJob(changes);
  ordered.job.accepted(ordered.assignee, ordered.order.attempt);
  return ordered;
}

function pass(ms: number): void {
  nowMs += ms;
  fleet.tick();
}

/** What was said, in short: the kind, or the code of the fault with which an attempt ended. */
function words(said: readonly (Said | Parameters<Send>[0])[]): string[] {
  return said.map((response) => {
    if (response.$case !== 'event' || response.value.event?.$case !== 'ended') return response.$case;
    return response.value.event.value.fault?.code ?? 'ended';
  });
}

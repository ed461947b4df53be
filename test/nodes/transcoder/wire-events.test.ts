import { describe, expect, test } from 'vitest';

import { wireEvent, wireProgress } from '../../../src/nodes/transcoder/wire-events.js';
import type { ForwardedEvent } from '../../../src/nodes/transcoder/worker-messages.js';
import { attemptEvent, type AttemptEventBody } from '../../../src/rpc/attempt-event.js';
import type { Progress } from '../../../src/transcoder/result.js';

const progress: Progress = {
  elapsedMs: 1234.56,
  sourceBytes: 1_000_000,
  sourceAccessUnits: 60,
  sourceFrames: 58,
  decodeErrors: 2,
  discontinuities: 1,
  sourceGopsDropped: 0,
  lastSourceTimestampUs: -33_333,
  realTimeRatio: 1.01,
  renditions: [
    {
      name: 'one',
      state: 'running',
      framesIn: 58,
      framesEncoded: 57,
      framesOut: 56,
      framesDropped: 1,
      gopsDropped: 0,
      bytes: 12_345,
      pixelsEncoded: 57 * 640 * 360,
      firstTimestampUs: -100,
      lastTimestampUs: 1_900_000,
      fps: 29.97,
      bitrateBps: 1_199_999.5,
      realTimeRatio: 1,
      latency: {
        count: 56,
        p50Ms: 12.5,
        p90Ms: 15,
        p99Ms: 20,
        maxMs: 21,
        buckets: [
          { upToMs: 12, count: 20 },
          { upToMs: 16, count: 36 },
        ],
      },
    },
    {
      name: 'two',
      state: 'waiting',
      framesIn: 0,
      framesEncoded: 0,
      framesOut: 0,
      framesDropped: 0,
      gopsDropped: 0,
      bytes: 0,
      pixelsEncoded: 0,
      fps: 0,
      bitrateBps: 0,
      realTimeRatio: 0,
    },
  ],
};

/** What is told of an event, which any node has to take. */
function told(event: ForwardedEvent): AttemptEventBody {
  const body = wireEvent(event);
  expect(attemptEvent.safeParse({ jobId: 'job', attempt: 1, event: body })).toMatchObject({ success: true });
  return body;
}

describe('The start', () => {
  const source = { container: 'mpegts', live: true };
  const started = { type: 'started', renditions: [], timestampBaseUs: 90_000 } as const;

  test('says what the source is.', () => {
    const video = { codec: 'h264', width: 1920, height: 1080, fps: 30 };
    const event = { ...started, source: { ...source, video, audio: { codec: 'aac' } } } as unknown as ForwardedEvent;
    expect(told(event)).toEqual({
      $case: 'started',
      value: {
        timestampBaseUs: 90_000,
        videoCodec: 'h264',
        width: 1920,
        height: 1080,
        fps: 30,
        audioCodec: 'aac',
      },
    });
  });

  test('of a source without pictures, or sound, leaves them empty.', () => {
    expect(told({ ...started, source } as unknown as ForwardedEvent)).toMatchObject({
      value: { videoCodec: '', width: 0, height: 0, fps: 0, audioCodec: '' },
    });
  });
});

test('Progress is told in whole milliseconds and bits, with what the network has words for.', () => {
  const { renditions, ...rest } = wireProgress(progress);
  expect(rest).toEqual({
    elapsedMs: 1235,
    sourceBytes: 1_000_000,
    sourceAccessUnits: 60,
    sourceFrames: 58,
    decodeErrors: 2,
    lastSourceTimestampUs: -33_333,
    realTimeRatio: 1.01,
  });
  expect(renditions[0]).toEqual({
    name: 'one',
    state: 'RENDITION_STATE_RUNNING',
    framesEncoded: 57,
    framesOut: 56,
    framesDropped: 1,
    bytes: 12_345,
    pixelsEncoded: 57 * 640 * 360,
    lastTimestampUs: 1_900_000,
    bitrateBps: 1_200_000,
    latency: {
      count: 56,
      p50Ms: 12.5,
      p99Ms: 20,
      maxMs: 21,
      buckets: [
        { upToMs: 12, count: 20 },
        { upToMs: 16, count: 36 },
      ],
    },
  });
});

test('What was not measured, read or delivered is left out.', () => {
  const { lastSourceTimestampUs: _, ...unread } = progress;
  expect(wireProgress(unread)).not.toHaveProperty('lastSourceTimestampUs');
  expect(wireProgress(progress).renditions[1]).not.toHaveProperty('latency');
  expect(wireProgress(progress).renditions[1]).not.toHaveProperty('lastTimestampUs');
});

test.each([
  ['waiting', 'RENDITION_STATE_WAITING'],
  ['running', 'RENDITION_STATE_RUNNING'],
  ['finished', 'RENDITION_STATE_FINISHED'],
  ['failed', 'RENDITION_STATE_FAILED'],
] as const)('A rendition that is %s is told so.', (state, word) => {
  const renditions = progress.renditions.map((rendition) => ({ ...rendition, state }));
  expect(wireProgress({ ...progress, renditions }).renditions[0]?.state).toBe(word);
});

test('A rendition that fails is told with whose fault it is.', () => {
  const error = { code: 'UNAUTHORIZED', stage: 'sink', message: 'No.', url: 'rtmp://output.example/live/…' } as const;
  expect(told({ type: 'renditionFailed', name: 'one', error })).toEqual({
    $case: 'renditionFailed',
    value: { name: 'one', fault: { ...error, class: 'FAULT_CLASS_OUTPUT' } },
  });
});

test('The other events are told as they are.', () => {
  expect(told({ type: 'renditionStarted', name: 'one', sinceSourceFirstByteMs: 31.5 })).toEqual({
    $case: 'renditionStarted',
    value: { name: 'one', sinceSourceFirstByteMs: 31.5 },
  });
  expect(told({ type: 'renditionFinished', name: 'one' })).toEqual({
    $case: 'renditionFinished',
    value: { name: 'one' },
  });
  expect(told({ type: 'warning', code: 'NO_VIDEO', message: 'There is none.' })).toEqual({
    $case: 'warning',
    value: { code: 'NO_VIDEO', message: 'There is none.' },
  });
  expect(told({ type: 'progress', ...progress })).toMatchObject({ $case: 'progress', value: { sourceFrames: 58 } });
});

test('A warning of any length can be sent: one message that cannot be would end every job of the transcoder.', () => {
  told({ type: 'warning', code: 'LISTENER_THREW', message: 'x'.repeat(10_000) });
});

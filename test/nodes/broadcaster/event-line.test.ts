import { expect, test } from 'vitest';

import { eventLine } from '../../../src/nodes/broadcaster/event-line.js';
import type { JobEvent } from '../../../src/nodes/broadcaster/job-events.js';
import { sampleFault, sampleProgress } from '../wire-samples.js';

function parsed(event: JobEvent): unknown {
  const line = eventLine(event);
  expect(line.indexOf('\n'), 'one line').toBe(line.length - 1);
  return JSON.parse(line);
}

test('An event is a line of JSON that names it in words with dashes between them.', () => {
  expect(parsed({ type: 'firstFrame', attempt: 2, rendition: 'one', sinceNotificationMs: 120.5 })).toEqual({
    event: 'first-frame',
    attempt: 2,
    rendition: 'one',
    sinceNotificationMs: 120.5,
  });
  expect(parsed({ type: 'renditionFinished', attempt: 1, rendition: 'one' })).toMatchObject({
    event: 'rendition-finished',
  });
  expect(parsed({ type: 'finished' })).toEqual({ event: 'finished' });
  expect(parsed({ type: 'cancelled', outputs: 'finished' })).toEqual({ event: 'cancelled', outputs: 'finished' });
});

test('A failure says whose fault it is in one word.', () => {
  expect(parsed({ type: 'failed', fault: sampleFault('source', 'NOT_FOUND') })).toEqual({
    event: 'failed',
    fault: { class: 'source', code: 'NOT_FOUND', stage: 'node', message: 'A sample.' },
  });
});

test('A failover and a failed rendition say likewise why.', () => {
  const fault = { ...sampleFault('output', 'REFUSED'), url: 'rtmp://output.example/live/…' };
  const body = { class: 'output', code: 'REFUSED', stage: 'node', message: 'A sample.', url: fault.url };
  expect(parsed({ type: 'failover', attempt: 1, cause: fault })).toMatchObject({ event: 'failover', cause: body });
  expect(parsed({ type: 'renditionFailed', attempt: 1, rendition: 'one', fault })).toMatchObject({
    event: 'rendition-failed',
    fault: body,
  });
});

test('Progress has the states in one word, and of the latency no histogram.', () => {
  const progress = sampleProgress(10, 9, 5);
  const latency = { count: 9, p50Ms: 1, p99Ms: 2, maxMs: 3, buckets: [{ upToMs: 4, count: 9 }] };
  const renditions = progress.renditions.map((rendition) => ({ ...rendition, latency }));
  expect(parsed({ type: 'progress', attempt: 1, progress: { ...progress, renditions } })).toMatchObject({
    event: 'progress',
    progress: {
      sourceFrames: 10,
      renditions: [{ state: 'running', lastTimestampUs: 5, latency: { p50Ms: 1, p99Ms: 2, maxMs: 3 } }],
    },
  });
});

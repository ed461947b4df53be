import { describe, expect, test } from 'vitest';

import { RetryPolicy } from '../../../src/nodes/broadcaster/retry-policy.js';
import { FaultClass } from '../../../src/rpc/attempt-event.js';
import { sampleFault, type FaultWord } from '../wire-samples.js';

/** A policy of three attempts, told of failures one after the other. */
class Failures {
  readonly #policy = new RetryPolicy(3);

  after(word: FaultWord, { code = 'SAMPLE', lastedMs = 1000, tookOver = false, nowMs = 0 } = {}) {
    return this.#policy.next({ fault: sampleFault(word, code), lastedMs, tookOver }, nowMs);
  }

  /** The next orchestrator did not take the order. */
  untaken(code: string) {
    return this.#policy.next({ fault: sampleFault('orchestrator', code), lastedMs: undefined, tookOver: false }, 0);
  }
}

const retry = { step: 'retry', afterMs: 0 };

test("A transcoder's fault is answered by another attempt at once.", () => {
  expect(new Failures().after('transcoder')).toEqual(retry);
});

test("An orchestrator's fault is answered by another orchestrator.", () => {
  expect(new Failures().after('orchestrator')).toEqual({ step: 'elsewhere' });
});

describe.each(['source', 'cancelled'] as const)('A fault of class %s', (word) => {
  test('is not tried again.', () => {
    expect(new Failures().after(word)).toEqual({ step: 'fail', fault: sampleFault(word) });
  });

  test('is not tried again behind a takeover either.', () => {
    expect(new Failures().after(word, { tookOver: true })).toMatchObject({ step: 'fail' });
  });
});

test('As many attempts fail in a row as there may be, whoever is at fault.', () => {
  const failures = new Failures();
  expect(failures.after('transcoder')).toEqual(retry);
  expect(failures.after('orchestrator')).toEqual({ step: 'elsewhere' });
  expect(failures.after('transcoder')).toEqual({ step: 'fail', fault: sampleFault('transcoder') });
});

test('An attempt that went for a minute makes up for those that failed before it.', () => {
  const failures = new Failures();
  failures.after('transcoder');
  failures.after('transcoder');
  expect(failures.after('transcoder', { lastedMs: 60_000 })).toEqual(retry);
  expect(failures.after('transcoder')).toEqual(retry);
  expect(failures.after('transcoder')).toMatchObject({ step: 'fail' });
});

test('An orchestrator that is not there is passed over, however many there are of them; one that does not answer counts.', () => {
  const failures = new Failures();
  for (let time = 0; time < 10; time += 1) expect(failures.untaken('ORCHESTRATOR_LOST')).toEqual({ step: 'elsewhere' });
  expect(failures.untaken('TIMED_OUT')).toEqual({ step: 'elsewhere' });
  expect(failures.untaken('TIMED_OUT')).toEqual({ step: 'elsewhere' });
  expect(failures.untaken('TIMED_OUT')).toMatchObject({ step: 'fail' });
});

test('A transcoder that is about to stop hands its attempt over, however often that happens.', () => {
  const failures = new Failures();
  for (let time = 0; time < 10; time += 1)
    expect(failures.after('transcoder', { code: 'TRANSCODER_DRAINING' })).toEqual(retry);
});

test("Two workers that crash show that it is the source's fault.", () => {
  const failures = new Failures();
  expect(failures.after('transcoder', { code: 'WORKER_CRASHED' })).toEqual(retry);
  expect(failures.after('transcoder', { code: 'WORKER_CRASHED' })).toMatchObject({
    step: 'fail',
    fault: { class: FaultClass.FAULT_CLASS_SOURCE, code: 'SOURCE_CRASHES_CODEC' },
  });
});

test('A worker that crashes after a minute of work is the first one.', () => {
  const failures = new Failures();
  failures.after('transcoder', { code: 'WORKER_CRASHED' });
  expect(failures.after('transcoder', { code: 'WORKER_CRASHED', lastedMs: 60_000 })).toEqual(retry);
  expect(failures.after('transcoder', { code: 'WORKER_CRASHED' })).toMatchObject({ step: 'fail' });
});

test("An output's fault is not tried again, as every transcoder would see the same.", () => {
  expect(new Failures().after('output')).toEqual({ step: 'fail', fault: sampleFault('output') });
});

test('An output that may still have the publisher before is tried again for five seconds, and not counted.', () => {
  const failures = new Failures();
  for (let nowMs = 0; nowMs < 5000; nowMs += 250)
    expect(failures.after('output', { tookOver: true, nowMs })).toEqual({ step: 'retry', afterMs: 250 });
  expect(failures.after('output', { tookOver: true, nowMs: 5000 })).toMatchObject({ step: 'fail' });
});

test('The next takeover has five seconds of its own.', () => {
  const failures = new Failures();
  failures.after('output', { tookOver: true, nowMs: 0 });
  failures.after('transcoder', { tookOver: true, nowMs: 4000 });
  expect(failures.after('output', { tookOver: true, nowMs: 8000 })).toMatchObject({ step: 'retry' });
});

test('The next takeover has five seconds of its own, also when the transcoder before only left.', () => {
  const failures = new Failures();
  failures.after('output', { tookOver: true, nowMs: 0 });
  failures.after('transcoder', { code: 'TRANSCODER_DRAINING', tookOver: true, nowMs: 60_000 });
  expect(failures.after('output', { tookOver: true, nowMs: 60_250 })).toMatchObject({ step: 'retry' });
});

import { fileURLToPath } from 'node:url';

import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { Attempt } from '../../../src/nodes/transcoder/attempt.js';
import type { DevicePlace } from '../../../src/nodes/transcoder/devices/device-place.js';
import { workerJob } from '../../../src/nodes/transcoder/worker-job.js';
import { WorkerPool } from '../../../src/nodes/transcoder/worker-pool.js';
import { TranscoderMetrics } from '../../../src/observe/transcoder-metrics.js';
import type { AttemptEventBody } from '../../../src/rpc/attempt-event.js';
import { silentLog } from '../silent-log.js';
import { sampleOrder } from '../wire-samples.js';

const metrics = new TranscoderMetrics(new Registry());
let pool: WorkerPool;

function openPool(entry: string, silenceLimitMs = 60_000): void {
  pool = new WorkerPool({ warm: 1, silenceLimitMs, entry: fileURLToPath(new URL(entry, import.meta.url)), metrics });
}

beforeEach(() => {
  openPool('scripted-worker.mjs');
});

afterEach(async () => {
  vi.clearAllMocks();
  await pool[Symbol.asyncDispose]();
});

/** Where attempts are: keeps what it is told. */
const place = {
  heard: vi.fn<DevicePlace['heard']>(),
  hung: vi.fn<DevicePlace['hung']>(),
  ended: vi.fn<DevicePlace['ended']>(),
};

/** An attempt at what a scripted worker makes of this source. */
class Tried {
  readonly attempt: Attempt;
  readonly events: AttemptEventBody[] = [];
  #changed: () => void = () => undefined;

  constructor(url: string, durationMs = 0) {
    const order = sampleOrder({ source: { url, videoCodec: '' }, durationMs });
    this.attempt = new Attempt({
      order,
      job: workerJob(order, 'none', { accel: 'none', network: {}, playerHeadStartMs: 0 }, 250),
      place,
      leaseMs: 60_000,
      pool,
      log: silentLog,
      metrics,
      onEvent: (event) => {
        this.events.push(event);
        this.#changed();
      },
    });
  }

  async until(word: AttemptEventBody['$case']): Promise<void> {
    while (!this.events.some(({ $case }) => $case === word))
      await new Promise<void>((resolve) => (this.#changed = resolve));
  }

  /** The code of the fault with which it ended; `finished` without one. */
  async outcome(): Promise<string> {
    await this.until('ended');
    const last = this.events.at(-1);
    return last?.$case === 'ended' ? (last.value.fault?.code ?? 'finished') : 'not the last event';
  }
}

test('An attempt tells what its worker tells, and its end last.', async () => {
  const tried = new Tried('script:finish');
  expect(await tried.outcome()).toBe('finished');
  expect(tried.events.map(({ $case }) => $case)).toEqual(['warning', 'ended']);
});

test("The engine's failure is the attempt's.", async () => {
  const tried = new Tried('script:fail');
  expect(await tried.outcome()).toBe('NOT_FOUND');
  expect(tried.events[0]).toMatchObject({ value: { fault: { class: 'FAULT_CLASS_SOURCE', stage: 'source' } } });
});

test('A worker that crashes is the fault of the transcoder.', async () => {
  const tried = new Tried('script:crash');
  expect(await tried.outcome()).toBe('WORKER_CRASHED');
  expect(tried.events[0]).toMatchObject({ value: { fault: { class: 'FAULT_CLASS_TRANSCODER' } } });
});

test('So is one that freezes.', async () => {
  await pool[Symbol.asyncDispose]();
  openPool('scripted-worker.mjs', 500);
  expect(await new Tried('script:freeze').outcome()).toBe('WORKER_FROZEN');
});

test('So is a machine that can start no worker: the attempt does not wait for ever.', async () => {
  await pool[Symbol.asyncDispose]();
  process.env['MILLRACE_TEST_STARTS'] = '/dev/null';
  openPool('unstartable-worker.mjs');
  const tried = new Tried('script:finish');
  expect(await tried.outcome()).toBe('WORKER_FROZEN');
  delete process.env['MILLRACE_TEST_STARTS'];
});

describe('An attempt that is', () => {
  test('stopped ends well.', async () => {
    const tried = new Tried('script:run');
    await tried.until('warning');
    tried.attempt.stop();
    expect(await tried.outcome()).toBe('finished');
  });

  test('stopped before it has a worker ends well, too.', async () => {
    const tried = new Tried('script:run');
    tried.attempt.stop();
    expect(await tried.outcome()).toBe('finished');
  });

  test('cancelled ends at once, and once.', async () => {
    const tried = new Tried('script:run');
    await tried.until('warning');
    tried.attempt.cancel();
    tried.attempt.cancel();
    expect(tried.events.map(({ $case }) => $case)).toEqual(['warning', 'ended']);
    expect(await tried.outcome()).toBe('CANCELLED');
    // Its worker is there for another, and nothing follows.
    expect(await new Tried('script:finish').outcome()).toBe('finished');
    expect(tried.events).toHaveLength(2);
  });

  test('cancelled before it has a worker leaves that to others.', async () => {
    const tried = new Tried('script:run');
    tried.attempt.cancel();
    expect(await tried.outcome()).toBe('CANCELLED');
    expect(await new Tried('script:finish').outcome()).toBe('finished');
    expect(tried.events).toHaveLength(1);
  });
});

describe('The device that an attempt is at', () => {
  test('hears what happens, and how it ended.', async () => {
    expect(await new Tried('script:finish').outcome()).toBe('finished');
    expect(place.heard).toHaveBeenCalledWith(expect.objectContaining({ type: 'warning', code: 'PID' }));
    expect(place.ended).toHaveBeenLastCalledWith(undefined);
    expect(await new Tried('script:fail').outcome()).toBe('NOT_FOUND');
    expect(place.ended).toHaveBeenLastCalledWith('NOT_FOUND');
    expect(place.hung).not.toHaveBeenCalled();
  });

  test('is free again when the worker has crashed, or none was needed.', async () => {
    await new Tried('script:crash').outcome();
    expect(place.ended).toHaveBeenCalled();
    place.ended.mockClear();
    new Tried('script:run').attempt.cancel();
    expect(place.ended).toHaveBeenCalled();
  });

  test('is free only when a cancelled attempt is really over.', async () => {
    const tried = new Tried('script:run');
    await tried.until('warning');
    tried.attempt.cancel();
    expect(await tried.outcome()).toBe('CANCELLED');
    expect(place.ended).not.toHaveBeenCalled();
    await vi.waitFor(() => {
      expect(place.ended).toHaveBeenCalledWith('CANCELLED');
    });
    expect(place.hung).not.toHaveBeenCalled();
  });

  test('is told of a worker that freezes.', async () => {
    await pool[Symbol.asyncDispose]();
    openPool('scripted-worker.mjs', 500);
    await new Tried('script:freeze').outcome();
    expect(place.hung).toHaveBeenCalledOnce();
    expect(place.ended).toHaveBeenCalled();
  });

  test('is told of a job that hangs in the driver: its worker, which answers otherwise, is replaced.', async () => {
    const tried = new Tried('script:hang');
    await tried.until('warning');
    const [hanging] = tried.events;
    const pid = hanging?.$case === 'warning' ? Number(hanging.value.message) : 0;
    tried.attempt.cancel();
    expect(await tried.outcome()).toBe('CANCELLED');
    await vi.waitFor(
      () => {
        expect(() => process.kill(pid, 0)).toThrow('ESRCH');
      },
      { timeout: 10_000 },
    );
    expect(place.hung).toHaveBeenCalledOnce();
    await vi.waitFor(() => {
      expect(place.ended).toHaveBeenCalledOnce();
    });
    expect(await new Tried('script:finish').outcome()).toBe('finished');
  }, 20_000);
});

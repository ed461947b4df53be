import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { WorkerPool } from '../../../src/nodes/transcoder/worker-pool.js';
import type { WorkerJob, WorkerReport } from '../../../src/nodes/transcoder/worker-messages.js';
import type { Worker } from '../../../src/nodes/transcoder/worker.js';
import { TranscoderMetrics } from '../../../src/observe/transcoder-metrics.js';
import { ServerProcess } from '../../servers/server-process.js';

const fixture = (name: string) => fileURLToPath(new URL(name, import.meta.url));

let pool: WorkerPool;

function openPool(
  changes: { warm?: number; silenceLimitMs?: number; startLimitMs?: number; entry?: string } = {},
): WorkerPool {
  pool = new WorkerPool({
    warm: 1,
    silenceLimitMs: 60_000,
    entry: fixture('scripted-worker.mjs'),
    metrics: new TranscoderMetrics(new Registry()),
    ...changes,
  });
  return pool;
}

afterEach(async () => {
  await pool[Symbol.asyncDispose]();
});

test('A worker does one job after the other.', async () => {
  openPool({ warm: 0 });
  const first = await pool.take();
  expect(await result(first, 'script:finish')).toEqual(['event', 'ended']);
  pool.giveBack(first);
  const second = await pool.take();
  expect(second.pid).toBe(first.pid);
  expect(await result(second, 'script:finish')).toEqual(['event', 'ended']);
});

test('A job that fails leaves its worker as it was.', async () => {
  openPool({ warm: 0 });
  const worker = await pool.take();
  expect(await result(worker, 'script:fail')).toEqual(['ended NOT_FOUND']);
  expect(await result(worker, 'script:finish')).toEqual(['event', 'ended']);
});

test('Another worker is made warm when one is taken.', async () => {
  openPool({ warm: 1 });
  const workers = [await pool.take(), await pool.take(), await pool.take()];
  expect(new Set(workers.map(({ pid }) => pid)).size).toBe(3);
});

test('A worker that crashes is lost with its job, and another takes its place.', async () => {
  openPool({ warm: 1 });
  const worker = await pool.take();
  expect(await result(worker, 'script:crash')).toEqual(['crashed SIGABRT']);
  expect(isAlive(worker.pid)).toBe(false);
  const next = await pool.take();
  expect(await result(next, 'script:finish')).toEqual(['event', 'ended']);
});

test('A worker that ends by itself is lost likewise, with its exit code.', async () => {
  openPool();
  expect(await result(await pool.take(), 'script:exit')).toEqual(['crashed exit code 7']);
});

test('A worker that crashes takes no other with it.', async () => {
  openPool({ warm: 2 });
  const [crashing, other] = [await pool.take(), await pool.take()];
  const reports = running(other, 'script:run');
  await reports.until('event');
  expect(await result(crashing, 'script:crash')).toEqual(['crashed SIGABRT']);
  other.stop();
  await reports.until('ended');
});

test('A worker that is frozen is killed, and its job is lost.', async () => {
  openPool({ silenceLimitMs: 500 });
  const worker = await pool.take();
  expect(await result(worker, 'script:freeze')).toEqual(['frozen SIGKILL']);
  expect(isAlive(worker.pid)).toBe(false);
});

test('A worker that is at work and goes on saying so is not.', async () => {
  openPool({ silenceLimitMs: 500 });
  const worker = await pool.take();
  const reports = running(worker, 'script:run');
  await sleep(1200);
  worker.stop();
  await reports.until('ended');
  expect(reports.said).toEqual(['event', 'ended']);
});

test('A job can be stopped properly, or broken off.', async () => {
  openPool();
  const worker = await pool.take();
  const stopped = running(worker, 'script:run');
  await stopped.until('event');
  worker.stop();
  await stopped.until('ended');
  const cancelled = running(worker, 'script:run');
  await cancelled.until('event');
  worker.cancel();
  await cancelled.until('ended CANCELLED');
});

test('A pool that ends ends its workers, busy or not.', async () => {
  openPool({ warm: 2 });
  const workers = [await pool.take(), await pool.take()];
  const [busy] = workers;
  if (busy !== undefined) running(busy, 'script:deaf');
  await pool[Symbol.asyncDispose]();
  for (const { pid } of workers) expect(isAlive(pid)).toBe(false);
});

test('A worker that never becomes ready is killed, and another takes its place.', async () => {
  openPool({ warm: 1, startLimitMs: 300, entry: fixture('unready-worker.mjs') });
  const first = await childOf(process.pid);
  const second = await childOf(process.pid, first);
  expect(second).not.toBe(first);
  expect(isAlive(first)).toBe(false);
});

describe('A program that cannot start', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-worker-'));
    process.env['MILLRACE_TEST_STARTS'] = join(folder, 'starts');
  });

  afterEach(() => {
    delete process.env['MILLRACE_TEST_STARTS'];
    rmSync(folder, { recursive: true, force: true });
  });

  test('is not started again and again without a pause.', async () => {
    openPool({ entry: fixture('unstartable-worker.mjs') });
    const starts = () => {
      try {
        return readFileSync(join(folder, 'starts'), 'utf8').trim().split('\n').map(Number);
      } catch {
        return [];
      }
    };
    while (starts().length < 3) await sleep(20);
    const times = starts();
    for (const [index, time] of times.slice(1).entries()) expect(time - (times[index] ?? 0)).toBeGreaterThan(400);
  });

  test('is not started for those who wait no longer.', async () => {
    openPool({ warm: 0, entry: fixture('unstartable-worker.mjs') });
    const starts = () => {
      try {
        return readFileSync(join(folder, 'starts'), 'utf8').trim().split('\n').length;
      } catch {
        return 0;
      }
    };
    const waiting = new AbortController();
    const taken = [pool.take(waiting.signal), pool.take(waiting.signal)];
    waiting.abort();
    for (const take of taken) await expect(take).rejects.toBe(waiting.signal.reason);
    while (starts() < 2) await sleep(20);
    await sleep(1200);
    expect(starts()).toBe(2);
  });

  test('nor when the system refuses to make a process at all, which ends nothing else.', async () => {
    openPool({ warm: 1, entry: 'not\0a path' });
    const waiting = new AbortController();
    const taken = pool.take(waiting.signal);
    await sleep(700); // it has been tried again by then
    waiting.abort();
    await expect(taken).rejects.toBe(waiting.signal.reason);
  });

  test('also not when there is no program to run it with, and the pool ends all the same.', async () => {
    const { execPath } = process;
    process.execPath = join(folder, 'nothing');
    try {
      openPool();
    } finally {
      process.execPath = execPath;
    }
    // The pool finds that it has none, and starts another.
    const worker = await pool.take();
    expect(await result(worker, 'script:finish')).toEqual(['event', 'ended']);
  });
});

test.for(['MILLRACE_ORCH_SECRET', 'MILLRACE_AUTH_WEBHOOK_URL', 'MILLRACE_NGINX_CONTROL_URL'])(
  'No secret of the environment is given to a worker: %s.',
  async (name) => {
    vi.stubEnv(name, 'http://user:hunter2@127.0.0.1/');
    openPool();
    const { pid } = await pool.take();
    vi.unstubAllEnvs();
    expect(readFileSync(`/proc/${pid ?? 0}/environ`, 'utf8')).not.toContain('hunter2');
  },
);

test('A worker whose node is killed ends, and so does one that was being started then.', async () => {
  openPool({ warm: 0 });
  const node = new ServerProcess(process.execPath, [fixture('pool-process.mjs')]);
  await node.says(/worker \d+\n/);
  const pid = Number(/worker (\d+)/.exec(node.said)?.[1]);
  expect(isAlive(pid)).toBe(true);
  // This waits for the standard error that all of its processes share.
  await node[Symbol.asyncDispose]();
  while (isAlive(pid)) await sleep(20);
});

interface Reports {
  /** Each in short: `event`, `ended`, `ended CODE`, `crashed SIGNAL`, `frozen SIGNAL`. */
  said: string[];
  until(what: string): Promise<void>;
}

/** Gives a worker a job, and listens. */
function running(worker: Worker, url: string): Reports {
  const said: string[] = [];
  let changed: () => void = () => undefined;
  const say = (what: string) => {
    said.push(what);
    changed();
  };
  worker.run({ input: { url } } as WorkerJob, 60_000, {
    onReport: (report) => {
      say(inShort(report));
    },
    onLost: (cause, detail) => {
      say(`${cause} ${detail}`);
    },
  });
  const until = async (what: string) => {
    while (!said.includes(what)) await new Promise<void>((resolve) => (changed = resolve));
  };
  return { said, until };
}

/** What a worker says of a job, to its end. */
async function result(worker: Worker, url: string): Promise<string[]> {
  const { said } = running(worker, url);
  while (!/^(ended|crashed|frozen)/.test(said.at(-1) ?? '')) await sleep(5);
  return said;
}

function inShort(report: Extract<WorkerReport, { type: 'event' | 'ended' }>): string {
  return report.type === 'ended' && report.error !== undefined ? `ended ${report.error.code}` : report.type;
}

/** The worker of this process, when there is one beside the process `not`. */
async function childOf(pid: number, not?: number): Promise<number> {
  for (;;) {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
    const found = children.find((child) => child !== not && isWorker(child));
    if (found !== undefined) return found;
    await sleep(20);
  }
}

function isWorker(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('unready-worker');
  } catch {
    return false;
  }
}

function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

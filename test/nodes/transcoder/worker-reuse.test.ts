import { fileURLToPath } from 'node:url';

import { describe, expect, it, vi } from 'vitest';

import { WorkerPool } from '../../../src/nodes/transcoder/worker-pool.js';
import { createRegistry } from '../../../src/observe/metrics.js';
import { TranscoderMetrics } from '../../../src/observe/transcoder-metrics.js';

/** Workers that do nothing, quickly. */
const entry = fileURLToPath(new URL('../../../dist/bench/network/stub-worker-process.js', import.meta.url));

function startPool(warm: number) {
  const metrics = new TranscoderMetrics(createRegistry({ version: 'test', roles: ['transcoder'] }));
  const workers = vi.spyOn(metrics, 'workers');
  const pool = new WorkerPool({ warm, silenceLimitMs: 5000, entry, metrics });
  const idle = async (count: number) => {
    await vi.waitFor(() => {
      expect(workers.mock.lastCall?.[0].idle).toBe(count);
    });
  };
  return { pool, idle };
}

describe('workers that are given back', () => {
  it('has a warm one ready while another works', async () => {
    const { pool, idle } = startPool(1);
    await using _pool = pool;
    const busy = await pool.take();
    await idle(1);
    expect(await pool.take()).not.toBe(busy);
  });

  it('gives the next job the worker of the last one, although a spare one was started meanwhile', async () => {
    const { pool, idle } = startPool(1);
    await using _pool = pool;
    const first = await pool.take();
    await idle(1);
    pool.giveBack(first);
    await idle(2);
    expect(await pool.take()).toBe(first);
  });

  it('takes no notice of one that is given back after it ended', async () => {
    const { pool, idle } = startPool(1);
    await using _pool = pool;
    const worker = await pool.take();
    await idle(1);
    worker.kill();
    await vi.waitFor(() => {
      expect(() => process.kill(worker.pid ?? 0, 0)).toThrow('ESRCH');
    });
    pool.giveBack(worker);
    expect(await pool.take()).not.toBe(worker);
  });
});

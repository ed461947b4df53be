import { open } from 'node:fs/promises';

import { describe, expect, it } from 'vitest';

import { cpuSeconds, descriptors, residentBytes } from '../../../src/bench/network/process-memory.js';

describe('what the kernel says of a process', () => {
  it('has its resident memory as the process itself sees it', () => {
    expect(residentBytes(process.pid) / process.memoryUsage.rss()).toBeCloseTo(1, 0);
  });

  it('counts a file that is open', async () => {
    const before = descriptors(process.pid);
    await using _file = await open('/dev/null');
    expect(descriptors(process.pid)).toBe(before + 1);
  });

  it('has processor time that agrees with what the process has used', () => {
    const { user, system } = process.cpuUsage();
    expect(Math.abs(cpuSeconds(process.pid) - (user + system) / 1e6)).toBeLessThan(1);
  });
});

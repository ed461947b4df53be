import { describe, expect, it } from 'vitest';

import type { NetworkReport } from '../../src/bench/network/network-benchmark.js';
import { millrace } from './millrace-process.js';

// Four processes, on a machine that may be busy with other tests; how good the figures are is not looked at.
describe('millrace bench network', { timeout: 120_000 }, () => {
  it('measures how soon a source is opened, and names the limit', async () => {
    const { code, stdout, stderr } = await millrace(['bench', 'network', '--only', 'open', '--rounds', '1', '--json']);
    expect(code, stderr).toBe(0);
    const { measurements } = JSON.parse(stdout) as NetworkReport;
    expect(measurements).toMatchObject([{ part: 'open', unit: 'ms', goal: { atMost: 15 } }]);
    expect(measurements[0]?.millrace).toHaveLength(20);
  });

  it('refuses a part that there is not, and names those there are', async () => {
    const { code, stderr } = await millrace(['bench', 'network', '--only', 'soak']);
    expect(code).toBe(2);
    expect(stderr).toContain('first-byte');
  });

  it('is explained by the help of the benchmark', async () => {
    const { stdout } = await millrace(['bench', '--help']);
    expect(stdout).toContain('millrace bench network [--only PART,…]');
  });
});

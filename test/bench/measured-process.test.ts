import { describe, expect, it } from 'vitest';

import { runMeasured, runTogether } from '../../src/bench/measured-process.js';

const node = (script: string) => ({ program: process.execPath, args: ['-e', script] });

describe('runMeasured', () => {
  it('hands on what the process prints', async () => {
    let printed = '';
    await runMeasured(node('console.log("figures")'), { onStdout: (text) => (printed += text) });
    expect(printed).toBe('figures\n');
  });

  it('sees the memory that the process had at its most', async () => {
    const script = 'let b = Buffer.alloc(3e8, 1); setTimeout(() => { b = undefined; setTimeout(() => {}, 100) }, 100)';
    const { peakMemoryMB } = await runMeasured(node(script));
    expect(peakMemoryMB).toBeGreaterThan(300);
  });

  it('counts the processor time of the process, not the time it waited', async () => {
    const spinning = await runMeasured(node('const end = Date.now() + 500; while (Date.now() < end);'));
    expect(spinning.cpuSeconds).toBeGreaterThan(0);
    expect(spinning.wallMs).toBeGreaterThan(0);
  });

  it('fails with the last words of a process that fails', async () => {
    await expect(runMeasured(node('console.error("no luck"); process.exit(3)'))).rejects.toThrow(
      /ended with 3:\nno luck/,
    );
  });

  it('fails when there is no such program', async () => {
    await expect(runMeasured({ program: '/nonexistent/program', args: [] })).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('kills a process that outstays its limit', async () => {
    await expect(runMeasured(node('setInterval(() => {}, 1000)'), { limitMs: 200 })).rejects.toThrow(/SIGKILL/);
  });
});

describe('runTogether', () => {
  it('kills the others when one fails', async () => {
    const commands = [node('setInterval(() => {}, 1000)'), node('process.exit(1)')];
    await expect(runTogether(commands)).rejects.toThrow(/ended with 1/);
  });
});

import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { BenchmarkReport } from '../../src/bench/benchmark.js';
import { makeSource } from '../packaging/media.js';
import { MillraceProcess, millrace } from './millrace-process.js';

/** 1 s at 30 fps, so that a run is short; how good the figures are is not looked at here. */
let source: string;
/** 10 frames, for what is encoded and judged many times over. */
let scrap: string;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-test-'));
  source = join(folder, 'source.ts');
  scrap = join(folder, 'scrap.ts');
  await Promise.all([makeSource(source, 1), makeSource(scrap, 1 / 3)]);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

// Several processes one after the other, on a machine that may be busy with other tests.
describe('millrace bench', { timeout: 180_000 }, () => {
  it('says what to install when there is no ffmpeg', async () => {
    const { code, stderr } = await millrace(['bench', '--ffmpeg', '/nonexistent/ffmpeg']);
    expect(code).toBe(1);
    expect(stderr).toContain('install it (apt install ffmpeg)');
  });

  it('measures both contenders at live pace, in a table and in a page', async () => {
    const page = join(folder, 'report.html');
    const { code, stdout, stderr } = await millrace([
      ...['bench', '--only', 'latency,memory', '--rounds', '1', '--source', source, '--report', page],
    ]);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^720p latency per frame, median +[\d.]+ m?s +[\d.]+ m?s +[\d.]+ ×/m);
    expect(stdout).toMatch(/^360p frames delivered of 30 +\d/m);
    expect(stdout).toMatch(/^peak memory, live +\d[\d.]* MB +\d[\d.]* MB/m);
    expect(readFileSync(page, 'utf8')).toContain('<circle class="millrace"');
  });

  it('measures files and judges their pictures, as JSON', async () => {
    const { code, stdout, stderr } = await millrace([
      ...['bench', '--only', 'throughput,quality', '--rounds', '1', '--source', scrap, '--json'],
    ]);
    expect(code, stderr).toBe(0);
    const { measurements } = JSON.parse(stdout) as BenchmarkReport;
    const similarities = measurements.filter(({ what }) => what.startsWith('SSIM'));
    expect(similarities).toHaveLength(6);
    for (const { millrace: ours, ffmpeg: theirs } of similarities) {
      expect(ours[0]).toBeGreaterThan(0.8);
      expect(theirs?.[0]).toBeGreaterThan(0.8);
    }
    expect(measurements.filter(({ unit }) => unit === 'fps')).toHaveLength(2);
  });

  it('measures how quickly jobs are broken off', async () => {
    const { code, stdout, stderr } = await millrace(['bench', '--only', 'abort', '--rounds', '1', '--source', source]);
    expect(code, stderr).toBe(0);
    expect(stdout.match(/: run\(\) rejects +[\d.]+ ms/g)).toHaveLength(5);
  });

  it('ends at once on Ctrl-C and leaves no file behind', async () => {
    const temporary = mkdtempSync(join(folder, 'temporary-'));
    const run = new MillraceProcess(['bench', '--only', 'latency', '--source', source], { TMPDIR: temporary });
    await run.said(/live pace, round 1/);
    run.signal('SIGINT');
    expect(await run.ended()).toMatchObject({ code: 130, stdout: '' });
    expect(readdirSync(temporary)).toEqual([]);
  });
});

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ladder } from '../../src/bench/ladder.js';
import { latencyFigures } from '../../src/bench/latency-figures.js';
import { liveRun } from '../../src/bench/live-run.js';

let folder: string;
let source: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-test-'));
  source = join(folder, 'source.ts');
  execFileSync('ffmpeg', [
    ...['-loglevel', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=30', '-t', '2'],
    ...['-c:v', 'libx264', '-g', '30', '-f', 'mpegts', source],
  ]);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Passes the source on to every output as it is: whatever is measured then is the meter's own. */
const relay = {
  live: (input: string, outputs: readonly string[]) => ({
    program: 'ffmpeg',
    args: [
      ...['-loglevel', 'error', '-nostdin', '-i', input],
      ...outputs.flatMap((output) => ['-c', 'copy', '-f', 'mpegts', '-method', 'PUT', output]),
    ],
  }),
};

describe('liveRun', () => {
  it('sees every picture of every rendition of every ladder', async () => {
    const { ladders, process } = await liveRun(relay, { source, ladders: 2 });
    expect(ladders).toHaveLength(2);
    for (const seen of ladders) {
      expect(seen.sent).toHaveLength(60);
      expect(seen.renditions).toHaveLength(ladder.length);
      ladder.forEach((_, index) => {
        expect(latencyFigures(seen, index).frames).toBe(60);
      });
    }
    expect(process.peakMemoryMB).toBeGreaterThan(0);
  });

  it('fails with what a contender said, and leaves no meter behind', async () => {
    const failing = { live: () => ({ program: 'ffmpeg', args: ['-i', '/nonexistent/source'] }) };
    await expect(liveRun(failing, { source })).rejects.toThrow(/No such file or directory/);
  });

  it('ends when it is aborted', async () => {
    const abort = new AbortController();
    const run = liveRun(relay, { source, signal: abort.signal });
    abort.abort();
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
  });
});

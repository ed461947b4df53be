import { describe, expect, it } from 'vitest';

import type { BenchmarkReport } from '../../src/bench/benchmark.js';
import { figureText, goalText } from '../../src/bench/figure-text.js';
import { htmlReport } from '../../src/bench/html-report.js';
import { textReport } from '../../src/bench/text-report.js';

const report: BenchmarkReport = {
  measuredAt: '2026-11-22T08:00:00.000Z',
  machine: { processor: 'Test <CPU>', cores: 2, memoryGiB: 24, kernel: '6.1', node: 'v20.20.2', loadAtStart: 0.1 },
  millrace: '0.1.0',
  ffmpeg: '5.1.9',
  source: { file: 'testsrc2 with noise', frames: 360 },
  rounds: 3,
  measurements: [
    {
      ...({ part: 'latency', unit: 'ms', better: 'lower' } as const),
      what: '720p latency per frame, median',
      millrace: [17, 18, 16],
      ffmpeg: [83, 85, 84],
      goal: { atMost: 20, ratioAtMost: 0.25 },
    },
    {
      ...({ part: 'soak', unit: '%', better: 'lower' } as const),
      what: 'memory growth between',
      millrace: [7],
      goal: { atMost: 5 },
    },
  ],
  latenciesMs: { millrace: [17, 18, 16], ffmpeg: [83, 85, 84] },
};

describe('textReport', () => {
  const lines = textReport(report).split('\n');

  it('puts medians, ratio, goal and verdict in one line per measurement', () => {
    const line = lines.find((text) => text.startsWith('720p latency per frame, median'));
    expect(line?.split(/\s{2,}/)).toEqual([
      '720p latency per frame, median',
      '17.0 ms',
      '84.0 ms',
      '0.20 ×',
      '≤ 20 ms, ≤ 0.25 ×',
      'yes',
    ]);
  });

  it('leaves the columns of the peer empty where there is none, and says which goal was missed', () => {
    expect(lines.find((text) => text.startsWith('memory growth'))?.split(/\s{2,}/)).toEqual([
      'memory growth between',
      '7.0 %',
      '≤ 5 %',
      'no',
    ]);
  });

  it('says where and beside what it was measured', () => {
    expect(lines.slice(0, 3).join(' ')).toMatch(/ffmpeg 5\.1\.9.*3 rounds.*Test <CPU>, 2 cores, 24 GiB/);
  });
});

describe('htmlReport', () => {
  const html = htmlReport(report);

  it('needs nothing from elsewhere', () => {
    expect(html).not.toMatch(/<script|src=|href=|url\(|@import/);
  });

  it('escapes what it quotes', () => {
    expect(html).toContain('Test &#60;CPU&#62;');
    expect(html).not.toContain('<CPU>');
  });

  it('draws a dot for the latency of every frame of both contenders', () => {
    expect(html.match(/<circle class="millrace"/g)).toHaveLength(3);
    expect(html.match(/<circle class="ffmpeg"/g)).toHaveLength(3);
  });

  it('draws bars to scale', () => {
    expect(html).toMatch(/<rect class="millrace"[^>]* width="24\.3"/);
    expect(html).toMatch(/<rect class="ffmpeg"[^>]* width="120\.0"/);
  });
});

describe('figures', () => {
  it('are written with as many digits as they are worth', () => {
    expect(figureText(17.26, 'ms')).toBe('17.3 ms');
    expect(figureText(160.4, 'MB')).toBe('160 MB');
    expect(figureText(0.97421, '')).toBe('0.9742');
    expect(figureText(360, '')).toBe('360');
    expect(figureText(undefined, 'ms')).toBe('–');
    expect(figureText(Infinity, 'ms')).toBe('never');
  });

  it('have goals with every bound', () => {
    expect(goalText({ atMost: 20, ratioAtMost: 0.25 }, 'ms')).toBe('≤ 20 ms, ≤ 0.25 ×');
    expect(goalText({ shortfallAtMost: 0.0005 }, '')).toBe('at most 0.0005 below');
    expect(goalText(undefined, 'ms')).toBe('');
  });
});

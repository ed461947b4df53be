import { describe, expect, it } from 'vitest';

import { inkFor, printable } from '../../src/cli/ink.js';
import { describeSource, renditionTable } from '../../src/cli/rendition-table.js';
import type { RenditionPlan } from '../../src/transcoder/events.js';
import type { RenditionProgress } from '../../src/transcoder/result.js';

const running: RenditionProgress = {
  ...{ name: '720p', state: 'running', framesIn: 360, framesEncoded: 360, framesOut: 355, framesDropped: 0 },
  ...{ gopsDropped: 0, bytes: 4_200_000, pixelsEncoded: 1, fps: 29.97, bitrateBps: 2_980_000, realTimeRatio: 1 },
  latency: { count: 355, p50Ms: 17.2, p90Ms: 22, p99Ms: 43.4, maxMs: 60, buckets: [] },
};
const failed: RenditionProgress = { ...running, name: '360p', state: 'failed', framesDropped: 3, gopsDropped: 2 };
const plan: RenditionPlan = {
  ...{ name: '720p', width: 1280, height: 720, container: 'flv', decode: 'cpu', scale: 'cpu', encode: 'cpu' },
  ...{ encoder: 'libx264', audio: 'copy' },
};
const plain = inkFor({}, {});

function table(width: number): string[][] {
  const lines = renditionTable({ renditions: [running, failed] }, [plan], { width, ink: plain });
  return lines.map((line) => line.trim().split(/\s{2,}/));
}

describe('renditionTable', () => {
  it('tells rate, latency and losses of every rendition', () => {
    const [heading, first, second] = table(200);
    expect(heading).toEqual([
      'rendition',
      'size',
      'encoder',
      'fps',
      'bitrate',
      'p50',
      'p99',
      'frames',
      'sent',
      'dropped',
      'state',
    ]);
    expect(first).toEqual([
      '720p',
      '1280x720',
      'libx264',
      '30.0',
      '2.98 Mb/s',
      '17 ms',
      '43 ms',
      '355',
      '4.2 MB',
      '0',
      'running',
    ]);
    expect(second?.slice(-2)).toEqual(['3+2 GOP', 'failed']);
  });

  it('lines its columns up', () => {
    const lines = renditionTable({ renditions: [running, failed] }, [plan], { width: 200, ink: plain });
    const ends = (column: string) => lines[0]?.indexOf(column);
    expect(lines[1]?.indexOf('running')).toBe(ends('state'));
    expect(lines[2]?.indexOf('failed')).toBe(ends('state'));
  });

  it.each([100, 80, 60, 45])('keeps within %i columns by leaving columns out', (width) => {
    const lines = renditionTable({ renditions: [running, failed] }, [plan], { width, ink: plain });
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
  });

  it('gives up the least important first, and never the latency or the losses', () => {
    expect(table(45)[0]).toEqual(['rendition', 'fps', 'p50', 'p99', 'dropped']);
    expect(table(90)[0]).toContain('bitrate');
    expect(table(90)[0]).not.toContain('sent');
  });

  it('shows a dash for what is not known yet', () => {
    const unmeasured = { ...running };
    delete unmeasured.latency;
    const [, line] = renditionTable({ renditions: [unmeasured] }, [], { width: 200, ink: plain });
    expect(line?.split(/\s{2,}/)).toEqual([
      '720p',
      '–',
      '–',
      '30.0',
      '2.98 Mb/s',
      '–',
      '–',
      '355',
      '4.2 MB',
      '0',
      'running',
    ]);
  });
});

describe('inkFor', () => {
  const red = (stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv) => inkFor(stream, env).red('x') !== 'x';

  it('colours a terminal and nothing else', () => {
    expect(red({ isTTY: true }, {})).toBe(true);
    expect(red({}, {})).toBe(false);
    expect(red({ isTTY: true }, { TERM: 'dumb' })).toBe(false);
  });

  it('obeys NO_COLOR when it is not empty', () => {
    expect(red({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
    expect(red({ isTTY: true }, { NO_COLOR: '' })).toBe(true);
  });

  it('obeys FORCE_COLOR', () => {
    expect(red({}, { FORCE_COLOR: '1' })).toBe(true);
    expect(red({}, { FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(true);
    expect(red({ isTTY: true }, { FORCE_COLOR: '0' })).toBe(false);
  });
});

describe('printable', () => {
  it('takes out what would steer a terminal', () => {
    expect(printable('a\u001b[2Jb\r\nc\u009b31md')).toBe('a [2Jb c 31md');
  });
});

describe('describeSource', () => {
  const source = { container: 'mpegts', live: true } as const;

  it('tells picture, sound and container', () => {
    const video = { codec: 'h264', width: 1920, height: 1080, fps: 30, pixelFormat: 'yuv420p' };
    const audio = { codec: 'aac', sampleRateHz: 44_100, channels: 2 };
    expect(describeSource({ ...source, video, audio })).toBe('h264 1920x1080 30 fps, aac 44.1 kHz, mpegts, live');
  });

  it('leaves out what is not known', () => {
    expect(describeSource({ ...source, audio: { codec: 'aac' } })).toBe('no video, aac, mpegts, live');
  });
});

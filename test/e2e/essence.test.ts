import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { Transcoder, readEssence } from '../../src/index.js';
import type { EssenceWindow, TranscodeEvent, TranscoderOptions } from '../../src/index.js';
import { SrtPeer, srtMissing } from '../servers/srt-peer.js';
import { windowsOf } from '../transcoder/essence-grouping.js';
import { test } from './fixtures.js';
import { source } from './sources.js';
import { rendition } from './transcoding.js';

const windowMs = 1000;
const hevc = ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'keyint=15:log-level=none'];
const av1 = ['-c:v', 'libaom-av1', '-cpu-used', '8', '-usage', 'realtime', '-g', '15'];

async function told(options: TranscoderOptions): Promise<TranscodeEvent[]> {
  const events: TranscodeEvent[] = [];
  for await (const event of new Transcoder({ accel: 'none', essence: { windowMs }, ...options })) events.push(event);
  return events;
}

function windowsFrom(events: TranscodeEvent[], medium: string): EssenceWindow[] {
  return events.flatMap((event) => (event.type === 'essence' && event.medium === medium ? [event.window] : []));
}

describe('A job tells the windows of its source', () => {
  test.for([
    ['HEVC', { name: 'essence-source-hevc.ts', video: hevc }],
    ['HEVC with its parameter sets beside it', { name: 'essence-source-hevc.mp4', video: hevc }],
    ['AV1', { name: 'essence-source-av1.mp4', size: '160x90', video: av1 }],
    ['AV1 in Matroska', { name: 'essence-source-av1.mkv', size: '160x90', video: av1 }],
  ] as const)('in %s as the file has them', async ([, wanted], { folder }) => {
    const input = await source({ ...wanted, seconds: 2 });
    const events = await told({ input, renditions: [{ ...rendition(join(folder, 'a.ts')), name: 'small' }] });
    const windows = windowsFrom(events, 'source');
    expect(windows).toHaveLength(2);
    expect(windows).toMatchObject(windowsOf(await readEssence(input), windowMs));
    expect(windows.reduce((sum, { frames }) => sum + frames, 0)).toBe(60);
  });
});

describe.skipIf(srtMissing)(`A rendition that is sent over SRT ${srtMissing}`, () => {
  test('arrives with the windows that were told of it', async ({ folder }) => {
    const path = join(folder, 'received.ts');
    await using peer = await SrtPeer.receiving(path);
    const input = await source({ name: 'essence-srt.ts', seconds: 3 });
    const renditions = [{ ...rendition(peer.url(), { gop: 1 }), name: 'small' }];
    const windows = windowsFrom(await told({ input, renditions }), 'small');
    await peer.finished();
    const received = await readEssence(path);
    expect(windows.map(({ frames }) => frames)).toStrictEqual([30, 30, 30]);
    expect(windows).toMatchObject(windowsOf(received, windowMs));
  });
});

describe('A job that resumes', () => {
  test('tells windows from the point on of its renditions, and all that it reads of its source', async ({ folder }) => {
    const input = await source({ name: 'essence-resumed.ts', seconds: 4 });
    const output = (name: string) => join(folder, `${name}.ts`);
    const made = (name: string, fps: number) => ({ ...rendition(output(name), { gop: 1, fps }), name });
    const started = (await told({ input, renditions: [made('first', 0)] })).find(({ type }) => type === 'started');
    const timestampBaseUs = started?.type === 'started' ? started.timestampBaseUs : NaN;
    const resumeAtUs = timestampBaseUs + 1_700_000;
    const events = await told({ input, renditions: [made('30', 0), made('15', 15)], timestampBaseUs, resumeAtUs });

    const startsMs = (medium: string) =>
      windowsFrom(events, medium).map(({ startTimestampUs }) =>
        Math.round((startTimestampUs - timestampBaseUs) / 1000),
      );
    // Cut where keyframes are, which are on the same timeline in every attempt.
    expect(startsMs('30')).toStrictEqual([1700, 3000]);
    expect(startsMs('15')).toStrictEqual([1733, 3000]);
    expect(startsMs('source')).toStrictEqual([0, 1000, 2000, 3000]);
    for (const medium of ['30', '15', 'source']) {
      const windows = windowsFrom(events, medium);
      const copy = await readEssence(medium === 'source' ? input : output(medium));
      expect(windows, medium).toMatchObject(windowsOf(copy, windowMs));
      expect(windows.map(({ last }) => last).indexOf(true), medium).toBe(windows.length - 1);
      const ends = windows.slice(0, -1).map(({ endTimestampUs }) => endTimestampUs);
      expect(ends, medium).toStrictEqual(windows.slice(1).map(({ startTimestampUs }) => startTimestampUs));
    }
  });
});

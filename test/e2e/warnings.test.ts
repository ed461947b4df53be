import { join } from 'node:path';

import { expect } from 'vitest';

import { Transcoder } from '../../src/index.js';
import type { TranscodeResult, TranscoderOptions, WarningEvent } from '../../src/index.js';
import { test } from './fixtures.js';
import { pictures } from './judge.js';
import { made, source } from './sources.js';
import { rendition } from './transcoding.js';

interface Outcome {
  result: TranscodeResult;
  /** Code and message. */
  warnings: string[];
}

async function warningsOf(options: TranscoderOptions): Promise<Outcome> {
  const transcoder = new Transcoder({ accel: 'none', ...options });
  const warnings: string[] = [];
  transcoder.on('warning', ({ code, message }: WarningEvent) => warnings.push(`${code}: ${message}`));
  return { result: await transcoder.run(), warnings };
}

/** 600 pictures whose timestamps are so many times closer together than 30 a second. */
async function hasty(times: number): Promise<string> {
  const original = await source({ name: 'abort-long.ts', seconds: 20, size: '640x360' });
  return made(`hasty-${times}.ts`, ['-i', original, '-an', '-c:v', 'copy', '-bsf:v', `setts=ts=TS/${times}`]);
}

test('OVERLOADED comes once for a rendition that cannot be encoded as fast as a live source comes', async ({
  folder,
}) => {
  const slow = { width: 640, height: 360, preset: 'veryslow' } as const;
  const { result, warnings } = await warningsOf({
    input: { url: await hasty(20), pace: 'live' },
    progressIntervalMs: 100,
    renditions: [{ ...rendition(join(folder, 'slow.ts'), slow), name: 'slow' }],
  });
  expect(result.renditions[0]?.framesDropped).toBeGreaterThan(0);
  const told = 'OVERLOADED: Rendition slow loses frames: this machine cannot encode it in real time.';
  expect(warnings.filter((warning) => warning === told)).toHaveLength(1);
});

test('OVERLOADED comes once for a live source that cannot be decoded as fast as it comes', async ({ folder }) => {
  const { result, warnings } = await warningsOf({
    input: { url: await hasty(1000), pace: 'live' },
    progressIntervalMs: 100,
    renditions: [rendition(join(folder, 'a.ts'))],
  });
  expect(result.sourceGopsDropped).toBeGreaterThan(0);
  const told = 'OVERLOADED: The source loses whole GOPs: this machine cannot decode it in real time.';
  expect(warnings.filter((warning) => warning === told)).toHaveLength(1);
});

test('TRACK_TOO_LATE comes when fragmented MP4 has to go without a track that showed itself too late', async ({
  folder,
}) => {
  const late = ['-c:a', 'aac', '-af', 'atrim=start=9'];
  const input = await source({ name: 'too-late.ts', seconds: 10, size: '160x90', audio: late });
  const output = join(folder, 'a.mp4');
  const { warnings } = await warningsOf({ input, renditions: [{ ...rendition(output), name: 'small' }] });
  expect(warnings).toStrictEqual([
    "TRACK_TOO_LATE: Rendition small goes without the source's audio, which came when the header of its fragmented MP4 had been sent.",
  ]);
  expect(await pictures(output)).toHaveLength(300);
});

test('AUDIO_LOST comes when nothing here decodes the sound, and the pictures are delivered without it', async ({
  folder,
}) => {
  const input = await source({ name: 'undecodable-sound.mkv', audio: ['-c:a', 'tta'] });
  const output = join(folder, 'a.ts');
  const { warnings } = await warningsOf({ input, renditions: [rendition(output)] });
  expect(warnings).toStrictEqual([expect.stringMatching(/^AUDIO_LOST: .*tta/)]);
  expect(await pictures(output)).toHaveLength(60);
});

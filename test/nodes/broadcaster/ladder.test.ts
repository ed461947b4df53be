import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { defaultTranscodingOptions, encodersOf, loadLadder } from '../../../src/nodes/broadcaster/ladder.js';
import { VideoCodec } from '../../../src/rpc/generated/millrace/v1/job.js';
import { pixelsPerSecond } from '../../../src/rpc/order.js';
import { TranscodeError } from '../../../src/transcoder/error.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-ladder-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function ladderFile(content: unknown): Promise<string> {
  const path = join(folder, 'ladder.json');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function refusal(option: string): string {
  try {
    loadLadder(option);
  } catch (error) {
    if (error instanceof TranscodeError && error.code === 'OPTIONS_INVALID') return error.message;
    throw error;
  }
  throw new Error('It was taken.');
}

test('Names of presets make a ladder, in their order.', () => {
  expect(loadLadder('P720p30fps16x9, P144p30fps16x9').map(({ name }) => name)).toEqual([
    'P720p30fps16x9',
    'P144p30fps16x9',
  ]);
});

test.each([
  ['P240p30fps16x9,P999', /^--transcoding-options: presets\[1\] is "P999", which is no preset; there are P720p60/],
  ['P240p30fps16x9,P240p30fps16x9', /names have to differ/],
  ['P240p30fps16x9,', /the name of a preset is missing/],
  ['', /the name of a preset is missing/],
  ['./missing.json', /^--transcoding-options: the file \.\/missing\.json cannot be read: ENOENT\.$/],
])('%j is refused with a clear sentence.', (option, sentence) => {
  expect(refusal(option)).toMatch(sentence);
});

describe('a file', () => {
  test('Its profiles make a ladder.', async () => {
    const path = await ladderFile([
      { name: '720p', width: 1280, height: 720, bitrate: 3_000_000, fps: 0, profile: 'h264constrainedhigh', gop: '1' },
      { width: 426, height: 240, bitrate: '250k' },
    ]);

    expect(loadLadder(path)).toMatchObject([
      { name: '720p', profile: { bitrateBps: 3_000_000, encoderProfile: 'high', gopMs: 1000 } },
      { name: 'custom_426x240_250000', profile: { bitrateBps: 250_000, gopMs: 2000 } },
    ]);
  });

  test.each([
    ['nonsense', 'what is there is not JSON.'],
    [{}, 'profiles should be a list of profiles.'],
    [[], 'there is no profile.'],
    [[{ height: 720 }], 'profiles[0].bitrate is missing: it is the bits per second.'],
    [' '.repeat(65_537), 'there is more text than a ladder has.'],
  ])('%j in it is refused with the path and the fault.', async (content, fault) => {
    const path = await ladderFile(content);

    expect(refusal(path)).toBe(`--transcoding-options: in ${path}, ${fault}`);
  });
});

test('A ladder takes so many pixels per second, what the source decides being assumed.', async () => {
  expect(pixelsPerSecond(loadLadder(defaultTranscodingOptions))).toBe((426 * 240 + 640 * 360) * 30);
  const path = await ladderFile([{ height: 720, bitrate: 1_000_000 }]);
  expect(pixelsPerSecond(loadLadder(path))).toBe(1280 * 720 * 30);
});

test('A ladder names each of its codecs once, and each depth of it.', async () => {
  const side = { height: 720, bitrate: 1_000_000 };
  const hevc = { ...side, encoder: 'HEVC' };
  const path = await ladderFile([
    side,
    { ...hevc, name: 'b' },
    { ...side, name: 'c' },
    { ...hevc, colorDepth: 10, name: 'd' },
    { ...hevc, colorDepth: 8, name: 'e' },
  ]);

  expect(encodersOf(loadLadder(path))).toEqual([
    VideoCodec.VIDEO_CODEC_H264,
    VideoCodec.VIDEO_CODEC_HEVC,
    VideoCodec.VIDEO_CODEC_HEVC_10,
  ]);
});

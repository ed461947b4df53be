import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { describe, expect } from 'vitest';

import { devices } from '../../src/index.js';
import type { Profile } from '../../src/index.js';
import { test } from './fixtures.js';
import { leastLikeness, pictures } from './judge.js';
import { hdrSource, type HdrTransfer } from './sources.js';
import { rendition, transcode } from './transcoding.js';

const run = promisify(execFile);

const { encodes } = (await devices()).cpu;
const missing = ['hevc', 'av1'].filter((codec) => !encodes.includes(codec));
const reason = missing.length === 0 ? '' : `(skipped: this build does not encode ${missing.join(', ')})`;

const large = { width: 640, height: 360, bitrate: 4_000_000 } as const;
const transfers: readonly HdrTransfer[] = ['smpte2084', 'arib-std-b67'];

/** The kinds of what the first picture of a file says beside its pixels. */
async function sideData(path: string): Promise<string[]> {
  const args = [
    '-v',
    'error',
    '-select_streams',
    'v:0',
    '-read_intervals',
    '%+#1',
    '-show_frames',
    '-of',
    'json',
    path,
  ];
  const { frames } = JSON.parse((await run('ffprobe', args)).stdout) as {
    frames: { media_type: string; side_data_list?: { side_data_type: string }[] }[];
  };
  const video = frames.find(({ media_type }) => media_type === 'video');
  return (video?.side_data_list ?? []).map(({ side_data_type }) => side_data_type);
}

/** How bright pictures are on average, 0 to 255. */
async function brightness(path: string): Promise<number> {
  const filter = 'format=yuv420p,signalstats,metadata=print:key=lavfi.signalstats.YAVG:file=-';
  const { stdout } = await run('ffmpeg', ['-nostdin', '-v', 'error', '-i', path, '-vf', filter, '-f', 'null', '-']);
  const values = [...stdout.matchAll(/YAVG=([\d.]+)/g)].map(([, value]) => Number(value));
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

describe.skipIf(reason !== '')(`A source in HDR ${reason}`, () => {
  test.for(
    transfers.flatMap((transfer) => [
      [transfer, 'hevc', 'a.ts'] as const,
      [transfer, 'hevc', 'a.mp4'] as const,
      [transfer, 'av1', 'a.mp4'] as const,
    ]),
  )('(%s) stays so with 10 bits: %s in %s', async ([transfer, codec, name], { folder }) => {
    const input = await hdrSource(transfer);
    const output = join(folder, name);
    await transcode({ input, renditions: [rendition(output, { ...large, codec, bitDepth: 10 })] });
    expect((await pictures(output))[0]).toMatchObject({
      pixelFormat: 'yuv420p10le',
      colorRange: 'tv',
      colorSpace: 'bt2020nc',
      colorPrimaries: 'bt2020',
      colorTransfer: transfer,
    });
    expect(await leastLikeness(output, input)).toBeGreaterThan(0.9);
    const told = await sideData(output);
    for (const kind of ['Mastering display metadata', 'Content light level metadata']) expect(told).toContain(kind);
  });

  test.for(
    transfers.flatMap((transfer) => [
      [transfer, 'h264', 'a.ts'] as const,
      [transfer, 'hevc', 'a.ts'] as const,
      [transfer, 'av1', 'a.mp4'] as const,
    ]),
  )('(%s) becomes SDR with 8 bits: %s in %s', async ([transfer, codec, name], { folder }) => {
    const input = await hdrSource(transfer);
    const output = join(folder, name);
    await transcode({ input, renditions: [rendition(output, { ...large, codec })] });
    expect((await pictures(output))[0]).toMatchObject({
      pixelFormat: 'yuv420p',
      colorRange: 'tv',
      colorSpace: 'bt709',
      colorPrimaries: 'bt709',
      colorTransfer: 'bt709',
    });
    // What it says of an HDR screen is not true of it any more.
    expect((await sideData(output)).filter((kind) => /Mastering|light level/.test(kind))).toStrictEqual([]);
  });

  test.for([
    ['smpte2084', 377],
    ['arib-std-b67', 361],
  ] as const)(
    '(%s) becomes SDR in which a grey of 20 cd/m² is as bright as before',
    async ([transfer, luma], { folder }) => {
      const input = await hdrSource(transfer, `lutyuv=y=${luma}:u=512:v=512`);
      const output = join(folder, 'a.ts');
      await transcode({ input, renditions: [rendition(output, large)] });
      // SDR's white stands for 203 cd/m², and its signal is the 2.4th root of the light: 16 + 219 (20 / 203)^(1 / 2.4).
      expect(Math.abs((await brightness(output)) - 99.4)).toBeLessThan(2);
    },
  );

  test('gives renditions of both kinds in one job', async ({ folder }) => {
    const input = await hdrSource('smpte2084');
    const [sdr, hdr] = [join(folder, 'sdr.ts'), join(folder, 'hdr.ts')];
    const profile: Partial<Profile> = { ...large, codec: 'hevc' };
    await transcode({ input, renditions: [rendition(sdr, profile), rendition(hdr, { ...profile, bitDepth: 10 })] });
    expect((await pictures(sdr))[0]?.colorTransfer).toBe('bt709');
    expect((await pictures(hdr))[0]?.colorTransfer).toBe('smpte2084');
  });
});

test.skipIf(reason !== '')(`A source in SDR keeps its colours with 10 bits ${reason}`, async ({ folder }) => {
  const input = await hdrSource('bt709');
  const output = join(folder, 'a.ts');
  await transcode({ input, renditions: [rendition(output, { ...large, codec: 'hevc', bitDepth: 10 })] });
  expect((await pictures(output))[0]).toMatchObject({ pixelFormat: 'yuv420p10le', colorTransfer: 'bt709' });
  expect(await leastLikeness(output, input)).toBeGreaterThan(0.9);
});

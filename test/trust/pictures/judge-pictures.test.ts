import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect } from 'vitest';

import { devices, presets } from '../../../src/index.js';
import type { PresetName } from '../../../src/index.js';
import { test } from '../../e2e/fixtures.js';
import { hdrSource, made, madeBy, source } from '../../e2e/sources.js';
import { transcode } from '../../e2e/transcoding.js';
import { claimOf, codesOf, verdictOn } from './stretch.js';

const preset = 'P360p30fps16x9';

/** What is judged here: a moving picture of the size that streams have. */
async function moving(): Promise<string> {
  return source({ name: 'judged.ts', size: '1280x720', seconds: 2, audio: [] });
}

/** An honest rendition of it. */
async function honest(name: PresetName = preset): Promise<string> {
  return madeBy(`judged-${name}.ts`, async (output) => {
    await transcode({
      input: await moving(),
      renditions: [{ profile: name, output: { url: output, format: 'mpegts' } }],
    });
  });
}

/** What a cheat would send: the picture filtered by ffmpeg, at the rate and in the size that was ordered. */
async function cheated(name: string, filter: string, input?: string): Promise<string> {
  const rate = String(presets[preset].bitrate);
  const encoder = ['-c:v', 'libx264', '-preset', 'veryfast', '-tune', 'zerolatency', '-g', '60', '-b:v', rate];
  const from = input ?? (await moving());
  return made(`judged-${name}.ts`, [
    '-i',
    from,
    '-t',
    '2',
    '-an',
    '-vf',
    filter,
    ...encoder,
    '-maxrate',
    rate,
    '-bufsize',
    rate,
  ]);
}

test('Honest renditions of every preset pass, also through FLV with its own clock', async ({ folder }) => {
  const input = await moving();
  const names = Object.keys(presets) as PresetName[];
  const renditions = names.map((profile) => ({ profile, output: join(folder, `${profile}.ts`) }));
  await transcode({ input, renditions });
  for (const profile of names) {
    const verdict = await verdictOn(join(folder, `${profile}.ts`), input, profile);
    expect(verdict, profile).toMatchObject({ outcome: 'passed', findings: [] });
  }
  const copy = await made('judged-copy.flv', ['-i', join(folder, `${preset}.ts`), '-c', 'copy']);
  expect(await verdictOn(copy, input, preset)).toMatchObject({ outcome: 'passed', findings: [] });
}, 240_000);

/** Every way to code a rendition, and the container whose copies FFmpeg 5.1, which tells the claim, can read. */
const codings = [
  { codec: 'h264', bitDepth: 8, container: 'ts' },
  { codec: 'hevc', bitDepth: 8, container: 'ts' },
  { codec: 'hevc', bitDepth: 10, container: 'ts' },
  { codec: 'av1', bitDepth: 8, container: 'mp4' },
  { codec: 'av1', bitDepth: 10, container: 'mp4' },
] as const;
const { encodes } = (await devices()).cpu;
const missing = codings.filter(({ codec }) => !encodes.includes(codec)).map(({ codec }) => codec);

const reason = missing.length > 0 ? `(skipped: this build does not encode ${missing.join(', ')})` : '';

describe.skipIf(missing.length > 0)(`In every coding ${reason}`, { timeout: 240_000 }, () => {
  async function judged(input: string, folder: string, name: PresetName): Promise<void> {
    const output = (at: number) => join(folder, `${at}.${codings[at]?.container ?? 'ts'}`);
    const renditions = codings.map(({ codec, bitDepth }, at) => ({
      profile: { ...presets[name], codec, bitDepth },
      output: output(at),
    }));
    await transcode({ input, renditions });
    for (const [at, { codec, bitDepth }] of codings.entries()) {
      const verdict = await verdictOn(output(at), input, name, { codec });
      expect(verdict, `${codec} ${bitDepth}`).toMatchObject({ outcome: 'passed', findings: [] });
    }
  }

  test.for(['P360p30fps16x9', 'P240p25fps16x9'] as const)('honest renditions of %s pass', async (name, { folder }) => {
    await judged(await moving(), folder, name);
  });

  test.for(['smpte2084', 'arib-std-b67'] as const)(
    'honest renditions of an HDR source (%s) pass: those that stay HDR, and those that were tone-mapped',
    async (transfer, { folder }) => {
      await judged(await hdrSource(transfer), folder, preset);
    },
  );

  test('pictures that are not those of an HDR source are caught, in HDR and in SDR', async ({ folder }) => {
    const input = await hdrSource('smpte2084');
    const flipped = await hdrSource('smpte2084', 'hflip');
    const [sdr, hdr] = [join(folder, 'sdr.ts'), join(folder, 'hdr.ts')];
    const profile = presets[preset];
    await transcode({
      input: flipped,
      renditions: [
        { profile, output: sdr },
        { profile: { ...profile, codec: 'hevc', bitDepth: 10 }, output: hdr },
      ],
    });
    expect(codesOf(await verdictOn(sdr, input, preset))).toContain('PICTURES_DIFFER');
    expect(codesOf(await verdictOn(hdr, input, preset, { codec: 'hevc' }))).toContain('PICTURES_DIFFER');
  });

  test('another codec than was claimed is caught', async ({ folder }) => {
    const output = join(folder, 'rendition.mp4');
    await transcode({
      input: await moving(),
      renditions: [{ profile: { ...presets[preset], codec: 'av1' }, output }],
    });
    expect(codesOf(await verdictOn(output, await moving(), preset, { codec: 'hevc' }))).toEqual(['CODEC_WRONG']);
  });
});

test.for(['kryp-1.ts', 'bad-cuvid.ts', 'portrait.ts', 'test_short.ts'])(
  'An honest rendition of the real stream %s passes, and the same made larger from a quarter of its size does not',
  async (file, { folder, skip }) => {
    const input = fileURLToPath(new URL(`../../../../shared/media/${file}`, import.meta.url));
    if (!existsSync(input)) skip('its folder is not there');
    const output = join(folder, 'honest.ts');
    await transcode({ input, clip: { to: 2 }, renditions: [{ profile: preset, output }] });
    expect(await verdictOn(output, input, preset)).toMatchObject({ outcome: 'passed', findings: [] });
    const { width, height } = await claimOf(output, preset);
    const small = `scale=${Math.round(width / 8) * 2}:${Math.round(height / 8) * 2},scale=${width}:${height}`;
    const upscaled = await cheated(`upscaled-${file}`, `fps=30,${small}`, input);
    expect(codesOf(await verdictOn(upscaled, input, preset))).toContain('PICTURES_UPSCALED');
  },
);

test('Black pictures are caught', async () => {
  const black = await cheated('black', 'scale=640:360,drawbox=color=black:t=fill');
  expect(codesOf(await verdictOn(black, await moving(), preset))).toContain('PICTURES_BLACK');
});

test('Black pictures between honest ones are caught', async () => {
  const blink = await cheated('blink', "scale=640:360,drawbox=color=black:t=fill:enable='lt(mod(n,5),2)'");
  expect(codesOf(await verdictOn(blink, await moving(), preset))).toContain('PICTURES_BLACK');
});

test('Pictures that stand still are caught', async () => {
  const frozen = await cheated('frozen', "scale=640:360,select='eq(n,0)',loop=-1:1:0,setpts=N/30/TB,trim=duration=2");
  expect(codesOf(await verdictOn(frozen, await moving(), preset))).toContain('PICTURES_FROZEN');
});

test('Pictures that are each shown six times are caught', async () => {
  const slides = await cheated('slides', 'scale=640:360,fps=5,fps=30');
  expect(codesOf(await verdictOn(slides, await moving(), preset))).toContain('PICTURES_FROZEN');
});

test.for([
  ['320:180', 'half'],
  ['160:90', 'a quarter'],
])('Pictures of %s made larger are caught', async ([small = '']) => {
  const filter = `scale=${small}:flags=bicubic,scale=640:360:flags=bicubic`;
  const upscaled = await cheated(`upscaled-${small.replace(':', 'x')}`, filter);
  expect(codesOf(await verdictOn(upscaled, await moving(), preset))).toContain('PICTURES_UPSCALED');
});

test('Pictures of another stream are caught', async () => {
  const other = await made('judged-other.ts', [
    ...['-f', 'lavfi', '-i', 'mandelbrot=size=640x360:rate=30', '-t', '2', '-pix_fmt', 'yuv420p'],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-b:v', '1200k'],
  ]);
  expect(codesOf(await verdictOn(other, await moving(), preset))).toContain('PICTURES_DIFFER');
});

test('Pictures that are turned around are caught', async () => {
  for (const flip of ['hflip', 'vflip']) {
    const flipped = await cheated(flip, `scale=640:360,${flip}`);
    expect(codesOf(await verdictOn(flipped, await moving(), preset)), flip).toContain('PICTURES_DIFFER');
  }
});

test('Pictures of another time are caught', async () => {
  const verdict = await verdictOn(await honest(), await moving(), preset, { lateUs: 200_000 });
  expect(codesOf(verdict)).toContain('PICTURES_DIFFER');
});

test('A clock that is some milliseconds off is not held against anyone', async () => {
  const verdict = await verdictOn(await honest(), await moving(), preset, { lateUs: 4_000 });
  expect(verdict.outcome).toBe('passed');
});

test('More pixels, another size, rate or codec than there is is caught', async () => {
  const [rendition, input] = [await honest(), await moving()];
  const wrong = async (claim: Parameters<typeof verdictOn>[3]): Promise<string[]> =>
    codesOf(await verdictOn(rendition, input, preset, claim));
  expect(await wrong({ pixels: 50 * 640 * 360 })).toEqual(['PIXELS_OVERCLAIMED']);
  expect(await wrong({ frames: 50 })).toEqual(['PIXELS_OVERCLAIMED']);
  expect(await wrong({ width: 1280, height: 720 })).toEqual(['SIZE_WRONG']);
  expect(await wrong({ fps: 60 })).toEqual(['RATE_WRONG']);
  expect(await wrong({ codec: 'hevc' })).toEqual(['CODEC_WRONG']);
});

import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { Transcoder, devices } from '../../src/index.js';
import type { StartedEvent } from '../../src/index.js';
import { test } from './fixtures.js';
import { pictures } from './judge.js';
import { rendition } from './transcoding.js';
import { source } from './sources.js';

const { gpus, gpuProblem } = await devices();
const card = gpus.find(({ encodes }) => encodes.includes('h264') && encodes.includes('hevc'));
const missing =
  card === undefined ? `(skipped: ${gpuProblem ?? 'no card here encodes H.264 and HEVC'})` : `on ${card.name}`;

describe.skipIf(card === undefined)(`A rendition encoded by NVENC ${missing}`, () => {
  test.for([
    ['h264', 'a.ts'],
    ['hevc', 'a.ts'],
    ['hevc', 'a.flv'],
    ['hevc', 'a.mp4'],
  ] as const)('as %s to %s has every frame', async ([codec, name], { folder }) => {
    const output = join(folder, name);
    const transcoder = new Transcoder({
      input: await source({ name: 'gpu.ts' }),
      renditions: [rendition(output, { codec, width: 320, height: 180 })],
      accel: `nvidia:${card?.index ?? 0}`,
    });
    let started: StartedEvent | undefined;
    transcoder.on('started', (event) => (started = event));
    await transcoder.run();
    expect(started?.renditions[0]?.encode).toBe(`nvidia:${card?.index ?? 0}`);
    expect(await pictures(output)).toHaveLength(60);
  });
});

describe.skipIf(gpus.length > 0)('On a machine without a GPU', () => {
  test('a job that insists on one fails with what is missing', async ({ folder }) => {
    const job = new Transcoder({
      input: await source({ name: 'gpu.ts' }),
      renditions: [rendition(join(folder, 'a.ts'))],
      accel: 'nvidia',
    });
    await expect(job.run()).rejects.toMatchObject({ code: 'DEVICE_UNAVAILABLE', stage: 'device' });
  });

  test('a job that would like one runs on the CPU', async ({ folder }) => {
    const output = join(folder, 'a.ts');
    const job = new Transcoder({
      input: await source({ name: 'gpu.ts' }),
      renditions: [rendition(output)],
      accel: 'auto',
    });
    await job.run();
    expect(await pictures(output)).toHaveLength(60);
  });
});

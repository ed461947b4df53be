import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { millrace } from '../cli/millrace-process.js';
import { NvidiaDouble, nvidiaDoubleMissing } from '../servers/nvidia-double.js';
import type { DoubleSettings } from '../servers/nvidia-double.js';
import { test } from './fixtures.js';
import { pictures } from './judge.js';
import { h264, source } from './sources.js';

interface Line {
  type: string;
  code?: string;
  renditions?: { decode: string; scale: string; encode: string }[];
}

// On a double of NVIDIA's libraries: no GPU is involved.
describe.skipIf(nvidiaDoubleMissing)('A job on a double of an NVIDIA card', () => {
  async function transcode(settings: DoubleSettings, folder: string) {
    using double = new NvidiaDouble(settings);
    const output = join(folder, 'a.ts');
    const input = await source({ name: 'gpu-double.ts', video: h264 });
    const args = ['transcode', input, '-r', `192x108:300k=${output}`, '--accel', 'nvidia', '--json'];
    const { code, stdout } = await millrace(args, double.env);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    return {
      code,
      frames: (await pictures(output)).length,
      plan: lines.find(({ type }) => type === 'started')?.renditions?.[0],
      warnings: lines.filter(({ type }) => type === 'warning').map((line) => line.code),
    };
  }

  test.for([
    ['that has every unit', {}, 'nvidia:0', 'nvidia:0', 'nvidia:0'],
    ['that encodes nothing', { encodes: '' }, 'nvidia:0', 'nvidia:0', 'cpu'],
    ['that decodes nothing', { decodes: '' }, 'cpu', 'nvidia:0', 'nvidia:0'],
  ] as const)('%s delivers every frame, and says where each stage ran', async ([, settings, ...stages], { folder }) => {
    const [decode, scale, encode] = stages;
    expect(await transcode(settings, folder)).toEqual({
      code: 0,
      frames: 60,
      plan: expect.objectContaining({ decode, scale, encode }) as unknown,
      warnings: [],
    });
  });

  test('whose encoder fails in mid-stream delivers every frame, and says that the CPU went on', async ({ folder }) => {
    const { code, frames, warnings } = await transcode({ 'fail-encode-after': 20 }, folder);
    expect({ code, frames, warnings }).toEqual({ code: 0, frames: 60, warnings: ['DEVICE_LEFT'] });
  });
});

import { describe, expect, it } from 'vitest';

import { NvidiaDouble, nvidiaDoubleMissing } from '../servers/nvidia-double.js';
import { millrace } from './millrace-process.js';

// On a double of NVIDIA's libraries: no GPU is involved.
describe.skipIf(nvidiaDoubleMissing)('millrace devices, on a double of NVIDIA’s libraries', () => {
  it('tells of each card what it has units for', async () => {
    using double = new NvidiaDouble({ cards: 2, 'name.1': 'H100 (double)', 'encodes.1': '', 'memory-bytes.1': 1e9 });
    const { stdout } = await millrace(['devices', '--json'], double.env);
    expect(JSON.parse(stdout)).toMatchObject({
      gpus: [
        { index: 0, decodes: ['h264'], scales: true, encodes: ['h264'] },
        { index: 1, name: 'H100 (double)', decodes: ['h264'], encodes: [], memoryBytes: 1e9 },
      ],
    });
  });

  it('says that there is a driver and no card', async () => {
    using double = new NvidiaDouble({ cards: 0 });
    const { stdout } = await millrace(['devices'], double.env);
    expect(stdout).toMatch(/finds no usable card/);
  });
});

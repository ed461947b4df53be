import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { describe, expect, test } from 'vitest';

import type { DeviceStatus } from '../../src/index.js';
import { NvidiaDouble, nvidiaDoubleMissing } from '../servers/nvidia-double.js';

const library = fileURLToPath(new URL('../../dist/index.js', import.meta.url));
const script = `
  import { deviceStatus } from ${JSON.stringify(library)};
  process.stdout.write(JSON.stringify(await deviceStatus()));
`;

/** What a process on the double is told. */
async function statusOn(double: NvidiaDouble): Promise<DeviceStatus[]> {
  const env = { ...process.env, ...double.env };
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env });
  return JSON.parse(stdout) as DeviceStatus[];
}

// On a double of NVIDIA's libraries: no GPU is involved.
describe.skipIf(nvidiaDoubleMissing)('The status of GPUs, on a double of NVIDIA’s libraries,', () => {
  test('is what the management library says, by the number that CUDA has for each.', async () => {
    using double = new NvidiaDouble({
      cards: 2,
      ...{ 'name.1': 'Second (double)', 'memory-bytes.1': 2e9, 'temperature.1': 61 },
      ...{ 'gpu-utilization.1': 40, 'encoder-utilization.1': 30, 'decoder-utilization.1': 20 },
    });
    const statuses = await statusOn(double);
    expect(statuses.map(({ index }) => index)).toEqual([0, 1]);
    expect(statuses[1]).toEqual({
      ...{ index: 1, name: 'Second (double)', uuid: expect.stringMatching(/^GPU-[\da-f-]{36}$/) as string },
      ...{ memoryUsedBytes: 0, memoryTotalBytes: 2e9, temperatureCelsius: 61, encoderSessions: 0 },
      ...{ computePercent: 40, encoderPercent: 30, decoderPercent: 20 },
    });
  });

  test('of one that is lost says nothing that the driver does not, and the other is not affected.', async () => {
    using double = new NvidiaDouble({ cards: 2, lost: 0 });
    const statuses = await statusOn(double);
    expect(statuses.find(({ index }) => index === 1)).toHaveProperty('temperatureCelsius');
    expect(statuses.find(({ index }) => index === 0)?.temperatureCelsius).toBeUndefined();
  });

  test('is nothing where there is no card.', async () => {
    using double = new NvidiaDouble({ cards: 0 });
    expect(await statusOn(double)).toEqual([]);
  });
});

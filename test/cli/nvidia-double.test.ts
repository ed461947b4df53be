import { describe, expect, it } from 'vitest';

import type { SelfTestReport } from '../../src/transcoder/self-test/self-test.js';
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

  it('tries every stage of each card: where it ran, whether its pictures are right, and how many encoders it allows', async () => {
    // One more than the ladder has.
    using double = new NvidiaDouble({ cards: 1, name: 'Card (double)', 'encoder-sessions': 4 });
    const { code, stdout } = await millrace(['devices', '--self-test', '--json', '--sessions', '5'], double.env);
    const { places } = JSON.parse(stdout) as SelfTestReport;
    expect(places[1]).toMatchObject({
      ...{ place: 'nvidia:0', name: 'Card (double)' },
      stages: { decode: 'nvidia:0', scale: 'nvidia:0', encode: 'nvidia:0', encoder: 'h264_nvenc' },
      pictures: { against: 'cpu' },
      sessions: { opened: 4, refused: true },
    });
    expect(places.map(({ problem }) => problem)).toEqual([undefined, undefined]);
    expect(code).toBe(0);
  }, 180_000);

  it('tells of a card that fails its self-test what is wrong with it, and fails', async () => {
    using double = new NvidiaDouble({ cards: 1, lost: 0 });
    const { code, stdout } = await millrace(['devices', '--self-test'], double.env);
    expect(stdout).toMatch(/^nvidia:0 .*WRONG$/m);
    expect(stdout).toMatch(/^nvidia:0: DEVICE_/m);
    expect(code).toBe(1);
  }, 180_000);
});

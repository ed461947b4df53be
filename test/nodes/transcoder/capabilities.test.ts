import { expect, test } from 'vitest';

import { spreadOver } from '../../../src/nodes/transcoder/capabilities.js';
import type { DeviceReport, GpuReport } from '../../../src/transcoder/devices.js';

function gpu(index: number, encodes: string[]): GpuReport {
  return { index, name: `GPU ${index}`, memoryBytes: 0, decodes: [], scales: false, encodes };
}

function machine(...gpus: GpuReport[]): DeviceReport {
  return { gpus, cpu: { cores: 2, decodes: ['h264'], encodes: ['h264'] }, ffmpeg: { version: '7.1', license: 'GPL' } };
}

test('On all GPUs means on every one that encodes.', () => {
  const report = machine(gpu(0, ['h264']), gpu(1, []), gpu(2, ['h264', 'hevc']));
  expect(spreadOver(report, ['nvidia'])).toEqual(['nvidia:0', 'nvidia:2']);
});

test('Where none encodes, attempts are to find out themselves.', () => {
  expect(spreadOver(machine(gpu(0, [])), ['nvidia'])).toEqual(['nvidia']);
});

test('What was chosen by number, or left to the engine, stays.', () => {
  const report = machine(gpu(0, ['h264']), gpu(1, ['h264']));
  expect(spreadOver(report, ['nvidia:1'])).toEqual(['nvidia:1']);
  expect(spreadOver(report, ['auto'])).toEqual(['auto']);
});

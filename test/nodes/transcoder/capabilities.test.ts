import { describe, expect, test } from 'vitest';

import { capabilitiesOf, spreadOver } from '../../../src/nodes/transcoder/capabilities.js';
import { VideoCodec } from '../../../src/rpc/order.js';
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

describe('What a transcoder says it encodes', () => {
  const { VIDEO_CODEC_H264, VIDEO_CODEC_HEVC, VIDEO_CODEC_HEVC_10, VIDEO_CODEC_AV1, VIDEO_CODEC_AV1_10 } = VideoCodec;
  const withCpu = (encodes: string[], ...gpus: GpuReport[]): DeviceReport => ({
    ...machine(...gpus),
    cpu: { cores: 2, decodes: ['h264'], encodes },
  });

  test('is H.264 alone where the build has x264 alone.', () => {
    expect(capabilitiesOf(withCpu(['h264', 'aac']), ['none']).encoders).toEqual([VIDEO_CODEC_H264]);
  });

  test('is every codec of the CPU, HEVC and AV1 with 10 bits too.', () => {
    expect(capabilitiesOf(withCpu(['h264', 'hevc', 'av1', 'aac', 'opus']), ['auto']).encoders).toEqual([
      VIDEO_CODEC_H264,
      VIDEO_CODEC_HEVC,
      VIDEO_CODEC_HEVC_10,
      VIDEO_CODEC_AV1,
      VIDEO_CODEC_AV1_10,
    ]);
  });

  test('is only what the GPU does where the CPU is not to be used: AV1 at either depth, HEVC with 8 bits.', () => {
    const report = withCpu(['h264', 'hevc', 'av1'], gpu(0, ['h264', 'hevc']), gpu(1, ['h264', 'hevc', 'av1']));
    expect(capabilitiesOf(report, ['nvidia:0']).encoders).toEqual([VIDEO_CODEC_H264, VIDEO_CODEC_HEVC]);
    expect(capabilitiesOf(report, ['nvidia:1']).encoders).toEqual([
      VIDEO_CODEC_H264,
      VIDEO_CODEC_HEVC,
      VIDEO_CODEC_AV1,
      VIDEO_CODEC_AV1_10,
    ]);
  });
});

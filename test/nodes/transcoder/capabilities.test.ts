import { describe, expect, test } from 'vitest';

import { capabilitiesOf } from '../../../src/nodes/transcoder/capabilities.js';
import { VideoCodec } from '../../../src/rpc/order.js';
import type { DeviceReport, GpuReport } from '../../../src/transcoder/devices.js';

const report: DeviceReport = {
  gpus: [],
  cpu: { cores: 2, decodes: ['h264', 'vp8'], encodes: ['h264'] },
  ffmpeg: { version: '7.1', license: 'GPL' },
};

function gpu(index: number, decodes: string[], encodes: string[]): GpuReport {
  return { index, name: `GPU ${index}`, memoryBytes: 0, decodes, scales: true, encodes };
}

test('A machine without GPUs can do what its CPU can.', () => {
  expect(capabilitiesOf(report, [])).toEqual({
    decoders: ['h264', 'vp8'],
    encoders: [VideoCodec.VIDEO_CODEC_H264],
    devices: ['cpu'],
  });
});

test('With GPUs it can do what any of them can, and the CPU what none of them can.', () => {
  expect(capabilitiesOf(report, [gpu(0, ['h264', 'av1'], []), gpu(1, ['h264'], ['h264', 'hevc'])])).toEqual({
    decoders: ['h264', 'vp8', 'av1'],
    encoders: [VideoCodec.VIDEO_CODEC_H264, VideoCodec.VIDEO_CODEC_HEVC],
    devices: ['GPU 0', 'GPU 1'],
  });
});

describe('What a transcoder says it encodes', () => {
  const { VIDEO_CODEC_H264, VIDEO_CODEC_HEVC, VIDEO_CODEC_HEVC_10, VIDEO_CODEC_AV1, VIDEO_CODEC_AV1_10 } = VideoCodec;
  const withCpu = (encodes: string[]): DeviceReport => ({ ...report, cpu: { ...report.cpu, encodes } });

  test('is H.264 alone where the build has x264 alone.', () => {
    expect(capabilitiesOf(withCpu(['h264', 'aac']), []).encoders).toEqual([VIDEO_CODEC_H264]);
  });

  test('is every codec of the CPU, HEVC and AV1 with 10 bits too.', () => {
    expect(capabilitiesOf(withCpu(['h264', 'hevc', 'av1', 'aac', 'opus']), []).encoders).toEqual([
      VIDEO_CODEC_H264,
      VIDEO_CODEC_HEVC,
      VIDEO_CODEC_HEVC_10,
      VIDEO_CODEC_AV1,
      VIDEO_CODEC_AV1_10,
    ]);
  });

  test('is what a GPU does as well: AV1 at either depth, HEVC with 8 bits.', () => {
    const x264Alone = withCpu(['h264']);
    expect(capabilitiesOf(x264Alone, [gpu(0, [], ['h264', 'hevc'])]).encoders).toEqual([
      VIDEO_CODEC_H264,
      VIDEO_CODEC_HEVC,
    ]);
    expect(capabilitiesOf(x264Alone, [gpu(0, [], ['h264', 'hevc', 'av1'])]).encoders).toEqual([
      VIDEO_CODEC_H264,
      VIDEO_CODEC_HEVC,
      VIDEO_CODEC_AV1,
      VIDEO_CODEC_AV1_10,
    ]);
  });
});

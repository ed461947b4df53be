import { describe, expect, test } from 'vitest';

import { workerJob, type MediaOptions } from '../../../src/nodes/transcoder/worker-job.js';
import { VideoCodec, type Profile, type ValidOrder } from '../../../src/rpc/order.js';
import { sampleOrder, sampleRendition } from '../wire-samples.js';

const media: MediaOptions = {
  accel: 'none',
  network: { allowLoopback: true } as MediaOptions['network'],
  playerHeadStartMs: 250,
};

function job(changes: Partial<ValidOrder> = {}, options: Partial<MediaOptions> = {}) {
  return workerJob(sampleOrder(changes), 'nvidia:1', { ...media, ...options }, 250);
}

function profileOf(changes: Partial<Profile>) {
  const rendition = sampleRendition('any');
  const { renditions } = job({ renditions: [{ ...rendition, profile: { ...rendition.profile, ...changes } }] });
  return renditions[0]?.profile;
}

test('A job reads the source of the order and publishes where the order says.', () => {
  const { input, renditions } = job({ renditions: [sampleRendition('one'), sampleRendition('two')] });
  expect(input).toEqual({ url: 'http://source.example/0.ts' });
  expect(renditions.map(({ name, output }) => [name, output.url])).toEqual([
    ['one', 'rtmp://output.example/live/one/0.ts'],
    ['two', 'rtmp://output.example/live/two/0.ts'],
  ]);
});

test('It runs on the device that it was given, keeps to the address policy, and reports as often as was asked.', () => {
  expect(job()).toMatchObject({ accel: 'nvidia:1', network: media.network, progressIntervalMs: 250 });
});

test('A file of authorities is trusted on both sides.', () => {
  const { input, renditions } = job({}, { caFile: '/etc/ca.pem' });
  expect(input.tls).toEqual({ caFile: '/etc/ca.pem' });
  expect(renditions[0]?.output.tls).toEqual({ caFile: '/etc/ca.pem' });
});

test('Without one, nothing is said of it.', () => {
  expect(job().input).not.toHaveProperty('tls');
});

describe('Players are waited for', () => {
  const holds = (outputUrl: string, changes: Partial<ValidOrder> = {}) =>
    job({ renditions: [{ ...sampleRendition('one'), outputUrl }], ...changes }).renditions[0]?.output;

  test('where the server keeps nothing for those that are late.', () => {
    expect(holds('rtmps://output.example/live/one')).toMatchObject({ holdStartMs: 250 });
    expect(holds('srt://output.example:9000')).toMatchObject({ holdStartMs: 250 });
  });

  test('not where a file is uploaded.', () => {
    expect(holds('https://output.example/one.ts')).not.toHaveProperty('holdStartMs');
  });

  test('not by an attempt that goes on for another: they are there.', () => {
    expect(holds('rtmp://output.example/live/one', { resumeAtUs: 5 })).not.toHaveProperty('holdStartMs');
  });
});

test('A stream without an end is not cut.', () => {
  expect(job({ durationMs: 0 })).not.toHaveProperty('clip');
});

test('A segment is cut only well behind its end, as its duration is a guess.', () => {
  expect(job({ durationMs: 12_000 }).clip).toEqual({ to: 20 });
});

describe('The timeline of the first attempt', () => {
  test('is kept by the next.', () => {
    expect(job({ timestampBaseUs: -5, resumeAtUs: 1_000_001 })).toMatchObject({
      timestampBaseUs: -5,
      resumeAtUs: 1_000_001,
    });
  });

  test('is not there yet for the first.', () => {
    expect(job()).not.toHaveProperty('timestampBaseUs');
    expect(job()).not.toHaveProperty('resumeAtUs');
  });

  test('may begin at zero.', () => {
    expect(job({ timestampBaseUs: 0, resumeAtUs: 0 })).toMatchObject({ timestampBaseUs: 0, resumeAtUs: 0 });
  });
});

describe('A profile', () => {
  test('is as the order has it.', () => {
    expect(profileOf({})).toEqual({
      width: 640,
      height: 360,
      fps: [30, 1],
      bitrate: 1_200_000,
      codec: 'h264',
      bitDepth: 8,
      gop: 2,
    });
  });

  test('leaves the side open that follows from the other.', () => {
    expect(profileOf({ width: 0 })).not.toHaveProperty('width');
    expect(profileOf({ height: 0 })).not.toHaveProperty('height');
  });

  test("keeps the source's frame rate when none is asked for.", () => {
    expect(profileOf({ fpsNumerator: 0, fpsDenominator: 0 })).not.toHaveProperty('fps');
  });

  test('may have a frame rate that is no whole number.', () => {
    expect(profileOf({ fpsNumerator: 30_000, fpsDenominator: 1001 })).toMatchObject({ fps: [30_000, 1001] });
  });

  test('may ask for HEVC, and for a profile of the codec.', () => {
    expect(profileOf({ codec: VideoCodec.VIDEO_CODEC_HEVC, encoderProfile: 'main' })).toMatchObject({
      codec: 'hevc',
      encoderProfile: 'main',
    });
  });

  test.each([
    [VideoCodec.VIDEO_CODEC_H264, { codec: 'h264', bitDepth: 8 }],
    [VideoCodec.VIDEO_CODEC_HEVC, { codec: 'hevc', bitDepth: 8 }],
    [VideoCodec.VIDEO_CODEC_HEVC_10, { codec: 'hevc', bitDepth: 10 }],
    [VideoCodec.VIDEO_CODEC_AV1, { codec: 'av1', bitDepth: 8 }],
    [VideoCodec.VIDEO_CODEC_AV1_10, { codec: 'av1', bitDepth: 10 }],
  ])('of %s is coded as %j', (codec, coding) => {
    expect(profileOf({ codec })).toMatchObject(coding);
  });

  test('without a time between keyframes has nothing else.', () => {
    expect(profileOf({ gopMs: 0 })).toMatchObject({ gop: 'intra' });
    expect(profileOf({ gopMs: 2500 })).toMatchObject({ gop: 2.5 });
  });
});

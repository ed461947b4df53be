import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Configuration } from '../../../src/nodes/broadcaster/configuration.js';
import { defaultTranscodingOptions, loadLadder } from '../../../src/nodes/broadcaster/ladder.js';
import { parseNotification, type Notification } from '../../../src/nodes/broadcaster/notification.js';
import { Problem } from '../../../src/nodes/broadcaster/problem.js';
import { VideoCodec } from '../../../src/rpc/generated/millrace/v1/job.js';

import { caughtProblem } from './caught-problem.js';

const defaults = loadLadder(defaultTranscodingOptions);
const endpoints = { inputUrl: 'http://media.example/source_0.ts', outputUrl: 'rtmp://media.example:1935/live/out' };
const pinned = { width: 1280, height: 720, bitrate: 3_000_000 };

function parse(
  configuration: Record<string, unknown>,
  request: { method?: string; path?: string; decided?: Configuration } = {},
): Notification {
  const header = JSON.stringify({ ...endpoints, ...configuration });
  return parseNotification({ method: 'POST', path: '/live/random-stream-id/0.ts', header, defaults, ...request });
}

function parseProfile(fields: Record<string, unknown>): Notification['ladder'][number]['profile'] | undefined {
  return parse({ profiles: [{ name: 'a', ...pinned, ...fields }] }).ladder[0]?.profile;
}

function faultOf(configuration: Record<string, unknown>): Problem {
  return caughtProblem(() => parse(configuration));
}

test('The notification of the proof of concept is understood, with the default ladder.', () => {
  const notification = parse({ pixelFormat: 0, videoCodec: 'h264', duration: 12_000 });

  expect(notification).toMatchObject({
    stream: 'random-stream-id',
    sequence: 0,
    extension: 'ts',
    ...endpoints,
    videoCodec: 'h264',
    pixelFormat: 0,
    durationMs: 12_000,
  });
  expect(notification.ladder.map(({ name }) => name)).toEqual(['P240p30fps16x9', 'P360p30fps16x9']);
  expect(notification.ladder[1]?.profile).toEqual({
    width: 640,
    height: 360,
    bitrateBps: 1_200_000,
    fpsNumerator: 30,
    fpsDenominator: 1,
    codec: VideoCodec.VIDEO_CODEC_H264,
    encoderProfile: '',
    gopMs: 2000,
  });
});

test('What is left out is not known, and the job has no end.', () => {
  expect(parse({})).toMatchObject({ videoCodec: '', pixelFormat: undefined, durationMs: undefined });
  expect(parse({ duration: 0, pixelFormat: -1 })).toMatchObject({ pixelFormat: undefined, durationMs: undefined });
});

test('Null is as good as absent, and keys that are not known do not matter.', () => {
  const notification = parse({ profiles: null, presets: null, duration: null, objectStore: 's3://x', sessionID: 7 });

  expect(notification.ladder).toBe(defaults);
});

describe('the path', () => {
  test.each([
    ['/live/a/7.ts', 'a', 7, 'ts'],
    ['/live/a.b_c~d-e/9007199254740991.mp4', 'a.b_c~d-e', Number.MAX_SAFE_INTEGER, 'mp4'],
    ['/live/%61%62/007.ts?token=x/y', 'ab', 7, 'ts'],
  ])('%s names a segment.', (path, stream, sequence, extension) => {
    expect(parse({}, { path })).toMatchObject({ stream, sequence, extension });
  });

  test.each([
    '/live/a/b.ts',
    '/live/a/-1.ts',
    '/live/a/1.5.ts',
    '/live/a/9007199254740993.ts',
    '/live/a/1.m3u8',
    '/live/a/1',
    '/live//1.ts',
    '/live/../1.ts',
    '/live/%2e%2e/1.ts',
    '/live/a%2Fb/1.ts',
    '/live/a%00/1.ts',
    '/live/%zz/1.ts',
    '/live/a b/1.ts',
    `/live/${'a'.repeat(257)}/1.ts`,
    '/other/a/1.ts',
    '/live/a/1.ts/',
    '/live/a/1.TS',
  ])('%s names none.', (path) => {
    expect(caughtProblem(() => parse({}, { path }))).toMatchObject({ code: 'path-invalid', status: 400 });
  });

  test('Other methods than POST and PUT are not notifications.', () => {
    expect(parse({}, { method: 'PUT' }).stream).toBe('random-stream-id');
    expect(caughtProblem(() => parse({}, { method: 'GET' }))).toMatchObject({ status: 405 });
  });
});

describe('the header', () => {
  function faultOfHeader(header: string | undefined): Problem {
    return caughtProblem(() => parseNotification({ method: 'POST', path: '/live/a/0.ts', header, defaults }));
  }

  test('It has to be there.', () => {
    expect(faultOfHeader(undefined)).toMatchObject({ status: 400, field: 'Livepeer-Transcode-Configuration' });
  });

  test.each(['', '{', '[]', '"text"', 'null', '7', 'nonsense'])('%j is no configuration.', (header) => {
    expect(faultOfHeader(header)).toMatchObject({ code: 'configuration-invalid' });
  });

  test('What is not JSON is not quoted, as it may hold credentials.', () => {
    const problem = faultOfHeader('{"inputUrl":"rtmp://user:s3cret@media.example/live/key"');

    expect(problem.detail).toBe('The header Livepeer-Transcode-Configuration is not JSON.');
  });

  test('It may have 64 KiB and no more.', () => {
    const frame = JSON.stringify({ ...endpoints, padding: '' }).length;
    const ofLength = (bytes: number) => JSON.stringify({ ...endpoints, padding: 'x'.repeat(bytes - frame) });

    expect(faultOfHeader(ofLength(65_537)).detail).toContain('longer than 65536 bytes');
    expect(
      parseNotification({ method: 'POST', path: '/live/a/0.ts', header: ofLength(65_536), defaults }).sequence,
    ).toBe(0);
  });
});

describe('faults', () => {
  test.each([
    [{ inputUrl: undefined }, 'inputUrl'],
    [{ inputUrl: '' }, 'inputUrl'],
    [{ inputUrl: 7 }, 'inputUrl'],
    [{ inputUrl: 'file:///etc/passwd' }, 'inputUrl'],
    [{ inputUrl: 'testpattern:320x240@30' }, 'inputUrl'],
    [{ inputUrl: 'http:/media.example/x' }, 'inputUrl'],
    [{ inputUrl: 'http://' }, 'inputUrl'],
    [{ inputUrl: 'http://media.example/a b' }, 'inputUrl'],
    [{ inputUrl: 'http://media.example\\@evil.example/' }, 'inputUrl'],
    [{ inputUrl: 'http://media.example/\r\nX: y' }, 'inputUrl'],
    [{ inputUrl: 'http://media.example/#part' }, 'inputUrl'],
    [{ inputUrl: `http://media.example/${'x'.repeat(4096)}` }, 'inputUrl'],
    [{ inputUrl: 'http://media.example:99999/' }, 'inputUrl'],
    [{ inputUrl: 'srt://media.example?streamid=a' }, 'inputUrl'],
    [{ inputUrl: 'srt://media.example:9000?mode=listener' }, 'inputUrl'],
    [{ outputUrl: undefined }, 'outputUrl'],
    [{ outputUrl: 'rtsp://media.example/live' }, 'outputUrl'],
    [{ outputUrl: 'srt://media.example:9000?streamid=%E0%A4%A' }, 'outputUrl'],
    [{ outputUrl: 'srt://media.example:9000?streamid=a%00b' }, 'outputUrl'],
    [{ outputUrl: 'srt://media.example:9000?streamid=%23!:{r=a}' }, 'outputUrl'],
    [{ outputUrl: `srt://media.example:9000?streamid=${'x'.repeat(500)}` }, 'outputUrl'],
    [{ outputUrl: `http://media.example/${'x'.repeat(4060)}` }, 'outputUrl'],
    [{ pixelFormat: 1.5 }, 'pixelFormat'],
    [{ pixelFormat: '0' }, 'pixelFormat'],
    [{ pixelFormat: -2 }, 'pixelFormat'],
    [{ duration: -1 }, 'duration'],
    [{ duration: 86_400_001 }, 'duration'],
    [{ duration: '12000' }, 'duration'],
    [{ presets: 'P240p30fps16x9' }, 'presets'],
    [{ presets: ['P240p30fps16x9', 7] }, 'presets[1]'],
    [{ presets: ['P999'] }, 'presets[0]'],
    [{ presets: ['toString'] }, 'presets[0]'],
    [{ presets: ['P240p30fps16x9', 'P240p30fps16x9'] }, 'presets[1]'],
    [{ profiles: {} }, 'profiles'],
    [{ profiles: ['P240p30fps16x9'] }, 'profiles[0]'],
    [{ profiles: [pinned, { ...pinned, bitrate: true }] }, 'profiles[1].bitrate'],
    [{ profiles: [pinned, { ...pinned, bitrate: undefined }] }, 'profiles[1].bitrate'],
    [{ profiles: [{ ...pinned, bitrate: '6000q' }] }, 'profiles[0].bitrate'],
    [{ profiles: [{ ...pinned, bitrate: 'k' }] }, 'profiles[0].bitrate'],
    [{ profiles: [{ ...pinned, bitrate: 3000 }] }, 'profiles[0].bitrate'],
    [{ profiles: [{ bitrate: 1_000_000 }] }, 'profiles[0]'],
    [{ profiles: [{ ...pinned, width: 1280.5 }] }, 'profiles[0].width'],
    [{ profiles: [{ ...pinned, height: -720 }] }, 'profiles[0].height'],
    [{ profiles: [{ ...pinned, fps: -1 }] }, 'profiles[0].fps'],
    [{ profiles: [{ ...pinned, fps: 500 }] }, 'profiles[0].fps'],
    [{ profiles: [{ ...pinned, fps: 29.97, fpsDen: 1001 }] }, 'profiles[0].fps'],
    [{ profiles: [{ ...pinned, fps: 30, fpsDen: -1 }] }, 'profiles[0].fpsDen'],
    [{ profiles: [{ ...pinned, gop: -1 }] }, 'profiles[0].gop'],
    [{ profiles: [{ ...pinned, gop: 'often' }] }, 'profiles[0].gop'],
    [{ profiles: [{ ...pinned, gop: 601 }] }, 'profiles[0].gop'],
    [{ profiles: [{ ...pinned, profile: 'H264Highest' }] }, 'profiles[0].profile'],
    [{ profiles: [{ ...pinned, profile: 'constructor' }] }, 'profiles[0].profile'],
    [{ profiles: [{ ...pinned, encoder: 'HEVC', profile: 'H264High' }] }, 'profiles[0].profile'],
    [{ profiles: [{ ...pinned, encoder: 'VP9' }] }, 'profiles[0].encoder'],
    [{ profiles: [{ ...pinned, encoder: '__proto__' }] }, 'profiles[0].encoder'],
    [{ profiles: [{ ...pinned, colorDepth: 10 }] }, 'profiles[0].colorDepth'],
    [{ profiles: [{ ...pinned, encoder: 'HEVC', colorDepth: 12 }] }, 'profiles[0].colorDepth'],
    [{ profiles: [{ ...pinned, encoder: 'HEVC', profile: 'main10' }] }, 'profiles[0].profile'],
    [{ profiles: [{ ...pinned, encoder: 'HEVC', colorDepth: 10, profile: 'main' }] }, 'profiles[0].profile'],
    [{ profiles: [{ ...pinned, encoder: 'AV1', profile: 'high' }] }, 'profiles[0].profile'],
    [{ profiles: [{ ...pinned, chromaFormat: 1 }] }, 'profiles[0].chromaFormat'],
    [{ profiles: [{ ...pinned, name: 'a/b' }] }, 'profiles[0].name'],
    [{ profiles: [{ ...pinned, name: '..' }] }, 'profiles[0].name'],
    [{ profiles: [{ ...pinned, name: 'x'.repeat(65) }] }, 'profiles[0].name'],
    [
      {
        profiles: [
          { ...pinned, name: 'a' },
          { ...pinned, name: 'a' },
        ],
      },
      'profiles[1].name',
    ],
    [{ presets: ['P240p30fps16x9'], profiles: [{ ...pinned, name: 'P240p30fps16x9' }] }, 'profiles[0].name'],
    [{ profiles: Array.from({ length: 33 }, (_, index) => ({ ...pinned, name: `a${index}` })) }, 'profiles'],
  ])('%j is refused for %s, in a full sentence.', (configuration, field) => {
    const problem = faultOf(configuration);

    expect(problem).toMatchObject({ code: 'configuration-invalid', status: 400, field });
    expect(problem.detail).toMatch(/^\S+ .+\.$/s);
    expect(problem.detail).not.toContain('media.example');
  });

  test('A codec that no source can have is 422, not 400.', () => {
    expect(faultOf({ videoCodec: 'theora' })).toMatchObject({ status: 422, field: 'videoCodec' });
    expect(faultOf({ videoCodec: 'constructor' })).toMatchObject({ status: 422 });
  });

  test('An encoder that there is not is answered with those that there are.', () => {
    expect(faultOf({ profiles: [{ ...pinned, encoder: 'VP8' }] }).detail).toMatch(/H\.264, HEVC or AV1/);
  });
});

test.each([
  ['H264', 'h264'],
  ['h265', 'hevc'],
  ['hevc', 'hevc'],
  ['mpeg2video', 'mpeg2video'],
])('The source codec %s is called %s.', (asked, videoCodec) => {
  expect(parse({ videoCodec: asked }).videoCodec).toBe(videoCodec);
});

describe('profiles', () => {
  test('Everything of Livepeer that matters is taken.', () => {
    const fields = { fps: 30_000, fpsDen: 1001, profile: 'H264Main', gop: '1.5', encoder: 'H.264', quality: 23 };

    expect(parseProfile({ ...fields, bitrate: '6000k', colorDepth: 8, chromaFormat: 0 })).toEqual({
      width: 1280,
      height: 720,
      bitrateBps: 6_000_000,
      fpsNumerator: 30_000,
      fpsDenominator: 1001,
      codec: VideoCodec.VIDEO_CODEC_H264,
      encoderProfile: 'main',
      gopMs: 1500,
    });
  });

  test.each([
    [{ encoder: 'HEVC' }, VideoCodec.VIDEO_CODEC_HEVC, ''],
    [{ encoder: 'H.265', profile: 'main' }, VideoCodec.VIDEO_CODEC_HEVC, 'main'],
    [{ encoder: 'HEVC', colorDepth: 10 }, VideoCodec.VIDEO_CODEC_HEVC_10, ''],
    [{ encoder: 'HEVC', colorDepth: 10, profile: 'Main10' }, VideoCodec.VIDEO_CODEC_HEVC_10, ''],
    [{ encoder: 'AV1', colorDepth: 0 }, VideoCodec.VIDEO_CODEC_AV1, ''],
    [{ encoder: 'av1', colorDepth: 10, profile: 'main' }, VideoCodec.VIDEO_CODEC_AV1_10, ''],
  ])('%j orders %s.', (fields, codec, encoderProfile) => {
    expect(parseProfile(fields)).toMatchObject({ codec, encoderProfile });
  });

  test.each([
    ['0.0', 2000],
    ['', 2000],
    [0, 2000],
    ['1', 1000],
    [0.5, 500],
    ['intra', 0],
  ])('A GOP of %j is %i ms.', (gop, gopMs) => {
    expect(parseProfile({ gop })?.gopMs).toBe(gopMs);
  });

  test.each([
    [{ encoder: 'h265' }, VideoCodec.VIDEO_CODEC_HEVC],
    [{ encoder: 'HEVC' }, VideoCodec.VIDEO_CODEC_HEVC],
    [{ encoder: '' }, VideoCodec.VIDEO_CODEC_H264],
    [{}, VideoCodec.VIDEO_CODEC_H264],
  ])('%j is encoded in %s.', (fields, codec) => {
    expect(parseProfile(fields)?.codec).toBe(codec);
  });

  test.each([
    ['h264baseline', 'baseline'],
    ['H264ConstrainedHigh', 'high'],
    ['None', ''],
    ['', ''],
  ])("The encoder's profile %j is %j.", (profile, encoderProfile) => {
    expect(parseProfile({ profile })?.encoderProfile).toBe(encoderProfile);
  });

  test.each([
    [{ fps: 0, fpsDen: 1 }, 0, 1],
    [{}, 0, 1],
    [{ fps: 0, fpsDen: 1001 }, 0, 1],
    [{ fps: 29.97 }, 30_000, 1001],
    [{ fps: 60, fpsDen: 2 }, 30, 1],
  ])('%j is %i/%i frames per second.', (fields, fpsNumerator, fpsDenominator) => {
    expect(parseProfile(fields)).toMatchObject({ fpsNumerator, fpsDenominator });
  });

  test('A profile without a name gets one of its size and bitrate.', () => {
    expect(parse({ profiles: [pinned] }).ladder[0]?.name).toBe('custom_1280x720_3000000');
  });

  test('Presets come first, then profiles, and the defaults not at all.', () => {
    const { ladder } = parse({ profiles: [{ name: 'mine', ...pinned }], presets: ['P144p30fps16x9'] });

    expect(ladder.map(({ name }) => name)).toEqual(['P144p30fps16x9', 'mine']);
  });

  test('Empty lists ask for the defaults.', () => {
    expect(parse({ profiles: [], presets: [] }).ladder).toBe(defaults);
  });
});

describe('what the webhook decides', () => {
  test('It renames the stream, and the header does not.', () => {
    expect(parse({ manifestID: 'header' }, { decided: { manifestID: 'webhook' } }).stream).toBe('webhook');
    expect(parse({ manifestID: 'header' }).stream).toBe('random-stream-id');
    expect(caughtProblem(() => parse({}, { decided: { manifestID: 'a/b' } }))).toMatchObject({ field: 'manifestID' });
  });

  test('Its values replace those of the request, and only those it gives.', () => {
    const decided = { manifestID: 'm', inputUrl: 'https://other.example/a.ts', duration: null };

    expect(parse({ duration: 2000 }, { decided })).toMatchObject({
      inputUrl: 'https://other.example/a.ts',
      outputUrl: endpoints.outputUrl,
      durationMs: 2000,
    });
  });

  test('It may leave the ladder to the request.', () => {
    const decided = { manifestID: 'm', profiles: [], presets: null };

    expect(parse({ presets: ['P144p30fps16x9'] }, { decided }).ladder.map(({ name }) => name)).toEqual([
      'P144p30fps16x9',
    ]);
  });

  test('Its ladder replaces all of the request’s.', () => {
    const asked = { presets: ['P720p60fps16x9'], profiles: [{ name: 'mine', ...pinned }] };

    expect(parse(asked, { decided: { presets: ['P144p30fps16x9'] } }).ladder.map(({ name }) => name)).toEqual([
      'P144p30fps16x9',
    ]);
  });
});

test('Whatever the header and the path are, they are understood or a problem.', () => {
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom('intra', '6000k', 'HEVC', endpoints.outputUrl));
  const profile = fc.dictionary(
    fc.constantFrom('name', 'width', 'height', 'bitrate', 'fps', 'fpsDen', 'gop', 'encoder', 'profile'),
    fc.oneof(fc.double(), fc.integer(), value),
  );
  const configuration = fc.record({ profiles: fc.array(profile), duration: value, videoCodec: value });
  const path = fc.oneof(
    fc.string(),
    fc.webPath(),
    fc.string().map((text) => `/live/${text}/0.ts`),
    fc.constant('/live/a/0.ts'),
  );
  const header = fc.oneof(
    fc.string(),
    configuration.map((fields) => JSON.stringify({ ...endpoints, ...fields })),
  );

  fc.assert(
    fc.property(path, header, (path, header) => {
      try {
        const { ladder, stream } = parseNotification({ method: 'POST', path, header, defaults });
        expect(stream).toMatch(/^[A-Za-z0-9._~-]{1,256}$/);
        expect(new Set(ladder.map(({ name }) => name)).size).toBe(ladder.length);
        for (const { profile } of ladder) expect(profile.bitrateBps).toBeGreaterThanOrEqual(10_000);
      } catch (error) {
        expect(error).toBeInstanceOf(Problem);
      }
    }),
  );
});

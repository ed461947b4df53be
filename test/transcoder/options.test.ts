import { Readable, Writable } from 'node:stream';

import { describe, expect, test } from 'vitest';

import { TranscodeError, Transcoder, presets } from '../../src/index.js';
import type { TranscoderOptions } from '../../src/index.js';
import { validateOptions } from '../../src/transcoder/validate-options.js';

const profile = { width: 640, height: 360, bitrate: 800_000 };
const rendition = { profile, output: 'out.ts' };
const valid: TranscoderOptions = { input: 'https://media.example/in.ts', renditions: [rendition] };
const sink = (): Writable =>
  new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });

/** The sentence that the constructor throws. */
function complaintAbout(options: unknown): string {
  try {
    new Transcoder(options as TranscoderOptions);
  } catch (error) {
    expect(error).toBeInstanceOf(TranscodeError);
    expect(error).toMatchObject({ code: 'OPTIONS_INVALID', stage: 'options', retryable: false });
    return (error as TranscodeError).message;
  }
  throw new Error('These options were accepted.');
}

const aboutInput = (input: unknown): string => complaintAbout({ ...valid, input });
const aboutOutput = (output: unknown): string => complaintAbout({ ...valid, renditions: [{ profile, output }] });
const aboutProfile = (changes: object): string =>
  complaintAbout({ ...valid, renditions: [{ ...rendition, profile: { ...profile, ...changes } }] });

const jobOf = (options: object): ReturnType<typeof validateOptions>['job'] =>
  validateOptions({ ...valid, ...options }).job;
const outputOf = (output: unknown) => jobOf({ renditions: [{ profile, output }] }).renditions[0]?.output;
const renditionOf = (changes: object) =>
  jobOf({ renditions: [{ ...rendition, profile: { ...profile, ...changes } }] }).renditions[0];

describe('Misuse is a full sentence that names the option', () => {
  test.each([
    [undefined, 'options should be an object, but is missing.'],
    [{ ...valid, bitrate: 1 }, /^options has no option "bitrate"; it takes input, renditions, /],
    [{ ...valid, renditions: [] }, 'renditions should have 1 to 32 entries, but has 0.'],
    [{ ...valid, tune: 'fast' }, 'tune should be one of "latency" or "quality", but is "fast".'],
    [{ ...valid, accel: 'nvidia:x' }, /^accel should be 'auto', 'none', 'nvidia', or .*, but is "nvidia:x"\.$/],
    [{ ...valid, accel: 'nvidia:0,' }, /^accel should be 'auto'/],
    [{ ...valid, accel: 'none:0' }, /^accel should be 'auto'/],
    [{ ...valid, accel: 'nvidia:100' }, /^accel should be 'auto'/],
    [{ ...valid, accel: 'nvidia:2,0,2' }, 'accel names GPU 2 twice: "nvidia:2,0,2".'],
    [{ ...valid, audio: true }, 'audio should be one of "copy", "aac", "opus" or "drop", but is true.'],
    [
      { ...valid, progressIntervalMs: 1.5 },
      'progressIntervalMs should be a whole number of milliseconds from 50 to 60000, but is 1.5.',
    ],
    [{ ...valid, timestampBaseUs: 0.5 }, /^timestampBaseUs should be a whole number of microseconds/],
    [{ ...valid, earlyKeyframes: 'yes' }, /^earlyKeyframes should be true or false/],
    [
      { ...valid, renditions: [{ profile: 'P240p30fps16x9', output: { url: 'a.ts', holdStartMs: 1001 } }] },
      'renditions[0].output.holdStartMs should be a whole number of milliseconds from 0 to 1000, but is 1001.',
    ],
    [{ ...valid, resumeAtUs: '10' }, 'resumeAtUs should be a whole number of microseconds, but is "10".'],
    [{ ...valid, resumeAtUs: 2 ** 53 }, /^resumeAtUs should be a whole number of microseconds/],
    [{ ...valid, clip: { from: 2, to: 1 } }, 'clip.to should come after clip.from, but 1 is not after 2.'],
    [{ ...valid, clip: { from: Number.NaN } }, /^clip\.from should be a number of seconds .* but is NaN\.$/],
    [{ ...valid, signal: {} }, 'signal should be an AbortSignal, but is an object.'],
    [{ ...valid, network: { allow: [] } }, 'network.allow should be left out, or not empty, but is an array.'],
  ])('%j', (options, sentence) => {
    expect(complaintAbout(options)).toMatch(sentence);
  });
});

describe('A profile', () => {
  test.each([
    [{ width: 0, height: 0 }, 'renditions[0].profile needs a width or a height; only one of them can be left out.'],
    [{ width: 8 }, /^renditions\[0\]\.profile\.width should be a whole number of pixels from 16 to 16384, but is 8\.$/],
    [{ fps: -1 }, /fps should be a number of frames per second/],
    [{ fps: [30] }, /fps should be a number, or a fraction/],
    [{ fps: [30, 0] }, /fps\[1\] should be a whole number/],
    [{ fps: [1000, 1] }, /fps should be a number of frames per second from 0.1 to 480, but is 1000/],
    [{ bitrate: undefined }, /bitrate should be a number of bits per second, but is missing/],
    [{ bitrate: 800 }, /bitrate is in bits per second, and 800 is too few for video: for 800 kbit\/s write 800000\./],
    [{ gop: 'auto' }, /gop should be a number of seconds, or 'intra', but is "auto"/],
    [{ gop: 0 }, /gop should be a number of seconds from 0.01 to 600, but is 0/],
    [{ codec: 'vp9' }, /codec should be one of "h264", "hevc" or "av1"/],
    [{ codec: 'hevc', encoderProfile: 'baseline' }, /encoderProfile should be one of "main"/],
    [
      { codec: 'hevc', bitDepth: 10, encoderProfile: 'main' },
      /encoderProfile is nothing to choose for hevc with 10 bits, which has one profile; leave it out\.$/,
    ],
    [{ codec: 'av1', encoderProfile: 'main' }, /encoderProfile is nothing to choose for av1 with 8 bits/],
    [{ codec: 'hevc', bitDepth: 12 }, 'renditions[0].profile.bitDepth should be 8 or 10, but is 12.'],
    [{ codec: 'hevc', bitDepth: '10' }, 'renditions[0].profile.bitDepth should be 8 or 10, but is "10".'],
    [{ bitDepth: 10 }, 'renditions[0].profile.bitDepth can be 10 for the codecs hevc and av1; h264 has 8 bits.'],
    [{ preset: 'placebo' }, /preset should be one of "ultrafast"/],
  ])('with %j is refused', (changes, sentence) => {
    expect(aboutProfile(changes)).toMatch(sentence);
  });

  test('is refused under a name that no preset has, even one that objects are born with', () => {
    for (const name of ['P999p30fps16x9', 'constructor', '__proto__']) {
      expect(complaintAbout({ ...valid, renditions: [{ ...rendition, profile: name }] })).toContain('does not exist');
    }
  });

  test.each([
    [30, 30, 1],
    [59.94, 60_000, 1001],
    [29.97, 30_000, 1001],
    [23.976, 24_000, 1001],
    [23.98, 24_000, 1001],
    [119.88, 120_000, 1001],
    [12.5, 25, 2],
    [29.5, 59, 2],
    [0.5, 1, 2],
    [123, 123, 1],
    [0, 0, 1],
    [undefined, 0, 1],
    [[50_000, 2000], 25, 1],
    [[30_000, 1001], 30_000, 1001],
  ])('of %j frames per second means %i/%i', (fps, fpsNumerator, fpsDenominator) => {
    expect(renditionOf({ fps })).toMatchObject({ fpsNumerator, fpsDenominator });
  });

  test('has its defaults filled in', () => {
    expect(renditionOf({})).toMatchObject({
      width: 640,
      height: 360,
      bitrateBps: 800_000,
      codec: 'h264',
      bitDepth: 8,
      encoderProfile: '',
      gopMs: 2000,
      preset: 'veryfast',
    });
  });

  test.each([
    { codec: 'h264', bitDepth: 8, encoderProfile: 'high' },
    { codec: 'hevc', bitDepth: 8, encoderProfile: 'main' },
    { codec: 'hevc', bitDepth: 10 },
    { codec: 'av1', bitDepth: 8 },
    { codec: 'av1', bitDepth: 10 },
  ])('can be %j', (coding) => {
    expect(renditionOf(coding)).toMatchObject(coding);
  });

  test('of intra frames has a GOP of nothing, and any other has one in milliseconds', () => {
    expect(renditionOf({ gop: 'intra' })?.gopMs).toBe(0);
    expect(renditionOf({ gop: 0.3 })?.gopMs).toBe(300);
  });

  test('by the name of a preset is that preset', () => {
    const { renditions } = jobOf({ renditions: [{ ...rendition, profile: 'P144p25fps16x9' }] });
    expect(renditions[0]).toMatchObject({ name: 'P144p25fps16x9', width: 256, height: 144, fpsNumerator: 25 });
    expect(presets.P144p25fps16x9).toStrictEqual({ width: 256, height: 144, fps: 25, bitrate: 400_000 });
  });

  test('can start from a preset', () => {
    expect(renditionOf({ ...presets.P720p60fps16x9, gop: 1 })).toMatchObject({ bitrateBps: 6_000_000, gopMs: 1000 });
  });
});

describe("A rendition's name", () => {
  const names = (renditions: object[]): string[] => jobOf({ renditions }).renditions.map(({ name }) => name);
  const to = (output: string, more: object = {}): object => ({ profile, output, ...more });

  test('is its size, made unique beside the names that were given', () => {
    expect(names([to('a.ts'), to('b.ts', { name: '640x360-2' }), to('c.ts'), to('d.ts')])).toStrictEqual([
      '640x360',
      '640x360-2',
      '640x360-3',
      '640x360-4',
    ]);
    expect(names([to('a.ts', { profile: { height: 360, bitrate: 800_000 } })])).toStrictEqual(['360p']);
  });

  test('cannot be given twice, nor be unfit for a log line', () => {
    const twice = [to('a.ts', { name: 'low' }), to('b.ts', { name: 'low' })];
    expect(complaintAbout({ ...valid, renditions: twice })).toBe(
      "renditions[1].name is taken by another rendition: 'low'.",
    );
    expect(complaintAbout({ ...valid, renditions: [to('a.ts', { name: 'a\nb' })] })).toMatch(
      /without control characters/,
    );
  });
});

describe('An input', () => {
  test.each([
    ['', /^input should be a URL or the path of a file/],
    [{}, 'input needs a url or a stream.'],
    [1, 'input should be a URL, the path of a file, a Readable or an object, but is 1.'],
    [undefined, 'input should be a URL, the path of a file, a Readable or an object, but is missing.'],
    [new Response('').body, 'input is a web stream; make it one of node:stream with Readable.fromWeb(…).'],
    [{ stream: new Response('').body }, /^input\.stream is a web stream; .* with Readable\.fromWeb/],
    [{ url: 'a.ts', stream: Readable.from([]) }, 'input needs either a url or a stream, not both.'],
    ['ftp://media.example/a.ts', /^input has the scheme 'ftp:', which cannot be read from; it takes http, /],
    ['concat:a.ts|b.ts', /^input has the scheme 'concat:'.*For a file of that name, write '\.\/' before it\.$/],
    ['https://', /^input is not a URL with a host/],
    ['http:media.example/a.ts', /^input is not a URL with a host/],
    ['https://media.example/a b.ts', /^input is not a URL with a host/],
    ['http://media.example/\r\nHost: other', 'input has control characters in it.'],
    ['srt://media.example', /^input needs a port/],
    [{ url: 'rtmp://media.example/live/a', headers: { A: 'b' } }, 'input.headers is for http and https URLs.'],
    [{ url: 'https://media.example/a', headers: { 'A b': 'c' } }, /header names as keys, but is "A b"/],
    [{ url: 'https://media.example/a', format: 'avi' }, /^input\.format should be one of "mpegts"/],
    [{ url: 'https://media.example/a', pace: 'slow' }, /^input\.pace should be one of "auto"/],
    [{ url: 'https://media.example/a', stallTimeoutMs: 0 }, /^input\.stallTimeoutMs should be a whole number/],
    [{ url: 'https://media.example/a', tls: { verify: 1 } }, 'input.tls.verify should be true or false, but is 1.'],
    [{ stream: sink() }, /^input\.stream should be a Readable/],
    [Readable.from([]).setEncoding('utf8'), /^input is a stream of text/],
    [{ stream: Readable.from([]), format: 'hls' }, /^input cannot be HLS/],
  ])('%# is refused', (input, sentence) => {
    expect(aboutInput(input)).toMatch(sentence);
  });

  test('can be a URL, a path, a stream, the test pattern, or an SRT listener', () => {
    const stream = Readable.from([]);
    expect(jobOf({ input: new URL('https://media.example/a?b=c') }).input.url).toBe('https://media.example/a?b=c');
    expect(jobOf({ input: 'a file.ts' }).input.url).toBe('a file.ts');
    expect(jobOf({ input: stream }).input).toMatchObject({ url: '', stream });
    expect(jobOf({ input: 'testpattern:1280x720@30' }).input.url).toBe('testpattern:1280x720@30');
    expect(jobOf({ input: 'srt://:9000?mode=listener' }).input.url).toBe('srt://:9000?mode=listener');
  });

  test('waits ten seconds and trusts nobody by default', () => {
    expect(jobOf({}).input).toMatchObject({
      connectTimeoutMs: 10_000,
      stallTimeoutMs: 10_000,
      pace: 'auto',
      format: '',
      headers: [],
      tls: { verify: true, caFile: '' },
    });
  });

  test('keeps the value of a header out of the sentence', () => {
    const sentence = aboutInput({ url: 'https://media.example/a', headers: { Authorization: 'Bearer s3cret\n' } });
    expect(sentence).toContain('input.headers.Authorization');
    expect(sentence).not.toContain('s3cret');
  });

  test.each([
    'https://user:s3cret@/a',
    'https://user:s3cret@media.example:99999/a?key=s3cret',
    'srt://media.example?streamid=s3cret',
  ])('keeps the secrets of a wrong URL out of the sentence', (input) => {
    expect(aboutInput(input)).not.toContain('s3cret');
  });
});

describe('An output', () => {
  test.each([
    ['rtsp://media.example/a', /^renditions\[0\]\.output has the scheme 'rtsp:', which cannot be written to/],
    ['testpattern:1280x720@30', /^renditions\[0\]\.output has the scheme 'testpattern:'/],
    ['recording', /does not tell its container by a suffix/],
    [sink(), /is a stream, which cannot tell its container/],
    [1, 'renditions[0].output should be a URL, the path of a file, a Writable or an object, but is 1.'],
    [new TransformStream().writable, /output is a web stream; make it one of node:stream with Writable\.fromWeb/],
    [{ stream: Readable.from([]), format: 'flv' }, /output\.stream should be a Writable/],
    [{ url: 'rtmp://media.example/live/a', format: 'mp4' }, /output\.format cannot be 'mp4': rtmp carries flv/],
    [{ url: 'srt://media.example:9000', format: 'flv' }, /output\.format cannot be 'flv': srt carries mpegts/],
    [{ url: 'https://media.example/a.ts', method: 'PATCH' }, /output\.method should be one of "PUT" or "POST"/],
    [{ url: 'a.ts', method: 'POST' }, /output\.method is for http and https URLs/],
  ])('%# is refused', (output, sentence) => {
    expect(aboutOutput(output)).toMatch(sentence);
  });

  test.each([
    ['https://media.example/a.ts?sig=x.mp4', 'mpegts'],
    ['http://media.example/a.m4s', 'mp4'],
    ['recordings/a.b.FLV', 'flv'],
    ['rtmps://media.example/live/a', 'flv'],
    ['srt://media.example:9000?streamid=a.mp4', 'mpegts'],
    [{ url: 'https://media.example/a.ts', format: 'mp4' }, 'mp4'],
    [{ stream: sink(), format: 'flv' }, 'flv'],
  ])('%# has its container found', (output, format) => {
    expect(outputOf(output)?.format).toBe(format);
  });

  test('is not shared with another rendition, nor with the source when both are files', () => {
    const [first, second] = [
      { profile, output: 'a.ts' },
      { profile, output: './a.ts' },
    ];
    expect(complaintAbout({ ...valid, renditions: [first, second] })).toMatch(/is the same as renditions\[0\]\.output/);
    expect(complaintAbout({ input: 'a.ts', renditions: [second] })).toMatch(/is the same as input/);
  });

  test('can be at the same URL as the source', () => {
    const url = 'https://media.example/a.ts';
    expect(jobOf({ input: url, renditions: [{ profile, output: url }] }).renditions[0]?.output.url).toBe(url);
  });
});

describe('A network policy', () => {
  const network = (allow: unknown): string => complaintAbout({ ...valid, network: { allow } });

  test.each([
    '10.0.0.0/33',
    '10.0.0/8',
    '::1/129',
    'localhost',
    '10.0.0.0/8/8',
    'fe80::1%eth0',
    '10.0.0.0/',
    '1/-1',
    7,
  ])('does not take %j', (block) => {
    expect(network([block])).toMatch(/^network\.allow\[0\] should be an IP address or a CIDR block/);
  });

  test('takes blocks, and addresses as blocks of one', () => {
    const { allow, deny } = jobOf({ network: { allow: ['10.0.0.0/8', '::1'], deny: ['10.1.2.3', 'fd00::/8'] } });
    expect(allow).toStrictEqual(['10.0.0.0/8', '::1/128']);
    expect(deny).toStrictEqual(['10.1.2.3/32', 'fd00::/8']);
  });

  test('takes the schemes there are, and no others', () => {
    const complaint = (schemes: unknown) => complaintAbout({ ...valid, network: { schemes } });
    expect(jobOf({ network: { schemes: ['https', 'file'] } }).schemes).toStrictEqual(['https', 'file']);
    expect(jobOf({}).schemes).toStrictEqual([]);
    expect(complaint([])).toMatch(/^network\.schemes should be left out, or not empty/);
    expect(complaint(['ftp'])).toMatch(/^network\.schemes\[0\] should be one of "http", /);
    expect(complaint([undefined])).toMatch(/^network\.schemes\[0\] should be a scheme/);
  });
});

test('Options are taken as they were given to the constructor, whatever the caller does to them later', () => {
  const ownProfile = { ...profile };
  const { job } = validateOptions({ ...valid, renditions: [{ ...rendition, profile: ownProfile }] });
  ownProfile.bitrate = 1;
  expect(job.renditions[0]?.bitrateBps).toBe(800_000);
});

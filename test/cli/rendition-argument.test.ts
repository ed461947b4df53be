import { describe, expect, it } from 'vitest';

import { parseProfile, parseRendition } from '../../src/cli/rendition-argument.js';

describe('parseRendition', () => {
  it('divides at the first equals sign, since a URL may hold more of them', () => {
    expect(parseRendition('1280x720:3000k=https://host/put?a=1&b==2')).toEqual({
      profile: { width: 1280, height: 720, bitrate: 3_000_000 },
      coding: {},
      output: 'https://host/put?a=1&b==2',
    });
  });

  it.each(['1280x720:3000k', '1280x720:3000k=', 'P720p30fps16x9'])('refuses %s, which names no output', (argument) => {
    expect(() => parseRendition(argument)).toThrow(/--rendition takes PROFILE=OUTPUT/);
  });
});

describe('parseProfile', () => {
  it.each([
    ['1280x720:3000k', { width: 1280, height: 720, bitrate: 3_000_000 }],
    ['1280x720:3M', { width: 1280, height: 720, bitrate: 3_000_000 }],
    ['1280x720:1.5M', { width: 1280, height: 720, bitrate: 1_500_000 }],
    ['1280x720:800000', { width: 1280, height: 720, bitrate: 800_000 }],
    ['0x360:800k', { width: 0, height: 360, bitrate: 800_000 }],
    ['640x0@25:800K', { width: 640, height: 0, fps: 25, bitrate: 800_000 }],
    ['640x360@29.97:800k', { width: 640, height: 360, fps: 29.97, bitrate: 800_000 }],
    ['640x360@30000/1001:800k', { width: 640, height: 360, fps: [30_000, 1001], bitrate: 800_000 }],
  ])('reads %s', (text, profile) => {
    expect(parseProfile(text)).toEqual({ profile, coding: {} });
  });

  it.each([
    ['h264', { codec: 'h264', bitDepth: 8 }],
    ['hevc', { codec: 'hevc', bitDepth: 8 }],
    ['hevc-10', { codec: 'hevc', bitDepth: 10 }],
    ['av1', { codec: 'av1', bitDepth: 8 }],
    ['av1-10', { codec: 'av1', bitDepth: 10 }],
  ])('reads the coding %s behind a profile and behind a preset', (name, coding) => {
    expect(parseProfile(`1280x720@30:3M:${name}`)).toEqual({
      profile: { width: 1280, height: 720, fps: 30, bitrate: 3_000_000 },
      coding,
    });
    expect(parseProfile(`P720p30fps16x9:${name}`)).toEqual({ profile: 'P720p30fps16x9', coding });
  });

  it.each([
    ['1280x720:3M:h265', /ends in “h265”, which is no coding\. Did you mean h264\?/],
    ['P720p30fps16x9:vp9', /ends in “vp9”, which is no coding\. There are h264, hevc, hevc-10, av1, av1-10\./],
    ['1280x720:3M:toString', /is neither a preset's name/],
    ['1280x720:3M:', /is neither a preset's name/],
  ])('refuses %s', (text, sentence) => {
    expect(() => parseProfile(text)).toThrow(sentence);
  });

  it('takes the name of a preset as it is', () => {
    expect(parseProfile('P720p30fps16x9')).toEqual({ profile: 'P720p30fps16x9', coding: {} });
  });

  it.each([
    '',
    '720p',
    '1280x720',
    '1280:3000k',
    '1280x720:',
    '1280x720:3000kk',
    '1280x720:3m',
    '-1x720:3M',
    '1280x720:1..5M',
    '1280x720@:3M',
    '1280x720@1/2/3:3M',
    '1280x720@30 :3M',
    'toString',
  ])('refuses “%s”', (text) => {
    expect(() => parseProfile(text)).toThrow(/is neither a preset's name nor WIDTHxHEIGHT/);
  });

  it('suggests the preset that was meant', () => {
    expect(() => parseProfile('P720p30fps19x9')).toThrow('Did you mean P720p30fps16x9?');
  });

  it('needs one side', () => {
    expect(() => parseProfile('0x0:3M')).toThrow(/but not both/);
  });
});

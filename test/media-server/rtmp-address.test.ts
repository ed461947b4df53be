import { describe, expect, it } from 'vitest';

import { rtmpAddress, withToken } from '../../src/media-server/rtmp-address.js';

describe('An RTMP URL', () => {
  it.each([
    ['rtmp://m/live/a', 'live', 'a'],
    ['rtmps://user:pass@m:1936/live/a?x=1', 'live', 'a'],
    ['rtmp://m:1935/live/out/P240p30fps16x9/0.ts', 'live/out', 'P240p30fps16x9/0.ts'],
    ['rtmp://m/live/out/a', 'live/out', 'a'],
    ['rtmp://m/live/mp4:a/b', 'live', 'mp4:a/b'],
    ['rtmp://m/live/a%20b', 'live', 'a%20b'],
  ])('%s is taken apart as libavformat does', (url, application, name) => {
    expect(rtmpAddress(url)).toStrictEqual({ application, name });
  });

  it.each(['rtmp://m', 'rtmp://m/', 'rtmp://m/live', 'rtmp://m/live/', 'rtmp://m//a', 'http://m/live/a', 'srt://m:9'])(
    '%s names no stream',
    (url) => {
      expect(rtmpAddress(url)).toBeUndefined();
    },
  );

  it.each([
    ['rtmp://m/live/a', 'rtmp://m/live/a?token=t'],
    ['rtmp://m/live/a?', 'rtmp://m/live/a?token=t'],
    ['rtmp://m/live/a?x=1&y=2', 'rtmp://m/live/a?token=t&x=1&y=2'],
    ['rtmp://m/live/a#part', 'rtmp://m/live/a?token=t'],
  ])('%s gets a token', (url, expected) => {
    expect(withToken(url, 't')).toBe(expected);
  });
});

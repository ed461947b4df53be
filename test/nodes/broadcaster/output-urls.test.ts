import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { playUrl, renditionUrl, srtStreamId } from '../../../src/nodes/broadcaster/output-urls.js';

test.each([
  ['rtmp://127.0.0.1:1935/live/out', 'rtmp://127.0.0.1:1935/live/out/P/0.ts'],
  ['rtmp://media.example', 'rtmp://media.example/P/0.ts'],
  ['https://media.example/a//', 'https://media.example/a/P/0.ts'],
  ['https://u:p@media.example/a/?token=a/b?c', 'https://u:p@media.example/a/P/0.ts?token=a/b?c'],
  ['http://media.example?x', 'http://media.example/P/0.ts?x'],
  ['srt://media.example:9000', 'srt://media.example:9000?streamid=P/0.ts'],
  ['srt://media.example:9000?', 'srt://media.example:9000?streamid=P/0.ts'],
  ['srt://media.example:9000?streamid=live/out/', 'srt://media.example:9000?streamid=live/out/P/0.ts'],
  ['srt://media.example:9000?streamid=', 'srt://media.example:9000?streamid=P/0.ts'],
  [
    'srt://media.example:9000?passphrase=0123456789%26&streamid=a&latency=1',
    'srt://media.example:9000?passphrase=0123456789%26&streamid=a/P/0.ts&latency=1',
  ],
  [
    'srt://media.example:9000?streamid=%23!::r=live/a,m=publish,u=me',
    'srt://media.example:9000?streamid=%23!::r=live/a/P/0.ts,m=publish,u=me',
  ],
  [
    'srt://media.example:9000?streamid=%23%21%3A%3Am%3Dpublish',
    'srt://media.example:9000?streamid=%23!::r=P/0.ts,m=publish',
  ],
])('A rendition of %s goes to %s.', (outputUrl, url) => {
  expect(renditionUrl(outputUrl, 'P', 0, 'ts')).toBe(url);
});

test('The extension is the notification’s.', () => {
  expect(renditionUrl('http://media.example', 'P', 7, 'mp4')).toBe('http://media.example/P/7.mp4');
});

test.each([
  ['rtmp://u:p@ss@media.example/live/out/P/0.ts?key=k', 'rtmp://media.example/live/out/P/0.ts'],
  ['http://media.example/a@b/0.ts', 'http://media.example/a@b/0.ts'],
  ['srt://media.example:9000?passphrase=s3cret&streamid=a/P/0.ts', 'srt://media.example:9000?streamid=a/P/0.ts'],
  ['srt://media.example:9000?passphrase=s3cret', 'srt://media.example:9000'],
  [
    'srt://media.example:9000?streamid=%23!::u=me,r=a/P/0.ts,m=publish,token=s3cret',
    'srt://media.example:9000?streamid=%23!::r=a/P/0.ts',
  ],
])('%s may be told as %s.', (url, told) => {
  expect(playUrl(url)).toBe(told);
});

describe('for any URL', () => {
  const name = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
  const sequence = fc.maxSafeNat();
  const text = fc.string({ unit: 'binary-ascii', minLength: 1 });
  const extension = fc.constantFrom('ts' as const, 'mp4' as const);
  // Without dot segments, which reading a URL removes, and the slashes before them with it.
  const webUrl = fc
    .webUrl({ validSchemes: ['http', 'https', 'rtmp', 'rtmps'], withQueryParameters: true })
    .filter((url) => !/\/(\.|%2e){1,2}(\/|\?|$)/i.test(url));

  test('The path grows by the rendition, and nothing else changes.', () => {
    fc.assert(
      fc.property(webUrl, name, sequence, extension, (outputUrl, name, sequence, extension) => {
        const [before, after] = [new URL(outputUrl), new URL(renditionUrl(outputUrl, name, sequence, extension))];
        expect(after.pathname).toBe(`${before.pathname.replace(/\/+$/, '')}/${name}/${sequence}.${extension}`);
        expect([after.protocol, after.host, after.search]).toEqual([before.protocol, before.host, before.search]);
      }),
    );
  });

  test('An SRT stream id grows by the rendition, and the other parameters stay as they are.', () => {
    fc.assert(
      fc.property(text, name, sequence, text, (streamId, name, sequence, passphrase) => {
        fc.pre(!streamId.startsWith('#!::'));
        const parameters = `passphrase=${encodeURIComponent(passphrase)}&streamid=${encodeURIComponent(streamId)}`;
        const url = renditionUrl(`srt://media.example:9000?${parameters}&latency=7`, name, sequence, 'ts');
        const trimmed = streamId.replace(/\/+$/, '');
        expect(srtStreamId(url)).toBe(`${trimmed === '' ? '' : `${trimmed}/`}${name}/${sequence}.ts`);
        expect(new URL(url).searchParams.get('passphrase')).toBe(passphrase);
        expect(url).toMatch(/&latency=7$/);
      }),
    );
  });

  test('What may be told of an SRT URL names the same stream without the passphrase.', () => {
    fc.assert(
      fc.property(text, name, (streamId, name) => {
        fc.pre(!streamId.startsWith('#!::'));
        const outputUrl = `srt://u:s3cret@media.example:9000?passphrase=s3cret&streamid=${encodeURIComponent(streamId)}`;
        const url = renditionUrl(outputUrl, name, 0, 'ts');
        expect(playUrl(url)).not.toContain('s3cret');
        expect(srtStreamId(playUrl(url))).toBe(srtStreamId(url));
      }),
    );
  });

  test('What may be told of another URL has neither user info nor query, and the same path.', () => {
    fc.assert(
      fc.property(webUrl, name, (outputUrl, name) => {
        const withUser = outputUrl.replace('://', '://me:s3cret@');
        const [url, told] = [new URL(outputUrl), new URL(playUrl(renditionUrl(withUser, name, 0, 'ts')))];
        expect([told.username, told.password, told.search]).toEqual(['', '', '']);
        expect(told.host).toBe(url.host);
        expect(told.pathname).toBe(`${url.pathname.replace(/\/+$/, '')}/${name}/0.ts`);
      }),
    );
  });
});

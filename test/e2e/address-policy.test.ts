import { join } from 'node:path';

import { describe, expect } from 'vitest';

import type { NetworkPolicy, TranscodeError, TranscoderOptions } from '../../src/index.js';
import { RtspDouble } from '../servers/rtsp-double.js';
import { status, text } from '../servers/sending.js';
import { test } from './fixtures.js';
import { pictures } from './judge.js';
import { source } from './sources.js';
import { rendition, transcode } from './transcoding.js';

/** A playlist whose one segment lies at `reference`. */
const playlist = (reference: string, ...tags: string[]) =>
  [
    '#EXTM3U',
    '#EXT-X-VERSION:6',
    '#EXT-X-TARGETDURATION:2',
    ...tags,
    '#EXTINF:2,',
    reference,
    '#EXT-X-ENDLIST',
    '',
  ].join('\n');

async function failure(input: TranscoderOptions['input'], folder: string, network?: NetworkPolicy): Promise<unknown> {
  const options = { input, renditions: [rendition(join(folder, 'a.ts'))] };
  return transcode(network ? { ...options, network } : options).then(
    () => 'The job succeeded.',
    (error: unknown) => error as TranscodeError,
  );
}

describe('A playlist from a server is refused that points to', () => {
  test.for([
    ['a file', 'file:///etc/hostname'],
    ['a file behind a cipher', 'crypto+file:///etc/hostname'],
  ] as const)('%s', async ([, reference], { folder, http }) => {
    const url = http.on(
      '/index.m3u8',
      text(() => playlist(reference)),
    );
    expect(await failure(url, folder)).toMatchObject({ code: 'SCHEME_DENIED', stage: 'source', retryable: false });
  });

  // Whatever is nothing that a playlist may refer to makes it no playlist.
  test.for([
    ['a file by an odd spelling', 'FILE:/etc/hostname'],
    ['a pipe', 'pipe:0'],
    ['a concatenation of files', 'concat:/etc/hostname|/etc/hosts'],
    ['a part of a file', 'subfile,,start,0,end,0,,:/etc/hostname'],
    ['data of its own', 'data:video/mp2t;base64,R0AAEAAA'],
    ['another protocol', 'rtmp://127.0.0.1/live/a'],
  ] as const)('%s', async ([, reference], { folder, http }) => {
    const url = http.on(
      '/index.m3u8',
      text(() => playlist(reference)),
    );
    expect(await failure(url, folder)).toMatchObject({ code: 'FORMAT_INVALID', stage: 'source', retryable: false });
  });

  test('a key in a file', async ({ folder, http }) => {
    const url = http.on(
      '/index.m3u8',
      text(() => playlist('a.ts', '#EXT-X-KEY:METHOD=AES-128,URI="file:///etc/hostname"')),
    );
    expect(await failure(url, folder)).toMatchObject({ code: 'SCHEME_DENIED' });
  });

  test('a head in a file', async ({ folder, http }) => {
    const url = http.on(
      '/index.m3u8',
      text(() => playlist('a.m4s', '#EXT-X-MAP:URI="file:///etc/hostname"')),
    );
    expect(await failure(url, folder)).toMatchObject({ code: 'SCHEME_DENIED' });
  });

  test('a playlist in a file', async ({ folder, http }) => {
    const body = ['#EXTM3U', '#EXT-X-STREAM-INF:BANDWIDTH=1', 'file:///etc/hostname', ''].join('\n');
    const url = http.on(
      '/index.m3u8',
      text(() => body),
    );
    expect(await failure(url, folder)).toMatchObject({ code: 'SCHEME_DENIED' });
  });

  test('a denied network', async ({ folder, http }) => {
    const url = http.on(
      '/index.m3u8',
      text(() => playlist(`http://127.0.0.2:${http.port}/a.ts`)),
    );
    expect(await failure(url, folder, { deny: ['127.0.0.2'] })).toMatchObject({
      code: 'ADDRESS_DENIED',
      stage: 'source',
      retryable: false,
    });
  });

  test('a server that redirects to a denied network', async ({ folder, http }) => {
    http.on('/a.ts', status(302, { Location: `http://127.0.0.2:${http.port}/a.ts` }));
    const url = http.on(
      '/index.m3u8',
      text(() => playlist('a.ts')),
    );
    expect(await failure(url, folder, { deny: ['127.0.0.2'] })).toMatchObject({ code: 'ADDRESS_DENIED' });
  });
});

describe('A source is refused that redirects', () => {
  test('to a denied network', async ({ folder, http }) => {
    const url = http.on('/live.ts', status(302, { Location: `http://127.0.0.2:${http.port}/a.ts` }));
    expect(await failure(url, folder, { deny: ['127.0.0.2'] })).toMatchObject({ code: 'ADDRESS_DENIED' });
    expect(http.requests).toStrictEqual(['GET /live.ts']);
  });

  test.for(['file:///etc/hostname', 'ftp://127.0.0.1/a', 'rtmp://127.0.0.1/live/a'])(
    'to %s',
    async (location, { folder, http }) => {
      const url = http.on('/live.ts', status(302, { Location: location }));
      expect(await failure(url, folder)).toMatchObject({ code: 'SCHEME_DENIED', stage: 'source' });
    },
  );
});

describe('An RTSP source that redirects is refused, and nothing is connected to:', () => {
  test.for(['rtsp', 'rtsps', 'rtp'])('to %s', async (scheme, { folder }) => {
    const original = await source({ name: 'policy.ts' });
    await using server = await RtspDouble.start(original);
    await using other = await RtspDouble.start(original);
    server.redirect = `${scheme}://127.0.0.1:${other.port}/live`;
    const error = await failure(server.url(), folder);
    expect(error).toMatchObject({ stage: 'source', retryable: false });
    expect(['PROTOCOL', 'FORMAT_INVALID']).toContain((error as TranscodeError).code);
    expect(server.requests.at(-1)).toBe(`DESCRIBE ${server.url()}`);
    expect(other.connections).toBe(0);
  });
});

describe('A denied network is not connected to', () => {
  test.for(['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1', '127.1'])(
    'by the name %s',
    async (name, { folder, http }) => {
      const network = { deny: ['127.0.0.0/8', '::1'] };
      const url = `http://${name}:${http.port}/live.ts`;
      const error = await failure(url, folder, network);
      expect(['ADDRESS_DENIED', 'HOST_NOT_FOUND', 'OPTIONS_INVALID']).toContain((error as TranscodeError).code);
      expect(http.requests).toStrictEqual([]);
    },
  );

  test.for(['http://127.0.0.1:1/a', 'rtmp://127.0.0.1:1/a/b', 'srt://127.0.0.1:1', 'rtsp://127.0.0.1:1/a'])(
    'as the source %s',
    async (url, { folder }) => {
      const network = { deny: ['127.0.0.0/8'] };
      expect(await failure(url, folder, network)).toMatchObject({ code: 'ADDRESS_DENIED', stage: 'source' });
    },
  );

  test.for(['http://127.0.0.1:1/a.ts', 'rtmp://127.0.0.1:1/a/b', 'srt://127.0.0.1:1'])(
    'as the output %s',
    async (url, { folder }) => {
      const healthy = join(folder, 'a.ts');
      const result = await transcode({
        input: await source({ name: 'policy.ts' }),
        network: { deny: ['127.0.0.0/8'] },
        renditions: [rendition(url), rendition(healthy)],
      });
      expect(result.renditions).toMatchObject([
        { state: 'failed', error: { code: 'ADDRESS_DENIED', stage: 'sink' } },
        { state: 'finished' },
      ]);
      expect(await pictures(healthy)).toHaveLength(60);
    },
  );

  test('because its kind of URL is not allowed, be it a source, a file or an output', async ({ folder, http }) => {
    const denied = { code: 'SCHEME_DENIED', stage: 'source', retryable: false };
    expect(await failure(http.url('/live.ts'), folder, { schemes: ['https', 'file'] })).toMatchObject(denied);
    expect(await failure('/etc/hostname', folder, { schemes: ['http'] })).toMatchObject(denied);
    expect(http.requests).toStrictEqual([]);
    const { renditions } = await transcode({
      input: await source({ name: 'policy.ts' }),
      network: { schemes: ['file'] },
      renditions: [rendition(http.url('/out.ts')), rendition(join(folder, 'a.ts'))],
    });
    expect(renditions).toMatchObject([
      { state: 'failed', error: { code: 'SCHEME_DENIED', stage: 'sink' } },
      { state: 'finished' },
    ]);
  });

  test('because it is none of those allowed', async ({ folder, http }) => {
    const error = await failure(http.url('/live.ts'), folder, { allow: ['10.0.0.0/8'] });
    expect(error).toMatchObject({ code: 'ADDRESS_DENIED' });
    expect(http.requests).toStrictEqual([]);
  });
});

import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { Transcoder } from '../../src/index.js';
import type { Handler, MediaServer } from '../servers/media-server.js';
import { status, text } from '../servers/sending.js';
import { test } from './fixtures.js';
import { complaints, pictures, soundPackets, timesMs } from './judge.js';
import { playlist, segmentsOf, serve } from './playlists.js';
import type { Segments } from './playlists.js';
import { rendition, transcode } from './transcoding.js';

const kinds: [string, Segments][] = [
  ['MPEG-TS segments', 'ts'],
  ['fragmented MP4 segments', 'fmp4'],
  ['segments encrypted with AES-128', 'encrypted'],
  ['segments that are ranges of one file', 'oneFile'],
];

describe.each(kinds)('An ended playlist of %s gives every picture and sound at its own time', (_kind, segments) => {
  test('over HTTP', async ({ folder, http }) => {
    const made = await playlist(segments, { name: 'hls.ts', seconds: 4 });
    const output = join(folder, 'rendition.ts');
    await transcode({ input: serve(http, made, '/live'), renditions: [rendition(output)] });
    const original = join(await playlist(segments === 'fmp4' ? 'fmp4' : 'ts', { name: 'hls.ts' }), 'index.m3u8');
    const times = timesMs(await pictures(original));
    expect(times).toHaveLength(120);
    expect(timesMs(await pictures(output))).toStrictEqual(times);
    expect((await soundPackets(output)).timesMs).toStrictEqual((await soundPackets(original)).timesMs);
  });

  test('over HTTPS', async ({ folder, https, authority }) => {
    const url = serve(https, await playlist(segments, { name: 'hls.ts', seconds: 4 }), '/live');
    const output = join(folder, 'rendition.ts');
    await transcode({ input: { url, tls: { caFile: authority.file } }, renditions: [rendition(output)] });
    expect(await pictures(output)).toHaveLength(120);
  });
});

test('An ended playlist is read from a file', async ({ folder }) => {
  const made = await playlist('ts', { name: 'hls.ts', seconds: 4 });
  const output = join(folder, 'rendition.ts');
  await transcode({ input: join(made, 'index.m3u8'), renditions: [rendition(output)] });
  expect(await pictures(output)).toHaveLength(120);
});

test('A live playlist is followed from its newest segment to its end', async ({ folder, http }) => {
  const made = await playlist('ts', { name: 'hls.ts', seconds: 4 });
  const segments = segmentsOf(made);
  serve(http, made, '/live');
  // Each look at the playlist shows one segment more; the last two looks show that there are no more to come.
  let newest = 1;
  const body = () => {
    newest += 1;
    const first = Math.max(0, newest - 2);
    const shown = segments.slice(first, newest + 1);
    return [
      ...['#EXTM3U', '#EXT-X-VERSION:3', '#EXT-X-TARGETDURATION:1', `#EXT-X-MEDIA-SEQUENCE:${first}`],
      ...shown.flatMap(({ duration, name }) => [`#EXTINF:${duration},`, name]),
      ...(newest >= segments.length ? ['#EXT-X-ENDLIST', ''] : ['']),
    ].join('\n');
  };
  http.on('/live/index.m3u8', text(body));
  const output = join(folder, 'rendition.ts');
  const result = await transcode({ input: http.url('/live/index.m3u8'), renditions: [rendition(output)] });

  const all = timesMs(await pictures(join(made, 'index.m3u8')));
  const perSegment = all.length / segments.length;
  const seen = timesMs(await pictures(output));
  expect(seen.length % perSegment).toBe(0);
  expect(seen).toStrictEqual(all.slice(all.length - seen.length));
  expect(http.requests).not.toContain('GET /live/0.ts');
  expect(result.renditions).toMatchObject([{ framesDropped: 0, gopsDropped: 0 }]);
});

describe('A live playlist', () => {
  /** Its first half, for ever, with a target duration of a second; `changed` is what it is from the third look on. */
  const frozen = async (http: MediaServer, changed?: Handler) => {
    const made = await playlist('ts', { name: 'hls.ts', seconds: 4 });
    serve(http, made, '/live');
    const segments = segmentsOf(made);
    const shown = segments.slice(0, segments.length / 2);
    const body = [
      ...['#EXTM3U', '#EXT-X-VERSION:3', '#EXT-X-TARGETDURATION:1', '#EXT-X-MEDIA-SEQUENCE:0'],
      ...shown.flatMap(({ duration, name }) => [`#EXTINF:${duration},`, name]),
      '',
    ].join('\n');
    const give = text(() => body);
    let looks = 0;
    const url = http.on('/live/index.m3u8', (request, response) => {
      looks += 1;
      return (looks > 2 && changed ? changed : give)(request, response);
    });
    return { url, perSegment: 120 / segments.length };
  };

  test('that stops growing is a typed error, and what was made is finished properly', async ({ folder, http }) => {
    const { url, perSegment } = await frozen(http);
    const output = join(folder, 'rendition.ts');
    const startedAt = performance.now();
    const job = transcode({ input: { url, stallTimeoutMs: 1000 }, renditions: [rendition(output)] });
    await expect(job).rejects.toMatchObject({
      code: 'STALLED',
      stage: 'source',
      retryable: true,
      result: { renditions: [{ framesOut: perSegment }] },
    });
    // One target duration and the stall timeout, instead of libavformat's 100 looks.
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(await pictures(output)).toHaveLength(perSegment);
    expect(await complaints(output)).toBe('');
  });

  test('that is gone in the middle of it is a typed error', async ({ folder, http }) => {
    const { url, perSegment } = await frozen(http, status(404));
    const output = join(folder, 'rendition.ts');
    const job = transcode({ input: { url, stallTimeoutMs: 5000 }, renditions: [rendition(output)] });
    await expect(job).rejects.toMatchObject({ code: 'NOT_FOUND', stage: 'source' });
    expect(await pictures(output)).toHaveLength(perSegment);
  });

  test('that does not grow is left at once when the job is aborted', async ({ folder, http }) => {
    const { url } = await frozen(http);
    const abort = new AbortController();
    const renditions = [rendition(join(folder, 'rendition.ts'))];
    const transcoder = new Transcoder({ input: url, renditions, accel: 'none', signal: abort.signal });
    const job = transcoder.run();
    transcoder.on('renditionStarted', () =>
      setTimeout(() => {
        abort.abort(new Error('enough'));
      }, 300),
    );
    await expect(job).rejects.toThrow('enough');
    const abortedAt = performance.now();
    await transcoder[Symbol.asyncDispose]();
    // Far less than its stall timeout, and than the half second between two looks.
    expect(performance.now() - abortedAt).toBeLessThan(400);
  });
});

test('A discontinuity in a playlist goes on where the stream was, without a gap', async ({ folder, http }) => {
  const [first, second] = [
    await playlist('ts', { name: 'hls.ts', seconds: 4 }),
    await playlist('ts', { name: 'hls-small.ts', seconds: 2, size: '256x144' }),
  ];
  serve(http, first, '/first');
  serve(http, second, '/second');
  const lines = (folder: string, path: string) =>
    segmentsOf(folder).flatMap(({ duration, name }) => [`#EXTINF:${duration},`, `${path}/${name}`]);
  const body = [
    ...['#EXTM3U', '#EXT-X-VERSION:3', '#EXT-X-TARGETDURATION:1', '#EXT-X-MEDIA-SEQUENCE:0'],
    ...[...lines(first, 'first'), '#EXT-X-DISCONTINUITY', ...lines(second, 'second'), '#EXT-X-ENDLIST', ''],
  ].join('\n');
  http.on(
    '/index.m3u8',
    text(() => body),
  );
  const output = join(folder, 'rendition.ts');
  const result = await transcode({ input: http.url('/index.m3u8'), renditions: [rendition(output)] });
  const times = timesMs(await pictures(output));
  expect(times).toHaveLength(180);
  const steps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  expect(Math.min(...steps)).toBeGreaterThan(30);
  expect(Math.max(...steps)).toBeLessThan(70);
  expect(result.discontinuities).toBeGreaterThan(0);
});

test('Of a master playlist the best variant is taken, and the others are left alone', async ({ folder, http }) => {
  serve(http, await playlist('ts', { name: 'hls.ts', seconds: 4 }), '/high');
  serve(http, await playlist('ts', { name: 'hls-small.ts', seconds: 2, size: '256x144' }), '/low');
  const body = [
    '#EXTM3U',
    ...['#EXT-X-STREAM-INF:BANDWIDTH=300000,RESOLUTION=256x144', 'low/index.m3u8'],
    ...['#EXT-X-STREAM-INF:BANDWIDTH=900000,RESOLUTION=320x180', 'high/index.m3u8', ''],
  ].join('\n');
  http.on(
    '/master.m3u8',
    text(() => body),
  );
  const output = join(folder, 'rendition.ts');
  const result = await transcode({ input: http.url('/master.m3u8'), renditions: [rendition(output)] });
  expect(result.source?.video).toMatchObject({ width: 320, height: 180 });
  expect(await pictures(output)).toHaveLength(120);
  expect(http.requests).not.toContain('GET /low/1.ts');
});

test('Segments elsewhere than the playlist are fetched from there', async ({ folder, http, https, authority }) => {
  const made = await playlist('ts', { name: 'hls.ts', seconds: 4 });
  serve(https, made, '/elsewhere');
  const lines = segmentsOf(made).flatMap(({ duration, name }) => [
    `#EXTINF:${duration},`,
    https.url(`/elsewhere/${name}`),
  ]);
  const head = ['#EXTM3U', '#EXT-X-VERSION:3', '#EXT-X-TARGETDURATION:1', '#EXT-X-MEDIA-SEQUENCE:0'];
  const url = http.on(
    '/index.m3u8',
    text(() => [...head, ...lines, '#EXT-X-ENDLIST', ''].join('\n')),
  );
  const output = join(folder, 'rendition.ts');
  await transcode({ input: { url, tls: { caFile: authority.file } }, renditions: [rendition(output)] });
  expect(await pictures(output)).toHaveLength(120);
});

test('A playlist with a byte order mark, CRLF and unknown tags is read', async ({ folder, http }) => {
  const made = await playlist('ts', { name: 'hls.ts', seconds: 4 });
  serve(http, made, '/live');
  const lines = segmentsOf(made).flatMap(({ duration, name }) => [
    '#EXT-X-WHATEVER:1',
    `#EXTINF:${duration},Title`,
    name,
  ]);
  const body = ['#EXTM3U', '#EXT-X-TARGETDURATION:1', ...lines, '#EXT-X-ENDLIST', ''].join('\r\n');
  http.on(
    '/live/index.m3u8',
    text(() => body),
  );
  const output = join(folder, 'rendition.ts');
  await transcode({ input: http.url('/live/index.m3u8'), renditions: [rendition(output)] });
  expect(await pictures(output)).toHaveLength(120);
});

test('A segment that is missing costs its pictures, and nothing else', async ({ folder, http }) => {
  const made = await playlist('ts', { name: 'hls.ts', seconds: 4 });
  const url = serve(http, made, '/live');
  http.on('/live/3.ts', (_request, response) => {
    response.writeHead(404).end();
  });
  const output = join(folder, 'rendition.ts');
  await transcode({ input: url, renditions: [rendition(output)] });
  const all = timesMs(await pictures(join(made, 'index.m3u8')));
  const perSegment = all.length / segmentsOf(made).length;
  expect(timesMs(await pictures(output))).toStrictEqual([
    ...all.slice(0, 3 * perSegment),
    ...all.slice(4 * perSegment),
  ]);
});

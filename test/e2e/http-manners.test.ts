import { readFileSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { expect } from 'vitest';

import { status, wholeFile } from '../servers/sending.js';
import { test } from './fixtures.js';
import { complaints, pictures, timesMs } from './judge.js';
import { source } from './sources.js';
import { rendition, transcode } from './transcoding.js';

const original = () => source({ name: 'manners.ts' });

test('A source is followed to where it redirects, and its credentials stay where they belong', async ({
  folder,
  http,
  https,
  authority,
}) => {
  const file = await original();
  const seen: IncomingHttpHeaders[] = [];
  https.on('/b.ts', (request, response) => {
    seen.push(request.headers);
    return wholeFile(file)(request, response);
  });
  http.on('/a.ts', (request, response) => {
    seen.push(request.headers);
    return status(302, { Location: https.url('/b.ts') })(request, response);
  });
  const output = join(folder, 'a.ts');
  const headers = { Authorization: 'Bearer t0ken', Referer: 'http://a.example/' };
  const input = { url: http.url('/a.ts'), headers, tls: { caFile: authority.file } };
  await transcode({ input, renditions: [rendition(output)] });
  expect(seen).toMatchObject([{ authorization: 'Bearer t0ken', referer: 'http://a.example/' }, {}]);
  expect(seen[1]).not.toHaveProperty('authorization');
  expect(seen[1]).toHaveProperty('referer');
  expect(timesMs(await pictures(output))).toStrictEqual(timesMs(await pictures(file)));
});

test('User and password in a URL are sent as such, to source and output', async ({ folder, http }) => {
  const file = await original();
  let authorization: string | undefined;
  http.on('/a.ts', (request, response) => {
    authorization = request.headers.authorization;
    return wholeFile(file)(request, response);
  });
  const [input, output] = ['/a.ts', '/b.ts'].map((path) => http.url(path).replace('//', '//me:s3cret@'));
  await transcode({ input: input ?? '', renditions: [rendition(output ?? '')] });
  const basic = `Basic ${Buffer.from('me:s3cret').toString('base64')}`;
  expect(authorization).toBe(basic);
  const upload = await http.over('/b.ts');
  expect(upload.headers.authorization).toBe(basic);
  writeFileSync(join(folder, 'b.ts'), upload.bytes);
  expect(await pictures(join(folder, 'b.ts'))).toHaveLength(60);
});

test('Servers are told which version of Millrace asks', async ({ folder, http }) => {
  const file = await original();
  let userAgent: string | undefined;
  http.on('/a.ts', (request, response) => {
    userAgent = request.headers['user-agent'];
    return wholeFile(file)(request, response);
  });
  await transcode({ input: http.url('/a.ts'), renditions: [rendition(join(folder, 'a.ts'))] });
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  expect(userAgent).toBe(`millrace/${manifest.version}`);
});

test('A source that trickles in pieces of a few bytes arrives whole', async ({ folder, http }) => {
  const file = await source({ name: 'manners-short.ts', seconds: 0.5 });
  const bytes = readFileSync(file);
  const url = http.on('/a.ts', async (_request, response) => {
    response.socket?.setNoDelay(true);
    for (let at = 0; at < bytes.length; at += 101) {
      response.write(bytes.subarray(at, at + 101));
      await setImmediate();
    }
    response.end();
  });
  const output = join(folder, 'a.ts');
  await transcode({ input: url, renditions: [rendition(output)] });
  expect(timesMs(await pictures(output))).toStrictEqual(timesMs(await pictures(file)));
});

test('An output that reads slowly holds up a source that can wait, and gets everything', async ({ folder, http }) => {
  const chunks: Buffer[] = [];
  const url = http.on('/slow.ts', async (request, response) => {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    response.writeHead(200).end();
  });
  const large = { width: 640, height: 360, bitrate: 40_000_000, gop: 'intra' } as const;
  const input = await source({ name: 'manners-large.ts', seconds: 4, size: '640x360' });
  const other = join(folder, 'other.ts');
  const result = await transcode({ input, renditions: [rendition(url, large), rendition(other)] });
  expect(result.renditions).toMatchObject([
    { state: 'finished', framesOut: 120, gopsDropped: 0 },
    { state: 'finished', framesOut: 120, gopsDropped: 0 },
  ]);
  const slow = join(folder, 'slow.ts');
  writeFileSync(slow, Buffer.concat(chunks));
  expect(await pictures(slow)).toHaveLength(120);
  expect(await complaints(slow)).toBe('');
});

test('An output that reads slowly loses whole GOPs of a source that cannot wait, and nobody else does', async ({
  folder,
  http,
}) => {
  const url = http.on('/slow.ts', async (request, response) => {
    let first = true;
    for await (const _chunk of request as AsyncIterable<Buffer>) {
      await new Promise((resolve) => setTimeout(resolve, first ? 6000 : 0));
      first = false;
    }
    response.writeHead(200).end();
  });
  const large = { width: 640, height: 360, bitrate: 60_000_000, gop: 'intra' } as const;
  const camera = await source({ name: 'manners-live.ts', seconds: 8, size: '640x360' });
  const other = join(folder, 'other.ts');
  const bytes = readFileSync(camera);
  const input = http.on('/live.ts', async (_request, response) => {
    for (let part = 0; part < 80; part += 1) {
      response.write(bytes.subarray((bytes.length * part) / 80, (bytes.length * (part + 1)) / 80));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    response.end();
  });
  const result = await transcode({
    input: { url: input, pace: 'live' },
    renditions: [rendition(url, large), rendition(other)],
  });
  expect(result.renditions).toMatchObject([
    { state: 'finished' },
    { state: 'finished', framesOut: 240, gopsDropped: 0, framesDropped: 0 },
  ]);
  expect(result.renditions[0]?.gopsDropped).toBeGreaterThan(0);
  expect(await pictures(other)).toHaveLength(240);
});

import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { Transcoder, type RenditionOptions, type TranscoderOptions } from '../../src/index.js';
import { nginxRtmpMissing } from '../servers/nginx-rtmp.js';
import { RtmpPlayer } from '../servers/rtmp-player.js';
import { SrtPeer, srtMissing } from '../servers/srt-peer.js';
import { TlsProxy } from '../servers/tls-proxy.js';
import { Collector } from '../transcoder/collector.js';
import { test } from './fixtures.js';
import { complaints, keyframeTimesMs, pictures, soundPackets, timesMs } from './judge.js';
import { h264WithBFrames, source } from './sources.js';
import { rendition, transcode } from './transcoding.js';

const suffixes = ['ts', 'flv', 'mp4'] as const;
const formats = { ts: 'mpegts', flv: 'flv', mp4: 'mp4' } as const;

/** A source with B-frames whose first picture is at 0, or later. */
const original = (suffix: 'mp4' | 'ts' = 'ts') => source({ name: `output-source.${suffix}`, video: h264WithBFrames });

/** Expects every picture and sound of the source, at its own time, in a rendition that decodes without complaint. */
async function expectAllIn(rendition: string, of?: string): Promise<void> {
  const from = of ?? (await original());
  const made = await pictures(rendition);
  const times = timesMs(await pictures(from));
  expect(timesMs(made), rendition).toStrictEqual(times);
  expect(keyframeTimesMs(made), rendition).toStrictEqual([times[0], times[30]]);
  // Before 0 there is only what an encoder needed to get going.
  const sounds = (await soundPackets(from)).timesMs.filter((time) => time >= 0);
  expect((await soundPackets(rendition)).timesMs, rendition).toStrictEqual(sounds);
  expect(await complaints(rendition), rendition).toBe('');
}

/** A job with one rendition per container, each to where `output` says. */
async function ladder(
  output: (suffix: (typeof suffixes)[number]) => RenditionOptions['output'],
  options: Partial<TranscoderOptions> = {},
): Promise<void> {
  const renditions = suffixes.map((suffix) => rendition(output(suffix), { gop: 1 }));
  const result = await transcode({ input: await original(), renditions, ...options });
  expect(result.renditions.map(({ state }) => state)).toStrictEqual(['finished', 'finished', 'finished']);
}

describe('MPEG-TS, FLV and fragmented MP4 arrive whole', () => {
  for (const method of ['PUT', 'POST'] as const)
    test(`by HTTP ${method}, with the headers asked for`, async ({ folder, http }) => {
      const headers = { 'X-Stream': 'a', Authorization: 'Bearer t0ken' };
      await ladder((suffix) => ({ url: http.url(`/live/a.${suffix}`), method, headers }));
      for (const suffix of suffixes) {
        const upload = await http.over(`/live/a.${suffix}`);
        expect(upload).toMatchObject({ method, complete: true });
        expect(upload.headers).toMatchObject({ 'x-stream': 'a', authorization: 'Bearer t0ken' });
        expect(upload.headers['transfer-encoding']).toBe('chunked');
        const path = join(folder, `a.${suffix}`);
        writeFileSync(path, upload.bytes);
        await expectAllIn(path);
      }
    });

  test('by HTTPS', async ({ folder, https, authority }) => {
    await ladder((suffix) => ({ url: https.url(`/live/a.${suffix}`), tls: { caFile: authority.file } }));
    for (const suffix of suffixes) {
      const path = join(folder, `a.${suffix}`);
      writeFileSync(path, (await https.over(`/live/a.${suffix}`)).bytes);
      await expectAllIn(path);
    }
  });

  test('in files', async ({ folder }) => {
    await ladder((suffix) => join(folder, `a.${suffix}`));
    for (const suffix of suffixes) await expectAllIn(join(folder, `a.${suffix}`));
  });

  test('in Writables', async ({ folder }) => {
    const collectors = { ts: new Collector(), flv: new Collector(), mp4: new Collector() };
    await ladder((suffix) => ({ stream: collectors[suffix], format: formats[suffix] }));
    for (const suffix of suffixes) {
      const path = join(folder, `a.${suffix}`);
      writeFileSync(path, collectors[suffix].bytes);
      await expectAllIn(path);
    }
  });

  for (const suffix of ['ts', 'mp4'] as const)
    test(`with B-frames of their own, from a source in ${formats[suffix]}`, async ({ folder }) => {
      const input = await original(suffix);
      await ladder((suffix) => join(folder, `a.${suffix}`), { input, tune: 'quality' });
      for (const suffix of suffixes) await expectAllIn(join(folder, `a.${suffix}`), input);
    });

  test('from a source that starts at 0', async ({ folder }) => {
    const input = await original('mp4');
    await ladder((suffix) => join(folder, `a.${suffix}`), { input });
    for (const suffix of suffixes) await expectAllIn(join(folder, `a.${suffix}`), input);
  });
});

test('Renditions with sound alone arrive in every container', async ({ folder }) => {
  const input = await source({ name: 'sound.ts', video: [] });
  const paths = suffixes.map((suffix) => join(folder, `a.${suffix}`));
  const result = await transcode({ input, renditions: paths.map((path) => rendition(path)) });
  expect(result.renditions.map(({ state }) => state)).toStrictEqual(['finished', 'finished', 'finished']);
  const { timesMs } = await soundPackets(input);
  for (const path of paths) expect((await soundPackets(path)).timesMs, path).toStrictEqual(timesMs);
});

test('Renditions without sound arrive in every container', async ({ folder }) => {
  const input = await source({ name: 'silent.ts', audio: [] });
  const paths = suffixes.map((suffix) => join(folder, `a.${suffix}`));
  await transcode({ input, renditions: paths.map((path) => rendition(path)) });
  const times = timesMs(await pictures(input));
  for (const path of paths) expect(timesMs(await pictures(path)), path).toStrictEqual(times);
});

test('A file that is in the way is replaced whole', async ({ folder }) => {
  const path = join(folder, 'a.ts');
  writeFileSync(path, Buffer.alloc(10 << 20, 0x47));
  await transcode({ input: await original(), renditions: [rendition(path, { gop: 1 })] });
  expect(readFileSync(path).length).toBeLessThan(1 << 20);
  await expectAllIn(path);
});

describe.skipIf(nginxRtmpMissing)(`A rendition over RTMP ${nginxRtmpMissing}`, () => {
  test('arrives whole', async ({ folder, nginx }) => {
    await using player = new RtmpPlayer(nginx.url('a'), join(folder, 'a.mkv'));
    await nginx.played();
    await transcode({ input: await original(), renditions: [rendition(nginx.url('a'), { gop: 1 })] });
    await player.finished();
    await expectAllIn(join(folder, 'a.mkv'));
  });

  test('whose start is held has all its pictures for a player that comes when its header was sent', async ({
    folder,
    nginx,
  }) => {
    const output = { url: nginx.url('a'), holdStartMs: 1000 };
    const transcoder = new Transcoder({ input: await original(), renditions: [rendition(output, { gop: 1 })] });
    const begun = once(transcoder, 'renditionStarted');
    const job = transcoder.run();
    await begun;
    await using player = new RtmpPlayer(nginx.url('a'), join(folder, 'a.mkv'));
    await job;
    await player.finished();
    await expectAllIn(join(folder, 'a.mkv'));
  });

  test('arrives whole through TLS', async ({ folder, nginx, authority }) => {
    await using proxy = await TlsProxy.start(authority.issue(), nginx.port);
    await using player = new RtmpPlayer(nginx.url('a'), join(folder, 'a.mkv'));
    await nginx.played();
    const output = { url: `rtmps://127.0.0.1:${proxy.port}/live/a`, tls: { caFile: authority.file } };
    await transcode({ input: await original(), renditions: [rendition(output, { gop: 1 })] });
    await player.finished();
    await expectAllIn(join(folder, 'a.mkv'));
  });
});

describe.skipIf(srtMissing)(`A rendition over SRT ${srtMissing}`, () => {
  test('arrives whole', async ({ folder }) => {
    await using peer = await SrtPeer.receiving(join(folder, 'a.ts'));
    await transcode({ input: await original(), renditions: [rendition(peer.url('?latency=2000000'), { gop: 1 })] });
    await peer.finished();
    await expectAllIn(join(folder, 'a.ts'));
  });

  test('arrives whole when the receiver wants to wait longer than the sender', async ({ folder }) => {
    await using peer = await SrtPeer.receiving(join(folder, 'a.ts'));
    await transcode({ input: await original(), renditions: [rendition(peer.url(), { gop: 1 })] });
    await peer.finished();
    await expectAllIn(join(folder, 'a.ts'));
  });

  test('arrives whole and encrypted', async ({ folder }) => {
    await using peer = await SrtPeer.receiving(join(folder, 'a.ts'), 'correct-horse');
    const output = peer.url('?latency=2000000&passphrase=correct-horse');
    await transcode({ input: await original(), renditions: [rendition(output, { gop: 1 })] });
    await peer.finished();
    await expectAllIn(join(folder, 'a.ts'));
  });
});

import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect } from 'vitest';

import type { TranscoderOptions } from '../../src/index.js';
import { Transcoder } from '../../src/index.js';
import { freeUdpPort } from '../servers/free-port.js';
import { MediaServer } from '../servers/media-server.js';
import { NginxRtmp, nginxRtmpMissing } from '../servers/nginx-rtmp.js';
import { deafAfter } from '../servers/receiving.js';
import { silentAfter, text, unanswered } from '../servers/sending.js';
import { SilentPeer } from '../servers/silent-peer.js';
import { SrtPeer, srtMissing } from '../servers/srt-peer.js';
import { test } from './fixtures.js';
import { playlist, segmentsOf, serve } from './playlists.js';
import { source } from './sources.js';
import { rendition } from './transcoding.js';

/** So long that nothing but an abort ends a wait. */
const forEver = { connectTimeoutMs: 3_600_000, stallTimeoutMs: 3_600_000 };
const large = { width: 640, height: 360, bitrate: 40_000_000, gop: 'intra' } as const;

/** What a test sets up: the job, when to abort it, and what to end afterwards. */
interface Moment {
  options: Omit<TranscoderOptions, 'signal'>;
  /** Resolves when the job is where it is to be aborted. */
  reached: (transcoder: Transcoder) => Promise<unknown>;
  servers?: AsyncDisposable[];
}

/** Aborts a job at that moment, and expects the signal's reason, and nothing of the job to be left. */
async function abortAt(moment: Moment): Promise<void> {
  const reason = new Error('Enough.');
  const controller = new AbortController();
  const transcoder = new Transcoder({ accel: 'none', ...moment.options, signal: controller.signal });
  const outcome = transcoder.run();
  outcome.catch(() => undefined);
  await Promise.race([moment.reached(transcoder), outcome.then(() => Promise.reject(new Error('It ended.')))]);
  controller.abort(reason);
  await expect(outcome).rejects.toBe(reason);
  await transcoder[Symbol.asyncDispose]();
  for (const server of moment.servers ?? []) await server[Symbol.asyncDispose]();
}

/** The threads and the open descriptors of this process. */
function holdings(): { threads: number; descriptors: string[] } {
  const links = readdirSync('/proc/self/fd').map((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`).replace(/\d+/g, 'N');
    } catch {
      return ''; // the one that this list was read from
    }
  });
  return { threads: readdirSync('/proc/self/task').length, descriptors: links.filter(Boolean).toSorted() };
}

/** The first time libraries keep what they need for as long as the process lives; the second time they must not. */
async function expectNothingLeft(setUp: () => Promise<Moment>): Promise<void> {
  await abortAt(await setUp());
  await sleep(100); // sockets of the servers in this process close when they hear of it
  const before = holdings();
  await abortAt(await setUp());
  await expect.poll(holdings, { timeout: 5000 }).toStrictEqual(before);
}

const rendered = (transcoder: Transcoder) => new Promise((resolve) => transcoder.once('renditionStarted', resolve));

describe('A job is broken off, and leaves nothing behind, while it', () => {
  test('waits for the first answer of its source', async ({ folder }) => {
    await expectNothingLeft(async () => {
      const server = await MediaServer.start();
      const input = { url: server.on('/live.ts', unanswered()), ...forEver };
      const options = { input, renditions: [rendition(join(folder, 'a.ts'))] };
      return { options, reached: () => server.asked('/live.ts'), servers: [server] };
    });
  });

  for (const url of [
    'https://127.0.0.1:PORT/live.ts',
    'rtmp://127.0.0.1:PORT/live/a',
    'rtmps://127.0.0.1:PORT/live/a',
    'rtsp://127.0.0.1:PORT/a',
  ])
    test(`shakes hands with the source ${url}`, async ({ folder }) => {
      await expectNothingLeft(async () => {
        const peer = await SilentPeer.start();
        const input = { url: url.replace('PORT', `${peer.port}`), ...forEver };
        const options = { input, renditions: [rendition(join(folder, 'a.ts'))] };
        return { options, reached: () => peer.connected(), servers: [peer] };
      });
    });

  test('calls an SRT listener that is not there', async ({ folder }) => {
    await expectNothingLeft(async () => {
      const input = { url: `srt://127.0.0.1:${await freeUdpPort()}`, ...forEver };
      return { options: { input, renditions: [rendition(join(folder, 'a.ts'))] }, reached: () => sleep(300) };
    });
  });

  test('waits for more of its source', async ({ folder }) => {
    const file = await source({ name: 'abort.ts' });
    await expectNothingLeft(async () => {
      const server = await MediaServer.start();
      const input = { url: server.on('/live.ts', silentAfter(file, 150_000)), ...forEver };
      return {
        options: { input, renditions: [rendition(join(folder, 'a.ts'))] },
        reached: rendered,
        servers: [server],
      };
    });
  });

  test('waits for the next segment of a playlist', async ({ folder }) => {
    const made = await playlist('ts', { name: 'hls.ts', seconds: 4 });
    await expectNothingLeft(async () => {
      const server = await MediaServer.start();
      serve(server, made, '/live');
      const [segment = { name: '', duration: '' }] = segmentsOf(made);
      const body = ['#EXTM3U', '#EXT-X-TARGETDURATION:1', `#EXTINF:${segment.duration},`, segment.name, ''].join('\n');
      server.on(
        '/live/index.m3u8',
        text(() => body),
      );
      const input = { url: server.url('/live/index.m3u8'), ...forEver };
      return {
        options: { input, renditions: [rendition(join(folder, 'a.ts'))] },
        reached: rendered,
        servers: [server],
      };
    });
  });

  test.skipIf(nginxRtmpMissing)(`waits for an RTMP stream to be published ${nginxRtmpMissing}`, async ({ folder }) => {
    await expectNothingLeft(async () => {
      const server = await NginxRtmp.start();
      const input = { url: server.url('a'), ...forEver };
      const options = { input, renditions: [rendition(join(folder, 'a.ts'))] };
      return { options, reached: () => server.played(), servers: [server] };
    });
  });

  test('waits for its HTTP output to take more', async () => {
    const input = await source({ name: 'abort-large.ts', seconds: 4, size: '640x360' });
    await expectNothingLeft(async () => {
      const server = await MediaServer.start();
      const output = { url: server.on('/a.ts', deafAfter(0)), ...forEver };
      const reached = async (transcoder: Transcoder) => {
        // All that the connection and the queues hold, and no more.
        let before = -1;
        for (;;) {
          const { renditions } = await new Promise<{ renditions: { bytes: number }[] }>((resolve) =>
            transcoder.once('progress', resolve),
          );
          const bytes = renditions[0]?.bytes ?? 0;
          if (bytes > 0 && bytes === before) return;
          before = bytes;
        }
      };
      return {
        options: { input, progressIntervalMs: 500, renditions: [rendition(output, large)] },
        reached,
        servers: [server],
      };
    });
  });

  test.skipIf(nginxRtmpMissing)(`waits for its RTMP output to take more ${nginxRtmpMissing}`, async () => {
    const input = await source({ name: 'abort-large.ts', seconds: 4, size: '640x360' });
    await expectNothingLeft(async () => {
      const server = await NginxRtmp.start();
      const reached = async (transcoder: Transcoder) => {
        await rendered(transcoder);
        server.freeze();
        await sleep(500);
      };
      const output = { url: server.url('a'), ...forEver };
      return { options: { input, renditions: [rendition(output, large)] }, reached, servers: [server] };
    });
  });

  test.skipIf(srtMissing)(`sends to an SRT peer ${srtMissing}`, async ({ folder }) => {
    const input = { url: await source({ name: 'abort.ts' }), pace: 'live' } as const;
    await expectNothingLeft(async () => {
      const peer = await SrtPeer.receiving(join(folder, 'srt.ts'));
      const output = { url: peer.url('?latency=5000000'), ...forEver };
      return { options: { input, renditions: [rendition(output)] }, reached: rendered, servers: [peer] };
    });
  });

  test('waits for the answer to its upload', async () => {
    const input = await source({ name: 'abort.ts' });
    await expectNothingLeft(async () => {
      const server = await MediaServer.start();
      let url = '';
      const ended = new Promise<void>((resolve) => {
        url = server.on('/a.ts', (request) => {
          request.resume().once('end', resolve);
        });
      });
      const output = { url, ...forEver };
      return { options: { input, renditions: [rendition(output)] }, reached: () => ended, servers: [server] };
    });
  });

  test('encodes', async ({ folder }) => {
    const input = await source({ name: 'abort-long.ts', seconds: 20, size: '640x360' });
    const work = { width: 640, height: 360, preset: 'slow' } as const;
    await expectNothingLeft(async () => {
      const renditions = ['a.ts', 'b.mp4', 'c.flv'].map((name) => rendition(join(folder, name), work));
      return Promise.resolve({ options: { input, tune: 'quality', renditions }, reached: rendered });
    });
  });

  test('has not even started', async ({ folder }) => {
    const input = await source({ name: 'abort.ts' });
    await expectNothingLeft(() =>
      Promise.resolve({
        options: { input, renditions: [rendition(join(folder, 'a.ts'))] },
        reached: () => Promise.resolve(),
      }),
    );
  });
});

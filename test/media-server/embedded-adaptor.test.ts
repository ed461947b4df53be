import { once } from 'node:events';
import { connect } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { EmbeddedAdaptor } from '../../src/media-server/embedded-adaptor.js';
import type { EmbeddedAdaptorOptions } from '../../src/media-server/embedded-adaptor.js';
import { EmbeddedMediaServer } from '../../src/media-server/embedded.js';
import { LivePlayer } from '../servers/live-player.js';
import { LivePublisher } from '../servers/live-publisher.js';

const path = '/live/out/P240p30fps16x9/0.ts';
const first = { jobId: 'job', attempt: 1 };
const second = { jobId: 'job', attempt: 2 };

let server: EmbeddedMediaServer;

beforeEach(async () => {
  server = await EmbeddedMediaServer.start();
});

afterEach(async () => {
  await server.close();
});

/** The one publish URL of an attempt. */
function admit(adaptor: EmbeddedAdaptor, attempt: typeof first, stream = path): string {
  return adaptor.admit(attempt, [`${server.rtmpUrl}${stream}`])[0] ?? '';
}

async function isRefused(url: string): Promise<boolean> {
  await using publisher = new LivePublisher(url);
  return (await publisher.ended()) !== 0;
}

/** The responses of viewers, by RTMP and by HTTP-FLV. */
const players = () => [new LivePlayer(`${server.rtmpUrl}${path}`), new LivePlayer(`${server.httpUrl}${path}.flv`)];

describe('With the embedded media server,', () => {
  it('a publisher with the token of its attempt and stream is let in, and is played by RTMP and HTTP-FLV', async () => {
    await using adaptor = new EmbeddedAdaptor(server);
    await using _publisher = new LivePublisher(admit(adaptor, first));
    for (const viewer of players()) {
      await using player = viewer;
      await player.plays();
    }
  });

  it('nobody is let in without a token, with a foreign one, or with an old one', async () => {
    await using adaptor = new EmbeddedAdaptor(server);
    const own = admit(adaptor, first);
    const other = admit(adaptor, first, '/live/out/P360p30fps16x9/0.ts');
    await adaptor.revoke(first);
    admit(adaptor, second);
    expect(await isRefused(own)).toBe(true);
    expect(await isRefused(own.replace(/\?.*/, ''))).toBe(true);
    expect(await isRefused(own.replace(/\?.*/, new URL(other).search))).toBe(true);
  });

  it('nobody is let in by HTTP without a token', async () => {
    await using adaptor = new EmbeddedAdaptor(server);
    const [url = ''] = adaptor.admit(first, [`${server.httpUrl}${path}.flv`]);
    expect(new URL(url).searchParams.has('token')).toBe(true);
    const response = await fetch(`${server.httpUrl}${path}.flv`, { method: 'POST', body: 'FLV' });
    expect(response.status).toBe(403);
  });

  it('a publisher with a token is let in by HTTP', async () => {
    await using adaptor = new EmbeddedAdaptor(server);
    const [url = ''] = adaptor.admit(first, [`${server.httpUrl}${path}.flv`]);
    await using _publisher = new LivePublisher(url);
    await using player = new LivePlayer(`${server.rtmpUrl}${path}`);
    await player.plays();
  });

  it('a token that nobody used in time is refused', async () => {
    await using adaptor = new EmbeddedAdaptor(server, { unusedTokenMs: 0 });
    expect(await isRefused(admit(adaptor, first))).toBe(true);
  });

  it('a stream to which nobody is admitted is let in, unless it comes with a token', async () => {
    await using adaptor = new EmbeddedAdaptor(server);
    admit(adaptor, first);
    expect(await isRefused(`${server.rtmpUrl}/live/source?token=old`)).toBe(true);
    await using _publisher = new LivePublisher(`${server.rtmpUrl}/live/source`);
    await server.published('/live/source');
  });

  it('whoever was there without a token before the attempt was admitted makes room for it', async () => {
    await using adaptor = new EmbeddedAdaptor(server);
    await using stranger = new LivePublisher(`${server.rtmpUrl}${path}`);
    await server.published(path);
    await using _publisher = new LivePublisher(admit(adaptor, first));
    expect(await stranger.ended()).not.toBe(0);
    await server.published(path);
    await using player = new LivePlayer(`${server.rtmpUrl}${path}`);
    await player.plays(100_000);
  });

  it('outputs that are elsewhere stay as they are, with a warning', async () => {
    const warnings: string[] = [];
    const options: EmbeddedAdaptorOptions = { onWarning: (warning) => warnings.push(warning) };
    await using adaptor = new EmbeddedAdaptor(server, options);
    expect(adaptor.admit(first, ['srt://m:9000?streamid=secret'])).toEqual(['srt://m:9000?streamid=secret']);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).not.toContain('secret');
  });

  it.each(['live', 'frozen'] as const)(
    'a %s publisher is dropped when it is revoked, and the next one goes on for the same viewers',
    async (state) => {
      await using adaptor = new EmbeddedAdaptor(server);
      await using publisher = new LivePublisher(admit(adaptor, first));
      const viewers = players();
      await using _rtmp = viewers[0] ?? null;
      await using _flv = viewers[1] ?? null;
      await Promise.all(viewers.map(async (viewer) => viewer.plays()));
      if (state === 'frozen') publisher.freeze();
      await adaptor.revoke(first);
      await using _next = new LivePublisher(admit(adaptor, second), '320x180');
      if (state === 'live') expect(await publisher.ended()).not.toBe(0);
      await server.published(path);
      await Promise.all(viewers.map(async (viewer) => viewer.plays(100_000)));
    },
  );

  it('viewers of a publisher that died are there for the next attempt', async () => {
    await using adaptor = new EmbeddedAdaptor(server);
    const publisher = new LivePublisher(admit(adaptor, first));
    await using player = new LivePlayer(`${server.httpUrl}${path}.flv`);
    await player.plays();
    await publisher[Symbol.asyncDispose]();
    await adaptor.revoke(first);
    await using _next = new LivePublisher(admit(adaptor, second));
    await player.plays(100_000);
  });

  it('viewers are let go when no next attempt comes', async () => {
    await using adaptor = new EmbeddedAdaptor(server, { viewersWaitMs: 50 });
    await using _publisher = new LivePublisher(admit(adaptor, first));
    await using player = new LivePlayer(`${server.httpUrl}${path}.flv`);
    await player.plays();
    await adaptor.revoke(first);
    expect(await player.ended()).toBe(0);
  });

  it.each(['before', 'after'] as const)(
    'viewers are let go at once when the attempt is released %s its publisher leaves',
    async (order) => {
      await using adaptor = new EmbeddedAdaptor(server, { viewersWaitMs: 3_600_000 });
      const publisher = new LivePublisher(admit(adaptor, first));
      await using player = new LivePlayer(`${server.httpUrl}${path}.flv`);
      await player.plays();
      if (order === 'before') adaptor.release(first);
      await publisher[Symbol.asyncDispose]();
      if (order === 'after') adaptor.release(first);
      expect(await player.ended()).toBe(0);
    },
  );

  it('everybody may publish again when the adaptor is disposed of', async () => {
    const adaptor = new EmbeddedAdaptor(server);
    admit(adaptor, first);
    await adaptor[Symbol.asyncDispose]();
    await using _publisher = new LivePublisher(`${server.rtmpUrl}${path}`);
    await server.published(path);
  });
});

describe('The embedded media server', () => {
  it('passes on a second stream of headers to viewers who were there before', async () => {
    await using adaptor = new EmbeddedAdaptor(server);
    await using _publisher = new LivePublisher(admit(adaptor, first));
    await server.published(path);
    const response = await fetch(`${server.httpUrl}${path}.flv`);
    let seen = '';
    const body = (response.body as ReadableStream<Uint8Array>).getReader();
    // An AVC sequence header is a keyframe's video tag of packet type 0, and holds a configuration of version 1.
    const headerOtherThan = async (known: string) => {
      for (;;) {
        const headers = seen.match(/170000000001(42|4d|64|f4).{60}/g) ?? [];
        const header = headers.find((candidate) => candidate !== known);
        if (header !== undefined) return header;
        const { value } = await body.read();
        if (value === undefined) throw new Error('The stream has ended.');
        seen += Buffer.from(value).toString('hex');
      }
    };
    const header = await headerOtherThan('');
    await adaptor.revoke(first);
    await using _next = new LivePublisher(admit(adaptor, second), '320x180');
    expect(await headerOtherThan(header)).not.toBe(header);
    await body.cancel();
  });

  it('breaks off who sends a message that it cannot read, and lives on', async () => {
    const socket = connect(Number(new URL(server.rtmpUrl).port), '127.0.0.1');
    const command = Buffer.concat([
      Buffer.from([2, 0, 7]),
      Buffer.from('connect'),
      Buffer.from([0, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 5]),
    ]);
    const header = Buffer.from([3, 0, 0, 0, 0, 0, command.length, 20, 0, 0, 0, 0]);
    socket.write(Buffer.concat([Buffer.from([3]), Buffer.alloc(2 * 1536), header, command]));
    socket.resume();
    await once(socket, 'close');
    await using _publisher = new LivePublisher(`${server.rtmpUrl}/live/a`);
    await server.published('/live/a');
  });

  it.each(['/a.flv', '/live/a', '//a/b.flv'])('has no stream at %s', async (url) => {
    expect((await fetch(`${server.httpUrl}${url}`)).status).toBe(404);
  });
});

import { statSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { Transcoder } from '../../src/index.js';
import type { TranscodeResult, TranscoderOptions } from '../../src/index.js';
import { nginxRtmpMissing } from '../servers/nginx-rtmp.js';
import { RtmpPublisher } from '../servers/rtmp-publisher.js';
import { RtspDouble } from '../servers/rtsp-double.js';
import { SrtPeer, srtMissing } from '../servers/srt-peer.js';
import { TlsProxy } from '../servers/tls-proxy.js';
import { test } from './fixtures.js';
import { pictures, soundPackets, timesMs } from './judge.js';
import { h264WithBFrames, source } from './sources.js';
import { rendition, transcode } from './transcoding.js';

describe.skipIf(nginxRtmpMissing)(`An RTMP source ${nginxRtmpMissing}`, () => {
  test('that is published while it is played gives every picture and sound at its own time', async ({
    folder,
    nginx,
  }) => {
    const original = await source({ name: 'published.flv' });
    const output = join(folder, 'rendition.flv');
    const job = transcode({ input: nginx.url('source'), renditions: [rendition(output)] });
    await nginx.played();
    await using _publisher = new RtmpPublisher(original, nginx.url('source'), 'realTime');
    expect((await job).source).toMatchObject({ container: 'flv', live: true });
    expect(timesMs(await pictures(output))).toStrictEqual(timesMs(await pictures(original)));
    expect((await soundPackets(output)).timesMs).toStrictEqual((await soundPackets(original)).timesMs);
  });

  test('that comes in a burst, as from a server that keeps the last GOP, gives every picture', async ({
    folder,
    nginx,
  }) => {
    const original = await source({ name: 'published-b.flv', seconds: 4, video: h264WithBFrames });
    const output = join(folder, 'rendition.flv');
    const job = transcode({ input: nginx.url('source'), renditions: [rendition(output)] });
    await nginx.played();
    await using _publisher = new RtmpPublisher(original, nginx.url('source'), 'burst');
    expect((await job).renditions).toMatchObject([{ framesOut: 120, framesDropped: 0, gopsDropped: 0 }]);
    expect(timesMs(await pictures(output))).toStrictEqual(timesMs(await pictures(original)));
  });

  test('is read through TLS', async ({ folder, nginx, authority }) => {
    await using proxy = await TlsProxy.start(authority.issue(), nginx.port);
    const original = await source({ name: 'published.flv' });
    const output = join(folder, 'rendition.ts');
    const url = `rtmps://127.0.0.1:${proxy.port}/live/source`;
    const job = transcode({ input: { url, tls: { caFile: authority.file } }, renditions: [rendition(output)] });
    await nginx.played();
    await using _publisher = new RtmpPublisher(original, nginx.url('source'), 'realTime');
    await job;
    expect(timesMs(await pictures(output))).toStrictEqual(timesMs(await pictures(original)));
  });
});

describe.skipIf(srtMissing)(`An SRT source ${srtMissing}`, () => {
  test('gives every picture and sound at its own time', async ({ folder }) => {
    const original = await source({ name: 'srt.ts' });
    await using peer = await SrtPeer.sending(original);
    const output = join(folder, 'rendition.ts');
    await transcodeWhole(original, peer, { input: peer.url(), renditions: [rendition(output)] });
    expect(timesMs(await pictures(output))).toStrictEqual(timesMs(await pictures(original)));
    expect((await soundPackets(output)).timesMs).toStrictEqual((await soundPackets(original)).timesMs);
  });

  test('is decrypted with the passphrase', async ({ folder }) => {
    const original = await source({ name: 'srt.ts' });
    await using peer = await SrtPeer.sending(original, 'correct-horse');
    const output = join(folder, 'rendition.ts');
    const input = peer.url('?passphrase=correct-horse');
    await transcodeWhole(original, peer, { input, renditions: [rendition(output)] });
    expect(timesMs(await pictures(output))).toStrictEqual(timesMs(await pictures(original)));
  });

  test('with the wrong passphrase is a typed error that does not show it', async ({ folder }) => {
    await using peer = await SrtPeer.sending(await source({ name: 'srt.ts' }), 'correct-horse');
    const input = peer.url('?passphrase=battery-staple');
    const error: unknown = await transcode({ input, renditions: [rendition(join(folder, 'rendition.ts'))] }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code: 'UNAUTHORIZED', stage: 'source' });
    expect(JSON.stringify(error) + String(error)).not.toContain('battery-staple');
  });
});

/** Lets the peer leave when everything it sent was read, and expects the job to take that for the end. */
async function transcodeWhole(file: string, peer: SrtPeer, options: TranscoderOptions): Promise<TranscodeResult> {
  const transcoder = new Transcoder({ accel: 'none', progressIntervalMs: 50, ...options });
  transcoder.on('progress', ({ sourceBytes }) => {
    if (sourceBytes >= statSync(file).size) void peer.leave();
  });
  return transcoder.run();
}

const withoutBFrames = [...h264WithBFrames, '-bf', '0'];

describe('An RTSP source', () => {
  test('gives every picture and every sound', async ({ folder }) => {
    const original = await source({ name: 'rtsp.mp4', video: withoutBFrames });
    await using server = await RtspDouble.start(original);
    const output = join(folder, 'rendition.ts');
    await transcode({ input: server.url(), renditions: [rendition(output)] });
    const made = timesMs(await pictures(output));
    const expected = timesMs(await pictures(original));
    const first = (times: number[]) => times.map((time) => time - (times[0] ?? 0));
    expect(first(made)).toStrictEqual(first(expected));
    // ffmpeg keeps the encoder's run-in, which is before the first picture, to itself.
    expect((await soundPackets(output)).timesMs).toHaveLength((await soundPackets(original)).timesMs.length - 1);
  });

  test('is read through TLS, with a certificate that is trusted', async ({ folder, authority }) => {
    await using server = await RtspDouble.start(await source({ name: 'rtsp.mp4', video: withoutBFrames }));
    await using proxy = await TlsProxy.start(authority.issue(), server.port);
    const output = join(folder, 'rendition.ts');
    const input = { url: `rtsps://localhost:${proxy.port}/live`, tls: { caFile: authority.file } };
    await transcode({ input, renditions: [rendition(output)] });
    expect(await pictures(output)).toHaveLength(60);
  });

  test('with a certificate of an unknown authority is refused, unless that is asked for', async ({
    folder,
    authority,
  }) => {
    await using server = await RtspDouble.start(await source({ name: 'rtsp.mp4', video: withoutBFrames }));
    await using proxy = await TlsProxy.start(authority.issue(), server.port);
    const url = `rtsps://127.0.0.1:${proxy.port}/live`;
    const output = join(folder, 'rendition.ts');
    const error = await failure({ input: url, renditions: [rendition(output)] });
    expect(error).toMatchObject({ code: 'TLS_UNTRUSTED', stage: 'source', retryable: false });
    expect(server.requests).toStrictEqual([]);

    await transcode({ input: { url, tls: { verify: false } }, renditions: [rendition(output)] });
    expect(await pictures(output)).toHaveLength(60);
  });

  test('with a certificate that is made out for another is refused', async ({ folder, authority }) => {
    await using server = await RtspDouble.start(await source({ name: 'rtsp.mp4', video: withoutBFrames }));
    await using proxy = await TlsProxy.start(authority.issue('DNS:elsewhere.example'), server.port);
    const input = { url: `rtsps://127.0.0.1:${proxy.port}/live`, tls: { caFile: authority.file } };
    const error = await failure({ input, renditions: [rendition(join(folder, 'rendition.ts'))] });
    expect(error).toMatchObject({ code: 'TLS_UNTRUSTED', stage: 'source' });
    expect(server.requests).toStrictEqual([]);
  });
});

async function failure(options: TranscoderOptions): Promise<unknown> {
  return transcode(options).then(
    () => 'The job succeeded.',
    (error: unknown) => error,
  );
}

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { CertificateAuthority } from '../../servers/certificate-authority.js';
import { GrowingSource } from '../../servers/growing-source.js';
import { MediaServer } from '../../servers/media-server.js';
import { nginxRtmpMissing } from '../../servers/nginx-rtmp.js';
import type { NodeProcess } from '../../servers/node-process.js';
import { RtmpPlayer } from '../../servers/rtmp-player.js';
import { SrtPeer, srtMissing } from '../../servers/srt-peer.js';
import { TlsProxy } from '../../servers/tls-proxy.js';
import { pictures, timesMs } from '../judge.js';
import { liveSource, test as base } from './fixtures.js';
import { Network, notify, randomSecret, tiny, withKey } from './network.js';
import { testSecrets } from './transcript.js';

interface Secure {
  authority: CertificateAuthority;
  broadcaster: NodeProcess;
}

/* eslint-disable no-empty-pattern -- vitest insists on a pattern */
const test = base.extend<{ secure: Secure }>({
  secure: [
    async ({}, use) => {
      using authority = new CertificateAuthority();
      await using network = new Network();
      const { cert, key } = authority.issueFiles();
      const own = (name: string) => [`--${name}-cert`, cert, `--${name}-key`, key];
      const trust = ['--tls', '--orch-ca', authority.file];
      const orchestrator = await network.orchestrator(...own('tls'));
      const address = orchestrator.serviceAddress;
      const [broadcaster] = await Promise.all([
        network.broadcaster([address], ...trust, ...own('http-tls')),
        network.transcoder('one', address, ...trust, '--ca-file', authority.file),
      ]);
      await use({ authority, broadcaster });
    },
    { scope: 'file' },
  ],
});

/** Expects the pictures of the source, at their times, in the file at `path`. */
async function expectAllOf(path: string, source: string): Promise<void> {
  const made = await pictures(path);
  expect(timesMs(made)).toStrictEqual(timesMs(await pictures(source)));
  expect(made[0]?.keyframe).toBe(true);
}

describe('The ladder of a notification', () => {
  test('is what its profiles say, in names, sizes and rates', async ({ steady, http, folder }) => {
    const file = await liveSource(2);
    const source = new GrowingSource(file, 2);
    const profiles = [tiny('small'), tiny('slow', { width: 240, height: 136, fps: 15 })];
    using job = notify(steady.broadcaster, '/live/profiles/7.ts', {
      ...{
        inputUrl: http.on('/in.ts', source.handler),
        outputUrl: withKey(http.url('/out')),
        duration: 2000,
        profiles,
      },
    });
    expect((await job.event('urls')).urls).toStrictEqual(
      ['small', 'slow'].map((name) => http.url(`/out/${name}/7.ts`)),
    );
    expect(await job.ended()).toBe('complete');
    const sizes = [];
    for (const name of ['small', 'slow']) {
      const path = join(folder, `${name}.ts`);
      writeFileSync(path, (await http.over(`/out/${name}/7.ts`)).bytes);
      const made = await pictures(path);
      sizes.push([made[0]?.width, made[0]?.height, made.length]);
    }
    expect(sizes).toStrictEqual([
      [160, 90, 60],
      [240, 136, 30],
    ]);
  });

  test('is what its presets say', async ({ steady, http }) => {
    const source = new GrowingSource(await liveSource(2), 2);
    using job = notify(steady.broadcaster, '/live/presets/0.ts', {
      ...{ inputUrl: http.on('/in.ts', source.handler), outputUrl: http.url('/out'), duration: 2000 },
      presets: ['P144p30fps16x9'],
    });
    expect((await job.event('urls')).urls).toStrictEqual([http.url('/out/P144p30fps16x9/0.ts')]);
    expect(await job.ended()).toBe('complete');
  });

  test('is that of --transcoding-options when it names none', async ({ network, steady, http }) => {
    const options = ['--transcoding-options', 'P144p30fps16x9'];
    const broadcaster = await network.broadcaster([steady.orchestrator.serviceAddress], ...options);
    const source = new GrowingSource(await liveSource(2), 2);
    using job = notify(broadcaster, '/live/options/0.ts', {
      ...{ inputUrl: http.on('/in.ts', source.handler), outputUrl: http.url('/out'), duration: 2000 },
    });
    expect((await job.event('urls')).urls).toStrictEqual([http.url('/out/P144p30fps16x9/0.ts')]);
    expect(await job.ended()).toBe('complete');
  });
});

describe('Every frame of a live source arrives', () => {
  test('over HTTP PUT', async ({ steady, http, folder }) => {
    const file = await liveSource(2);
    using job = notify(steady.broadcaster, '/live/put/0.ts', {
      inputUrl: http.on('/in.ts', new GrowingSource(file, 2).handler),
      ...{ outputUrl: withKey(http.url('/out')), duration: 2000, profiles: [tiny('small')] },
    });
    expect(await job.ended()).toBe('complete');
    const upload = await http.over('/out/small/0.ts');
    expect([upload.method, upload.complete]).toStrictEqual(['PUT', true]);
    writeFileSync(join(folder, 'out.ts'), upload.bytes);
    await expectAllOf(join(folder, 'out.ts'), file);
  });

  test.skipIf(srtMissing)('over SRT', async ({ steady, http, folder }) => {
    const file = await liveSource(2);
    const path = join(folder, 'out.ts');
    await using listener = await SrtPeer.receiving(path);
    using job = notify(steady.broadcaster, '/live/srt/0.ts', {
      inputUrl: http.on('/in.ts', new GrowingSource(file, 2).handler),
      ...{ outputUrl: listener.url('?latency=2000000'), duration: 2000, profiles: [tiny('small')] },
    });
    expect((await job.event('urls')).urls).toStrictEqual([listener.url('?streamid=small/0.ts')]);
    expect(await job.ended()).toBe('complete');
    await listener.finished();
    await expectAllOf(path, file);
  });
});

describe('With TLS between broadcaster, orchestrator and transcoder, every frame of a source over HTTPS arrives', () => {
  test('over HTTPS', async ({ secure: { authority, broadcaster }, folder }) => {
    const file = await liveSource(2);
    await using https = await MediaServer.start(authority.issue());
    using job = notify(
      broadcaster,
      '/live/https/0.ts',
      {
        inputUrl: withKey(https.on('/in.ts', new GrowingSource(file, 2).handler)),
        ...{ outputUrl: withKey(https.url('/out')), duration: 2000, profiles: [tiny('small')] },
      },
      { ca: authority.pem },
    );
    expect(await job.ended()).toBe('complete');
    writeFileSync(join(folder, 'out.ts'), (await https.over('/out/small/0.ts')).bytes);
    await expectAllOf(join(folder, 'out.ts'), file);
  });

  test.skipIf(nginxRtmpMissing)('over RTMPS', async ({ secure: { authority, broadcaster }, nginx, folder }) => {
    const file = await liveSource(2);
    const path = join(folder, 'out.mkv');
    await using https = await MediaServer.start(authority.issue());
    await using front = await TlsProxy.start(authority.issue(), nginx.port);
    await using player = new RtmpPlayer(nginx.url('small/0.ts', 'live/out'), path);
    await nginx.played();
    using job = notify(
      broadcaster,
      '/live/rtmps/0.ts',
      {
        inputUrl: withKey(https.on('/in.ts', new GrowingSource(file, 2).handler)),
        outputUrl: withKey(`rtmps://127.0.0.1:${front.port}/live/out`),
        ...{ duration: 2000, profiles: [tiny('small')] },
      },
      { ca: authority.pem },
    );
    expect((await job.event('urls')).urls).toStrictEqual([`rtmps://127.0.0.1:${front.port}/live/out/small/0.ts`]);
    expect(await job.ended()).toBe('complete');
    await player.finished();
    await expectAllOf(path, file);
  });

  test.skipIf(srtMissing)('over SRT with a passphrase', async ({ secure: { authority, broadcaster }, folder }) => {
    const file = await liveSource(2);
    const path = join(folder, 'out.ts');
    const passphrase = randomSecret();
    await using https = await MediaServer.start(authority.issue());
    await using listener = await SrtPeer.receiving(path, passphrase);
    using job = notify(
      broadcaster,
      '/live/srt/0.ts',
      {
        inputUrl: withKey(https.on('/in.ts', new GrowingSource(file, 2).handler)),
        outputUrl: listener.url(`?latency=2000000&passphrase=${passphrase}`),
        ...{ duration: 2000, profiles: [tiny('small')] },
      },
      { ca: authority.pem },
    );
    expect(await job.ended()).toBe('complete');
    await listener.finished();
    await expectAllOf(path, file);
  });
});

testSecrets();

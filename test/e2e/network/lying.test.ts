import { describe, expect } from 'vitest';

import type { Verification } from '../../../src/nodes/broadcaster/verification/verification.js';
import { GrowingSource } from '../../servers/growing-source.js';
import type { MediaServer } from '../../servers/media-server.js';
import { nginxRtmpMissing } from '../../servers/nginx-rtmp.js';
import type { NodeProcess } from '../../servers/node-process.js';
import { liveSource, test } from './fixtures.js';
import { LyingTranscoder, type Lie } from './lying-transcoder.js';
import { notify, tiny, withKey, type Network } from './network.js';
import { testSecrets } from './transcript.js';

/** A window is a second. */
const windows = [0, 1, 2];

/** A broadcaster that looks at every window, and an orchestrator. */
async function looking(network: Network): Promise<{ orchestrator: NodeProcess; broadcaster: NodeProcess }> {
  const orchestrator = await network.orchestrator();
  const args = ['--verify-rate', '1', '--receipt-window', '1'];
  return { orchestrator, broadcaster: await network.broadcaster([orchestrator.serviceAddress], ...args) };
}

/** An order of a rendition as large as the source, so that there is detail to be missed. */
async function order(http: MediaServer, outputUrl: string, seconds = windows.length): Promise<object> {
  const source = new GrowingSource(await liveSource(seconds), seconds);
  const profiles = [tiny('wide', { width: 320, height: 180, bitrate: 600_000 })];
  return { inputUrl: withKey(http.on('/in.ts', source.handler)), outputUrl, profiles };
}

/** What the broadcaster has to say of a segment's windows, when it has looked at all of them. */
async function verificationsOf(broadcaster: NodeProcess, path: string): Promise<Verification[]> {
  await broadcaster.logged(({ msg }) => msg === 'verification', windows.length);
  const response = await fetch(`http://${broadcaster.httpAddress}${path}/verifications`);
  const { verifications } = (await response.json()) as { verifications: Verification[] };
  return verifications;
}

describe('Where every hash is right, the pictures are looked at:', () => {
  test.for<[Lie, string, object]>([
    ['black', 'PICTURES_BLACK', { measured: 30, expected: 0 }],
    ['frozen', 'PICTURES_FROZEN', { expected: 0 }],
    ['upscaled', 'PICTURES_UPSCALED', { expected: 0.35 }],
    // It makes 160x90.
    ['overclaimed', 'PIXELS_OVERCLAIMED', { measured: 30 * 160 * 90, expected: 30 * 320 * 180 }],
  ])(
    'a transcoder that lies (%s) is found out, and its orchestrator gets no more',
    async ([lie, code, evidence], { network, http }) => {
      const { orchestrator, broadcaster } = await looking(network);
      await using _liar = await LyingTranscoder.start(lie, orchestrator);
      const ordered = await order(http, withKey(http.url('/out')));
      using job = notify(broadcaster, '/live/lie/1.ts', ordered);
      expect(await job.ended()).toBe('complete');

      const verifications = await verificationsOf(broadcaster, '/live/lie/1');
      expect(verifications).toMatchObject(
        windows.map((window) => ({ attempt: 1, rendition: 'wide', window, outcome: 'failed' })),
      );
      expect(verifications[0]?.findings).toContainEqual(expect.objectContaining({ code, ...evidence }));
      // Nothing but the pictures is wrong.
      const codes = verifications.flatMap(({ findings }) => findings.map((finding) => finding.code));
      expect(codes.filter((one) => !/^(PICTURES|PIXELS|SIZE)_/.test(one))).toEqual([]);
      const told = broadcaster.lines.filter(({ msg }) => msg === 'verification');
      expect(told).toMatchObject(windows.map((window) => ({ level: 'warn', window, outcome: 'failed' })));
      expect(String(told[0]?.['findings'])).toContain(`${code}: `);

      using next = notify(broadcaster, '/live/lie/2.ts', ordered);
      expect(await next.status()).toBe(503);
    },
  );

  test('one that sends black, and has its job fail at the end, is found out all the same', async ({
    network,
    http,
  }) => {
    const { orchestrator, broadcaster } = await looking(network);
    await using _liar = await LyingTranscoder.start('evasive', orchestrator);
    const ordered = await order(http, withKey(http.url('/out')));
    using job = notify(broadcaster, '/live/evasive/1.ts', ordered);
    expect(await job.ended()).toBe('aborted');
    const verifications = await verificationsOf(broadcaster, '/live/evasive/1');
    expect(verifications).toMatchObject(windows.map((window) => ({ window, outcome: 'failed' })));
    using next = notify(broadcaster, '/live/evasive/2.ts', ordered);
    expect(await next.status()).toBe(503);
  });

  test('one whose job fails at the end, and that does not lie, is verified, and gets the next job', async ({
    network,
    http,
  }) => {
    const { orchestrator, broadcaster } = await looking(network);
    await using _honest = await LyingTranscoder.start('unlucky', orchestrator);
    const ordered = await order(http, withKey(http.url('/out')));
    using job = notify(broadcaster, '/live/unlucky/1.ts', ordered);
    expect(await job.ended()).toBe('aborted');
    const verifications = await verificationsOf(broadcaster, '/live/unlucky/1');
    expect(verifications).toMatchObject(windows.map((window) => ({ window, outcome: 'verified', findings: [] })));
    using next = notify(broadcaster, '/live/unlucky/2.ts', ordered);
    expect(await next.status()).toBe(200);
  });

  test('one that sends black, and has no receipt of the source that would show it, is found out by that', async ({
    network,
    http,
  }) => {
    const { orchestrator, broadcaster } = await looking(network);
    await using _liar = await LyingTranscoder.start('silent', orchestrator);
    const ordered = await order(http, withKey(http.url('/out')), 12);
    using job = notify(broadcaster, '/live/silent/1.ts', ordered);
    expect(await job.ended()).toBe('complete');
    const told = await broadcaster.logged(({ msg, outcome }) => msg === 'verification' && outcome === 'failed');
    expect(String(told['findings'])).toContain('SOURCE_WITHHELD: ');
    const verifications = await verificationsOf(broadcaster, '/live/silent/1');
    expect(new Set(verifications.map(({ rendition, outcome }) => [rendition, outcome].join(' ')))).toEqual(
      new Set(['wide undecided', ' failed']),
    );
    using next = notify(broadcaster, '/live/silent/2.ts', ordered);
    expect(await next.status()).toBe(503);
  });

  test('one that works in the same way and does not lie is verified, and gets the next job', async ({
    network,
    http,
  }) => {
    const { orchestrator, broadcaster } = await looking(network);
    await using _honest = await LyingTranscoder.start('none', orchestrator);
    const ordered = await order(http, withKey(http.url('/out')));
    using job = notify(broadcaster, '/live/truth/1.ts', ordered);
    expect(await job.ended()).toBe('complete');
    const verifications = await verificationsOf(broadcaster, '/live/truth/1');
    expect(verifications).toMatchObject(windows.map((window) => ({ window, outcome: 'verified', findings: [] })));
    using next = notify(broadcaster, '/live/truth/2.ts', ordered);
    expect(await next.status()).toBe(200);
  });

  test('the transcoder that there really is is verified, and gets the next job', async ({ network, http }) => {
    const { orchestrator, broadcaster } = await looking(network);
    await network.transcoder('real', orchestrator.serviceAddress);
    const ordered = await order(http, withKey(http.url('/out')));
    using job = notify(broadcaster, '/live/real/1.ts', ordered);
    expect(await job.ended()).toBe('complete');
    const verifications = await verificationsOf(broadcaster, '/live/real/1');
    expect(verifications).toMatchObject(windows.map((window) => ({ window, outcome: 'verified', findings: [] })));
    using next = notify(broadcaster, '/live/real/2.ts', ordered);
    expect(await next.status()).toBe(200);
  });

  test.skipIf(nginxRtmpMissing)(
    `a live stream that is sent black is taken away while it runs ${nginxRtmpMissing}`,
    async ({ network, http, nginx }) => {
      const { orchestrator, broadcaster } = await looking(network);
      await using _liar = await LyingTranscoder.start('black', orchestrator);
      const ordered = await order(http, `rtmp://127.0.0.1:${nginx.port}/live/out`, 20);
      using job = notify(broadcaster, '/live/running/1.ts', ordered);
      const looked = await job.event('verification');
      expect(looked).toMatchObject({ attempt: 1, rendition: 'wide', outcome: 'failed' });
      expect(looked).toHaveProperty(
        'findings',
        expect.arrayContaining([expect.objectContaining({ code: 'PICTURES_BLACK' })]),
      );
      expect((await job.event('failover')).cause).toMatchObject({ class: 'orchestrator', code: 'VERIFICATION_FAILED' });
      using next = notify(broadcaster, '/live/running/2.ts', ordered);
      expect(await next.status()).toBe(503);
    },
  );
});

testSecrets();

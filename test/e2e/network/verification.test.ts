import { describe, expect } from 'vitest';

import { verifyBundle } from '../../../src/index.js';
import { GrowingSource } from '../../servers/growing-source.js';
import { nginxRtmpMissing } from '../../servers/nginx-rtmp.js';
import type { NodeProcess } from '../../servers/node-process.js';
import { liveSource, test } from './fixtures.js';
import { notify, tiny, withKey, type Network } from './network.js';
import { testSecrets } from './transcript.js';

/** A broadcaster that looks at every window, with an orchestrator and a transcoder in another process. */
async function looking(network: Network): Promise<NodeProcess> {
  const both = await network.node(['--orchestrator', '--transcoder']);
  return network.broadcaster([both.serviceAddress], '--verify-rate', '1', '--receipt-window', '0.5');
}

async function outcomes(broadcaster: NodeProcess, count: number): Promise<unknown[]> {
  await broadcaster.logged(({ msg }) => msg === 'verification', count);
  return broadcaster.lines.filter(({ msg }) => msg === 'verification').map(({ outcome }) => outcome);
}

describe('A broadcaster that looks at every window', () => {
  test('verifies what an honest transcoder has put to an HTTP server, once the job is over', async ({
    network,
    http,
  }) => {
    const broadcaster = await looking(network);
    const source = new GrowingSource(await liveSource(3), 3);
    using job = notify(broadcaster, '/live/honest/1.ts', {
      inputUrl: withKey(http.on('/in.ts', source.handler)),
      outputUrl: withKey(http.url('/out')),
      profiles: [tiny('small')],
    });
    expect(await job.ended()).toBe('complete');
    expect(await outcomes(broadcaster, 6)).toStrictEqual(Array.from({ length: 6 }, () => 'verified'));
    const address = `http://${broadcaster.httpAddress}/live/honest/1/verifications`;
    const verified = { attempt: 1, rendition: 'small', outcome: 'verified', findings: [] };
    expect(await (await fetch(address)).json()).toMatchObject({
      verifications: [0, 1, 2, 3, 4, 5].map((window) => ({ ...verified, window })),
      ...{ waiting: 0, dropped: 0 },
    });
    expect(await broadcaster.metric('millrace_broadcaster_verifications_total', 'outcome="verified"')).toBe(6);
    const receipts = await fetch(`http://${broadcaster.httpAddress}/live/honest/1/receipts`);
    const verdict = await verifyBundle(await receipts.json());
    expect(verdict.holds).toBe(true);
    const sources = verdict.attempts[0]?.windows.filter(({ rendition }) => rendition === undefined) ?? [];
    expect(sources.map(({ attested }) => attested)).toEqual(sources.map(() => 'holds'));
    expect(sources).not.toEqual([]);
  });

  test('finds out about bytes that were changed, and orders nothing more of that orchestrator', async ({
    network,
    http,
  }) => {
    const broadcaster = await looking(network);
    const source = new GrowingSource(await liveSource(3), 3);
    const order = {
      inputUrl: withKey(http.on('/in.ts', source.handler)),
      outputUrl: withKey(http.url('/out')),
      profiles: [tiny('small')],
    };
    http.onUploaded('/out/small/1.ts', (bytes) => {
      const packet = Math.floor(bytes.length / 188 / 2) * 188;
      return Buffer.concat([bytes.subarray(0, packet + 100), Buffer.alloc(20, 0x5a), bytes.subarray(packet + 120)]);
    });
    using job = notify(broadcaster, '/live/changed/1.ts', order);
    expect(await job.ended()).toBe('complete');
    expect(await outcomes(broadcaster, 6)).toContain('failed');
    using next = notify(broadcaster, '/live/changed/2.ts', order);
    expect(await next.status()).toBe(503);
  });

  test('has its other jobs there go on elsewhere, and says why', async ({ network, http }) => {
    const broadcaster = await looking(network);
    const order = (name: string, seconds: number, source: GrowingSource) => ({
      inputUrl: withKey(http.on(`/${name}.ts`, source.handler)),
      outputUrl: withKey(http.url(`/${name}`)),
      profiles: [tiny('small')],
      duration: seconds * 1000,
    });
    using running = notify(
      broadcaster,
      '/live/running/0.ts',
      order('running', 30, new GrowingSource(await liveSource(30), 30)),
    );
    await running.event('first-frame');
    http.onUploaded('/cheated/small/1.ts', (bytes) => {
      const packet = Math.floor(bytes.length / 188 / 2) * 188;
      return Buffer.concat([bytes.subarray(0, packet + 100), Buffer.alloc(20, 0x5a), bytes.subarray(packet + 120)]);
    });
    using cheated = notify(
      broadcaster,
      '/live/cheated/1.ts',
      order('cheated', 3, new GrowingSource(await liveSource(3), 3)),
    );
    expect(await cheated.ended()).toBe('complete');
    const failover = await running.event('failover');
    expect(failover).toMatchObject({ attempt: 1, cause: { code: 'VERIFICATION_FAILED' } });
    expect(JSON.stringify(failover)).toContain('in another job');
  });

  test('has nothing to say where what was delivered is not there any more', async ({ network, http }) => {
    const broadcaster = await looking(network);
    const source = new GrowingSource(await liveSource(3), 3);
    http.onUploaded('/out/small/1.ts', () => undefined);
    const order = {
      inputUrl: withKey(http.on('/in.ts', source.handler)),
      outputUrl: withKey(http.url('/out')),
      profiles: [tiny('small')],
    };
    using job = notify(broadcaster, '/live/gone/1.ts', order);
    expect(await job.ended()).toBe('complete');
    expect(await outcomes(broadcaster, 6)).toStrictEqual(Array.from({ length: 6 }, () => 'undecided'));
    using next = notify(broadcaster, '/live/gone/2.ts', order);
    expect(await next.status()).toBe(200);
  });

  test.skipIf(nginxRtmpMissing)(
    `verifies a live stream while it runs, and says so in its events ${nginxRtmpMissing}`,
    async ({ network, http, nginx }) => {
      const broadcaster = await looking(network);
      const source = new GrowingSource(await liveSource(20), 20);
      using job = notify(broadcaster, '/live/running/1.ts', {
        inputUrl: withKey(http.on('/in.ts', source.handler)),
        outputUrl: `rtmp://127.0.0.1:${nginx.port}/live/out`,
        profiles: [tiny('small')],
      });
      const event = await job.event('verification');
      expect(event).toMatchObject({ attempt: 1, rendition: 'small', outcome: 'verified' });
    },
  );
});

testSecrets();

import { describe, expect } from 'vitest';

import { GrowingSource } from '../../servers/growing-source.js';
import type { MediaServer } from '../../servers/media-server.js';
import type { NodeProcess } from '../../servers/node-process.js';
import { NvidiaDouble, nvidiaDoubleMissing } from '../../servers/nvidia-double.js';
import { liveSource, test } from './fixtures.js';
import { notify, tiny, withKey, type Network } from './network.js';

/** One transcoder that insists on GPUs, its orchestrator and a broadcaster. */
async function networkOn(double: NvidiaDouble, network: Network) {
  const orchestrator = await network.orchestrator();
  const address = orchestrator.serviceAddress;
  const flags = ['--name', 'gpus', '--orch-addr', address, '--nvidia', 'all', '--pixels-per-second', '1000000000'];
  const transcoder = await network.node(['--transcoder', ...flags], undefined, double.env);
  await transcoder.logged(({ msg }) => msg === 'connected to the orchestrator');
  return { transcoder, broadcaster: await network.broadcaster([address]) };
}

/** A live stream of six seconds, in one small rendition. */
async function stream(http: MediaServer, broadcaster: NodeProcess, name: string) {
  const source = new GrowingSource(await liveSource(6), 6);
  return notify(broadcaster, `/live/${name}/0.ts`, {
    inputUrl: withKey(http.on(`/source/${name}.ts`, source.handler)),
    outputUrl: withKey(http.url(`/${name}`)),
    profiles: [tiny('small')],
  });
}

const onCard = (card: number) => `device="nvidia:${card}"`;

// On a double of NVIDIA's libraries: no GPU is involved.
describe.skipIf(nvidiaDoubleMissing)('A transcoder with two GPUs, on a double of NVIDIA’s libraries,', () => {
  test('puts one of two streams on each, and says so', async ({ network, http }) => {
    using double = new NvidiaDouble({ cards: 2, 'temperature.1': 63 });
    const { transcoder, broadcaster } = await networkOn(double, network);
    using first = await stream(http, broadcaster, 'first');
    await first.event('first-frame');
    using second = await stream(http, broadcaster, 'second');
    await second.event('first-frame');
    for (const card of [0, 1]) {
      expect(await transcoder.metric('millrace_transcoder_device_own_encoder_sessions', onCard(card))).toBe(1);
      expect(await transcoder.metric('millrace_transcoder_device_in_service', onCard(card))).toBe(1);
    }
    expect(await transcoder.metric('millrace_transcoder_device_temperature_celsius', onCard(1))).toBe(63);
    expect(await first.ended()).toBe('complete');
    expect(await second.ended()).toBe('complete');
    for (const card of [0, 1])
      expect(await transcoder.metric('millrace_transcoder_device_busy_pixels_per_second', onCard(card))).toBe(0);
  }, 60_000);

  test('counts it against one that is lost under a stream, which goes on', async ({ network, http }) => {
    using double = new NvidiaDouble({ cards: 2 });
    const { transcoder, broadcaster } = await networkOn(double, network);
    using job = await stream(http, broadcaster, 'lost');
    await job.event('first-frame');
    double.control({ cards: 2, lost: 0 });
    const { device } = await transcoder.logged(({ msg }) => msg === 'a job failed because of the GPU, or left it');
    expect(device).toBe('nvidia:0');
    expect(await job.ended()).toBe('complete');
  }, 60_000);

  test('replaces the process of a stream whose driver hangs, and takes the next', async ({ network, http }) => {
    using double = new NvidiaDouble({ cards: 2 });
    const { transcoder, broadcaster } = await networkOn(double, network);
    {
      using job = await stream(http, broadcaster, 'hangs');
      await job.event('first-frame');
      double.control({ cards: 2, 'hang.0': 'encode' });
      await job.event('progress');
    }
    const { device, code } = await transcoder.logged(
      ({ msg }) => msg === 'a job failed because of the GPU, or left it',
    );
    expect([device, code]).toEqual(['nvidia:0', 'HUNG']);
    double.control({ cards: 2 });
    using next = await stream(http, broadcaster, 'next');
    expect(await next.ended()).toBe('complete');
  }, 60_000);
});

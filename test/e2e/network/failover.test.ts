import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, vi } from 'vitest';

import { GrowingSource } from '../../servers/growing-source.js';
import type { MediaServer } from '../../servers/media-server.js';
import type { NodeProcess } from '../../servers/node-process.js';
import type { NotifiedJob } from '../../servers/notified-job.js';
import { TcpProxy } from '../../servers/tcp-proxy.js';
import { pictures, timesMs } from '../judge.js';
import { expectContinuation } from './continuation.js';
import { liveSource, test } from './fixtures.js';
import { byName, notify, tiny, withKey, type Network, type UsualNetwork } from './network.js';
import { testSecrets } from './transcript.js';

/** Of a source that starts at 1.4 s, enough that something was delivered, and enough that something is missing. */
const midwayMs = 2400;

/** Begins a job of one rendition, uploaded to `/{stream}/small/0.ts`, of a source of so many seconds. */
async function begin(
  broadcaster: NodeProcess,
  http: MediaServer,
  { stream = 'stream', seconds = 4 } = {},
): Promise<{ job: NotifiedJob; source: GrowingSource; file: string; output: string }> {
  const file = await liveSource(seconds);
  const source = new GrowingSource(file, seconds);
  const job = notify(broadcaster, `/live/${stream}/0.ts`, {
    inputUrl: withKey(http.on(`/source/${stream}.ts`, source.handler)),
    outputUrl: withKey(http.url(`/${stream}`)),
    ...{ duration: seconds * 1000, profiles: [tiny('small')] },
  });
  return { job, source, file, output: `/${stream}/small/0.ts` };
}

interface WiredNetwork extends UsualNetwork, AsyncDisposable {
  /** Between a transcoder and the orchestrator. */
  cableOf: (transcoder: string | undefined) => TcpProxy;
}

/** The usual network, with a cable to each transcoder that can be cut. */
async function wiredNetwork(network: Network, ...orchestratorArgs: string[]): Promise<WiredNetwork> {
  const orchestrator = await network.orchestrator(...orchestratorArgs);
  const address = orchestrator.serviceAddress;
  const port = Number(address.split(':')[1]);
  const cables = { one: await TcpProxy.start(port), two: await TcpProxy.start(port) };
  const [one, two, broadcaster] = await Promise.all([
    network.transcoder('one', `127.0.0.1:${cables.one.port}`),
    network.transcoder('two', `127.0.0.1:${cables.two.port}`),
    network.broadcaster([address]),
  ]);
  return {
    ...{ orchestrator, transcoders: { one, two }, broadcaster },
    cableOf: (transcoder) => (transcoder === 'one' ? cables.one : cables.two),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(Object.values(cables).map((cable) => cable[Symbol.asyncDispose]()));
    },
  };
}

// One that does not answer is found out by its silence or by a ping, whichever comes first.
const endings: { title: string; end: (node: NodeProcess) => void; codes: string[] }[] = [
  {
    title: 'is killed',
    end: (node) => {
      node.signal('SIGKILL');
    },
    codes: ['TRANSCODER_LOST'],
  },
  {
    title: 'freezes',
    end: (node) => {
      node.signal('SIGSTOP');
    },
    codes: ['TRANSCODER_SILENT', 'TRANSCODER_LOST'],
  },
  {
    title: 'freezes with its workers',
    end: (node) => {
      node.signalAll('SIGSTOP');
    },
    codes: ['TRANSCODER_SILENT', 'TRANSCODER_LOST'],
  },
];

describe('When the transcoder in mid-job', () => {
  test.for(endings)('$title, the other one goes on', async ({ end, codes }, { network, http, folder }) => {
    const nodes = await network.usual();
    const { job, file, output } = await begin(nodes.broadcaster, http);
    using _ = job;
    const { transcoder } = await job.event('accepted');
    await job.delivered(midwayMs);
    const { busy, idleName } = byName(nodes, transcoder);
    end(busy);
    const { cause } = await job.event('failover');
    expect(cause?.class).toBe('transcoder');
    expect(codes).toContain(cause?.code ?? '');
    expect((await job.event('accepted', 2)).transcoder).toBe(idleName);
    expect(await job.ended()).toBe('complete');
    expect(job.story.filter((event) => ['failover', 'finished'].includes(event))).toStrictEqual([
      'failover',
      'finished',
    ]);
    await expectContinuation({ job, http, output, file }, folder);
  });

  test('is killed, the job of the other one loses no frame', async ({ network, http, folder }) => {
    const nodes = await network.usual();
    const victim = await begin(nodes.broadcaster, http, { stream: 'victim' });
    using _ = victim.job;
    const { transcoder } = await victim.job.event('accepted');
    const bystander = await begin(nodes.broadcaster, http, { stream: 'bystander' });
    using __ = bystander.job;
    const { busy, idleName } = byName(nodes, transcoder);
    expect((await bystander.job.event('accepted')).transcoder).toBe(idleName);
    await bystander.job.delivered(midwayMs);
    busy.signal('SIGKILL');
    await victim.job.event('failover');
    expect(await bystander.job.ended()).toBe('complete');
    expect(bystander.job.story).not.toContain('failover');
    const path = join(folder, 'bystander.ts');
    writeFileSync(path, (await http.over(bystander.output)).bytes);
    expect(timesMs(await pictures(path))).toStrictEqual(timesMs(await pictures(bystander.file)));
  });

  test('loses its worker process to a fault, the other one goes on, and it is there for the next job', async ({
    network,
    http,
    folder,
  }) => {
    const nodes = await network.usual();
    const { job, file, output } = await begin(nodes.broadcaster, http);
    using _ = job;
    const { transcoder } = await job.event('accepted');
    await job.delivered(midwayMs);
    const { busy, idle } = byName(nodes, transcoder);
    for (const worker of busy.workers) process.kill(worker, 'SIGSEGV');
    expect((await job.event('failover')).cause).toMatchObject({ class: 'transcoder', code: 'WORKER_CRASHED' });
    expect(await job.ended()).toBe('complete');
    await expectContinuation({ job, http, output, file }, folder);
    idle.signal('SIGKILL');
    await nodes.orchestrator.logged(({ msg }) => msg === 'transcoder lost');
    const next = await begin(nodes.broadcaster, http, { stream: 'next', seconds: 2 });
    using __ = next.job;
    expect((await next.job.event('accepted')).transcoder).toBe(transcoder);
    expect(await next.job.ended()).toBe('complete');
  });

  test('is cut off from the orchestrator, it stops by itself, and the other one goes on', async ({
    network,
    http,
    folder,
  }) => {
    await using wired = await wiredNetwork(network);
    const { job, source, file, output } = await begin(wired.broadcaster, http, { seconds: 6 });
    using _ = job;
    const { transcoder } = await job.event('accepted');
    await job.delivered(midwayMs);
    const { busy, idleName } = byName(wired, transcoder);
    wired.cableOf(transcoder).hold();
    expect((await job.event('failover')).cause?.class).toBe('transcoder');
    await busy.logged(({ msg }) => msg === 'the orchestrator is silent: everything stops');
    expect((await job.event('accepted', 2)).transcoder).toBe(idleName);
    expect(await job.ended()).toBe('complete');
    expect(source.requests).toBe(2);
    await expectContinuation({ job, http, output, file }, folder);
  });

  test('finishes after it was replaced, that changes nothing', async ({ network, http }) => {
    // So long that it does not stop by itself before the source ends; a ping finds out that it was cut off.
    await using wired = await wiredNetwork(network, '--stall-timeout', '30');
    const { job, output } = await begin(wired.broadcaster, http, { seconds: 6 });
    using _ = job;
    const { transcoder } = await job.event('accepted');
    await job.delivered(midwayMs);
    const { busy, idleName } = byName(wired, transcoder);
    const cable = wired.cableOf(transcoder);
    cable.hold();
    expect((await job.event('accepted', 2)).transcoder).toBe(idleName);
    await busy.logged(({ msg }) => msg === 'attempt finished');
    cable.letGo();
    await busy.logged(({ msg }) => msg === 'connected to the orchestrator', 2);
    expect(await job.ended()).toBe('complete');
    expect(job.story.filter((event) => ['failover', 'finished'].includes(event))).toStrictEqual([
      'failover',
      'finished',
    ]);
    expect((await http.begun(output, 2)).map(({ complete }) => complete)).toStrictEqual([true, true]);
  });
});

test('When the orchestrator is killed in mid-job, the broadcaster goes on with another one', async ({
  network,
  http,
  folder,
}) => {
  const orchestrators = await Promise.all([network.orchestrator(), network.orchestrator()]);
  const addresses = orchestrators.map((orchestrator) => orchestrator.serviceAddress);
  const [broadcaster] = await Promise.all([
    network.broadcaster(addresses),
    ...addresses.map((address, index) => network.transcoder(`of-${index}`, address)),
  ]);
  const { job, file, output } = await begin(broadcaster, http);
  using _ = job;
  const first = await job.event('accepted');
  await job.delivered(midwayMs);
  orchestrators.find(({ serviceAddress }) => serviceAddress === first.orchestrator)?.signal('SIGKILL');
  expect((await job.event('failover')).cause).toMatchObject({ class: 'orchestrator', code: 'ORCHESTRATOR_LOST' });
  expect((await job.event('accepted', 2)).orchestrator).toBe(
    addresses.find((address) => address !== first.orchestrator),
  );
  expect(await job.ended()).toBe('complete');
  await expectContinuation({ job, http, output, file }, folder);
});

test('When the broadcaster is killed in mid-job, the job ends at the orchestrator and at the transcoder', async ({
  network,
  http,
}) => {
  const { broadcaster, orchestrator, transcoders } = await network.usual();
  const { job, source, output } = await begin(broadcaster, http, { seconds: 20 });
  using _ = job;
  await job.delivered(midwayMs);
  broadcaster.signal('SIGKILL');
  await source.left();
  expect((await http.over(output)).complete).toBe(false);
  await vi.waitFor(async () => {
    expect(await orchestrator.metric('millrace_orchestrator_sessions_running')).toBe(0);
  }, 10_000);
  for (const node of Object.values(transcoders)) {
    expect(await node.metric('millrace_transcoder_sessions_running')).toBe(0);
  }
});

testSecrets();

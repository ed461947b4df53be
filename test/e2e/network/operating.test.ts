import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { millrace } from '../../cli/millrace-process.js';
import { GrowingSource } from '../../servers/growing-source.js';
import type { MediaServer } from '../../servers/media-server.js';
import { pictures, timesMs } from '../judge.js';
import { expectContinuation } from './continuation.js';
import { liveSource, test } from './fixtures.js';
import { byName, notify, randomSecret, tiny, withKey } from './network.js';
import { testSecrets } from './transcript.js';

/** Of a source that starts at 1.4 s. */
const midwayMs = 2400;

/** A configuration for one small rendition of a source of so many seconds, uploaded to `/{stream}/small/0.ts`. */
async function configuration(http: MediaServer, stream: string, seconds: number, bounded: 'bounded' | 'unbounded') {
  const file = await liveSource(seconds);
  const source = new GrowingSource(file, seconds);
  return {
    ...{ file, source, output: `/${stream}/small/0.ts`, path: `/live/${stream}/0.ts` },
    header: {
      inputUrl: withKey(http.on(`/source/${stream}.ts`, source.handler)),
      outputUrl: withKey(http.url(`/${stream}`)),
      profiles: [tiny('small')],
      ...(bounded === 'bounded' && { duration: seconds * 1000 }),
    },
  };
}

describe('A transcoder that is told to end', () => {
  test('finishes what has an end', async ({ network, http, folder }) => {
    const nodes = await network.usual();
    const { header, path, output, file } = await configuration(http, 'segment', 4, 'bounded');
    using job = notify(nodes.broadcaster, path, header);
    const { transcoder } = await job.event('accepted');
    await job.event('first-frame');
    const { busy } = byName(nodes, transcoder);
    busy.signal('SIGTERM');
    expect(await job.ended()).toBe('complete');
    expect(job.story).not.toContain('failover');
    writeFileSync(join(folder, 'out.ts'), (await http.over(output)).bytes);
    expect(timesMs(await pictures(join(folder, 'out.ts')))).toStrictEqual(timesMs(await pictures(file)));
    expect(await busy.ended()).toBe(0);
  });

  test('hands over what has none', async ({ network, http, folder }) => {
    const nodes = await network.usual();
    const { header, path, output, file } = await configuration(http, 'channel', 6, 'unbounded');
    using job = notify(nodes.broadcaster, path, header);
    const { transcoder } = await job.event('accepted');
    await job.delivered(midwayMs);
    const { busy, idleName } = byName(nodes, transcoder);
    busy.signal('SIGTERM');
    expect((await job.event('failover')).cause?.code).toBe('TRANSCODER_DRAINING');
    expect((await job.event('accepted', 2)).transcoder).toBe(idleName);
    expect(await busy.ended()).toBe(0);
    expect(await job.ended()).toBe('complete');
    await expectContinuation({ job, http, output, file }, folder);
  });
});

test('A broadcaster that is told to end takes no more jobs, and ends with the last one', async ({ network, http }) => {
  const { broadcaster } = await network.usual();
  const { header, path } = await configuration(http, 'last', 4, 'bounded');
  using job = notify(broadcaster, path, header);
  await job.event('first-frame');
  broadcaster.signal('SIGTERM');
  await broadcaster.logged(({ msg }) => msg === 'draining');
  using refused = notify(broadcaster, '/live/another/0.ts', header);
  expect(await refused.status()).toBe(503);
  expect((await broadcaster.status('/readyz')).status).toBe(503);
  expect(await job.ended()).toBe('complete');
  expect(await broadcaster.ended()).toBe(0);
});

describe('A node tells machines', () => {
  test('that it lives and takes work, in each role', async ({ steady: { broadcaster, orchestrator, transcoders } }) => {
    for (const node of [broadcaster, orchestrator, transcoders.one]) {
      expect((await node.status('/livez')).status).toBe(200);
      expect(await node.status('/readyz')).toMatchObject({ status: 200, body: '{"ready":true,"reasons":[]}\n' });
    }
  });

  test('what it has done, in each role', async ({ steady, http }) => {
    const { broadcaster, orchestrator, transcoders } = steady;
    const { header, path } = await configuration(http, 'counted', 2, 'bounded');
    using job = notify(broadcaster, path, header);
    const { transcoder } = await job.event('accepted');
    expect(await job.ended()).toBe('complete');
    const node = transcoder === 'one' ? transcoders.one : transcoders.two;
    const finished = 'outcome="finished"';
    expect(await broadcaster.metric('millrace_broadcaster_jobs_ended_total', finished)).toBeGreaterThan(0);
    expect(await orchestrator.metric('millrace_orchestrator_attempts_ended_total', finished)).toBeGreaterThan(0);
    expect(await node.metric('millrace_transcoder_attempts_ended_total', finished)).toBeGreaterThan(0);
    expect(await node.metric('millrace_transcoder_frame_latency_seconds_count')).toBeGreaterThan(0);
  });

  test('why it takes no work', async ({ network }) => {
    const orchestrator = await network.orchestrator();
    const { status, body } = await orchestrator.status('/readyz');
    expect(status).toBe(503);
    expect(JSON.parse(body)).toStrictEqual({ ready: false, reasons: ['No transcoder is connected.'] });
  });
});

describe('A job', () => {
  test('without a duration ends when its source does', async ({ steady, http }) => {
    const { header, path, output } = await configuration(http, 'endless', 2, 'unbounded');
    using job = notify(steady.broadcaster, path, header);
    expect(await job.ended()).toBe('complete');
    expect(job.story.at(-1)).toBe('finished');
    expect((await http.over(output)).complete).toBe(true);
  });

  test('that is cancelled finishes its outputs', async ({ steady, http, folder }) => {
    const { header, path, output, source, file } = await configuration(http, 'cancelled', 20, 'unbounded');
    using job = notify(steady.broadcaster, path, header);
    await job.delivered(midwayMs);
    using cancellation = notify(steady.broadcaster, path, undefined, { method: 'DELETE' });
    expect(await cancellation.status()).toBe(204);
    await job.ended();
    expect(job.story.at(-1)).toBe('cancelled');
    await source.left();
    const upload = await http.over(output);
    expect(upload.complete).toBe(true);
    writeFileSync(join(folder, 'out.ts'), upload.bytes);
    const made = timesMs(await pictures(join(folder, 'out.ts')));
    expect(made).toStrictEqual(timesMs(await pictures(file)).slice(0, made.length));
  });

  test('that nobody runs cannot be cancelled', async ({ steady }) => {
    using cancellation = notify(steady.broadcaster, '/live/nobody/0.ts', undefined, { method: 'DELETE' });
    expect(await cancellation.status()).toBe(404);
  });

  test('that is running is not begun again', async ({ steady, http }) => {
    const { header, path, source } = await configuration(http, 'twice', 2, 'bounded');
    using job = notify(steady.broadcaster, path, header);
    await job.event('accepted');
    using again = notify(steady.broadcaster, path, header, { as: 'urls' });
    expect(await again.status()).toBe(409);
    expect(await again.ended()).toBe('complete');
    expect(JSON.parse(again.body)).toMatchObject({ code: 'job-running' });
    expect(await job.ended()).toBe('complete');
    expect(source.requests).toBe(1);
  });

  test('for which nobody has room is refused at once, and told when to try again', async ({ network, http }) => {
    const { broadcaster } = await network.usual([], ['--max-sessions', '1']);
    const jobs = [];
    for (const stream of ['first', 'second']) {
      const { header, path } = await configuration(http, stream, 20, 'unbounded');
      const job = notify(broadcaster, path, header);
      jobs.push(job);
      await job.event('accepted');
    }
    const { header, path } = await configuration(http, 'third', 20, 'unbounded');
    using refused = notify(broadcaster, path, header);
    expect(await refused.status()).toBe(503);
    expect(Number(await refused.header('retry-after'))).toBeGreaterThan(0);
    for (const job of jobs) job[Symbol.dispose]();
  });
});

test('Every fault of the configuration is named before a node ends with code 2', async () => {
  const { code, stderr } = await millrace([
    ...['node', '--broadcaster', '--orch-addr', '127.0.0.1:8935'],
    ...['--max-attempts', 'many', '--http-addr', 'nowhere'],
  ]);
  expect(code).toBe(2);
  expect(stderr).toContain('--max-attempts');
  expect(stderr).toContain('--http-addr');
});

test.for([
  ['transcoder', ['--transcoder', '--orch-addr', '127.0.0.1:1', '--pixels-per-second', '1000000']],
  ['broadcaster', ['--broadcaster', '--orch-addr', '127.0.0.1:1', '--http-addr', '127.0.0.1:0']],
] as const)('A %s with a certificate that is none says so and ends', async ([, args], { folder }) => {
  const pem = join(folder, 'none.pem');
  writeFileSync(pem, 'none');
  const { code, stderr } = await millrace(
    ['node', ...args, '--client-cert', pem, '--client-key', pem, '--status-addr', '127.0.0.1:0'],
    { MILLRACE_ORCH_SECRET: randomSecret() },
  );
  expect(code).toBe(1);
  expect(stderr).toContain('PEM');
});

testSecrets();

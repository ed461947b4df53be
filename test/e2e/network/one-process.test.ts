import { describe, expect } from 'vitest';

import { GrowingSource } from '../../servers/growing-source.js';
import type { MediaServer } from '../../servers/media-server.js';
import { NodeProcess } from '../../servers/node-process.js';
import { liveSource, test } from './fixtures.js';
import { notify, orchestratorSecret, tiny, withKey } from './network.js';
import { record, testSecrets } from './transcript.js';

const everything = ['--broadcaster', '--orchestrator', '--transcoder', '--pixels-per-second', '1000000000'];

/** A segment of two seconds, and where its one rendition goes. */
async function segment(http: MediaServer): Promise<object> {
  const source = new GrowingSource(await liveSource(2), 2);
  return {
    ...{ inputUrl: withKey(http.on('/in.ts', source.handler)), outputUrl: withKey(http.url('/out')) },
    ...{ duration: 2000, profiles: [tiny('small')] },
  };
}

describe('All roles in one process', () => {
  test('do a job together, also with a certificate that is for others to see', async ({ network, http, authority }) => {
    const { cert, key } = authority.issueFiles('DNS:orchestrator.example');
    const node = await network.node([...everything, '--tls-cert', cert, '--tls-key', key]);
    await node.logged(({ msg }) => msg === 'connected to the orchestrator');
    using job = notify(node, '/live/alone/0.ts', await segment(http));
    expect(await job.status()).toBe(200);
    expect(await job.ended()).toBe('complete');
    expect(job.story.at(-1)).toBe('finished');
  });

  test('do no job on loopback when their media server is open to other machines', async ({ network, http }) => {
    const open = ['--rtmp-addr', '0.0.0.0:0', '--media-http-addr', '0.0.0.0:0'];
    const node = await network.node([...everything, '--media-server', 'embedded', ...open]);
    await node.logged(({ msg }) => msg === 'connected to the orchestrator');
    using job = notify(node, '/live/open/0.ts', await segment(http));
    await job.ended();
    expect(job.events.at(-1)?.fault?.code).toBe('ADDRESS_DENIED');
    expect(http.requests).toEqual([]);
  });
});

test('A transcoder that is told to end while it measures itself ends properly', async () => {
  const options = { env: { MILLRACE_ORCH_SECRET: orchestratorSecret }, onSaid: record };
  await using node = new NodeProcess(['--transcoder', '--orch-addr', '127.0.0.1:1'], options);
  await node.logged(({ msg }) => msg === 'status server listens');
  node.signal('SIGTERM');
  expect(await node.ended()).toBe(0);
});

testSecrets();

import { describe, expect } from 'vitest';

import { freeTcpPort } from '../../servers/free-port.js';
import { GrowingSource } from '../../servers/growing-source.js';
import { GuardedNginx } from '../../servers/guarded-nginx.js';
import { LivePlayer } from '../../servers/live-player.js';
import { MediaServer } from '../../servers/media-server.js';
import { NetworkNamespace, networkNamespaceMissing } from '../../servers/network-namespace.js';
import { nginxRtmpMissing } from '../../servers/nginx-rtmp.js';
import type { NodeProcess } from '../../servers/node-process.js';
import { liveSource, test as base } from './fixtures.js';
import { notify, tiny, withKey } from './network.js';
import { testSecrets } from './transcript.js';

/** A network whose first transcoder is on a machine of its own, as far as its network goes. */
interface Remote {
  cable: NetworkNamespace;
  /** At this machine's end of the cable, like the source. */
  nginx: GuardedNginx;
  http: MediaServer;
  broadcaster: NodeProcess;
  remote: NodeProcess;
  /** Starts another transcoder, without a cable that could be pulled. */
  startLocal: () => Promise<NodeProcess>;
}

const test = base.extend<{ apart: Remote }>({
  apart: async ({ authority, network }, use) => {
    using cable = new NetworkNamespace();
    const host = cable.hostAddress;
    await using http = await MediaServer.start(undefined, host);
    const httpPort = await freeTcpPort();
    await using nginx = await GuardedNginx.start(`http://127.0.0.1:${httpPort}/hooks/nginx-rtmp`, host);
    const { cert, key } = authority.issueFiles(`IP:${host}`);
    const listening = ['--service-addr', `${host}:0`, '--tls-cert', cert, '--tls-key', key];
    const { serviceAddress } = await network.orchestrator(...listening);
    const trust = ['--orch-addr', serviceAddress, '--orch-ca', authority.file];
    const transcoder = async (name: string, by?: readonly string[]) => {
      const own = ['--pixels-per-second', '1000000000', '--allow-networks', cable.network];
      const node = await network.node(['--transcoder', '--name', name, ...trust, ...own], by);
      await node.logged(({ msg }) => msg === 'connected to the orchestrator');
      return node;
    };
    const adaptor = ['--media-server', 'nginx-rtmp', '--nginx-control-url', nginx.controlUrl];
    const [broadcaster, remote] = await Promise.all([
      network.node(['--broadcaster', '--http-addr', `127.0.0.1:${httpPort}`, ...trust, ...adaptor]),
      transcoder('remote', cable.by),
    ]);
    await use({ cable, nginx, http, broadcaster, remote, startLocal: async () => transcoder('local') });
  },
});

describe.skipIf(nginxRtmpMissing || networkNamespaceMissing)('A transcoder in a network of its own', () => {
  test('that is cut off from everything in mid-job is replaced for the same viewers, stops, and comes back to nothing', async ({
    apart,
  }) => {
    const { cable, nginx, http, broadcaster, remote } = apart;
    // Longer than a transcoder may wait before it dials again.
    const source = new GrowingSource(await liveSource(60), 60);
    using job = notify(broadcaster, '/live/apart/0.ts', {
      inputUrl: withKey(http.on('/in.ts', source.handler)),
      outputUrl: withKey(nginx.url('live/out')),
      profiles: [tiny('small')],
    });
    expect((await job.event('accepted')).transcoder).toBe('remote');
    await job.event('first-frame');
    await using player = new LivePlayer(nginx.url('live/out/small/0.ts'));
    await player.plays();
    await apart.startLocal();

    cable.unplug();
    expect((await job.event('failover')).cause?.class).toBe('transcoder');
    expect((await job.event('accepted', 2)).transcoder).toBe('local');
    await job.event('first-frame', 2);
    await player.plays(100_000);
    await remote.logged(({ msg }) => msg === 'the orchestrator is silent: everything stops');

    cable.plug();
    await remote.logged(({ msg }) => msg === 'connected to the orchestrator', 2);
    await player.plays();
    expect(source.requests).toBe(2);
    expect(job.story.filter((event) => ['urls', 'failover', 'failed'].includes(event))).toStrictEqual([
      'urls',
      'failover',
    ]);
  }, 180_000);
});

testSecrets();

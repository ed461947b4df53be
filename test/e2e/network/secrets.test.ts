import { text as textOf } from 'node:stream/consumers';

import { describe, expect } from 'vitest';

import { GuardedNginx } from '../../servers/guarded-nginx.js';
import { GrowingSource } from '../../servers/growing-source.js';
import { LivePlayer } from '../../servers/live-player.js';
import { LivePublisher } from '../../servers/live-publisher.js';
import { MediaServer } from '../../servers/media-server.js';
import { nginxRtmpMissing } from '../../servers/nginx-rtmp.js';
import type { NodeProcess } from '../../servers/node-process.js';
import { status } from '../../servers/sending.js';
import { liveSource, test as base } from './fixtures.js';
import { byName, notify, orchestratorSecret, randomSecret, tiny, withKey, type UsualNetwork } from './network.js';
import { keepSecret, record, testSecrets } from './transcript.js';

/** A network whose media server asks the broadcaster who may publish. */
interface Guarded extends UsualNetwork {
  nginx: GuardedNginx;
  /** The tokens that publishers came with, the first one first, by the name of the stream. */
  tokens: Map<string, string[]>;
  /** What the broadcaster answered to those who wanted to publish. */
  answers: number[];
}

const test = base.extend<{ guarded: Guarded }>({
  guarded: async ({ network }, use) => {
    await using hooks = await MediaServer.start();
    await using nginx = await GuardedNginx.start(hooks.url('/hooks/nginx-rtmp'));
    const orchestrator = await network.orchestrator();
    const address = orchestrator.serviceAddress;
    const adaptor = ['--media-server', 'nginx-rtmp', '--nginx-control-url', nginx.controlUrl];
    const [one, two, broadcaster] = await Promise.all([
      network.transcoder('one', address, '--log-level', 'trace'),
      network.transcoder('two', address, '--log-level', 'trace'),
      network.broadcaster([address], ...adaptor, '--log-level', 'trace'),
    ]);
    const tokens = new Map<string, string[]>();
    const answers: number[] = [];
    for (const name of ['publish', 'update', 'done']) {
      hooks.on(`/hooks/nginx-rtmp/${name}`, async (request, response) => {
        const body = await textOf(request);
        const { status } = await fetch(`http://${broadcaster.httpAddress}${request.url ?? ''}`, {
          method: 'POST',
          body,
        });
        if (name === 'publish') {
          const fields = new URLSearchParams(body);
          const stream = fields.get('name') ?? '';
          const token = fields.get('token');
          if (token !== null) tokens.set(stream, [...(tokens.get(stream) ?? []), keepSecret(token)]);
          answers.push(status);
        }
        response.writeHead(status).end();
      });
    }
    await use({ orchestrator, transcoders: { one, two }, broadcaster, nginx, tokens, answers });
  },
});

async function isRefused(url: string): Promise<boolean> {
  await using publisher = new LivePublisher(url);
  return (await publisher.ended()) !== 0;
}

/** The configuration of a live stream of two renditions, which lasts longer than the test. */
async function configuration(http: MediaServer, nginx: GuardedNginx) {
  const source = new GrowingSource(await liveSource(20), 20);
  return {
    inputUrl: withKey(http.on('/in.ts', source.handler)),
    outputUrl: withKey(nginx.url('live/out')),
    profiles: [tiny('small'), tiny('other')],
  };
}

async function bothFlow(job: ReturnType<typeof notify>, attempt: 1 | 2): Promise<void> {
  await job.event('first-frame', attempt * 2);
}

describe.skipIf(nginxRtmpMissing)('With an nginx that asks the broadcaster who may publish,', () => {
  test('nobody publishes with an old, a foreign or an invented token, or with none', async ({ guarded, http }) => {
    const { broadcaster, nginx, tokens, answers } = guarded;
    using job = notify(broadcaster, '/live/guarded/0.ts', await configuration(http, nginx));
    const { transcoder } = await job.event('accepted');
    await bothFlow(job, 1);
    byName(guarded, transcoder).busy.signal('SIGKILL');
    await bothFlow(job, 2);
    const [old = '', current = ''] = tokens.get('small/0.ts') ?? [];
    const [, foreign = ''] = tokens.get('other/0.ts') ?? [];
    expect(new Set([old, current, foreign, ''])).toHaveProperty('size', 4);
    const admitted = answers.length;
    const url = nginx.url('live/out/small/0.ts');
    for (const query of ['', `?token=${old}`, `?token=${foreign}`, `?token=${randomSecret()}`]) {
      expect(await isRefused(url + query), query === '' ? 'none' : 'some').toBe(true);
    }
    expect(answers.slice(0, admitted)).toStrictEqual(Array(4).fill(204));
    expect(answers.slice(admitted)).toStrictEqual(Array(4).fill(403));
    expect(job.story).not.toContain('failed');
  });

  test.for<[string, (node: NodeProcess) => void]>([
    [
      'was killed',
      (node) => {
        node.signal('SIGKILL');
      },
    ],
    [
      'froze',
      (node) => {
        node.signalAll('SIGSTOP');
      },
    ],
  ])(
    'a player stays with the same URL when the transcoder %s, whose publisher is dropped',
    async ([, end], { guarded, http }) => {
      const { broadcaster, nginx, answers } = guarded;
      const outputs = await configuration(http, nginx);
      using job = notify(broadcaster, '/live/guarded/0.ts', outputs);
      const { transcoder } = await job.event('accepted');
      expect((await job.event('urls')).urls).toStrictEqual(
        ['small', 'other'].map((name) => nginx.url(`live/out/${name}/0.ts`)),
      );
      await bothFlow(job, 1);
      await using player = new LivePlayer(nginx.url('live/out/small/0.ts'));
      await player.plays();
      end(byName(guarded, transcoder).busy);
      await bothFlow(job, 2);
      await player.plays(100_000);
      expect(job.story.filter((event) => event === 'urls' || event === 'failover')).toStrictEqual(['urls', 'failover']);
      expect(answers).toStrictEqual(Array(4).fill(204));
    },
  );
});

describe('A secret is not shown', () => {
  test('by the list of processes when it is given on the command line', async ({ network }) => {
    const secret = randomSecret();
    const node = await network.node(['--orchestrator', '--orch-secret', secret]);
    expect(node.commandLine).not.toContain(secret);
  });

  test('by the refusal of a notification', async ({ steady, http }) => {
    const secretUrl = `http://user:${randomSecret()}@127.0.0.1:${http.port}/in.ts?key=${randomSecret()}`;
    const profiles = [tiny('small')];
    const faulty = [
      { inputUrl: secretUrl.replace('http:', 'gopher:'), outputUrl: secretUrl, profiles },
      { inputUrl: secretUrl, outputUrl: secretUrl.replace('http:', 'file:'), profiles },
      { inputUrl: secretUrl, outputUrl: `${secretUrl}#${randomSecret()}`, profiles },
      { inputUrl: secretUrl, outputUrl: secretUrl, profiles: [tiny('small', { bitrate: -1 })] },
      { inputUrl: [secretUrl], outputUrl: secretUrl },
    ];
    for (const configuration of faulty) {
      using refused = notify(steady.broadcaster, '/live/faulty/0.ts', configuration, { as: 'urls' });
      expect(await refused.status()).toBe(400);
      expect(await refused.ended()).toBe('complete');
    }
  });

  test.for(['/in.ts', '/out/small/0.ts'])('by a job that fails at %s', async (path, { network, http }) => {
    const { broadcaster } = await network.usual(['--log-level', 'trace'], ['--log-level', 'trace']);
    const source = new GrowingSource(await liveSource(2), 2);
    http.on('/in.ts', source.handler);
    http.on(path, status(403));
    const address = `user:${randomSecret()}@127.0.0.1:${http.port}`;
    using job = notify(broadcaster, '/live/failing/0.ts', {
      inputUrl: withKey(`http://${address}/in.ts`),
      ...{ outputUrl: withKey(`http://${address}/out`), duration: 2000, profiles: [tiny('small')] },
    });
    expect(await job.ended()).toBe('aborted');
    expect(job.events.at(-1)?.fault?.class).toBe(path === '/in.ts' ? 'source' : 'output');
  });

  test('by what a transcoder with a wrong one and its orchestrator say', async ({ network }) => {
    const orchestrator = await network.orchestrator('--log-level', 'trace');
    const wrong = randomSecret();
    const args = ['--transcoder', '--orch-addr', orchestrator.serviceAddress, '--pixels-per-second', '1000000'];
    const stranger = await network.node([...args, '--orch-secret', wrong, '--log-level', 'trace']);
    await stranger.logged(({ msg }) => msg === 'the orchestrator does not accept the secret');
    await orchestrator.logged(({ msg }) => msg === 'a transcoder without the secret was turned away');
    expect(stranger.said + orchestrator.said).not.toContain(orchestratorSecret);
  });

  test('by the metrics of any role', async ({ steady }) => {
    const { broadcaster, orchestrator, transcoders } = steady;
    for (const node of [broadcaster, orchestrator, transcoders.one, transcoders.two]) {
      const { body } = await node.status('/metrics');
      expect(body).not.toContain(orchestratorSecret);
      record(node.commandLine);
    }
  });
});

testSecrets();

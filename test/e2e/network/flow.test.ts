import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect } from 'vitest';

import { Curl, curlMissing } from '../../servers/curl.js';
import { LiveSource } from '../../servers/live-source.js';
import { nginxRtmpMissing } from '../../servers/nginx-rtmp.js';
import type { NodeProcess } from '../../servers/node-process.js';
import { RtmpPlayer } from '../../servers/rtmp-player.js';
import { growing } from '../../servers/sending.js';
import { complaints, pictures, timesMs } from '../judge.js';
import { test } from './fixtures.js';
import type { Network } from './network.js';
import { testSecrets } from './transcript.js';

const missing = nginxRtmpMissing || curlMissing;

const settings = [
  {
    title: 'an orchestrator and a transcoder in one process',
    start: async (network: Network) => {
      const both = await network.node(['--orchestrator', '--transcoder']);
      return network.node(['--broadcaster', '--orch-addr', both.serviceAddress]);
    },
  },
  {
    title: 'an orchestrator and two transcoders, each in a process of its own,',
    start: async (network: Network) => (await network.usual()).broadcaster,
  },
];

/** The request of a media server's script. */
function curl(broadcaster: NodeProcess, configuration: object): Curl {
  const url = `http://${broadcaster.httpAddress}/live/random-stream-id/0.ts`;
  const header = `Livepeer-Transcode-Configuration: ${JSON.stringify(configuration)}`;
  return new Curl('-X', 'POST', url, '--header', header);
}

describe.skipIf(missing).for(settings)(`With $title a notification ${missing}`, ({ start }) => {
  test('gives the URLs at once, players that open them then get every frame, and it ends when the transcoding has', async ({
    network,
    http,
    nginx,
    folder,
  }) => {
    const path = (name: string) => join(folder, name);
    const broadcaster = await start(network);
    await using camera = new LiveSource(3, '640x360', path('source.ts'));
    const inputUrl = http.on('/source_0.ts', async (request, response) => {
      await nginx.played(2); // on a busy machine players take longer than they are waited for
      await growing(camera.stream)(request, response);
    });
    const outputUrl = `rtmp://127.0.0.1:${nginx.port}/live/out`;
    await using request = curl(broadcaster, {
      ...{ inputUrl, outputUrl, pixelFormat: 0, videoCodec: 'h264', duration: 3000 },
    });
    const urls = ['P240p30fps16x9', 'P360p30fps16x9'].map((name) => `${outputUrl}/${name}/0.ts`);
    expect(await request.lines(2)).toStrictEqual(urls);
    await sleep(100);
    await using small = new RtmpPlayer(urls[0] ?? '', path('240.mkv'));
    await using large = new RtmpPlayer(urls[1] ?? '', path('360.mkv'));
    expect(await request.ended()).toBe(0);
    expect(await request.lines(2)).toStrictEqual(urls);
    await camera.finished();
    await small.finished();
    await large.finished();
    const source = timesMs(await pictures(path('source.ts')));
    expect(source).toHaveLength(90);
    for (const name of ['240.mkv', '360.mkv']) {
      const played = await pictures(path(name));
      expect(timesMs(played), name).toStrictEqual(source);
      expect(played[0]?.keyframe, name).toBe(true);
      expect(await complaints(path(name)), name).toBe('');
    }
  });
});

testSecrets();

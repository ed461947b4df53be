import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { LiveSource } from '../servers/live-source.js';
import { nginxRtmpMissing } from '../servers/nginx-rtmp.js';
import { RtmpPlayer } from '../servers/rtmp-player.js';
import { growing } from '../servers/sending.js';
import { SrtPeer, srtMissing } from '../servers/srt-peer.js';
import { test } from './fixtures.js';
import { complaints, keyframeTimesMs, pictures, soundPackets, timesMs } from './judge.js';
import { rendition, transcode } from './transcoding.js';

const missing = nginxRtmpMissing || srtMissing;

describe.skipIf(missing)(`A live source over HTTP becomes a ladder over RTMP, SRT and HTTP ${missing}`, () => {
  test('with every frame, its timestamps, and keyframes at the same ones', async ({ folder, http, nginx }) => {
    const path = (name: string) => join(folder, name);
    await using camera = new LiveSource(5, '640x360', path('source.ts'));
    await using player = new RtmpPlayer(nginx.url('rendition'), path('rtmp.mkv'));
    await using listener = await SrtPeer.receiving(path('srt.ts'));
    await nginx.played();

    const result = await transcode({
      input: http.on('/live/source.ts', growing(camera.stream)),
      renditions: [
        rendition(nginx.url('rendition'), { width: 480, height: 270, gop: 1 }),
        rendition(listener.url('?latency=2000000'), { width: 320, height: 180, gop: 1 }),
        rendition(http.url('/rendition.ts'), { width: 160, height: 90, gop: 1 }),
      ],
    });
    await camera.finished();
    await player.finished();
    await listener.finished();
    writeFileSync(path('http.ts'), (await http.over('/rendition.ts')).bytes);

    expect(result.renditions).toMatchObject(
      Array.from({ length: 3 }, () => ({ state: 'finished', framesOut: 150, framesDropped: 0, gopsDropped: 0 })),
    );
    const source = timesMs(await pictures(path('source.ts')));
    expect(source).toHaveLength(150);
    const sound = await soundPackets(path('source.ts'));
    const keyframes = [0, 30, 60, 90, 120].map((frame) => source[frame]);
    for (const name of ['rtmp.mkv', 'srt.ts', 'http.ts']) {
      const made = await pictures(path(name));
      expect(timesMs(made), name).toStrictEqual(source);
      expect(keyframeTimesMs(made), name).toStrictEqual(keyframes);
      expect(await complaints(path(name)), name).toBe('');
      expect((await soundPackets(path(name))).timesMs, name).toStrictEqual(sound.timesMs);
    }
  });
});

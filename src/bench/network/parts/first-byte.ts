import { setTimeout as delay } from 'node:timers/promises';

import type { Measurement } from '../../measurement.js';
import { LoopbackNetwork } from '../loopback-network.js';
import { MediaDouble } from '../media-double.js';
import type { NetworkBench } from '../network-bench.js';
import { PacedSource } from '../paced-source.js';
import { liveLadder, liveSource } from '../live-ladder.js';
import { makeSourceFile } from '../source-file.js';

const jobsPerRound = 10;
const warmUpJobs = 2;
// Not a part of a second, so that jobs begin here and there between two keyframes.
const pauseMs = 370;

/**
 * The part `first-byte`: from the notification to the first byte of a rendition at the media server, of a source that has
 * been produced for a while, and which new readers get from its last keyframe on.
 */
export async function measureFirstByte(bench: NetworkBench): Promise<Measurement[]> {
  const jobs = warmUpJobs + bench.rounds * jobsPerRound;
  const file = await makeSourceFile(bench.folder, { ...liveSource, seconds: 10 + 2 * jobs }, bench.signal);
  await using media = await MediaDouble.start(bench.signal);
  await using network = await LoopbackNetwork.start({ transcoders: 1, signal: bench.signal });
  const path = '/live.ts';
  const source = new PacedSource(file);
  media.offer(path, source);
  source.start();
  const first: number[] = [];
  const every: number[] = [];
  for (let sequence = 0; sequence < jobs; sequence++) {
    if ((sequence - warmUpJobs) % jobsPerRound === 0) bench.say(`first byte: ${jobsPerRound} jobs`);
    await delay(pauseMs, undefined, { signal: bench.signal });
    const job = network.notify(`/live/stream/${sequence}.ts`, {
      inputUrl: `${media.url}${path}`,
      outputUrl: `${media.url}/out`,
      ladder: liveLadder,
      gopSeconds: 1,
    });
    const cameAtMs = await media.until('a rendition', () => {
      const times = liveLadder.map(({ name }) => media.uploads(`/out/${name}/${sequence}.ts`)[0]?.firstByteAtMs);
      return times.every((time) => time !== undefined) ? times : undefined;
    });
    if (sequence >= warmUpJobs) {
      first.push(Math.min(...cameAtMs) - job.sentAtMs);
      every.push(Math.max(...cameAtMs) - job.sentAtMs);
    }
    await job.cancel();
  }
  const line = { part: 'first-byte', unit: 'ms', better: 'lower' } as const;
  return [
    { ...line, what: 'notification → first rendition byte, source live', millrace: first, goal: { atMost: 150 } },
    { ...line, what: 'the same, of the last rendition to begin', millrace: every },
  ];
}

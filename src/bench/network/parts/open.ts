import type { Measurement } from '../../measurement.js';
import { LoopbackNetwork } from '../loopback-network.js';
import { MediaDouble } from '../media-double.js';
import type { NetworkBench } from '../network-bench.js';
import { delivered } from '../notified-job.js';
import { makeSourceFile } from '../source-file.js';

const warmUpJobs = 5;
const jobsPerRound = 20;
const rung = { name: '180p', width: 320, height: 180, bitrateBps: 300_000 };

/** The part `open`: from the notification being sent to the source being asked for, job after job of one second. */
export async function measureOpen(bench: NetworkBench): Promise<Measurement[]> {
  const file = await makeSourceFile(
    bench.folder,
    { width: 320, height: 180, seconds: 1, bitrateBps: 500_000 },
    bench.signal,
  );
  await using media = await MediaDouble.start(bench.signal);
  await using network = await LoopbackNetwork.start({ transcoders: 1, signal: bench.signal });
  const source = '/source.ts';
  media.offer(source, file);
  const waits: number[] = [];
  for (let sequence = 0; sequence < warmUpJobs + bench.rounds * jobsPerRound; sequence++) {
    if ((sequence - warmUpJobs) % jobsPerRound === 0) bench.say(`open: ${jobsPerRound} jobs`);
    media.forget();
    const job = network.notify(`/live/stream/${sequence}.ts`, {
      inputUrl: `${media.url}${source}`,
      outputUrl: `${media.url}/out`,
      durationMs: 1000,
      ladder: [rung],
      gopSeconds: 1,
    });
    await delivered(job);
    const [reader] = media.readers(source);
    if (reader === undefined) throw new Error('A job was done without its source.');
    if (sequence >= warmUpJobs) waits.push(reader.askedAtMs - job.sentAtMs);
  }
  return [
    {
      ...({ part: 'open', unit: 'ms', better: 'lower' } as const),
      what: 'notification → the transcoder asks for the source',
      millrace: waits,
      goal: { atMost: 15 },
    },
  ];
}

import { setTimeout as delay } from 'node:timers/promises';

import { Transcoder } from '../../../transcoder/transcoder.js';
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
const path = '/live.ts';

/**
 * The part `first-byte`: from the notification to the first byte of a rendition at the media server, of a source that has
 * been produced for a while, and which new readers get from its last keyframe on. In turns with it the same job by a
 * `Transcoder` of this process, which says what a worker process costs of the first picture.
 */
export async function measureFirstByte(bench: NetworkBench): Promise<Measurement[]> {
  const jobs = warmUpJobs + bench.rounds * jobsPerRound;
  const file = await makeSourceFile(bench.folder, { ...liveSource, seconds: 10 + 4 * jobs }, bench.signal);
  await using media = await MediaDouble.start(bench.signal);
  await using network = await LoopbackNetwork.start({ transcoders: 1, signal: bench.signal });
  const source = new PacedSource(file);
  media.offer(path, source);
  source.start();
  const beginnings: Beginning[] = [];
  const alone: Beginning[] = [];
  for (let sequence = 0; sequence < jobs; sequence++) {
    if ((sequence - warmUpJobs) % jobsPerRound === 0) bench.say(`first byte: ${jobsPerRound} jobs`);
    await delay(pauseMs, undefined, { signal: bench.signal });
    const job = network.notify(`/live/stream/${sequence}.ts`, {
      inputUrl: `${media.url}${path}`,
      outputUrl: `${media.url}/out`,
      ladder: liveLadder,
      gopSeconds: 1,
    });
    const beginning = await begun(media, '/out', sequence, job.sentAtMs);
    await job.cancel();
    await delay(pauseMs, undefined, { signal: bench.signal });
    const byEngine = await runEngine(media, sequence);
    if (sequence < warmUpJobs) continue;
    beginnings.push(beginning);
    alone.push(byEngine);
  }
  const line = { part: 'first-byte', unit: 'ms', better: 'lower' } as const;
  const read = beginnings.map(({ askedAtMs, firstAtMs }) => firstAtMs - askedAtMs);
  const readAlone = alone.map(({ askedAtMs, firstAtMs }) => firstAtMs - askedAtMs);
  return [
    {
      ...line,
      what: 'notification → first rendition byte, source live',
      millrace: beginnings.map(({ beganAtMs, firstAtMs }) => firstAtMs - beganAtMs),
      goal: { atMost: 150 },
    },
    {
      ...line,
      what: 'the same, of the last rendition to begin',
      millrace: beginnings.map(({ beganAtMs, lastAtMs }) => lastAtMs - beganAtMs),
    },
    { ...line, what: 'source asked for → first rendition byte, in a worker process', millrace: read },
    { ...line, what: 'the same by the engine in a process that is warm', millrace: readAlone },
    {
      ...line,
      what: 'a worker process over the engine in the same process',
      millrace: read.map((ms, job) => ms - (readAlone[job] ?? NaN)),
      goal: { atMost: 5 },
    },
  ];
}

/** Moments of one job, of one clock. */
interface Beginning {
  beganAtMs: number;
  /** For the source. */
  askedAtMs: number;
  /** The first byte of the rendition that began first, and of the one that began last. */
  firstAtMs: number;
  lastAtMs: number;
}

async function begun(media: MediaDouble, folder: string, sequence: number, beganAtMs: number): Promise<Beginning> {
  const times = await media.until('a rendition', () => {
    const found = liveLadder.map(({ name }) => media.uploads(`${folder}/${name}/${sequence}.ts`)[0]?.firstByteAtMs);
    return found.every((time) => time !== undefined) ? found : undefined;
  });
  const askedAtMs = media.readers(path).at(-1)?.askedAtMs ?? NaN;
  return { beganAtMs, askedAtMs, firstAtMs: Math.min(...times), lastAtMs: Math.max(...times) };
}

async function runEngine(media: MediaDouble, sequence: number): Promise<Beginning> {
  const beganAtMs = performance.now();
  await using transcoder = new Transcoder({
    input: `${media.url}${path}`,
    renditions: liveLadder.map(({ name, width, height, bitrateBps }) => ({
      name,
      profile: { width, height, bitrate: bitrateBps, gop: 1 },
      output: `${media.url}/alone/${name}/${sequence}.ts`,
    })),
  });
  const ended = transcoder.run();
  const beginning = await begun(media, '/alone', sequence, beganAtMs);
  await transcoder.stop();
  await ended;
  return beginning;
}

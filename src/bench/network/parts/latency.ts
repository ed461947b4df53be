import { z } from 'zod';

import { entryPoint } from '../../entry-point.js';
import { gopSeconds, ladder } from '../../ladder.js';
import { latencyFigures } from '../../latency-figures.js';
import { runMeasured } from '../../measured-process.js';
import type { Measurement } from '../../measurement.js';
import { LoopbackNetwork } from '../loopback-network.js';
import { MediaDouble } from '../media-double.js';
import type { NetworkBench } from '../network-bench.js';
import { delivered, type NotifiedJob } from '../notified-job.js';
import { PacedSource } from '../paced-source.js';
import { makeSourceFile } from '../source-file.js';

const seconds = 12;
const contenders = ['engine', 'network'] as const;
type Contender = (typeof contenders)[number];

/**
 * The part `latency`: what becomes of the latency of a frame when the engine works behind the network, beside a program
 * that has the engine to itself; the same ladder of the same source, in turns.
 */
export async function measureLatency(bench: NetworkBench): Promise<Measurement[]> {
  const source = { width: 1280, height: 720, seconds, bitrateBps: 5_000_000 };
  const file = await makeSourceFile(bench.folder, source, bench.signal);
  await using media = await MediaDouble.start(bench.signal);
  await using network = await LoopbackNetwork.start({ transcoders: 1, signal: bench.signal });
  const medians: Record<Contender, number[]> = { engine: [], network: [] };
  const lost: Record<Contender, number[]> = { engine: [], network: [] };
  const receipts: number[] = [];
  for (let round = 0; round < bench.rounds; round++) {
    for (const contender of round % 2 === 0 ? contenders : [...contenders].reverse()) {
      bench.say(`latency, round ${round + 1} of ${bench.rounds}: ${contender}`);
      media.forget();
      const path = `/live/${contender}-${round}`;
      media.offer(`${path}/source.ts`, new PacedSource(file));
      const outputs = ladder.map(({ name }) => `${path}/${name}/0.ts`);
      if (contender === 'engine') await runEngine(media, `${path}/source.ts`, outputs, bench.signal);
      else receipts.push(...receiptDelays(await runNetwork(network, media, path), media, path));
      const figures = figuresOf(media, `${path}/source.ts`, outputs);
      medians[contender].push(figures.p50Ms);
      lost[contender].push(figures.lost);
    }
  }
  const line = { part: 'latency', unit: 'ms', better: 'lower' } as const;
  const rung = ladder[0]?.name ?? '';
  return [
    { ...line, what: `${rung} latency per frame, engine alone, median`, millrace: medians.engine },
    { ...line, what: `${rung} latency per frame, through the network, median`, millrace: medians.network },
    {
      ...line,
      what: 'the network over the engine alone',
      millrace: medians.network.map((ms, round) => ms - (medians.engine[round] ?? NaN)),
      goal: { atMost: 1 },
    },
    {
      ...line,
      what: "a window's last picture at the media server → its receipt at whoever notified",
      millrace: receipts,
      goal: { atMost: 50 },
    },
    {
      ...({ part: 'latency', unit: '', better: 'lower' } as const),
      what: `frames lost of ${seconds * 30} in each of ${ladder.length} renditions, network`,
      millrace: lost.network,
    },
  ];
}

async function runEngine(
  media: MediaDouble,
  source: string,
  outputs: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const urls = [source, ...outputs].map((path) => `${media.url}${path}`);
  await runMeasured({ program: process.execPath, args: [entryPoint('network/engine-process'), ...urls] }, { signal });
}

async function runNetwork(network: LoopbackNetwork, media: MediaDouble, path: string): Promise<NotifiedJob> {
  const job = network.notify(`${path}/0.ts`, {
    inputUrl: `${media.url}${path}/source.ts`,
    outputUrl: `${media.url}${path}`,
    ladder,
    gopSeconds,
  });
  await delivered(job);
  return job;
}

const receiptLine = z.object({
  receipt: z.object({
    message: z.object({ renditions: z.array(z.object({ name: z.string(), frames: z.number() })) }),
  }),
});

/** For each receipt: from when the last picture of its windows was at the media server to when the receipt was heard of. */
function receiptDelays(job: NotifiedJob, media: MediaDouble, path: string): number[] {
  const frames = new Map<string, number>();
  return job.lines.flatMap((line) => {
    if (line.event !== 'receipt') return [];
    const lastAtMs = receiptLine.parse(line).receipt.message.renditions.map((window) => {
      const count = (frames.get(window.name) ?? 0) + window.frames;
      frames.set(window.name, count);
      return media.uploads(`${path}/${window.name}/0.ts`)[0]?.received[count - 1]?.atMs ?? NaN;
    });
    return lastAtMs.length === 0 ? [] : [line.heardAtMs - Math.max(...lastAtMs)];
  });
}

function figuresOf(media: MediaDouble, source: string, outputs: readonly string[]): { p50Ms: number; lost: number } {
  const [reader] = media.readers(source);
  const renditions = outputs.flatMap((path) => media.uploads(path).slice(0, 1));
  if (reader === undefined || renditions.length < outputs.length) throw new Error('A rendition did not come.');
  const { p50Ms } = latencyFigures({ sent: reader.sent, renditions }, 0);
  if (p50Ms === undefined) throw new Error('No frame of a rendition could be matched with the source.');
  const lost = renditions.reduce((sum, { received }) => sum + reader.sent.length - received.length, 0);
  return { p50Ms, lost };
}

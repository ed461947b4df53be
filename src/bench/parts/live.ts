import { Figures, turns, type Bench } from '../bench.js';
import { ladder } from '../ladder.js';
import { latencyFigures } from '../latency-figures.js';
import { liveRun } from '../live-run.js';
import type { Goal, Measurement } from '../measurement.js';
import type { ContenderName } from '../measurement.js';

/** What the runs at live pace gave. */
export interface LiveFigures {
  measurements: Measurement[];
  /** The latency of every picture of the first rung in the last round, in order, for a chart. */
  latenciesMs: Record<ContenderName, readonly number[]>;
}

/** What the project means to reach with its own source, on a machine with two cores. */
const goals: Record<string, { median?: Goal; p99?: Goal }> = {
  '720p': { median: { atMost: 20, ratioAtMost: 0.25 }, p99: { atMost: 50 } },
  '360p': { median: { atMost: 16 } },
};

/** The parts `latency` and `memory`: both are seen in the same runs at live pace. */
export async function measureLive(bench: Bench): Promise<LiveFigures> {
  const rungs = ladder.map((rung) => ({ rung, median: new Figures(), p99: new Figures(), frames: new Figures() }));
  const firstByte = new Figures();
  const memory = new Figures();
  const processor = new Figures();
  const latenciesMs: LiveFigures['latenciesMs'] = { millrace: [], ffmpeg: [] };
  for (const { round, contender } of turns(bench.rounds, bench.contenders)) {
    bench.say(`live pace, round ${round + 1} of ${bench.rounds}: ${contender.name}`);
    const run = await liveRun(contender, bench);
    const seen = ladder.map((_, index) => latencyFigures(run.ladders[0], index));
    for (const [index, { median, p99, frames }] of rungs.entries()) {
      median.add(contender, seen[index]?.p50Ms);
      p99.add(contender, seen[index]?.p99Ms);
      frames.add(contender, seen[index]?.frames);
    }
    firstByte.add(contender, Math.max(...seen.map(({ firstByteMs }) => firstByteMs ?? Infinity)));
    memory.add(contender, run.process.peakMemoryMB);
    processor.add(contender, run.process.cpuSeconds);
    latenciesMs[contender.name] = (seen[0]?.times ?? []).map(({ latencyMs }) => latencyMs);
  }

  const goal = (bounds: Goal | undefined) => (bench.ownSource && bounds !== undefined ? { goal: bounds } : {});
  const latency: Measurement[] = rungs.flatMap(({ rung: { name }, median, p99, frames }) => {
    const line = { part: 'latency', unit: 'ms', better: 'lower' } as const;
    return [
      { ...line, what: `${name} latency per frame, median`, ...median.columns, ...goal(goals[name]?.median) },
      { ...line, what: `${name} latency per frame, p99`, ...p99.columns, ...goal(goals[name]?.p99) },
      {
        ...({ part: 'latency', unit: '', better: 'higher' } as const),
        what: `${name} frames delivered of ${bench.sourceFrames}`,
        ...frames.columns,
        goal: { atLeast: bench.sourceFrames },
      },
    ];
  });
  latency.push({
    ...({ part: 'latency', unit: 'ms', better: 'lower' } as const),
    what: "source's first byte → every rendition's first byte",
    ...firstByte.columns,
    ...goal({ atMost: 90 }),
  });
  const line = { part: 'memory', better: 'lower' } as const;
  const resources: Measurement[] = [
    { ...line, what: 'peak memory, live', unit: 'MB', ...memory.columns, ...goal({ atMost: 160 }) },
    { ...line, what: 'processor time, live', unit: 's', ...processor.columns },
  ];
  const wanted: ReadonlySet<string> = bench.wanted;
  const measurements = [...latency, ...resources].filter(({ part }) => wanted.has(part));
  return { measurements, latenciesMs };
}

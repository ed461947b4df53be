import { Figures, turns, type Bench } from '../bench.js';
import type { Contender } from '../contender.js';
import { ladder } from '../ladder.js';
import { latencyFigures } from '../latency-figures.js';
import { liveRun, type LiveRun } from '../live-run.js';
import type { Measurement } from '../measurement.js';

/** A machine holds so many ladders when each rendition of each has its pictures within this time … */
const latencyBoundMs = 250;
/** … and has this share of them; a contender that probes loses a few at the start. */
const framesShare = 0.97;

/** The part `capacity`: how many live ladders, each a process of its own, the machine holds at once. */
export async function measureCapacity(bench: Bench): Promise<Measurement[]> {
  const held = new Figures();
  for (const { round, contender } of turns(bench.rounds, bench.contenders)) {
    const holds = (ladders: number) => {
      bench.say(`capacity, round ${round + 1} of ${bench.rounds}: ${contender.name}, ${ladders} at once`);
      return holdsAtOnce(bench, contender, ladders);
    };
    held.add(contender, await largest(holds));
  }
  return [
    {
      ...({ part: 'capacity', unit: '', better: 'higher' } as const),
      what: `live ladders at once, every rendition's p99 below ${latencyBoundMs} ms`,
      ...held.columns,
    },
  ];
}

/** The largest count for which it holds, supposing that it holds for all below: doubled until it fails, then halved in. */
export async function largest(holds: (count: number) => Promise<boolean>): Promise<number> {
  let good = 0;
  let bad = 1;
  while (await holds(bad)) [good, bad] = [bad, bad * 2];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (await holds(middle)) good = middle;
    else bad = middle;
  }
  return good;
}

async function holdsAtOnce(bench: Bench, contender: Contender, ladders: number): Promise<boolean> {
  let run: LiveRun;
  try {
    run = await liveRun(contender, { source: bench.source, signal: bench.signal, ladders });
  } catch (error) {
    // Out of memory, connections or time: as much a limit as lateness is.
    if (bench.signal?.aborted) throw error;
    bench.say(`  ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
  return Array.from({ length: ladders }, (_, index) => run.ladders[index]).every((seen) =>
    ladder.every((_, rendition) => {
      const { frames, p99Ms } = latencyFigures(seen, rendition);
      return frames >= framesShare * bench.sourceFrames && p99Ms !== undefined && p99Ms <= latencyBoundMs;
    }),
  );
}

import { statSync } from 'node:fs';
import { join } from 'node:path';

import type { Tune } from '../../transcoder/options.js';
import { Figures, turns, type Bench } from '../bench.js';
import type { Contender } from '../contender.js';
import { ladder } from '../ladder.js';
import { runMeasured } from '../measured-process.js';
import type { Goal, Measurement } from '../measurement.js';

const tunes: readonly Tune[] = ['latency', 'quality'];

/** What the project means to reach with its own source, on a machine with two cores. */
const goals: Record<Tune, { fps: Goal; processor?: Goal }> = {
  latency: { fps: { ratioAtLeast: 1.9 } },
  quality: { fps: { ratioAtLeast: 1.2 }, processor: { ratioAtMost: 1 } },
};

/** The parts `throughput` and `quality`: the files that the runs for the one leave are judged for the other. */
export async function measureUnpaced(bench: Bench): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const tune of tunes) {
    measurements.push(...(await throughput(bench, tune)));
    if (bench.wanted.has('quality')) measurements.push(...(await quality(bench, tune)));
  }
  return measurements;
}

async function throughput(bench: Bench, tune: Tune): Promise<Measurement[]> {
  const fps = new Figures();
  const processor = new Figures();
  const memory = new Figures();
  const rounds = bench.wanted.has('throughput') ? bench.rounds : 1;
  for (const { round, contender } of turns(rounds, bench.contenders)) {
    bench.say(`unpaced, ${tune} tune, round ${round + 1} of ${rounds}: ${contender.name}`);
    const outputs = ladder.map((_, index) => outputPath(bench, contender, tune, index));
    const figures = await runMeasured(contender.unpaced(bench.source, outputs, tune), bench);
    fps.add(contender, (1000 * bench.sourceFrames) / figures.wallMs);
    processor.add(contender, figures.cpuSeconds);
    memory.add(contender, figures.peakMemoryMB);
  }
  if (!bench.wanted.has('throughput')) return [];
  const goal = (bounds: Goal | undefined) => (bench.ownSource && bounds !== undefined ? { goal: bounds } : {});
  const line = { part: 'throughput' } as const;
  return [
    {
      ...{ ...line, what: `throughput, ${tune} tune`, unit: 'fps', better: 'higher' },
      ...fps.columns,
      ...goal(goals[tune].fps),
    },
    {
      ...{ ...line, what: `processor time, ${tune} tune`, unit: 's', better: 'lower' },
      ...processor.columns,
      ...goal(goals[tune].processor),
    },
    { ...line, what: `peak memory, ${tune} tune`, unit: 'MB', better: 'lower', ...memory.columns },
  ];
}

async function quality(bench: Bench, tune: Tune): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const [index, rung] of ladder.entries()) {
    const ssim = new Figures();
    const megabytes = new Figures();
    for (const contender of bench.contenders) {
      bench.say(`quality of ${rung.name}, ${tune} tune: ${contender.name}`);
      const path = outputPath(bench, contender, tune, index);
      ssim.add(contender, await bench.ffmpeg.ssim(path, bench.source, rung));
      megabytes.add(contender, statSync(path).size / 1e6);
    }
    const what = `${rung.name}, ${tune} tune`;
    measurements.push(
      {
        ...({ part: 'quality', unit: '', better: 'higher' } as const),
        what: `SSIM ${what}`,
        ...ssim.columns,
        goal: { shortfallAtMost: 0.0005 },
      },
      { ...({ part: 'quality', unit: 'MB', better: 'same' } as const), what: `size ${what}`, ...megabytes.columns },
    );
  }
  return measurements;
}

function outputPath(bench: Bench, contender: Contender, tune: Tune, index: number): string {
  return join(bench.folder, `${contender.name}-${tune}-${index}.ts`);
}

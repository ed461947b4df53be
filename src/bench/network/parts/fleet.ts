import { setTimeout as delay } from 'node:timers/promises';

import type { Measurement } from '../../measurement.js';
import { median, quantile } from '../../statistics.js';
import { newSecret, startOrchestrator } from '../loopback-network.js';
import { MeasuringProcess } from '../measuring-process.js';
import type { LoadFigures, LoadReport } from '../load-process.js';
import type { NetworkBench } from '../network-bench.js';
import { cpuSeconds, residentBytes } from '../process-memory.js';

const transcoders = 1000;
const concurrency = 16;
const warmUpMs = 3000;
const measuredMs = 8000;

/** What one orchestrator with all its transcoders came to. */
interface FleetFigures {
  perTranscoderKB: number;
  assignmentsPerSecond?: number;
  p99Ms?: number | undefined;
  cpuMsPerAssignment?: number;
}

/**
 * The parts `memory` and `assignments`: an orchestrator with a thousand transcoders that are simulated in another
 * process. Its memory is what connecting them added; then jobs are ordered in a closed loop, by a third process.
 */
export async function measureFleet(bench: NetworkBench): Promise<Measurement[]> {
  const rounds: FleetFigures[] = [];
  for (let round = 0; round < bench.rounds; round++) {
    bench.say(`${transcoders} transcoders at one orchestrator, round ${round + 1} of ${bench.rounds}`);
    rounds.push(await measureOnce(bench));
  }
  const assignments = { part: 'assignments', better: 'lower' } as const;
  const of = (figure: keyof FleetFigures) => rounds.flatMap((figures) => figures[figure] ?? []);
  const measurements: Measurement[] = [
    {
      ...({ part: 'assignments', unit: '/s', better: 'higher' } as const),
      what: `assignments through one orchestrator, ${transcoders} transcoders`,
      millrace: of('assignmentsPerSecond'),
      goal: { atLeast: 1000 },
    },
    {
      ...assignments,
      what: `order → accepted at that rate, ${concurrency} at a time, p99`,
      unit: 'ms',
      millrace: of('p99Ms'),
      goal: { atMost: 50 },
    },
    {
      ...assignments,
      what: "the orchestrator's processor time per assignment",
      unit: 'ms',
      millrace: of('cpuMsPerAssignment'),
    },
    {
      ...({ part: 'memory', unit: 'kB', better: 'lower' } as const),
      what: "the orchestrator's memory per idle transcoder",
      millrace: of('perTranscoderKB'),
      goal: { atMost: 150 },
    },
  ];
  return measurements.filter(({ part }) => (bench.wanted as ReadonlySet<string>).has(part));
}

async function measureOnce({ wanted, signal }: NetworkBench): Promise<FleetFigures> {
  const secret = newSecret();
  await using orchestrator = startOrchestrator(secret, signal);
  const address = await orchestrator.address();
  const { pid } = orchestrator;
  const beforeBytes = await settledBytes(pid, wanted.has('memory'), signal);
  await using fleet = new MeasuringProcess<'connected'>(
    'network/fleet-process',
    [address, `${transcoders}`],
    secret,
    signal,
  );
  await fleet.report();
  const afterBytes = await settledBytes(pid, wanted.has('memory'), signal);
  const memory = { perTranscoderKB: (afterBytes - beforeBytes) / 1000 / transcoders };
  if (!wanted.has('assignments')) return memory;

  const args = [address, `${concurrency}`, `${warmUpMs}`, `${measuredMs}`];
  await using load = new MeasuringProcess<LoadReport>('network/load-process', args, {}, signal);
  await load.report();
  const report = load.report();
  await delay(warmUpMs, undefined, { signal });
  const cpuBefore = cpuSeconds(pid);
  await delay(measuredMs, undefined, { signal });
  const cpuPerSecond = ((cpuSeconds(pid) - cpuBefore) * 1000) / measuredMs;
  const { latenciesMs, measuredMs: lastedMs } = (await report) as LoadFigures;
  const assignmentsPerSecond = (1000 * latenciesMs.length) / lastedMs;
  return {
    ...memory,
    assignmentsPerSecond,
    p99Ms: quantile(latenciesMs, 0.99),
    cpuMsPerAssignment: (1000 * cpuPerSecond) / assignmentsPerSecond,
  };
}

const settlingMs = 6000;
const samples = 10;
const sampleEveryMs = 200;

/** Resident memory, once what was only needed to start or to connect has had time to go: the median of two seconds. */
async function settledBytes(pid: number, patiently: boolean, signal: AbortSignal): Promise<number> {
  if (patiently) await delay(settlingMs, undefined, { signal });
  const seen: number[] = [];
  for (let sample = 0; sample < (patiently ? samples : 1); sample++) {
    seen.push(residentBytes(pid));
    await delay(sampleEveryMs, undefined, { signal });
  }
  return median(seen) ?? 0;
}

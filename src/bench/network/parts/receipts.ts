import { setTimeout as delay } from 'node:timers/promises';

import type { Measurement } from '../../measurement.js';
import { newSecret, startOrchestrator } from '../loopback-network.js';
import { MeasuringProcess } from '../measuring-process.js';
import type { NetworkBench } from '../network-bench.js';
import { cpuSeconds } from '../process-memory.js';
import type { ReceiptFigures } from '../receipt-load-process.js';

const jobs = 200;
const warmUpMs = 3000;
const measuredMs = 10_000;

/**
 * The part `receipts`: what signing for the windows of two hundred jobs of three renditions takes of an orchestrator's
 * processor. The jobs and the broadcaster are simulated, in another process; what else an orchestrator does for a job at
 * work, such as passing its reports on, is not in it.
 */
export async function measureReceipts(bench: NetworkBench): Promise<Measurement[]> {
  const shares: number[] = [];
  const msPerWindow: number[] = [];
  for (let round = 0; round < bench.rounds; round++) {
    bench.say(`receipts for ${jobs} jobs, round ${round + 1} of ${bench.rounds}`);
    const { cpuMs, receipts } = await measureOnce(bench.signal);
    shares.push((100 * cpuMs) / measuredMs);
    msPerWindow.push(cpuMs / receipts);
  }
  const line = { part: 'receipts', better: 'lower' } as const;
  return [
    {
      ...line,
      what: "the orchestrator's processor time per window of three renditions",
      unit: 'ms',
      millrace: msPerWindow,
      goal: { atMost: 3 },
    },
    {
      ...line,
      what: `share of a core that an orchestrator signs for ${jobs} jobs with`,
      unit: '%',
      millrace: shares,
      goal: { atMost: 50 },
    },
  ];
}

async function measureOnce(signal: AbortSignal): Promise<{ cpuMs: number; receipts: number }> {
  const secret = newSecret();
  await using orchestrator = startOrchestrator(secret, signal);
  const args = [await orchestrator.address(), `${jobs}`, `${warmUpMs}`, `${measuredMs}`];
  await using load = new MeasuringProcess<'measuring' | ReceiptFigures>(
    'network/receipt-load-process',
    args,
    secret,
    signal,
  );
  await load.report();
  const before = cpuSeconds(orchestrator.pid);
  const figures = load.report();
  await delay(measuredMs, undefined, { signal });
  const cpuMs = (cpuSeconds(orchestrator.pid) - before) * 1000;
  const report = await figures;
  if (report === 'measuring' || report.receipts === 0) throw new Error('No receipt came.');
  return { cpuMs, receipts: report.receipts };
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ownVersion } from '../benchmark.js';
import { describeMachine, type Machine } from '../machine.js';
import type { Measurement } from '../measurement.js';
import { describe, table } from '../text-report.js';
import type { NetworkBench } from './network-bench.js';
import { networkParts } from './network-part.js';
import { measureDay } from './parts/day.js';
import { measureFailover } from './parts/failover.js';
import { measureFirstByte } from './parts/first-byte.js';
import { measureFleet } from './parts/fleet.js';
import { measureLatency } from './parts/latency.js';
import { measureOpen } from './parts/open.js';
import { measureReceipts } from './parts/receipts.js';

/** Everything that was measured of the network, and where. */
export interface NetworkReport {
  /** ISO 8601. */
  measuredAt: string;
  machine: Machine;
  millrace: string;
  rounds: number;
  measurements: Measurement[];
}

/** Runs the parts that are wanted, one after the other. */
export async function runNetworkBenchmark(options: Omit<NetworkBench, 'folder'>): Promise<NetworkReport> {
  const measuredAt = new Date().toISOString();
  const machine = describeMachine();
  const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
  try {
    const measurements = await measure({ ...options, folder });
    return { measuredAt, machine, millrace: await ownVersion(), rounds: options.rounds, measurements };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The report as a table for a terminal. Ends with a line break. */
export function networkTextReport({ measuredAt, machine, millrace, rounds, measurements }: NetworkReport): string {
  const heading = [
    `millrace ${millrace}, the network on the loopback, medians of ${rounds} rounds, ${measuredAt.slice(0, 10)}`,
    describe(machine),
  ];
  return `${[...heading, '', ...table(measurements)].join('\n')}\n`;
}

async function measure(bench: NetworkBench): Promise<Measurement[]> {
  const { wanted } = bench;
  const measurements: Measurement[] = [];
  if (wanted.has('open')) measurements.push(...(await measureOpen(bench)));
  if (wanted.has('first-byte')) measurements.push(...(await measureFirstByte(bench)));
  if (wanted.has('latency')) measurements.push(...(await measureLatency(bench)));
  if (wanted.has('kill')) measurements.push(...(await measureFailover(bench, 'kill')));
  if (wanted.has('freeze')) measurements.push(...(await measureFailover(bench, 'freeze')));
  if (wanted.has('assignments') || wanted.has('memory')) measurements.push(...(await measureFleet(bench)));
  if (wanted.has('receipts')) measurements.push(...(await measureReceipts(bench)));
  if (wanted.has('day')) measurements.push(...(await measureDay(bench)));
  const order: readonly string[] = networkParts;
  return measurements.sort((a, b) => order.indexOf(a.part) - order.indexOf(b.part));
}

import { networkTextReport, runNetworkBenchmark } from '../bench/network/network-benchmark.js';
import { networkParts, type NetworkPart } from '../bench/network/network-part.js';

import { choice, parseCommandLine, wholeNumber } from './command-line.js';
import { exitCodes } from './command.js';
import { inkFor } from './ink.js';
import { Interruption } from './interruption.js';
import { UsageError } from './usage-error.js';

/** What `millrace bench --help` prints of it. */
export const networkHelp = `millrace bench network [--only PART,…] [--rounds N]

Measures the network on this machine: broadcaster, orchestrator and transcoders as processes of their own
that talk over the loopback, beside what each figure is meant to reach. Takes about ten minutes; keep the
machine idle meanwhile.

      --only PART,…      open, first-byte, latency, kill, freeze, assignments, memory, receipts, day
                                                                                 [all]
      --rounds N         turns of each part but day, which has one; figures are medians      [3]
      --json             the report, with every round, as one JSON object on the standard output
`;

/** Runs `millrace bench network` with what follows these words, and gives the exit code. */
export async function runNetworkBench(args: string[]): Promise<number> {
  const { values, positionals } = parseCommandLine(args, {
    only: { type: 'string', multiple: true },
    rounds: { type: 'string' },
    json: { type: 'boolean' },
  });
  if (positionals.length > 0) throw new UsageError('millrace bench network takes options only.');
  const ink = inkFor(process.stderr);
  const abort = new AbortController();
  const end = () => {
    abort.abort();
  };
  const interruption = new Interruption({ end, breakOff: end });
  try {
    const report = await runNetworkBenchmark({
      wanted: wantedParts(values.only),
      rounds: values.rounds === undefined ? 3 : wholeNumber('--rounds', values.rounds, { min: 1, max: 1000 }),
      signal: abort.signal,
      say: (text) => process.stderr.write(`${ink.dim(text)}\n`),
    });
    process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : networkTextReport(report));
    return exitCodes.ok;
  } catch (error) {
    if (interruption.exitCode === undefined) throw error;
    return interruption.exitCode;
  } finally {
    interruption.release();
  }
}

function wantedParts(only: readonly string[] | undefined): ReadonlySet<NetworkPart> {
  const names = only?.flatMap((list) => list.split(',')) ?? ['all'];
  return new Set(names.flatMap((name) => (name === 'all' ? networkParts : choice('--only', name, networkParts))));
}

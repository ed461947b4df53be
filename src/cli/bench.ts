import { open, writeFile } from 'node:fs/promises';

import { runBenchmark, type BenchmarkReport } from '../bench/benchmark.js';
import { htmlReport } from '../bench/html-report.js';
import { parts, type Part } from '../bench/measurement.js';
import { textReport } from '../bench/text-report.js';

import { networkHelp, runNetworkBench } from './bench-network.js';
import { choice, parseCommandLine, wholeNumber } from './command-line.js';
import { exitCodes, type Command } from './command.js';
import { inkFor } from './ink.js';
import { Interruption } from './interruption.js';
import { UsageError } from './usage-error.js';

const sideBySide = ['latency', 'memory', 'throughput', 'quality', 'capacity'] as const;

const help = `millrace bench [--only PART,…] [--rounds N]

Measures this machine: the same ladder of the same source, by Millrace and by the ffmpeg command in turns,
with the same encoder settings, and prints a table with ratios. Takes about ten minutes; keep the machine
idle meanwhile.

      --only PART,…      latency, memory, throughput, quality, capacity (these by default), and, without
                         a peer, soak (300 jobs in one process), abort, busy (JavaScript kept busy); or all
      --rounds N         turns of each contender; figures are medians                [3]
      --source FILE      the first 12 s of this instead of the synthetic source
      --ffmpeg PATH      the ffmpeg command to compare with                          [ffmpeg]
      --json             the report, with every round, as one JSON object on the standard output
      --report FILE      the report as an HTML page too

${networkHelp}
Exit code: 0 measured, 1 could not be measured, 2 usage, 130 Ctrl-C.
`;

export const command: Command = { help, run };

async function run(args: string[]): Promise<number> {
  const [topic, ...rest] = args;
  if (topic === 'network') return runNetworkBench(rest);
  const { values, positionals } = parseCommandLine(args, {
    only: { type: 'string', multiple: true },
    rounds: { type: 'string' },
    source: { type: 'string' },
    ffmpeg: { type: 'string' },
    json: { type: 'boolean' },
    report: { type: 'string' },
  });
  if (positionals.length > 0) throw new UsageError('millrace bench takes options only; a source goes with --source.');
  const ink = inkFor(process.stderr);
  const abort = new AbortController();
  const end = () => {
    abort.abort();
  };
  const interruption = new Interruption({ end, breakOff: end });
  try {
    if (values.report !== undefined) await assertWritable(values.report);
    const report = await runBenchmark({
      wanted: wantedParts(values.only),
      rounds: values.rounds === undefined ? 3 : wholeNumber('--rounds', values.rounds, { min: 1, max: 1000 }),
      source: values.source,
      ffmpeg: values.ffmpeg ?? 'ffmpeg',
      signal: abort.signal,
      say: (text) => process.stderr.write(`${ink.dim(text)}\n`),
    });
    await deliver(report, values);
    return exitCodes.ok;
  } catch (error) {
    if (interruption.exitCode === undefined) throw error;
    return interruption.exitCode;
  } finally {
    interruption.release();
  }
}

function wantedParts(only: readonly string[] | undefined): ReadonlySet<Part> {
  if (only === undefined) return new Set(sideBySide);
  const names = only.flatMap((list) => list.split(','));
  return new Set(names.flatMap((name) => (name === 'all' ? parts : choice('--only', name, parts))));
}

async function deliver(
  report: BenchmarkReport,
  { json, report: page }: { json?: boolean; report?: string },
): Promise<void> {
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : textReport(report));
  if (page === undefined) return;
  await writeFile(page, htmlReport(report));
  process.stderr.write(`The report is in ${page}.\n`);
}

/** Minutes of measuring are not to end with a path that cannot be written. What is there stays until then. */
async function assertWritable(path: string): Promise<void> {
  const file = await open(path, 'a').catch((error: unknown) => {
    throw new UsageError(`--report cannot write ${path}: ${error instanceof Error ? error.message : String(error)}.`);
  });
  await file.close();
}

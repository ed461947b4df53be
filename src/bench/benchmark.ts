import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Bench } from './bench.js';
import { ffmpeg as ffmpegContender, millrace } from './contender.js';
import { FfmpegCommand } from './ffmpeg-command.js';
import { describeMachine, type Machine } from './machine.js';
import { parts, type ContenderName, type Measurement, type Part } from './measurement.js';
import { measureAbort } from './parts/abort.js';
import { measureBusy } from './parts/busy.js';
import { measureCapacity } from './parts/capacity.js';
import { measureLive } from './parts/live.js';
import { measureSoak } from './parts/soak.js';
import { measureUnpaced } from './parts/unpaced.js';
import { pictureRate, sliceByPicture } from './transport-stream-video.js';

/** What is to be measured, and how often. */
export interface BenchmarkOptions {
  wanted: ReadonlySet<Part>;
  /** How often each contender gets its turn. */
  rounds: number;
  /** A file to transcode instead of the benchmark's own source; its first seconds are used. */
  source?: string | undefined;
  /** The ffmpeg command: a name or a path. */
  ffmpeg: string;
  /** Aborting it ends the benchmark and every process of it. */
  signal?: AbortSignal;
  /** Tells the user what is going on. */
  say: (text: string) => void;
}

/** Everything that was measured, and what one must know to judge it. */
export interface BenchmarkReport {
  /** ISO 8601. */
  measuredAt: string;
  machine: Machine;
  /** Versions of the contenders. */
  millrace: string;
  ffmpeg: string;
  source: { file: string; frames: number };
  rounds: number;
  measurements: Measurement[];
  /** Of the first rung in the last round at live pace; empty where that was not measured. */
  latenciesMs: Record<ContenderName, readonly number[]>;
}

/** Runs the parts that are wanted, one after the other, each side by side with ffmpeg where there is something to compare. */
export async function runBenchmark(options: BenchmarkOptions): Promise<BenchmarkReport> {
  const { wanted, rounds, signal, say } = options;
  const machine = describeMachine();
  const ffmpeg = await FfmpegCommand.find(options.ffmpeg, signal);
  const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
  try {
    say('making the source');
    const source =
      options.source === undefined ? await ffmpeg.makeSource(folder) : await ffmpeg.takeSource(folder, options.source);
    const pictures = sliceByPicture(await readFile(source));
    const bench: Bench = {
      ...{ wanted, rounds, source, ffmpeg, folder, signal, say },
      sourceFrames: pictures.length,
      ownSource: options.source === undefined,
      contenders: [millrace, ffmpegContender(ffmpeg.program, pictureRate(pictures))],
    };
    return {
      measuredAt: new Date().toISOString(),
      machine,
      millrace: await ownVersion(),
      ffmpeg: ffmpeg.version,
      source: { file: options.source ?? 'testsrc2 with noise', frames: bench.sourceFrames },
      rounds,
      ...(await measure(bench)),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(bench: Bench): Promise<Pick<BenchmarkReport, 'measurements' | 'latenciesMs'>> {
  const { wanted } = bench;
  const measurements: Measurement[] = [];
  let latenciesMs: BenchmarkReport['latenciesMs'] = { millrace: [], ffmpeg: [] };
  if (wanted.has('latency') || wanted.has('memory')) {
    const live = await measureLive(bench);
    measurements.push(...live.measurements);
    latenciesMs = live.latenciesMs;
  }
  if (wanted.has('throughput') || wanted.has('quality')) measurements.push(...(await measureUnpaced(bench)));
  if (wanted.has('capacity')) measurements.push(...(await measureCapacity(bench)));
  if (wanted.has('soak')) measurements.push(...(await measureSoak(bench)));
  if (wanted.has('abort')) measurements.push(...(await measureAbort(bench)));
  if (wanted.has('busy')) measurements.push(...(await measureBusy(bench)));
  const order: readonly string[] = parts;
  measurements.sort((a, b) => order.indexOf(a.part) - order.indexOf(b.part));
  return { measurements, latenciesMs };
}

/** The version of this installation. */
export async function ownVersion(): Promise<string> {
  const manifest = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

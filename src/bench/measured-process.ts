import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A program and its arguments, not for a shell. */
export interface CommandLine {
  program: string;
  args: string[];
}

/** What a process took, from start to end. */
export interface ProcessFigures {
  wallMs: number;
  /** User and system time of all its threads. */
  cpuSeconds: number;
  /** The most memory it had resident at once, in megabytes of 10⁶ bytes. */
  peakMemoryMB: number;
}

export interface RunOptions {
  /** Aborting it kills the process. */
  signal?: AbortSignal | undefined;
  /** A process still there after this long is killed, and the run fails. Default two minutes. */
  limitMs?: number;
  /** Receives what the process prints. Default: nobody does. */
  onStdout?: (text: string) => void;
}

/** Linux counts processor time in these, whatever the kernel's own tick is. */
const ticksPerSecond = 100;
const samplingEveryMs = 20;

/**
 * Runs a program to its end.
 *
 * Processor time is what the kernel adds to this process when a child has ended, so no other child may end meanwhile;
 * `runTogether` is for several. The peak is the kernel's own high-water mark, read every 20 ms.
 *
 * @throws Error with the last lines that the process wrote to stderr, when it does not exit with 0.
 */
export async function runMeasured(command: CommandLine, options: RunOptions = {}): Promise<ProcessFigures> {
  return runTogether([command], options);
}

/**
 * As {@link runMeasured} for several programs at once: the sums of their figures, and the time of the longest. When
 * one fails the others are killed, and it throws when all are gone.
 */
export async function runTogether(commands: readonly CommandLine[], options: RunOptions = {}): Promise<ProcessFigures> {
  const startedAt = performance.now();
  const cpuBefore = childrenCpuSeconds();
  const failure = new AbortController();
  const signal = options.signal === undefined ? failure.signal : AbortSignal.any([options.signal, failure.signal]);
  const runs = commands.map(async (command) => {
    try {
      return await run(command, { ...options, signal });
    } catch (error) {
      failure.abort(error);
      throw error;
    }
  });
  await Promise.allSettled(runs);
  if (failure.signal.aborted) throw failure.signal.reason;
  const peaks = await Promise.all(runs);
  return {
    wallMs: performance.now() - startedAt,
    cpuSeconds: childrenCpuSeconds() - cpuBefore,
    peakMemoryMB: peaks.reduce((sum, peak) => sum + peak, 0),
  };
}

/** Resolves with the peak of resident memory in megabytes. */
function run({ program, args }: CommandLine, options: RunOptions): Promise<number> {
  const { signal, limitMs = 120_000, onStdout } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', onStdout ? 'pipe' : 'ignore', 'pipe'], signal });
    let peak = 0;
    let talk = '';
    const sampling = setInterval(() => {
      peak = Math.max(peak, peakMemoryMB(child.pid) ?? 0);
    }, samplingEveryMs);
    const limit = setTimeout(() => child.kill('SIGKILL'), limitMs);
    child.stdout?.setEncoding('utf8').on('data', (text: string) => onStdout?.(text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (talk = (talk + text).slice(-4000)));
    let failure: Error | undefined;
    // Where the program does not start, or is aborted; `close` still follows.
    child.once('error', (error) => (failure = error));
    child.once('close', (code, killedBy) => {
      clearInterval(sampling);
      clearTimeout(limit);
      if (code === 0) resolve(peak);
      else reject(failure ?? new Error(`${program} ended with ${code ?? killedBy ?? 'nothing'}:\n${talk.trim()}`));
    });
  });
}

/** From `/proc/self/stat`: user and system time of the children that have ended (`proc(5)`, fields 16 and 17). */
function childrenCpuSeconds(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / ticksPerSecond;
}

/** `VmHWM` of a process; `undefined` when it is no more. */
function peakMemoryMB(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined;
  try {
    const kib = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? undefined : (Number(kib) * 1024) / 1e6;
  } catch {
    return undefined;
  }
}

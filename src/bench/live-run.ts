import type { Contender } from './contender.js';
import { ladder } from './ladder.js';
import { runTogether, type CommandLine, type ProcessFigures } from './measured-process.js';
import { Meter } from './meter.js';
import type { LadderObservation } from './meter-server.js';

/** One run at live pace. */
export interface LiveRun {
  /** One per ladder that ran at once. */
  ladders: LadderObservation[];
  process: ProcessFigures;
}

export interface LiveRunOptions {
  /** Path of an MPEG transport stream. */
  source: string;
  /** How many processes run at once, each with a source and a ladder of its own. Default 1. */
  ladders?: number;
  signal?: AbortSignal | undefined;
  onStdout?: (text: string) => void;
}

/**
 * Serves the source at its own pace to a contender and takes its renditions back.
 *
 * @throws Error when a process of the contender fails.
 */
export async function liveRun(contender: Pick<Contender, 'live'>, options: LiveRunOptions): Promise<LiveRun> {
  const { source, ladders = 1, signal, onStdout } = options;
  const meter = await Meter.start(source, signal);
  try {
    const commands = Array.from({ length: ladders }, (_, index): CommandLine => {
      const outputs = ladder.map((_rung, rendition) => meter.renditionUrl(rendition, index));
      return contender.live(meter.sourceUrl(index), outputs);
    });
    const process = await runTogether(commands, onStdout === undefined ? { signal } : { signal, onStdout });
    return { process, ladders: await meter.finish() };
  } catch (error) {
    meter.kill();
    throw error;
  }
}

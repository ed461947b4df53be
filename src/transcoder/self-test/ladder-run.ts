import type { RenditionPlan } from '../events.js';
import type { Accel, RenditionOptions } from '../options.js';
import type { Progress, TranscodeResult } from '../result.js';
import { Transcoder } from '../transcoder.js';

export interface LadderRunOptions {
  /** What can be read faster than real time: a file, or a test pattern. */
  input: string;
  /** How much of it. */
  seconds: number;
  renditions: readonly RenditionOptions[];
  accel: Accel;
  signal: AbortSignal;
}

/** What became of a ladder that was transcoded as fast as it goes. */
export interface LadderRun {
  plans: readonly RenditionPlan[];
  result: TranscodeResult;
  /** Of the source, once it was under way: without what opening a device costs. */
  framesPerSecond: number;
}

/** @throws TranscodeError when a rendition fails. */
export async function runLadder({ input, seconds, renditions, accel, signal }: LadderRunOptions): Promise<LadderRun> {
  const transcoder = new Transcoder({
    input: { url: input, pace: 'readAhead' },
    clip: { to: seconds },
    ...{ renditions, accel, signal, progressIntervalMs: 50 },
  });
  let plans: readonly RenditionPlan[] = [];
  let underWay: Marks | undefined;
  transcoder.on('started', (event) => (plans = event.renditions));
  transcoder.on('progress', (progress) => {
    const marks = marksOf(progress);
    if (marks.frames > 0) underWay ??= marks;
  });
  const result = await transcoder.run();
  for (const rendition of result.renditions) if (rendition.state === 'failed') throw rendition.error;
  return { plans, result, framesPerSecond: rateBetween(underWay, marksOf(result)) };
}

interface Marks {
  atMs: number;
  frames: number;
}

function marksOf({ elapsedMs, renditions }: Progress): Marks {
  return { atMs: elapsedMs, frames: Math.min(...renditions.map(({ framesEncoded }) => framesEncoded)) };
}

/** Where it was under way only near its end, all of it says more. */
function rateBetween(underWay: Marks | undefined, end: Marks): number {
  const from = underWay !== undefined && underWay.frames <= end.frames / 2 ? underWay : { atMs: 0, frames: 0 };
  return ((end.frames - from.frames) / Math.max(1, end.atMs - from.atMs)) * 1000;
}

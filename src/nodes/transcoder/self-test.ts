import { accelChoice } from '../../transcoder/accel.js';
import type { Accel } from '../../transcoder/options.js';
import { runLadder } from '../../transcoder/self-test/ladder-run.js';
import { nowhere } from '../../transcoder/self-test/nowhere.js';

// A 720p30 source to the ladder that broadcasters ask for by default, and one rung more; two seconds of it.
const source = 'testpattern:1280x720@30';
const seconds = 2;
const ladder = [
  { width: 854, height: 480, bitrate: 1_500_000 },
  { width: 640, height: 360, bitrate: 1_000_000 },
  { width: 426, height: 240, bitrate: 600_000 },
] as const;

// A machine that is all used up has nothing left for the frame that is harder than the test's.
const usableShare = 0.8;

/** What the parts of a machine can do, in encoded pixels per second over all renditions. */
export interface MeasuredMachine {
  /** By the GPU's number; those that failed are not among them. */
  gpus: ReadonlyMap<number, number>;
  /** Of the CPU alone; 0: it is not to be used alone. */
  cpu: number;
  /** By the GPU's number: why it cannot be used. */
  problems: ReadonlyMap<number, unknown>;
}

/**
 * Measures how many pixels a second this machine encodes, scaling included, by doing two seconds of a test pattern, which
 * needs no decoding, as fast as it goes: on all these GPUs at once, as they share the CPU, and then on the CPU alone
 * unless a GPU is insisted on.
 *
 * @param gpus those of the machine that `accel` allows
 * @throws TranscodeError when nothing of that can transcode.
 */
export async function measureMachine(
  accel: Accel,
  gpus: readonly number[],
  signal: AbortSignal,
): Promise<MeasuredMachine> {
  const tries = await Promise.allSettled(gpus.map((gpu) => measureOne(`nvidia:${gpu}`, signal)));
  signal.throwIfAborted();
  const measured = new Map<number, number>();
  const problems = new Map<number, unknown>();
  for (const [index, gpu] of gpus.entries()) {
    const outcome = tries[index];
    if (outcome?.status === 'fulfilled') measured.set(gpu, outcome.value);
    else problems.set(gpu, outcome?.reason);
  }
  const insists = accelChoice(accel, 'accel').kind === 'nvidia';
  if (insists && measured.size > 0) return { gpus: measured, cpu: 0, problems };
  // Where a GPU is insisted on and none works, this says why.
  return { gpus: measured, cpu: await measureOne(insists ? accel : 'none', signal), problems };
}

async function measureOne(accel: Accel, signal: AbortSignal): Promise<number> {
  const renditions = ladder.map((profile) => ({ profile, output: nowhere() }));
  const { result } = await runLadder({ input: source, seconds, renditions, accel, signal });
  const pixels = result.renditions.reduce((total, { pixelsEncoded }) => total + pixelsEncoded, 0);
  return Math.max(1, Math.round((pixels / result.elapsedMs) * 1000 * usableShare));
}

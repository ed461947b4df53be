import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { devices, type DeviceReport } from '../devices.js';
import { PlaceTest, type PlaceReport } from './place-test.js';
import { makeSource, sourceInWords } from './source.js';

export type { PlaceReport };

export interface SelfTestOptions {
  /** How many encoders are opened at once on a GPU, at most. */
  mostSessions: number;
  signal: AbortSignal;
}

export interface SelfTestReport {
  /** What everything was done with. */
  source: string;
  /** Why no GPU was tested. Absent: every one was. */
  gpuProblem?: string;
  /** The CPU first. */
  places: PlaceReport[];
}

/**
 * Tries every stage of the CPU and of every GPU for a moment: whether the pictures are right, and how fast they come.
 *
 * @throws TranscodeError when not even the source can be made, or the addon cannot be loaded.
 * @throws the signal's reason when it is aborted.
 */
export async function selfTest({ mostSessions, signal }: SelfTestOptions): Promise<SelfTestReport> {
  const report = await devices();
  const folder = await mkdtemp(join(tmpdir(), 'millrace-self-test-'));
  try {
    const source = join(folder, 'source.ts');
    await makeSource(source, signal);
    const cpu = new PlaceTest({ place: 'cpu', accel: 'none', folder, source, signal });
    const places = [await cpu.run(`${report.cpu.cores} cores`)];
    for (const { index, name } of report.gpus) {
      const options = { place: `nvidia:${index}`, accel: `nvidia:${index}` as const, folder, source, signal };
      places.push(await new PlaceTest({ ...options, reference: cpu, device: index, mostSessions }).run(name));
    }
    return { source: sourceInWords, ...problemOf(report), places };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function problemOf({ gpuProblem }: DeviceReport): { gpuProblem?: string } {
  return gpuProblem === undefined ? {} : { gpuProblem };
}

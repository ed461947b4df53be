import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'vitest';

import type { MediaServer } from '../../servers/media-server.js';
import type { NotifiedJob } from '../../servers/notified-job.js';
import { pictures, timesMs } from '../judge.js';

/** Where to look for what became of a job of one rendition. */
export interface Continuation {
  job: NotifiedJob;
  http: MediaServer;
  /** The path of the rendition's uploads. */
  output: string;
  /** The source as a file. */
  file: string;
}

/**
 * Expects of a job that was done in two attempts that both have the source's timeline, and start with a keyframe; and that
 * the second one begins at the first picture behind what the first one had told that it delivered, and goes on to the
 * end. The first may have delivered more than it could tell, so pictures may come twice, but none is missing.
 */
export async function expectContinuation({ job, http, output, file }: Continuation, folder: string): Promise<void> {
  const source = timesMs(await pictures(file));
  const [first, second] = await http.begun(output, 2);
  const before = await timesOf(first?.bytes, join(folder, 'first.ts'));
  const after = await timesOf(second?.bytes, join(folder, 'second.ts'));
  const told = job.reportedMs(1);
  expect(before).toStrictEqual(source.slice(0, before.length));
  expect(before.at(-1)).toBeGreaterThanOrEqual(Math.round(told));
  expect(after).toStrictEqual(source.filter((timeMs) => timeMs > Math.round(told)));
  expect(second?.complete).toBe(true);
}

async function timesOf(bytes: Buffer | undefined, path: string): Promise<number[]> {
  writeFileSync(path, bytes ?? '');
  const made = await pictures(path);
  expect(made[0]?.keyframe).toBe(true);
  return timesMs(made);
}

// Runs jobs one after the other in one process and tells, as a line of JSON, what is left of them now and then.
// Run by the part `soak` with --expose-gc: SOURCE OUTPUT CHECKPOINT …
import { readFileSync, readdirSync } from 'node:fs';

import { Transcoder } from '../transcoder/transcoder.js';

/** What the process held after so many jobs. */
export interface Checkpoint {
  jobs: number;
  /** Resident, in megabytes of 10⁶ bytes. */
  memoryMB: number;
  /** The part of it that the process wrote itself, in the same unit; the rest is the files it runs from. */
  anonymousMB: number;
  threads: number;
  descriptors: number;
  /** Timers, sockets and the like that keep Node's event loop alive. */
  handles: number;
}

const [source = '', output = '', ...checkpoints] = process.argv.slice(2);
let done = 0;
for (const jobs of checkpoints.map(Number)) {
  for (; done < jobs; done++) {
    await new Transcoder({
      input: source,
      renditions: [
        { name: 'a', profile: { width: 256, height: 144, bitrate: 300_000 }, output: `${output}?a` },
        { name: 'b', profile: { width: 128, height: 72, bitrate: 100_000 }, output: `${output}?b` },
      ],
      accel: 'none',
    }).run();
  }
  globalThis.gc?.();
  process.stdout.write(`${JSON.stringify(checkpoint(jobs))}\n`);
}

function checkpoint(jobs: number): Checkpoint {
  const status = readFileSync('/proc/self/status', 'utf8');
  return {
    jobs,
    memoryMB: process.memoryUsage.rss() / 1e6,
    anonymousMB: (Number(/^RssAnon:\s+(\d+)/m.exec(status)?.[1]) * 1024) / 1e6,
    threads: Number(/^Threads:\s+(\d+)/m.exec(status)?.[1]),
    descriptors: readdirSync('/proc/self/fd').length,
    // The pipe to the benchmark counts as one throughout.
    handles: process.getActiveResourcesInfo().length,
  };
}

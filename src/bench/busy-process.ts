// Runs the ladder while JavaScript is kept from doing anything, twice, and prints when that was as a line of JSON.
// Run by the part `busy`: SOURCE OUTPUT …
import { ladder } from './ladder.js';
import { Transcoder } from '../transcoder/transcoder.js';

/** A while in which no JavaScript ran, on the system's monotonic clock. */
export interface BusyWhile {
  /** `loop`: a loop took a whole core. `sleep`: the thread slept. */
  kind: 'loop' | 'sleep';
  fromMs: number;
  toMs: number;
}

const busyMs = 2_000;
const loopAfterMs = 3_000;
const sleepAfterMs = 7_000;

const [source = '', ...outputs] = process.argv.slice(2);
const transcoder = new Transcoder({
  input: source,
  renditions: ladder.map(({ name, width, height, bitrateBps }, index) => ({
    name,
    profile: { width, height, bitrate: bitrateBps },
    output: outputs[index] ?? '',
  })),
  accel: 'none',
});
const whiles: BusyWhile[] = [];
const timers: NodeJS.Timeout[] = [];
transcoder.once('started', () => {
  timers.push(
    setTimeout(() => {
      keepBusy('loop', () => {
        const until = performance.now() + busyMs;
        while (performance.now() < until);
      });
    }, loopAfterMs),
    setTimeout(() => {
      keepBusy('sleep', () => {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, busyMs);
      });
    }, sleepAfterMs),
  );
});
try {
  await transcoder.run();
} finally {
  timers.forEach(clearTimeout);
}
process.stdout.write(`${JSON.stringify(whiles)}\n`);

function keepBusy(kind: BusyWhile['kind'], work: () => void): void {
  const fromMs = nowMs();
  work();
  whiles.push({ kind, fromMs, toMs: nowMs() });
}

function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

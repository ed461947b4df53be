import { readFileSync } from 'node:fs';

import type { Bench } from '../bench.js';
import { entryPoint } from '../entry-point.js';
import { Exchange } from '../exchange.js';
import { runMeasured } from '../measured-process.js';
import type { Measurement } from '../measurement.js';
import type { Checkpoint } from '../soak-process.js';

const checkpoints = [50, 300];
const limitMs = 600_000;

/** The part `soak`: hundreds of short jobs over HTTP, one after the other in one process, and what they leave. */
export async function measureSoak(bench: Bench): Promise<Measurement[]> {
  bench.say(`soak: ${checkpoints.at(-1) ?? 0} jobs in one process`);
  const source = await bench.ffmpeg.makeShortSource(bench.folder);
  await using exchange = new Exchange(readFileSync(source));
  const url = await exchange.listen();
  const args = [
    '--expose-gc',
    entryPoint('soak-process'),
    `${url}/source.ts`,
    `${url}/taken.ts`,
    ...checkpoints.map(String),
  ];
  let printed = '';
  await runMeasured(
    { program: process.execPath, args },
    { signal: bench.signal, limitMs, onStdout: (text) => (printed += text) },
  );
  const [early, late] = printed
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Checkpoint);
  if (early === undefined || late === undefined) throw new Error(`The soak gave no figures: ${printed}`);
  const line = { part: 'soak', unit: '', better: 'same' } as const;
  return [
    { ...line, what: `memory after ${early.jobs} jobs`, unit: 'MB', millrace: [early.memoryMB] },
    { ...line, what: `memory after ${late.jobs} jobs`, unit: 'MB', millrace: [late.memoryMB] },
    growth('memory growth between', early.memoryMB, late.memoryMB),
    growth('the same without the pages of program files', early.anonymousMB, late.anonymousMB),
    ...(['threads', 'descriptors', 'handles'] as const).map((what) => ({
      ...({ ...line, better: 'lower' } as const),
      what: `${what} left by ${late.jobs - early.jobs} jobs`,
      millrace: [late[what] - early[what]],
      goal: { atMost: 0 },
    })),
  ];
}

function growth(what: string, early: number, late: number): Measurement {
  const line = { part: 'soak', unit: '%', better: 'lower', goal: { atMost: 5 } } as const;
  return { ...line, what, millrace: [100 * (late / early - 1)] };
}

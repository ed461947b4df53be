// Aborts jobs in one moment or another and tells, as lines of JSON, how long that took.
// Run by the part `abort`: EXCHANGE-URL UNREACHABLE-URL SOURCE-FILE ROUNDS
import { Transcoder } from '../transcoder/transcoder.js';
import type { ProgressEvent } from '../transcoder/events.js';

/** One abort. */
export interface AbortFigures {
  moment: string;
  /** From `abort()` to `run()` having rejected. */
  rejectedMs: number;
  /** From `abort()` to none of the job's threads being left. */
  goneMs: number;
}

interface Moment {
  name: string;
  input: string;
  output: string;
  /** Whether this is the moment, asked at every progress event. */
  isNow: (now: ProgressEvent, before: ProgressEvent | undefined) => boolean;
}

const [exchange = '', unreachable = '', file = '', rounds = '1'] = process.argv.slice(2);
const aWhile = ({ elapsedMs }: ProgressEvent) => elapsedMs >= 300;
const moments: Moment[] = [
  { name: 'connecting', input: unreachable, output: `${exchange}/taken.ts`, isNow: aWhile },
  { name: 'waiting for an answer', input: `${exchange}/silent.ts`, output: `${exchange}/taken.ts`, isNow: aWhile },
  {
    name: 'reading from a stalled source',
    input: `${exchange}/stalling.ts`,
    output: `${exchange}/taken.ts`,
    isNow: (now, before) => now.sourceBytes > 0 && now.sourceBytes === before?.sourceBytes,
  },
  {
    name: 'writing to a stalled output',
    input: file,
    output: `${exchange}/unread.ts`,
    isNow: (now, before) => {
      const bytes = now.renditions[0]?.bytes ?? 0;
      return bytes > 0 && bytes === before?.renditions[0]?.bytes;
    },
  },
  {
    name: 'encoding',
    input: file,
    output: `${exchange}/taken.ts`,
    isNow: ({ renditions }) => (renditions[0]?.framesEncoded ?? 0) > 0,
  },
];

for (let round = 0; round < Number(rounds); round++) {
  for (const moment of moments) process.stdout.write(`${JSON.stringify(await abortAt(moment))}\n`);
}

async function abortAt({ name, input, output, isNow }: Moment): Promise<AbortFigures> {
  const abort = new AbortController();
  const transcoder = new Transcoder({
    input,
    // So many bits that no socket buffer swallows the whole of it.
    renditions: [{ profile: { width: 1280, height: 720, bitrate: 60_000_000 }, output }],
    accel: 'none',
    progressIntervalMs: 100,
    signal: abort.signal,
  });
  let before: ProgressEvent | undefined;
  let abortedAt: number | undefined;
  transcoder.on('progress', (now) => {
    if (abortedAt === undefined && isNow(now, before)) {
      abortedAt = performance.now();
      abort.abort();
    }
    before = now;
  });
  const outcome: unknown = await transcoder.run().catch((error: unknown) => error);
  const rejectedAt = performance.now();
  await transcoder[Symbol.asyncDispose]();
  if (abortedAt === undefined) throw new Error(`The moment “${name}” never came.`, { cause: outcome });
  return { moment: name, rejectedMs: rejectedAt - abortedAt, goneMs: performance.now() - abortedAt };
}

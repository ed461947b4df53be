// A worker of a transcoder node: does one job at a time, and says how it goes over the channel to the node. It is a
// process of its own so that a stream which crashes a codec takes this process with it and nothing else.
import { Writable } from 'node:stream';

import { TranscodeError } from '../../transcoder/error.js';
import type { TranscodeEvent } from '../../transcoder/events.js';
import type { Accel } from '../../transcoder/options.js';
import { Transcoder } from '../../transcoder/transcoder.js';
import type { WorkerError, WorkerJob, WorkerReport, WorkerRequest } from './worker-messages.js';

const beatEveryMs = 250;
const longestWarmUpMs = 5000;

let running: { transcoder: Transcoder; cancel: AbortController } | undefined;
/** When the node was last heard, and how long it may say nothing: after that it has been replaced. */
let heardAtMs = performance.now();
let leaseMs = Infinity;

process.title = 'millrace worker';
// Ctrl-C goes to every process of a terminal; what is to end here, the node says.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
// The node is gone, and nobody would ever end this job.
process.on('disconnect', () => process.exit(0));
// It may have gone while this program was being loaded, which nobody would hear of.
if (!process.connected) process.exit(0);
process.on('message', (request: WorkerRequest) => {
  heardAtMs = performance.now();
  switch (request.type) {
    case 'run':
      leaseMs = request.leaseMs;
      void run(request.job);
      break;
    case 'stop':
      running?.transcoder.stop().catch(() => undefined);
      break;
    case 'cancel':
      running?.cancel.abort(cancelled());
      break;
    case 'beat':
  }
});
setInterval(() => {
  say({ type: 'beat' });
  if (performance.now() - heardAtMs > leaseMs) running?.cancel.abort(cancelled());
}, beatEveryMs);

await warmUp();
say({ type: 'ready' });

async function run(job: WorkerJob): Promise<void> {
  const cancel = new AbortController();
  try {
    const transcoder = new Transcoder({ ...job, signal: cancel.signal });
    running = { transcoder, cancel };
    try {
      for await (const event of transcoder) {
        if (event.type === 'ended') say({ type: 'ended', progress: event.result });
        else forward(event);
      }
    } finally {
      // An aborted job's threads end behind its promise; the next job is to find the process empty.
      await transcoder[Symbol.asyncDispose]();
    }
  } catch (error) {
    const failure = error instanceof TranscodeError ? error : internal(error);
    say({ type: 'ended', error: toWorkerError(failure), ...(failure.result && { progress: failure.result }) });
  } finally {
    running = undefined;
    leaseMs = Infinity;
  }
}

function forward(event: Exclude<TranscodeEvent, { type: 'ended' }>): void {
  switch (event.type) {
    case 'log':
      break;
    case 'renditionFailed':
      say({ type: 'event', event: { type: 'renditionFailed', name: event.name, error: toWorkerError(event.error) } });
      break;
    case 'started':
    case 'renditionStarted':
    case 'renditionFinished':
    case 'warning':
    case 'progress':
    case 'essence':
      say({ type: 'event', event });
  }
}

function say(report: WorkerReport): void {
  if (process.connected) process.send?.(report);
}

/** Pages in the decoder, the scaler, the encoder and the muxer, which would otherwise cost the first job its first frames. */
async function warmUp(): Promise<void> {
  const nowhere = new Writable({
    write: (_bytes, _encoding, done) => {
      done();
    },
  });
  const transcoder = new Transcoder({
    // A driver that hangs keeps nobody from a job elsewhere.
    signal: AbortSignal.timeout(longestWarmUpMs),
    ...(process.argv[2] !== undefined && { accel: process.argv[2] as Accel }),
    input: { url: 'testpattern:640x360@30', pace: 'readAhead' },
    clip: { to: 0.2 },
    renditions: [
      { profile: { width: 320, height: 180, bitrate: 300_000 }, output: { stream: nowhere, format: 'flv' } },
    ],
  });
  // A machine on which this fails fails its jobs too, and they say why.
  await transcoder.run().catch(() => undefined);
}

function toWorkerError({ code, stage, message, url }: TranscodeError): WorkerError {
  return { code, stage, message, ...(url !== undefined && { url }) };
}

function internal(error: unknown): TranscodeError {
  return new TranscodeError(`The worker failed: ${error instanceof Error ? error.message : String(error)}`, {
    code: 'INTERNAL',
    stage: 'job',
    cause: error,
  });
}

function cancelled(): TranscodeError {
  return new TranscodeError('The attempt was cancelled.', { code: 'CANCELLED', stage: 'job' });
}

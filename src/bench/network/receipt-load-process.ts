// A number of jobs that tell of a window every two seconds, and the broadcaster that ordered them; the orchestrator between
// them is real. Run by the part `receipts`: ORCHESTRATOR-ADDRESS JOBS WARM-UP-MS MEASURED-MS, and the secret as
// MILLRACE_ORCH_SECRET
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import { JobEvidence } from '../../nodes/broadcaster/job-evidence.js';
import { OrchestratorClient } from '../../nodes/broadcaster/orchestrator-client.js';
import { wireWindow } from '../../nodes/wire-essence.js';
import type { Order } from '../../rpc/generated/millrace/v1/job.js';
import { VideoCodec, type ValidOrder } from '../../rpc/order.js';
import type { EssenceTrack } from '../../transcoder/essence.js';
import { windowRoot } from '../../trust/essence/window-root.js';
import { Signer } from '../../trust/keys/signer.js';
import { defaultDomain } from '../../trust/typed-data/domain.js';
import { SimulatedTranscoder, endpointOf, type Say } from './simulated-transcoder.js';

/** What the load came to. */
export interface ReceiptFigures {
  receipts: number;
}

const windowMs = 2000;
const rungs = ['720p', '480p', '360p'] as const;

const [address = '', jobs = '1', warmUpMs = '0', measuredMs = '0'] = process.argv.slice(2);
const timers: NodeJS.Timeout[] = [];
let receipts = 0;

const transcoder = new SimulatedTranscoder('simulated', address, process.env['MILLRACE_ORCH_SECRET'] ?? '', work);
await transcoder.welcomed;
using client = new OrchestratorClient(endpointOf(address), {});
await client.offer();
const { terms } = client;
if (terms === undefined) throw new Error('unreachable: the offer has them');
const trust = { domain: defaultDomain, signer: new Signer(`0x${'1'.repeat(64)}`), windowMs };
for (let number = 0; number < Number(jobs); number++) {
  const call = client.runJob({
    onAccepted: () => undefined,
    onRefused: ({ message }) => {
      throw new Error(`A job was refused: ${message}`);
    },
    onEvent: () => undefined,
    onReceipt: () => {
      receipts += 1;
    },
    onPaymentStopped: () => undefined,
    onBroken: () => undefined,
  });
  call.order(new JobEvidence(trust).sign(orderOf(number), terms, []).order);
  await delay(windowMs / Number(jobs));
}
await delay(Number(warmUpMs));
receipts = 0;
process.send?.('measuring');
await delay(Number(measuredMs));
const figures: ReceiptFigures = { receipts };
for (const timer of timers) clearInterval(timer);
process.send?.(figures, () => {
  process.exit();
});

/** Takes a job on, and tells of windows from then on. */
function work({ jobId, attempt }: Order, say: Say): void {
  say({ $case: 'accepted', value: { jobId, attempt } });
  let index = 0;
  const tell = (): void => {
    for (const medium of ['', ...rungs]) {
      const track: EssenceTrack = {
        ...({ kind: 'video', codec: 'h264', units: 60 } as const),
        ...{ parameters: randomHash(), merkleRoot: randomHash() },
      };
      const window = wireWindow(medium, {
        ...{ index, tracks: [track], root: windowRoot([track]), frames: 60, pixels: 60 * 1280 * 720 },
        ...{ width: 1280, height: 720 },
        ...{ startTimestampUs: index * windowMs * 1000, endTimestampUs: (index + 1) * windowMs * 1000 },
      });
      const event = { $case: 'windowClosed', value: { window, last: false } } as const;
      say({ $case: 'event', value: { jobId, attempt, event } });
    }
    index += 1;
  };
  timers.push(setInterval(tell, windowMs));
}

function randomHash(): string {
  return randomBytes(32).toString('hex');
}

function orderOf(number: number): ValidOrder {
  const profile = { bitrateBps: 600_000, fpsNumerator: 30, fpsDenominator: 1, encoderProfile: 'main', gopMs: 2000 };
  return {
    ...{ jobId: `job-${number}`, attempt: 1, stream: `stream-${number}`, sequence: 0, durationMs: 0, windowMs: 0 },
    source: { url: `http://127.0.0.1:9/${number}.ts`, videoCodec: 'h264' },
    renditions: rungs.map((name) => ({
      name,
      profile: { ...profile, width: 1280, height: 720, codec: VideoCodec.VIDEO_CODEC_H264 },
      outputUrl: `http://127.0.0.1:9/${number}/${name}.ts`,
    })),
  };
}

// Orders jobs of an orchestrator, a number of them at any time, and tells how long each took to be accepted. The orders
// are signed beforehand: many broadcasters would do that, each on a machine of its own.
// Run by the part `assignments`: ORCHESTRATOR-ADDRESS CONCURRENCY WARM-UP-MS MEASURED-MS
import { connect } from 'node:http2';
import { setTimeout as delay } from 'node:timers/promises';

import { JobEvidence } from '../../nodes/broadcaster/job-evidence.js';
import { OrchestratorClient } from '../../nodes/broadcaster/orchestrator-client.js';
import { parseEndpoint } from '../../rpc/endpoint.js';
import { OrchestratorServiceService } from '../../rpc/generated/millrace/v1/orchestrator.js';
import { VideoCodec, type ValidOrder } from '../../rpc/order.js';
import { Signer } from '../../trust/keys/signer.js';
import { defaultDomain } from '../../trust/typed-data/domain.js';
import { exchange, frame } from './grpc-exchange.js';

/** Says `ready` when all orders are signed, and then what the load came to. */
export type LoadReport = 'ready' | LoadFigures;

/** What the load came to. */
export interface LoadFigures {
  /** From an order to its acceptance, in milliseconds, of every job that was accepted while it was measured. */
  latenciesMs: number[];
  measuredMs: number;
}

// More than an orchestrator has ever taken.
const mostOrdersPerSecond = 3500;

const [address = '', concurrency = '1', warmUpMs = '0', measuredMs = '0'] = process.argv.slice(2);
const trust = { domain: defaultDomain, signer: new Signer(`0x${'1'.repeat(64)}`), windowMs: 2000 };
using client = new OrchestratorClient(parseEndpoint(address) ?? { host: '', port: 0 }, {});
const { address: payee, price } = await client.offer();
const terms = { orchestrator: `0x${Buffer.from(payee).toString('hex')}`, price };
const orders = Array.from(
  { length: Math.ceil(((Number(warmUpMs) + Number(measuredMs)) * mostOrdersPerSecond) / 1000) },
  (_, number) => signedOrder(`stream-${number % Number(concurrency)}`, number),
);
const session = connect(`http://${address}`);
let latenciesMs: number[] = [];
let isOver = false;
process.send?.('ready' satisfies LoadReport);

const closedLoops = Array.from({ length: Number(concurrency) }, async () => {
  while (!isOver) latenciesMs.push(await runJob());
});
await delay(Number(warmUpMs));
latenciesMs = [];
const startedAtMs = performance.now();
await delay(Number(measuredMs));
const figures: LoadFigures = { latenciesMs: [...latenciesMs], measuredMs: performance.now() - startedAtMs };
isOver = true;
await Promise.all(closedLoops);
session.close();
process.send?.(figures satisfies LoadReport, () => {
  process.exit();
});

/** From the order to the job's end. Resolves with the time that it took to be accepted. */
async function runJob(): Promise<number> {
  const order = orders.pop();
  if (order === undefined) throw new Error('All orders that were signed beforehand were taken: sign more.');
  let acceptedMs: number | undefined;
  const orderedAtMs = performance.now();
  await exchange(session, order, ({ response }) => {
    if (response?.$case === 'accepted') acceptedMs = performance.now() - orderedAtMs;
    else if (response?.$case === 'refused') throw new Error(`A job was refused: ${response.value.message}`);
  });
  if (acceptedMs === undefined) throw new Error('A job ended without having been accepted.');
  return acceptedMs;
}

/** As it goes over the wire. */
function signedOrder(stream: string, number: number): Buffer {
  const { order } = new JobEvidence(trust).sign(orderOf(stream, number), terms, []);
  return frame(OrchestratorServiceService.runJob.requestSerialize({ request: { $case: 'order', value: order } }));
}

function orderOf(stream: string, number: number): ValidOrder {
  const profile = { bitrateBps: 600_000, fpsNumerator: 30, fpsDenominator: 1, encoderProfile: 'main', gopMs: 2000 };
  const rendition = (name: string, width: number, height: number) => ({
    name,
    profile: { ...profile, width, height, codec: VideoCodec.VIDEO_CODEC_H264 },
    outputUrl: `http://127.0.0.1:9/out/${name}/${number}.ts`,
  });
  return {
    jobId: `job-${number}`,
    attempt: 1,
    stream,
    sequence: number,
    source: { url: `http://127.0.0.1:9/${stream}/${number}.ts`, videoCodec: 'h264' },
    renditions: [rendition('P240p30fps16x9', 426, 240), rendition('P360p30fps16x9', 640, 360)],
    durationMs: 2000,
    windowMs: 0,
  };
}

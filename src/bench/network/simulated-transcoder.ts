import type { ClientDuplexStream } from '@grpc/grpc-js';

import { authorization } from '../../rpc/authorization.js';
import { channelOptions } from '../../rpc/channel-options.js';
import { parseEndpoint, type Endpoint } from '../../rpc/endpoint.js';
import {
  TranscoderServiceClient,
  type ConnectRequest,
  type ConnectResponse,
} from '../../rpc/generated/millrace/v1/transcoder.js';
import { VideoCodec, type Order } from '../../rpc/generated/millrace/v1/job.js';
import { clientCredentials } from '../../rpc/tls.js';

export type Say = (request: NonNullable<ConnectRequest['request']>) => void;

/**
 * A transcoder as far as its orchestrator can see: connected as a real one is, and with nothing but the protocol, so
 * that a thousand of them fit into a process.
 */
export class SimulatedTranscoder {
  readonly #call: ClientDuplexStream<ConnectRequest, ConnectResponse>;
  /** Resolves when the orchestrator has let it in. */
  readonly welcomed: Promise<void>;

  /** @param work what it does with an order. Default: it is done at once. */
  constructor(name: string, address: string, secret: string, work: (order: Order, say: Say) => void = finish) {
    const say: Say = (request) => this.#call.write({ request });
    const client = new TranscoderServiceClient(address, clientCredentials(endpointOf(address), {}), channelOptions);
    this.#call = client.connect(authorization(secret));
    this.welcomed = new Promise((resolve, reject) => {
      this.#call.on('data', ({ response }: ConnectResponse) => {
        if (response?.$case === 'welcome') resolve();
        else if (response?.$case === 'order') work(response.value, say);
      });
      this.#call.once('error', reject);
    });
    say({
      $case: 'hello',
      value: {
        ...{ instanceId: name, name, version: 'simulated', pixelsPerSecond: 100_000_000_000, maxSessions: 0 },
        ...{ decoders: ['h264'], encoders: [VideoCodec.VIDEO_CODEC_H264], devices: ['cpu'], running: [] },
      },
    });
  }
}

function finish({ jobId, attempt }: Order, say: Say): void {
  say({ $case: 'accepted', value: { jobId, attempt } });
  say({ $case: 'event', value: { jobId, attempt, event: { $case: 'ended', value: {} } } });
}

/** @throws Error when it is not `host:port` */
export function endpointOf(address: string): Endpoint {
  const endpoint = parseEndpoint(address);
  if (endpoint === undefined) throw new Error(`${address} is no address.`);
  return endpoint;
}

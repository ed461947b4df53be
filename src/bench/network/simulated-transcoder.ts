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

/**
 * A transcoder as far as its orchestrator can see: connected as a real one is, and done with every order at once. It
 * speaks the protocol and nothing else, so that a thousand of them fit into a process.
 */
export class SimulatedTranscoder {
  readonly #call: ClientDuplexStream<ConnectRequest, ConnectResponse>;
  /** Resolves when the orchestrator has let it in. */
  readonly welcomed: Promise<void>;

  constructor(name: string, address: string, secret: string) {
    const client = new TranscoderServiceClient(address, clientCredentials(endpointOf(address), {}), channelOptions);
    this.#call = client.connect(authorization(secret));
    this.welcomed = new Promise((resolve, reject) => {
      this.#call.on('data', ({ response }: ConnectResponse) => {
        if (response?.$case === 'welcome') resolve();
        else if (response?.$case === 'order') this.#take(response.value);
      });
      this.#call.once('error', reject);
    });
    this.#say({
      $case: 'hello',
      value: {
        ...{ instanceId: name, name, version: 'simulated', pixelsPerSecond: 100_000_000, maxSessions: 0 },
        ...{ decoders: ['h264'], encoders: [VideoCodec.VIDEO_CODEC_H264], devices: ['cpu'], running: [] },
      },
    });
  }

  #take({ jobId, attempt }: Order): void {
    this.#say({ $case: 'accepted', value: { jobId, attempt } });
    this.#say({ $case: 'event', value: { jobId, attempt, event: { $case: 'ended', value: {} } } });
  }

  #say(request: NonNullable<ConnectRequest['request']>): void {
    this.#call.write({ request });
  }
}

/** @throws Error when it is not `host:port` */
export function endpointOf(address: string): Endpoint {
  const endpoint = parseEndpoint(address);
  if (endpoint === undefined) throw new Error(`${address} is no address.`);
  return endpoint;
}

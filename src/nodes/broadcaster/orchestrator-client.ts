import { Metadata, type ClientDuplexStream, type ServiceError } from '@grpc/grpc-js';

import { accepted as acceptedSchema, refused as refusedSchema, type Accepted, type Refused } from '../../rpc/answer.js';
import { attemptEvent, type AttemptEventBody } from '../../rpc/attempt-event.js';
import { countingInterceptor, type OnCallEnded } from '../../rpc/call-counting.js';
import { channelOptions } from '../../rpc/channel-options.js';
import { authorityOf, type Endpoint } from '../../rpc/endpoint.js';
import {
  OrchestratorServiceClient,
  type GetOfferResponse,
  type RunJobRequest,
  type RunJobResponse,
} from '../../rpc/generated/millrace/v1/orchestrator.js';
import { offer as offerSchema, type Offer } from '../../rpc/offer.js';
import type { ValidOrder } from '../../rpc/order.js';
import { clientCredentials, type ClientTls } from '../../rpc/tls.js';
import { WireFault, checked } from '../../rpc/wire-fault.js';

/** What an orchestrator says of a job. */
export interface CallListener {
  onAccepted(accepted: Accepted): void;
  onRefused(refused: Refused): void;
  onEvent(attempt: number, event: AttemptEventBody): void;
  /** The call is over without an end having been told; nothing follows. `code` is gRPC's. */
  onBroken(code: number, reason: string): void;
}

/** A job at an orchestrator. */
export interface JobCall {
  order(order: ValidOrder): void;
  cancel(finish: boolean): void;
  /** Nothing is heard any more, and the orchestrator ends what it still does for the job. */
  close(): void;
}

const offerTimeoutMs = 1000;
// An orchestrator that does not end its side of a call would keep it for as long as the connection lasts.
const closeTimeoutMs = 1000;

/** One orchestrator, over one connection. */
export class OrchestratorClient implements Disposable {
  /** `host:port` */
  readonly address: string;
  readonly #client: OrchestratorServiceClient;

  /** @throws Error of the system when a certificate cannot be read. */
  constructor(endpoint: Endpoint, tls: ClientTls, onCallEnded?: OnCallEnded) {
    this.address = authorityOf(endpoint);
    this.#client = new OrchestratorServiceClient(this.address, clientCredentials(endpoint, tls), {
      ...channelOptions,
      interceptors: [countingInterceptor(onCallEnded)],
    });
  }

  /** @throws ServiceError or {@link WireFault} */
  async offer(): Promise<Offer> {
    const response = await new Promise<GetOfferResponse>((resolve, reject) => {
      this.#client.getOffer({}, new Metadata(), { deadline: Date.now() + offerTimeoutMs }, (error, value) => {
        if (error === null) resolve(value);
        else reject(error);
      });
    });
    return checked(offerSchema, response);
  }

  runJob(listener: CallListener): JobCall {
    const call = this.#client.runJob();
    let over = false;
    const broken = (code: number, reason: string): void => {
      if (over) return;
      over = true;
      listener.onBroken(code, reason);
    };
    call.on('data', (message: RunJobResponse) => {
      if (over) return;
      try {
        deliver(message, listener);
      } catch (error) {
        if (!(error instanceof WireFault)) throw error;
        broken(3, error.message);
        call.cancel();
      }
    });
    call.on('error', (error: ServiceError) => {
      // gRPC adds the notes of its name resolution, which are mostly none.
      broken(error.code, error.details.replace(/\s*Resolution note:\s*$/, ''));
    });
    call.on('end', () => {
      broken(0, 'The orchestrator ended the call.');
    });
    return {
      order: (order) => {
        write(call, { $case: 'order', value: order });
      },
      cancel: (finish) => {
        write(call, { $case: 'cancel', value: { finish } });
      },
      close: () => {
        if (over) return;
        over = true;
        call.end();
        const impatience = setTimeout(() => {
          call.cancel();
        }, closeTimeoutMs);
        impatience.unref();
        call.once('status', () => {
          clearTimeout(impatience);
        });
      },
    };
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

function write(
  call: ClientDuplexStream<RunJobRequest, RunJobResponse>,
  request: NonNullable<RunJobRequest['request']>,
): void {
  call.write({ request });
}

function deliver({ response }: RunJobResponse, listener: CallListener): void {
  switch (response?.$case) {
    case 'accepted':
      listener.onAccepted(checked(acceptedSchema, response.value));
      break;
    case 'refused':
      listener.onRefused(checked(refusedSchema, response.value));
      break;
    case 'event': {
      const { attempt, event } = checked(attemptEvent, response.value);
      listener.onEvent(attempt, event);
      break;
    }
    case undefined: // of a later version
  }
}

import { Metadata, type ClientDuplexStream, type ServiceError } from '@grpc/grpc-js';

import { accepted as acceptedSchema, refused as refusedSchema, type Accepted, type Refused } from '../../rpc/answer.js';
import { attemptEvent, type AttemptEventBody, type Fault } from '../../rpc/attempt-event.js';
import { countingInterceptor, type OnCallEnded } from '../../rpc/call-counting.js';
import { channelOptions } from '../../rpc/channel-options.js';
import { authorityOf, type Endpoint } from '../../rpc/endpoint.js';
import {
  OrchestratorServiceClient,
  type GetOfferResponse,
  type GetPaymentParametersResponse,
  type RunJobRequest,
  type RunJobResponse,
} from '../../rpc/generated/millrace/v1/orchestrator.js';
import { offer as offerSchema, type Offer } from '../../rpc/offer.js';
import type { Price, ValidOrder } from '../../rpc/order.js';
import {
  paymentAnswer,
  paymentDue,
  paymentParameters,
  type PaymentAnswer,
  type PaymentDue,
} from '../../rpc/payment.js';
import { wireReceipt } from '../../rpc/receipt.js';
import { clientCredentials, type ClientTls } from '../../rpc/tls.js';
import { WireFault, checked } from '../../rpc/wire-fault.js';
import type { Address } from '../../trust/keys/signature.js';
import type { Payment, PaymentParameters } from '../../trust/payment/payment.js';
import { PaymentError } from '../../trust/payment/payment-error.js';
import type { IssuedReceipt, Receipt } from '../../trust/receipts/receipt.js';
import { toHex } from '../hex.js';
import { numberBytes, parametersOf, wirePayment } from '../wire-payment.js';
import { receiptOf } from '../wire-receipt.js';

/** What an orchestrator says of a job. */
export interface CallListener {
  onAccepted(accepted: Accepted): void;
  onRefused(refused: Refused): void;
  onEvent(attempt: number, event: AttemptEventBody): void;
  onReceipt(attempt: number, receipt: IssuedReceipt): void;
  /** Nothing is paid there any more. */
  onPaymentStopped(fault: Fault): void;
  /** The call is over without an end having been told; nothing follows. `code` is gRPC's. */
  onBroken(code: number, reason: string): void;
}

/** What an orchestrator says of payment. */
export interface PaymentListener {
  /** In the order of the payments. */
  onPaymentAnswer(answer: PaymentAnswer): void;
  onPaymentDue(due: PaymentDue): void;
}

/** What an orchestrator wants of those who order. */
export interface OrchestratorTerms {
  /** Whom tickets are to be made out to. */
  orchestrator: Address;
  price: Price;
  /** The chain that it is paid on. Absent: nothing is owed. */
  chainId?: number | undefined;
}

/** A job at an orchestrator. */
export interface JobCall {
  order(order: ValidOrder): void;
  cancel(finish: boolean): void;
  /** A receipt of it was checked, and holds: what it is for is owed. */
  verified(receipt: Receipt): void;
  /** Nothing is heard any more, and the orchestrator ends what it still does for the job. */
  close(): void;
}

/** A job that can be paid for. */
export interface PayableCall extends JobCall {
  pay(payment: Payment): void;
}

const offerTimeoutMs = 1000;
// The orchestrator may have to ask the chain first.
const parametersTimeoutMs = 4000;
// An orchestrator that does not end its side of a call would keep it for as long as the connection lasts.
const closeTimeoutMs = 1000;

/** One orchestrator, over one connection. */
export class OrchestratorClient implements Disposable {
  /** `host:port` */
  readonly address: string;
  readonly #client: OrchestratorServiceClient;
  #terms: OrchestratorTerms | undefined;

  /** @throws Error of the system when a certificate cannot be read. */
  constructor(endpoint: Endpoint, tls: ClientTls, onCallEnded?: OnCallEnded) {
    this.address = authorityOf(endpoint);
    this.#client = new OrchestratorServiceClient(this.address, clientCredentials(endpoint, tls), {
      ...channelOptions,
      interceptors: [countingInterceptor(onCallEnded)],
    });
  }

  /** As it last offered them; absent before it did. */
  get terms(): OrchestratorTerms | undefined {
    return this.#terms;
  }

  /** @throws ServiceError or {@link WireFault} */
  async offer(): Promise<Offer> {
    const response = await new Promise<GetOfferResponse>((resolve, reject) => {
      this.#client.getOffer({}, new Metadata(), { deadline: Date.now() + offerTimeoutMs }, (error, value) => {
        if (error === null) resolve(value);
        else reject(error);
      });
    });
    const offer = checked(offerSchema, response);
    const { address, price, chainId } = offer;
    this.#terms = { orchestrator: `0x${toHex(address)}`, price, chainId };
    return offer;
  }

  /**
   * What payments of a sender (20 bytes) are to be.
   *
   * @param ticketValueWei what one ticket may be worth on average
   * @throws PaymentError as the orchestrator has it, ServiceError or {@link WireFault}
   */
  async paymentParameters(sender: Uint8Array, ticketValueWei: bigint): Promise<PaymentParameters> {
    const request = { sender, ticketValueWei: numberBytes(ticketValueWei) };
    const deadline = Date.now() + parametersTimeoutMs;
    const response = await new Promise<GetPaymentParametersResponse>((resolve, reject) => {
      this.#client.getPaymentParameters(request, new Metadata(), { deadline }, (error, value) => {
        if (error === null) resolve(value);
        else reject(refusalOf(error));
      });
    });
    return parametersOf(checked(paymentParameters, response.parameters));
  }

  runJob(listener: CallListener, payment?: PaymentListener): PayableCall {
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
        deliver(message, listener, payment);
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
      pay: (tickets) => {
        write(call, { $case: 'payment', value: wirePayment(tickets) });
      },
      verified: () => undefined, // nothing is owed
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

/** What the orchestrator said in its stable words, or what gRPC says. */
function refusalOf(error: ServiceError): Error {
  const [, word, words = ''] = /^(SENDER_[A-Z_]+): (.*)/s.exec(error.details) ?? [];
  const code = senderFaults.find((each) => each === word);
  return code === undefined ? error : new PaymentError(code, words);
}

const senderFaults = ['SENDER_UNFUNDED', 'SENDER_RESERVE_INSUFFICIENT', 'SENDER_INVALID'] as const;

function deliver({ response }: RunJobResponse, listener: CallListener, payment: PaymentListener | undefined): void {
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
    case 'receipt': {
      const receipt = checked(wireReceipt, response.value);
      listener.onReceipt(receipt.attempt, receiptOf(receipt));
      break;
    }
    case 'paymentAnswer':
      payment?.onPaymentAnswer(checked(paymentAnswer, response.value));
      break;
    case 'paymentDue':
      payment?.onPaymentDue(checked(paymentDue, response.value));
      break;
    case undefined: // of a later version
  }
}

import {
  status,
  type ServerDuplexStream,
  type StatusObject,
  type ServerUnaryCall,
  type sendUnaryData,
} from '@grpc/grpc-js';

import type { Log } from '../../observe/log.js';
import type { OrchestratorMetrics } from '../../observe/orchestrator-metrics.js';
import { isAuthorized } from '../../rpc/authorization.js';
import type { OnCallEnded } from '../../rpc/call-counting.js';
import type { Endpoint } from '../../rpc/endpoint.js';
import {
  OrchestratorServiceService,
  RefusalReason,
  type GetOfferRequest,
  type GetOfferResponse,
  type GetPaymentParametersRequest,
  type GetPaymentParametersResponse,
  type RunJobRequest,
  type RunJobResponse,
} from '../../rpc/generated/millrace/v1/orchestrator.js';
import {
  TranscoderServiceService,
  type ConnectRequest,
  type ConnectResponse,
} from '../../rpc/generated/millrace/v1/transcoder.js';
import type { Price } from '../../rpc/order.js';
import { RpcServer } from '../../rpc/rpc-server.js';
import { parametersRequest } from '../../rpc/payment.js';
import type { ServerTls } from '../../rpc/tls.js';
import { WireFault, checked } from '../../rpc/wire-fault.js';
import type { Address } from '../../trust/keys/signature.js';
import type { Signer } from '../../trust/keys/signer.js';
import type { PaymentParameters } from '../../trust/payment/payment.js';
import { PaymentError } from '../../trust/payment/payment-error.js';
import { numberOf } from '../../trust/payment/uint256.js';
import type { SigningDomain } from '../../trust/typed-data/domain.js';
import { toHex } from '../hex.js';
import { wireParameters } from '../wire-payment.js';
import { BroadcasterCall } from './broadcaster-call.js';
import { Fleet } from './fleet.js';
import type { PaymentDesk } from './payment-desk.js';
import type { ReceiptArchive } from './receipt-archive.js';
import { TicketDesk } from './ticket-desk.js';
import { TranscoderCall } from './transcoder-call.js';

export interface OrchestratorOptions {
  endpoint: Endpoint;
  tls?: ServerTls | undefined;
  /** What a transcoder shows to be let in. Absent: `tls.clientCaFile` decides, and without one nobody is let in. */
  secret?: string | undefined;
  /** Of an encoded pixel. */
  price: Price;
  /** Jobs at a time; `auto`: as many as the transcoders can do. */
  maxSessions: number | 'auto';
  /** How long a transcoder at work may say nothing. Default 1500. */
  stallTimeoutMs?: number;
  /** Whose orders are taken. Absent: anybody's. */
  broadcasters?: readonly Address[] | undefined;
  /** Its key, whose address tickets are made out to. */
  signer: Signer;
  domain: SigningDomain;
  /** Where payment is taken. Absent: nothing is owed. Its owner ends what is behind it, after the orchestrator. */
  payment?: PaymentDesk | undefined;
  /** Where receipts are kept. Absent: nowhere. */
  archive?: ReceiptArchive | undefined;
  log: Log;
  metrics: OrchestratorMetrics;
  /** Default: nobody hears. */
  onCallEnded?: OnCallEnded | undefined;
}

// A transcoder whose connection broke by accident dials again at once; this is a few round trips around the world.
const reconnectGraceMs = 200;
const tickEveryMs = 25;
const reportEveryMs = 1000;
// More than there are codecs; a longer list would make the whole offer invalid.
const mostDecoders = 64;

/** Sells transcoding: takes jobs from broadcasters, hands each to one of its transcoders, and answers for the result. */
export class Orchestrator implements AsyncDisposable {
  readonly #options: OrchestratorOptions;
  readonly #stallTimeoutMs: number;
  readonly #heartbeatMs: number;
  readonly #fleet: Fleet;
  readonly #desk: TicketDesk;
  readonly #calls = new Set<BroadcasterCall>();
  /** The calls whose job was admitted. */
  readonly #byJob = new Map<string, BroadcasterCall>();
  readonly #timers: NodeJS.Timeout[];
  #server: RpcServer | undefined;
  #draining = false;

  private constructor(options: OrchestratorOptions) {
    this.#options = options;
    this.#stallTimeoutMs = options.stallTimeoutMs ?? 1500;
    this.#heartbeatMs = Math.round(this.#stallTimeoutMs / 3);
    this.#desk = new TicketDesk(options);
    this.#fleet = new Fleet({
      stallTimeoutMs: this.#stallTimeoutMs,
      heartbeatMs: this.#heartbeatMs,
      reconnectGraceMs,
      now,
      onLost: (transcoder, cause) => {
        if (cause === 'drained') options.log.info({ transcoder: transcoder.name }, 'transcoder left');
        else options.log.warn({ transcoder: transcoder.name, cause }, 'transcoder lost');
        options.metrics.transcoderLost(cause);
      },
    });
    const tick = () => {
      this.#fleet.tick();
      for (const call of this.#calls) call.tick();
    };
    const report = () => {
      this.#report();
    };
    this.#timers = [setInterval(tick, tickEveryMs), setInterval(report, reportEveryMs)];
  }

  /** @throws Error when it cannot listen there, or a certificate cannot be read. */
  static async start(options: OrchestratorOptions): Promise<Orchestrator> {
    const orchestrator = new Orchestrator(options);
    try {
      orchestrator.#server = await RpcServer.start({
        endpoint: options.endpoint,
        tls: options.tls,
        services: [orchestrator.#forBroadcasters(), orchestrator.#forTranscoders()],
        onCallEnded: options.onCallEnded,
      });
    } catch (error) {
      for (const timer of orchestrator.#timers) clearInterval(timer);
      throw error;
    }
    return orchestrator;
  }

  /** Where it listens. */
  get endpoint(): Endpoint {
    return this.#server?.endpoint ?? this.#options.endpoint;
  }

  /** Whether an order could be taken now, and if not, why. */
  readiness(): { ready: boolean; reasons: string[] } {
    const reasons = [];
    if (this.#draining) reasons.push('The orchestrator is about to stop.');
    if (this.#fleet.capacity().transcoders === 0) reasons.push('No transcoder is connected.');
    return { ready: reasons.length === 0, reasons };
  }

  /** Takes no more jobs, and resolves when those that run have ended or `timeoutMs` is over. */
  async drain(timeoutMs: number): Promise<void> {
    this.#draining = true;
    this.#server?.setServing(false);
    const until = now() + timeoutMs;
    while (this.#byJob.size > 0 && now() < until) await new Promise((resolve) => setTimeout(resolve, tickEveryMs));
  }

  /** Breaks everything off. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    for (const call of [...this.#calls]) call.breakOff();
    await this.#server?.[Symbol.asyncDispose]();
  }

  #forBroadcasters() {
    return {
      definition: OrchestratorServiceService,
      implementation: {
        getOffer: (
          _call: ServerUnaryCall<GetOfferRequest, GetOfferResponse>,
          answer: sendUnaryData<GetOfferResponse>,
        ) => {
          answer(null, this.#offer());
        },
        getPaymentParameters: (
          { request }: ServerUnaryCall<GetPaymentParametersRequest, GetPaymentParametersResponse>,
          answer: sendUnaryData<GetPaymentParametersResponse>,
        ) => {
          void this.#parametersFor(request).then(
            (parameters) => {
              answer(null, { parameters: wireParameters(parameters) });
            },
            (error: unknown) => {
              answer(this.#notGiven(error));
            },
          );
        },
        runJob: (call: ServerDuplexStream<RunJobRequest, RunJobResponse>) => {
          this.#takeJob(call);
        },
      },
    };
  }

  #forTranscoders() {
    return {
      definition: TranscoderServiceService,
      implementation: {
        connect: (call: ServerDuplexStream<ConnectRequest, ConnectResponse>) => {
          this.#takeTranscoder(call);
        },
      },
    };
  }

  #takeJob(call: ServerDuplexStream<RunJobRequest, RunJobResponse>): void {
    const { price, payment, archive, log, metrics } = this.#options;
    const job: BroadcasterCall = new BroadcasterCall(call, {
      price,
      stallTimeoutMs: this.#stallTimeoutMs,
      now,
      log,
      metrics,
      choose: (order, except) => this.#fleet.choose(order, except),
      refusal: (order) => this.#refusal(order.jobId, job),
      admit: (order) => {
        const admission = this.#desk.admit(order);
        if (admission.admitted) this.#byJob.set(order.jobId, job);
        return admission;
      },
      payment: payment?.open(),
      keep: (order, receipts) => {
        archive?.keep(order, receipts);
      },
      onOver: (over) => {
        this.#calls.delete(over);
        if (over.jobId !== undefined && this.#byJob.get(over.jobId) === over) this.#byJob.delete(over.jobId);
      },
    });
    this.#calls.add(job);
  }

  #refusal(jobId: string, call: BroadcasterCall): RefusalReason | undefined {
    if (this.#draining) return RefusalReason.REFUSAL_REASON_DRAINING;
    const { maxSessions } = this.#options;
    const admitted = this.#byJob.get(jobId);
    if (admitted !== undefined) return admitted === call ? undefined : RefusalReason.REFUSAL_REASON_DUPLICATE;
    if (maxSessions !== 'auto' && this.#byJob.size >= maxSessions) return RefusalReason.REFUSAL_REASON_FULL;
    return undefined;
  }

  #takeTranscoder(call: ServerDuplexStream<ConnectRequest, ConnectResponse>): void {
    const { secret, tls, log } = this.#options;
    // With an authority for client certificates, nobody gets as far as here without one.
    const known = secret === undefined ? tls?.clientCaFile !== undefined : isAuthorized(call.metadata, secret);
    if (!known) {
      log.warn({ peer: call.getPeer() }, 'a transcoder without the secret was turned away');
      call.emit('error', { code: status.UNAUTHENTICATED, details: 'The secret is wrong, or missing.' });
      return;
    }
    new TranscoderCall(call, {
      fleet: this.#fleet,
      terms: { heartbeatMs: this.#heartbeatMs, leaseMs: this.#stallTimeoutMs, progressMs: 250 },
      log,
      onConnected: (transcoder) => {
        log.info({ transcoder: transcoder.name }, 'transcoder connected');
      },
    });
  }

  #offer(): GetOfferResponse {
    const { pixelsPerSecond, freePixelsPerSecond, freeSessions, decoders, encoders } = this.#fleet.capacity();
    const { price, payment, maxSessions } = this.#options;
    const most = this.#draining ? 0 : maxSessions === 'auto' ? 1_000_000 : maxSessions;
    return {
      price,
      pixelsPerSecond: Math.round(pixelsPerSecond),
      freePixelsPerSecond: Math.round(freePixelsPerSecond),
      freeSessions: Math.max(0, Math.min(most - this.#byJob.size, freeSessions)),
      runningSessions: this.#byJob.size,
      decoders: [...decoders].slice(0, mostDecoders),
      encoders: [...encoders],
      address: this.#desk.address,
      ...(payment && { chainId: payment.chainId }),
    };
  }

  async #parametersFor(request: GetPaymentParametersRequest): Promise<PaymentParameters> {
    const { payment, broadcasters } = this.#options;
    const { sender, ticketValueWei } = checked(parametersRequest, request);
    const isWelcome = broadcasters === undefined || broadcasters.includes(`0x${toHex(sender)}`);
    if (payment === undefined || !isWelcome)
      throw new PaymentError('SENDER_INVALID', 'Nothing is taken from this sender.');
    return payment.parametersFor(sender, numberOf(ticketValueWei));
  }

  /** As the status that ends the call: its words begin with a stable one. */
  #notGiven(error: unknown): Partial<StatusObject> {
    if (error instanceof WireFault) return error.toStatus();
    // Anybody may ask, as often as he likes.
    this.#options.log.debug({ err: error }, 'payment parameters are not given');
    if (error instanceof PaymentError)
      return { code: status.FAILED_PRECONDITION, details: `${error.code}: ${error.message}` };
    return { code: status.UNAVAILABLE, details: 'The orchestrator cannot ask the chain at the moment.' };
  }

  #report(): void {
    const { transcoders, pixelsPerSecond, busyPixelsPerSecond } = this.#fleet.capacity();
    const { metrics, maxSessions } = this.#options;
    metrics.transcoders(transcoders);
    metrics.capacity({
      pixelsPerSecond,
      busyPixelsPerSecond,
      runningSessions: this.#byJob.size,
      sessions: maxSessions === 'auto' ? Infinity : maxSessions,
    });
  }
}

function now(): number {
  return performance.now();
}

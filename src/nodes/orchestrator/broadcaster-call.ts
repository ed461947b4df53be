import { status, type ServerDuplexStream } from '@grpc/grpc-js';

import type { Log } from '../../observe/log.js';
import type { OrchestratorMetrics } from '../../observe/orchestrator-metrics.js';
import type { AttemptEventBody, Fault, Progress } from '../../rpc/attempt-event.js';
import {
  RefusalReason,
  type RunJobRequest,
  type RunJobResponse,
} from '../../rpc/generated/millrace/v1/orchestrator.js';
import { order as orderSchema, type Price, type ValidOrder } from '../../rpc/order.js';
import { payment as paymentSchema, type ValidPayment } from '../../rpc/payment.js';
import { WireFault, checked } from '../../rpc/wire-fault.js';
import type { MadeReceipt } from '../../trust/receipts/receipt-builder.js';
import { receiptPixels } from '../paid-pixels.js';
import { numberBytes, paymentOf } from '../wire-payment.js';
import { wireReceipt } from '../wire-receipt.js';
import type { Choice } from './choose-transcoder.js';
import type { ConnectedTranscoder } from './connected-transcoder.js';
import { OrchestratedJob } from './job.js';
import type { PaymentSession } from './payment-session.js';
import type { ReceiptIssuer } from './receipt-issuer.js';
import type { Admission } from './ticket-desk.js';

export interface BroadcasterCallOptions {
  price: Price;
  stallTimeoutMs: number;
  now: () => number;
  choose: (order: ValidOrder, except: ReadonlySet<ConnectedTranscoder>) => Choice<ConnectedTranscoder>;
  /** Why no order is taken at all at the moment. */
  refusal: (order: ValidOrder) => RefusalReason | undefined;
  /** Looks at an order's ticket; from the first that it admits, the job counts. */
  admit: (order: ValidOrder) => Admission;
  /** What the call pays and owes. Absent: nothing. */
  payment: PaymentSession | undefined;
  /** Keeps receipts, and the order that they answer, before they are sent. */
  keep: (order: ReceiptIssuer['order'], receipts: readonly MadeReceipt[]) => void;
  log: Log;
  metrics: OrchestratorMetrics;
  /** The call is over; the last thing that is heard of it. */
  onOver: (call: BroadcasterCall) => void;
}

type Call = ServerDuplexStream<RunJobRequest, RunJobResponse>;
type Response = NonNullable<RunJobResponse['response']>;

// Which payments end a call, and how.
const breaches = {
  forged: { code: status.INVALID_ARGUMENT, details: 'A payment is not signed by who pays.' },
  stranger: { code: status.PERMISSION_DENIED, details: 'Somebody else pays than before.' },
  fruitless: { code: status.RESOURCE_EXHAUSTED, details: 'One payment after the other does not count.' },
} as const;
// How long a broadcaster may think about the next attempt.
const nextOrderTimeoutMs = 5000;
// What a broadcaster that reads is never behind by, figures left aside.
const mostUnreadResponses = 1000;

/** One call of a broadcaster: a job, from its first order to its end. */
export class BroadcasterCall {
  readonly #call: Call;
  readonly #options: BroadcasterCallOptions;
  readonly #job: OrchestratedJob<ConnectedTranscoder>;
  #log: Log;
  #order: ValidOrder | undefined;
  /** Those of the attempt that was ordered last. */
  #receipts: ReceiptIssuer | undefined;
  /** What the attempt before ended with. */
  #lastFault: Fault | undefined;
  #orderedAtMs = 0;
  /** Since when no attempt is running and none is ordered. */
  #idleSinceMs: number | undefined;
  #over = false;

  /** Listens to the call until it ends. */
  constructor(call: Call, options: BroadcasterCallOptions) {
    this.#call = call;
    this.#options = options;
    this.#log = options.log;
    const { price, stallTimeoutMs, now, choose } = options;
    this.#idleSinceMs = now();
    this.#job = new OrchestratedJob({
      price,
      stallTimeoutMs,
      now,
      choose,
      objectionTo: (event) => this.#receipts?.faultOf(event),
      say: (response) => {
        this.#say(response);
      },
      hangUp: () => {
        this.#end();
      },
      attemptEnded: (fault, progress) => {
        this.#attemptEnded(fault, progress);
      },
    });
    call.on('data', (message: RunJobRequest) => {
      this.#receive(message);
    });
    for (const event of ['end', 'error', 'cancelled', 'close'] as const) {
      call.on(event, () => {
        this.#job.broadcasterLeft();
      });
    }
  }

  /** The job it is about, once that was said. */
  get jobId(): string | undefined {
    return this.#order?.jobId;
  }

  /** Called every few tens of milliseconds. */
  tick(): void {
    this.#job.tick();
    this.#collect();
    if (this.#idleSinceMs === undefined || this.#options.now() - this.#idleSinceMs < nextOrderTimeoutMs) return;
    this.#fail(status.DEADLINE_EXCEEDED, 'No order came.');
  }

  /** Ends the job at once: the orchestrator stops. */
  breakOff(): void {
    this.#fail(status.UNAVAILABLE, 'The orchestrator is about to stop.');
  }

  #receive({ request }: RunJobRequest): void {
    if (this.#over) return;
    try {
      if (request === undefined) throw new WireFault('The message says nothing.');
      switch (request.$case) {
        case 'cancel':
          this.#job.cancel(request.value.finish);
          break;
        case 'order':
          this.#ordered(checked(orderSchema, request.value));
          break;
        case 'payment':
          this.#paid(checked(paymentSchema, request.value));
      }
    } catch (error) {
      if (!(error instanceof WireFault)) throw error;
      this.#log.warn({ err: error }, 'a broadcaster said what cannot be');
      this.#fail(status.INVALID_ARGUMENT, error.message);
    }
  }

  #ordered(order: ValidOrder): void {
    if (this.#order !== undefined && order.jobId !== this.#order.jobId) throw new WireFault('jobId changed.');
    if (!this.#job.isWaiting) {
      this.#job.order(order); // which refuses it
      return;
    }
    this.#log = this.#options.log.child({ job: order.jobId, attempt: order.attempt, stream: order.stream });
    this.#order = order;
    this.#orderedAtMs = this.#options.now();
    const refusal = this.#options.refusal(order);
    if (refusal !== undefined) {
      this.#refuse(refusal, 'The orchestrator takes no order at the moment.', 1000);
      return;
    }
    if (this.#options.payment?.isBrokenOff === true) {
      this.#fail(status.RESOURCE_EXHAUSTED, 'Attempts of this call are broken off again and again.');
      return;
    }
    const neededWei = this.#options.payment?.missingFor(order);
    if (neededWei !== undefined) {
      const message = `The balance does not cover the first window: ${neededWei} wei are missing.`;
      this.#refuse(RefusalReason.REFUSAL_REASON_INSUFFICIENT_BALANCE, message, 0, neededWei);
      return;
    }
    const admission = this.#options.admit(order);
    if (!admission.admitted) {
      this.#refuse(RefusalReason.REFUSAL_REASON_TICKET, admission.message, 0);
      return;
    }
    this.#receipts = admission.receipts;
    this.#idleSinceMs = undefined;
    if (this.#lastFault !== undefined) this.#options.metrics.failover(this.#lastFault.code);
    this.#job.order(admission.order);
  }

  /** Where nothing is owed, nothing is taken either. */
  #paid(payment: ValidPayment): void {
    const { payment: session } = this.#options;
    if (session === undefined) return;
    const { answer, breach } = session.take(paymentOf(payment));
    this.#say({ $case: 'paymentAnswer', value: answer });
    if (breach === undefined) return;
    const { code, details } = breaches[breach];
    this.#fail(code, details);
  }

  /** Says what is owed, once, and works no longer for who does not pay it. */
  #collect(): void {
    const { payment, now } = this.#options;
    if (payment === undefined || this.#over || this.#job.isWaiting) return;
    const standing = payment.standing(now());
    if (standing.is === 'overdue') this.#job.unpaid();
    if (standing.is !== 'short' || !standing.isNews) return;
    const neededWei = numberBytes(standing.neededWei);
    this.#say({ $case: 'paymentDue', value: { attempt: this.#order?.attempt ?? 0, neededWei } });
  }

  #refuse(reason: RefusalReason, message: string, retryAfterMs: number, neededWei?: bigint): void {
    const attempt = this.#order?.attempt ?? 0;
    const needed = neededWei === undefined ? {} : { neededWei: numberBytes(neededWei) };
    this.#say({ $case: 'refused', value: { attempt, reason, message, retryAfterMs, ...needed } });
  }

  #say(response: Response): void {
    if (this.#over) return;
    switch (response.$case) {
      case 'accepted':
        this.#log.info({ transcoder: response.value.transcoder }, 'assigned');
        this.#options.metrics.assigned((this.#options.now() - this.#orderedAtMs) / 1000);
        break;
      case 'refused':
        if (this.#job.isWaiting) this.#idleSinceMs = this.#options.now();
        this.#log.info({ reason: response.value.reason }, 'refused');
        this.#options.metrics.refused(response.value.reason.replace('REFUSAL_REASON_', ''));
        break;
      case 'receipt':
      case 'paymentAnswer':
      case 'paymentDue':
        break;
      case 'event': {
        const { event } = response.value;
        if (event !== undefined) this.#issue(event);
        if (event?.$case === 'windowClosed') return;
        // A broadcaster that reads slowly gets fewer figures, and all that happens.
        if (event?.$case === 'progress' && this.#call.writableNeedDrain) return;
        // By the figures that the broadcaster is told, since it has to come to the same.
        if (event?.$case === 'ended') this.#options.payment?.ended(event.value);
        break;
      }
    }
    this.#write(response);
  }

  /** Issues the receipts that are due by what a transcoder tells. */
  #issue(event: AttemptEventBody): void {
    const issuer = this.#receipts;
    const receipts = issuer?.receiptsFor(event) ?? [];
    if (issuer === undefined || receipts.length === 0) return;
    this.#options.keep(issuer.order, receipts);
    const { attempt } = issuer.order.ticket.message;
    for (const { receipt } of receipts) {
      this.#write({ $case: 'receipt', value: wireReceipt(attempt, receipt) });
      this.#options.payment?.delivered(receiptPixels(receipt.message));
    }
  }

  #write(response: Response): void {
    this.#call.write({ response });
    if (this.#call.writableLength > mostUnreadResponses)
      this.#fail(status.RESOURCE_EXHAUSTED, 'The broadcaster does not read what it is told.');
  }

  #attemptEnded(fault: Fault | undefined, progress: Progress | undefined): void {
    const { now, metrics } = this.#options;
    this.#idleSinceMs = now();
    this.#log.info(fault === undefined ? {} : { code: fault.code, fault: fault.class }, 'attempt ended');
    const faultClass = fault?.class.replace('FAULT_CLASS_', '').toLowerCase();
    if (faultClass === undefined) metrics.attemptEnded('finished');
    else if (faultClass === 'cancelled') metrics.attemptEnded('cancelled');
    else metrics.attemptEnded('failed', faultClass);
    metrics.pixels(progress?.renditions.reduce((sum, { pixelsEncoded }) => sum + pixelsEncoded, 0) ?? 0);
    this.#lastFault = fault;
  }

  #fail(code: status, details: string): void {
    if (!this.#over) this.#call.emit('error', { code, details });
    this.#job.broadcasterLeft();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.payment?.close();
    this.#call.end();
    this.#options.onOver(this);
  }
}

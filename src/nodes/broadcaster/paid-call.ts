import { FaultClass, type AttemptEventBody, type Fault } from '../../rpc/attempt-event.js';
import { RefusalReason, type Refused } from '../../rpc/answer.js';
import type { ValidOrder } from '../../rpc/order.js';
import type { PaymentAnswer, PaymentDue } from '../../rpc/payment.js';
import type { Disputes } from '../../trust/payment/disputes.js';
import { Payer, type PayableWork } from '../../trust/payment/payer.js';
import type { Payment, PaymentParameters } from '../../trust/payment/payment.js';
import { PaymentError } from '../../trust/payment/payment-error.js';
import { feeOf } from '../../trust/payment/price.js';
import { numberOf } from '../../trust/payment/uint256.js';
import type { Receipt } from '../../trust/receipts/receipt.js';
import { AttemptWork } from '../attempt-work.js';
import { nodeFault, type NodeFaultCode } from '../fault.js';
import { fromHex } from '../hex.js';
import { receiptPixels } from '../paid-pixels.js';
import { Allowance } from './allowance.js';
import type { Purse } from './purse.js';
import type { CallListener, JobCall, OrchestratorTerms, PayableCall, PaymentListener } from './orchestrator-client.js';

/** An orchestrator that can be paid. */
export interface PayableOrchestrator {
  readonly address: string;
  runJob(listener: CallListener, payment: PaymentListener): PayableCall;
  paymentParameters(sender: Uint8Array, ticketValueWei: bigint): Promise<PaymentParameters>;
}

/** What a call is paid from. */
export type PaidCallPurse = Pick<Purse, 'signer' | 'limits' | 'disputesWith' | 'view' | 'paid' | 'stopped'>;

// The one that is being made, and the next.
const windowsAhead = 2n;
// How many windows one ticket is to cover at most: checking it is most of what a payment costs.
const windowsPerTicket = 4n;
// An order that is refused for want of payment is paid for and sent again, this often.
const mostRepeats = 3;
// What time releases is looked at this often, while something waits for it.
const releasedEveryMs = 250;
// An order waits no longer for it: who ordered would take the orchestrator for one that does not answer.
const longestWaitMs = 4000;

/**
 * A job at an orchestrator that is paid for it: pays before an order goes out and as receipts come, and sends an order
 * again when more had to be paid for it first. To the job it is a call like any other, but that it may stop paying.
 */
export class PaidCall implements JobCall {
  readonly #orchestrator: PayableOrchestrator;
  readonly #terms: OrchestratorTerms;
  readonly #purse: PaidCallPurse;
  readonly #listener: CallListener;
  readonly #call: PayableCall;
  readonly #now: () => number;
  readonly #allowance: Allowance;
  readonly #disputes: Disputes;
  #payer: Payer | undefined;
  /** Of the attempt that was ordered last. */
  #work: AttemptWork | undefined;
  /** Output pixels that receipts were for, over all attempts. */
  #receiptPixels = 0n;
  #later: NodeJS.Timeout | undefined;
  /** Those given last are good, as far as is known here. */
  #hasParameters = false;
  #isAsking = false;
  /** Sent and not answered, the oldest first. */
  readonly #unanswered: Payment[] = [];
  #ordered: { order: ValidOrder; repeats: number } | undefined;
  /** Goes out when it is paid for. */
  #waiting: ValidOrder | undefined;
  #waitingSinceMs = 0;
  /** It was said that nothing is paid any more, since the last order. */
  #hasStopped = false;
  #over = false;

  /** @param now milliseconds that only go forward */
  constructor(
    orchestrator: PayableOrchestrator,
    terms: OrchestratorTerms,
    purse: PaidCallPurse,
    listener: CallListener,
    now: () => number = () => performance.now(),
  ) {
    this.#orchestrator = orchestrator;
    this.#terms = terms;
    this.#purse = purse;
    this.#listener = listener;
    this.#now = now;
    this.#allowance = new Allowance(now);
    this.#disputes = purse.disputesWith(orchestrator.address);
    this.#disputes.begin();
    this.#call = orchestrator.runJob(
      {
        onAccepted: (accepted) => {
          listener.onAccepted(accepted);
        },
        onRefused: (refused) => {
          this.#refused(refused);
        },
        onEvent: (attempt, event) => {
          this.#heard(attempt, event);
          listener.onEvent(attempt, event);
        },
        onReceipt: (attempt, receipt) => {
          listener.onReceipt(attempt, receipt);
        },
        onPaymentStopped: (fault) => {
          listener.onPaymentStopped(fault);
        },
        onBroken: (code, reason) => {
          this.#end();
          listener.onBroken(code, reason);
        },
      },
      {
        onPaymentAnswer: (answer) => {
          this.#answered(answer);
        },
        onPaymentDue: (due) => {
          this.#due(due);
        },
      },
    );
  }

  order(order: ValidOrder): void {
    this.#work = new AttemptWork(order, this.#work);
    this.#waitingSinceMs = this.#now();
    this.#allowance.ordered(order);
    this.#ordered = { order, repeats: 0 };
    this.#waiting = order;
    this.#hasStopped = false;
    if (this.#work.isBrokenOff) this.#stop(brokenOff);
    else this.#pay();
  }

  cancel(finish: boolean): void {
    this.#waiting = undefined;
    clearTimeout(this.#later);
    this.#call.cancel(finish);
  }

  verified(receipt: Receipt): void {
    const pixels = receiptPixels(receipt);
    this.#work?.delivered(pixels);
    this.#receiptPixels += pixels;
    this.#payer?.debit(pixels);
    if (receipt.final) clearTimeout(this.#later);
    else this.#pay();
  }

  close(): void {
    this.#end();
    this.#call.close();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#later);
    this.#disputes.end();
  }

  /** Pays once, if anything is due; an order that waits goes out when nothing is any more. */
  #pay(): void {
    if (this.#over || this.#isAsking) return;
    const payer = this.#payerOf();
    const due = this.#hasParameters ? payer.due(this.#purse.view()) : ({ kind: 'parametersNeeded' } as const);
    switch (due.kind) {
      case 'payment':
        this.#unanswered.push(due.payment);
        this.#call.pay(due.payment);
        this.#purse.paid(due.payment);
        // What is due beyond a single payment follows its answer.
        if (due.isEnough) this.#paidByNow(payer);
        break;
      case 'parametersNeeded':
        void this.#ask(payer);
        break;
      case 'stopped':
        this.#stop(due.error);
        break;
      case 'nothing':
        this.#paidByNow(payer);
    }
  }

  /** Nothing more is due, unless time releases it: then that is looked at again, and an order may have to wait for it. */
  #paidByNow(payer: Payer): void {
    clearTimeout(this.#later);
    const isHeldBack = this.#isHeldBack;
    if (isHeldBack)
      this.#later = setTimeout(() => {
        this.#pay();
      }, releasedEveryMs);
    if (!isHeldBack || payer.coversNext) this.#send();
    else if (this.#waiting !== undefined && this.#now() - this.#waitingSinceMs >= longestWaitMs)
      this.#stop(aheadOfTime);
  }

  #payerOf(): Payer {
    const { signer, limits } = this.#purse;
    const { orchestrator, price } = this.#terms;
    this.#payer ??= new Payer({
      signer,
      recipient: fromHex(orchestrator),
      maxPrice: { wei: BigInt(price.wei), pixels: BigInt(price.pixels) },
      work: () => this.#payable(),
      limits,
      disputes: this.#disputes,
    });
    return this.#payer;
  }

  #payable(): PayableWork {
    const { windowPixels = 0n, nextPixels = 0n, leftPixels } = this.#work ?? {};
    const released = this.#releasedPixels;
    const mostPixels = leftPixels !== undefined && leftPixels < released ? leftPixels : released;
    return { nextPixels, aheadPixels: windowsAhead * windowPixels, mostPixels };
  }

  /** What may be paid beyond receipts by now; below zero when those are ahead of the time. */
  get #releasedPixels(): bigint {
    return this.#allowance.pixels - this.#receiptPixels;
  }

  /** Whether more would be paid if time had released it. */
  get #isHeldBack(): boolean {
    const { windowPixels = 0n, leftPixels } = this.#work ?? {};
    const released = this.#releasedPixels;
    return released < windowsAhead * windowPixels && (leftPixels === undefined || released < leftPixels);
  }

  /** What an attempt leaves unfinished is owed as well: its orchestrator debits the same. */
  #heard(attempt: number, event: AttemptEventBody): void {
    if (event.$case !== 'ended' || attempt !== this.#ordered?.order.attempt) return;
    this.#payer?.debit(this.#work?.ended(event.value) ?? 0n);
  }

  /** Asks for parameters, and pays on them. */
  async #ask(payer: Payer): Promise<void> {
    const { price } = this.#terms;
    const { signer, limits } = this.#purse;
    const wanted = feeOf(this.#ticketPixels(), { wei: BigInt(price.wei), pixels: BigInt(price.pixels) }).ceiling();
    this.#isAsking = true;
    let failure: unknown;
    try {
      // The orchestrator rounds up, and may not get beyond the limit by that.
      const valueWei = wanted < limits.maxTicketValueWei ? wanted : limits.maxTicketValueWei - 1n;
      const parameters = await this.#orchestrator.paymentParameters(signer.address, valueWei);
      payer.accept(parameters, this.#purse.view());
      this.#hasParameters = true;
    } catch (error) {
      failure = error;
    }
    this.#isAsking = false;
    if (this.#over) return;
    if (failure === undefined) this.#pay();
    // While an attempt runs there is something left to try again with: the next receipt asks once more.
    else if (failure instanceof PaymentError || this.#waiting !== undefined) this.#stop(failure);
  }

  /** What one ticket is to be worth: one of equal parts of what may be paid, so that the last one is not for more. */
  #ticketPixels(): bigint {
    const { windowPixels = 0n } = this.#work ?? {};
    const { mostPixels = 0n } = this.#payable();
    if (mostPixels <= windowPixels) return windowPixels;
    return dividedUp(mostPixels, dividedUp(mostPixels, windowPixels * windowsPerTicket));
  }

  #send(): void {
    const order = this.#waiting;
    if (order === undefined) return;
    this.#waiting = undefined;
    this.#call.order(order);
  }

  #answered({ refused, code }: PaymentAnswer): void {
    const payment = this.#unanswered.shift();
    if (payment === undefined) return;
    if (refused > 0) this.#payer?.refused(payment, Math.min(refused, payment.tickets.length));
    if (outdated.has(code)) this.#hasParameters = false;
    this.#pay();
  }

  #due({ attempt, neededWei }: PaymentDue): void {
    if (attempt !== this.#ordered?.order.attempt) return;
    this.#payer?.short(numberOf(neededWei), this.#unanswered);
    this.#pay();
  }

  #refused(refused: Refused): void {
    const { reason, neededWei, attempt } = refused;
    const ordered = this.#ordered;
    const isShort = reason === RefusalReason.REFUSAL_REASON_INSUFFICIENT_BALANCE && neededWei !== undefined;
    if (!isShort || ordered?.order.attempt !== attempt || ordered.repeats >= mostRepeats) {
      this.#listener.onRefused(refused);
      return;
    }
    ordered.repeats += 1;
    this.#waiting = ordered.order;
    this.#payer?.short(numberOf(neededWei), this.#unanswered);
    this.#pay();
  }

  #stop(error: unknown): void {
    if (this.#over || this.#hasStopped) return;
    this.#hasStopped = true;
    this.#waiting = undefined;
    const fault = faultOf(error);
    this.#payer?.stop(error instanceof Error ? error : new Error(fault.message));
    this.#purse.stopped(fault);
    this.#listener.onPaymentStopped(fault);
  }
}

function dividedUp(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}

const brokenOff = new PaymentError(
  'INSUFFICIENT_BALANCE',
  'Attempts of this call were broken off so often that the orchestrator works no longer for it.',
);
const aheadOfTime = new PaymentError(
  'INSUFFICIENT_BALANCE',
  'Receipts came faster than they are paid for, and the next attempt would have to wait: announce the duration of a recording.',
);

/** Parameters that nothing can be paid on any more. */
const outdated = new Set(['RECIPIENT_RAND_INVALID', 'PARAMETERS_EXPIRED', 'NONCES_TOO_MANY']);

/** What lies with the broadcaster itself: another orchestrator may ask for less. */
const own = new Set<NodeFaultCode>([
  'INSUFFICIENT_BALANCE',
  'SENDER_UNFUNDED',
  'SENDER_RESERVE_INSUFFICIENT',
  'SENDER_INVALID',
]);

function faultOf(error: unknown): Fault {
  const isPayments = error instanceof PaymentError;
  const code = isPayments ? error.code : 'PAYMENT_FAILED';
  const message = isPayments ? error.message : 'The orchestrator does not say what payments are to be.';
  const faultClass = own.has(code) ? FaultClass.FAULT_CLASS_BROADCASTER : FaultClass.FAULT_CLASS_ORCHESTRATOR;
  return nodeFault(faultClass, code, message);
}

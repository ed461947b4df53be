import { FaultClass, type Fault } from '../../rpc/attempt-event.js';
import { RefusalReason, type Refused } from '../../rpc/answer.js';
import type { ValidOrder } from '../../rpc/order.js';
import type { PaymentAnswer, PaymentDue } from '../../rpc/payment.js';
import { Payer } from '../../trust/payment/payer.js';
import type { Payment, PaymentParameters } from '../../trust/payment/payment.js';
import { PaymentError } from '../../trust/payment/payment-error.js';
import { feeOf } from '../../trust/payment/price.js';
import { numberOf } from '../../trust/payment/uint256.js';
import type { Receipt } from '../../trust/receipts/receipt.js';
import { nodeFault, type NodeFaultCode } from '../fault.js';
import { fromHex } from '../hex.js';
import { receiptPixels, windowPixels } from '../paid-pixels.js';
import type { Purse } from './purse.js';
import type { CallListener, JobCall, OrchestratorTerms, PayableCall, PaymentListener } from './orchestrator-client.js';

/** An orchestrator that can be paid. */
export interface PayableOrchestrator {
  runJob(listener: CallListener, payment: PaymentListener): PayableCall;
  paymentParameters(sender: Uint8Array, ticketValueWei: bigint): Promise<PaymentParameters>;
}

/** What a call is paid from. */
export type PaidCallPurse = Pick<Purse, 'signer' | 'limits' | 'view' | 'paid' | 'stopped'>;

// How many windows one ticket is to cover: checking it is most of what a payment costs.
const windowsPerTicket = 4n;
// An order that is refused for want of payment is paid for and sent again, this often.
const mostRepeats = 3;

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
  #payer: Payer | undefined;
  #windowPixels = 0n;
  /** Those given last are good, as far as is known here. */
  #hasParameters = false;
  #isAsking = false;
  /** Sent and not answered, the oldest first. */
  readonly #unanswered: Payment[] = [];
  #ordered: { order: ValidOrder; repeats: number } | undefined;
  /** Goes out when it is paid for. */
  #waiting: ValidOrder | undefined;
  /** It was said that nothing is paid any more, since the last order. */
  #hasStopped = false;
  #over = false;

  constructor(
    orchestrator: PayableOrchestrator,
    terms: OrchestratorTerms,
    purse: PaidCallPurse,
    listener: CallListener,
  ) {
    this.#orchestrator = orchestrator;
    this.#terms = terms;
    this.#purse = purse;
    this.#listener = listener;
    this.#call = orchestrator.runJob(
      {
        onAccepted: (accepted) => {
          listener.onAccepted(accepted);
        },
        onRefused: (refused) => {
          this.#refused(refused);
        },
        onEvent: (attempt, event) => {
          listener.onEvent(attempt, event);
        },
        onReceipt: (attempt, receipt) => {
          listener.onReceipt(attempt, receipt);
        },
        onPaymentStopped: (fault) => {
          listener.onPaymentStopped(fault);
        },
        onBroken: (code, reason) => {
          this.#over = true;
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
    this.#windowPixels = windowPixels(order, order.ticket?.windowMs ?? 0);
    this.#ordered = { order, repeats: 0 };
    this.#waiting = order;
    this.#hasStopped = false;
    this.#pay();
  }

  cancel(finish: boolean): void {
    this.#waiting = undefined;
    this.#call.cancel(finish);
  }

  verified(receipt: Receipt): void {
    this.#payer?.verified(receiptPixels(receipt));
    if (!receipt.final) this.#pay();
  }

  close(): void {
    this.#over = true;
    this.#call.close();
  }

  /** Pays whatever is due; then an order that waits goes out. */
  #pay(): void {
    if (this.#over || this.#isAsking) return;
    const payer = this.#payerOf();
    for (;;) {
      const due = this.#hasParameters ? payer.due(this.#purse.view()) : ({ kind: 'parametersNeeded' } as const);
      switch (due.kind) {
        case 'payment':
          this.#unanswered.push(due.payment);
          this.#call.pay(due.payment);
          this.#purse.paid(due.payment);
          break;
        case 'parametersNeeded':
          void this.#ask(payer);
          return;
        case 'stopped':
          this.#stop(due.error);
          return;
        case 'nothing':
          this.#send();
          return;
      }
    }
  }

  #payerOf(): Payer {
    const { signer, limits } = this.#purse;
    const { orchestrator, price } = this.#terms;
    this.#payer ??= new Payer({
      signer,
      recipient: fromHex(orchestrator),
      maxPrice: { wei: BigInt(price.wei), pixels: BigInt(price.pixels) },
      windowPixels: this.#windowPixels,
      limits,
    });
    this.#payer.expect(this.#windowPixels);
    return this.#payer;
  }

  /** Asks for parameters, and pays on them. */
  async #ask(payer: Payer): Promise<void> {
    const { price } = this.#terms;
    const { signer, limits } = this.#purse;
    const windows = feeOf(this.#windowPixels * windowsPerTicket, {
      wei: BigInt(price.wei),
      pixels: BigInt(price.pixels),
    });
    const wanted = windows.ceiling();
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

  #send(): void {
    const order = this.#waiting;
    if (order === undefined) return;
    this.#waiting = undefined;
    this.#call.order(order);
  }

  #answered({ refused, code }: PaymentAnswer): void {
    const payment = this.#unanswered.shift();
    if (payment === undefined || refused === 0) return;
    this.#payer?.refused(payment, Math.min(refused, payment.tickets.length));
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

/** Parameters that nothing can be paid on any more. */
const outdated = new Set(['RECIPIENT_RAND_INVALID', 'PARAMETERS_EXPIRED', 'NONCES_TOO_MANY']);

/** What lies with the broadcaster itself: another orchestrator may ask for less. */
const own = new Set<NodeFaultCode>(['SENDER_UNFUNDED', 'SENDER_RESERVE_INSUFFICIENT', 'SENDER_INVALID']);

function faultOf(error: unknown): Fault {
  const isPayments = error instanceof PaymentError;
  const code = isPayments ? error.code : 'PAYMENT_FAILED';
  const message = isPayments ? error.message : 'The orchestrator does not say what payments are to be.';
  const faultClass = own.has(code) ? FaultClass.FAULT_CLASS_BROADCASTER : FaultClass.FAULT_CLASS_ORCHESTRATOR;
  return nodeFault(faultClass, code, message);
}

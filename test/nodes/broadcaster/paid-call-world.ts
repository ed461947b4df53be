import { id } from 'ethers/hash';

import { JobEvidence } from '../../../src/nodes/broadcaster/job-evidence.js';
import { PaymentSession } from '../../../src/nodes/orchestrator/payment-session.js';
import type { CallListener, PaymentListener } from '../../../src/nodes/broadcaster/orchestrator-client.js';
import { PaidCall, type PayableOrchestrator } from '../../../src/nodes/broadcaster/paid-call.js';
import type { Fault, Progress } from '../../../src/rpc/attempt-event.js';
import { RefusalReason } from '../../../src/rpc/answer.js';
import type { ValidOrder } from '../../../src/rpc/order.js';
import { toHex } from '../../../src/nodes/hex.js';
import { windowPixels } from '../../../src/nodes/paid-pixels.js';
import { numberBytes } from '../../../src/nodes/wire-payment.js';
import type { Address } from '../../../src/trust/keys/signature.js';
import { Signer } from '../../../src/trust/keys/signer.js';
import { Disputes } from '../../../src/trust/payment/disputes.js';
import { Payee } from '../../../src/trust/payment/payee.js';
import type { Payment, PaymentParameters } from '../../../src/trust/payment/payment.js';
import { expectedValue } from '../../../src/trust/payment/payment-ticket.js';
import { defaultSenderLimits } from '../../../src/trust/payment/sender-checks.js';
import { Rational } from '../../../src/trust/payment/rational.js';
import { noReceipt, type Receipt } from '../../../src/trust/receipts/receipt.js';
import { broadcasterTrust } from '../sample-trust.js';
import { sampleFault, sampleOrder, sampleProgress, type FaultWord } from '../wire-samples.js';
import { PaymentWorld } from '../../trust/payment/payment-world.js';

/**
 * A broadcaster's call with a double of an orchestrator in the same process: its payee and its account are real, and what
 * it does with them is written here. The chain is moved by hand.
 */
export class PaidCallWorld implements PayableOrchestrator {
  readonly address = 'orchestrator.example:8935';
  readonly chain = new PaymentWorld();
  readonly payments: Payment[] = [];
  /** What happened, in short: `asked`, `paid`, `ordered`, `refused`, `due`, `stopped CODE`. */
  readonly told: string[] = [];
  readonly call: PaidCall;
  readonly order: ValidOrder;
  /** A pixel costs a wei. */
  readonly windowPixels: bigint;
  priceWei = 1n;
  /** What its tickets are worth, if not what they are asked to be. */
  ticketValueWei: bigint | undefined;
  nowMs = 0;
  #attempt = 1;
  /** What the broadcaster has not seen of the chain. */
  blocksBehind = 0n;
  /** Payments are lost on their way. */
  losesPayments = false;
  /** Payments are answered only later. */
  answersLater = false;
  #session: PaymentSession;
  #payee: Payee;
  readonly #sign: (order: ValidOrder) => ValidOrder;
  #listener: (CallListener & PaymentListener) | undefined;
  #answers: (() => void)[] = [];

  /** @param disputes what the broadcaster keeps of this orchestrator; default: nothing of earlier calls */
  constructor(order: Partial<ValidOrder> = {}, disputes = new Disputes(() => 0)) {
    const address: Address = `0x${toHex(this.chain.orchestrator.address)}`;
    const terms = { orchestrator: address, price: { wei: 1, pixels: 1 } };
    const signer = new Signer(id('the broadcaster of the tests'));
    this.#sign = (bare) => new JobEvidence({ ...broadcasterTrust, signer }).sign(bare, terms, []).order;
    this.order = this.#sign(sampleOrder(order));
    this.windowPixels = windowPixels(this.order, 2000);
    this.#payee = this.#newPayee();
    this.#session = this.#newSession();
    const purse = {
      signer: this.chain.broadcaster,
      limits: defaultSenderLimits,
      disputesWith: () => disputes,
      view: () => ({ ...this.chain.payerView, block: this.chain.view.block - this.blocksBehind }),
      paid: () => undefined,
      stopped: () => undefined,
    };
    const ignore = () => undefined;
    const listener = {
      onAccepted: ignore,
      onRefused: ({ reason }: { reason: RefusalReason }) => this.told.push(`gave up ${reason}`),
      onEvent: ignore,
      onReceipt: ignore,
      onPaymentStopped: ({ code }: Fault) => this.told.push(`stopped ${code}`),
      onBroken: ignore,
    };
    this.call = new PaidCall(this, terms, purse, listener, () => this.nowMs);
  }

  /** Whether the orchestrator is paid for what is next. */
  get isCovered(): boolean {
    return this.#session.standing(0).is === 'covered';
  }

  /** For how many windows, and a share of the next one, was paid. */
  get windowsPaid(): number {
    const paid = this.payments.reduce(
      (sum, { parameters, tickets }) => sum.plus(expectedValue(parameters).times(BigInt(tickets.length))),
      Rational.zero,
    );
    return Number(paid.times(1_000_000n, this.windowPixels).timesFloor(Rational.of(1n))) / 1_000_000;
  }

  paymentParameters(_sender: Uint8Array, wantedWei: bigint): Promise<PaymentParameters> {
    this.told.push('asked');
    const valueWei = this.ticketValueWei ?? wantedWei;
    return Promise.resolve(this.#payee.parametersFor(this.chain.broadcaster.address, this.chain.funds, 0n, valueWei));
  }

  runJob(listener: CallListener, payment: PaymentListener) {
    this.#listener = { ...listener, ...payment };
    return {
      order: (order: ValidOrder) => {
        this.#order(order);
      },
      pay: (payment: Payment) => {
        this.#pay(payment);
      },
      cancel: () => this.told.push('cancelled'),
      verified: () => undefined,
      close: () => this.told.push('closed'),
    };
  }

  /** The window that is expected was delivered, and its receipt holds. */
  deliver({ final = false } = {}): void {
    this.#session.delivered(this.windowPixels);
    this.claimDelivered(1, { final });
  }

  /** The orchestrator looks at the balance, as it does all the time: it says once that it is short, and ends what is not paid in time. */
  look(): void {
    const standing = this.#session.standing(this.nowMs);
    if (standing.is === 'overdue') this.told.push('unpaid');
    if (standing.is === 'short' && standing.isNews) this.claim(standing.neededWei);
  }

  /** A receipt that holds by itself is for so many windows, whatever was delivered. */
  claimDelivered(windows: number, { final = false } = {}): void {
    this.call.verified(this.#receipt(windows, final));
  }

  /** The attempt ends, having encoded so many windows since it began; so it is said. */
  end(windows: number, fault: FaultWord = 'cancelled'): void {
    const pixelsEncoded = Math.round(windows * Number(this.windowPixels));
    const { renditions, ...progress } = sampleProgress(1, 1);
    const reached: Progress = { ...progress, renditions: renditions.map((each) => ({ ...each, pixelsEncoded })) };
    const value = { fault: sampleFault(fault), progress: reached };
    this.#session.ended(value);
    this.#listener?.onEvent(this.#attempt, { $case: 'ended', value });
  }

  /** The next attempt is ordered. */
  orderAgain(): void {
    this.#attempt += 1;
    this.call.order(this.#sign(sampleOrder({ durationMs: this.order.durationMs, attempt: this.#attempt })));
  }

  /** The orchestrator says that the balance does not cover the next window. */
  claim(neededWei: bigint): void {
    this.#listener?.onPaymentDue({ attempt: this.#attempt, neededWei: numberBytes(neededWei) });
  }

  /** The orchestrator starts anew, and knows nothing of what was. */
  restart(): void {
    this.#payee = this.#newPayee();
    this.#session = this.#newSession();
  }

  /** What was answered so far arrives. */
  answer(): void {
    for (const tell of this.#answers.splice(0)) tell();
  }

  #order(order: ValidOrder): void {
    const neededWei = this.#session.missingFor(order);
    this.told.push(neededWei === undefined ? 'ordered' : 'refused');
    if (neededWei === undefined) return;
    const tell = () =>
      this.#listener?.onRefused({
        ...{ attempt: order.attempt, reason: RefusalReason.REFUSAL_REASON_INSUFFICIENT_BALANCE, message: 'Pay.' },
        ...{ retryAfterMs: 0, neededWei: numberBytes(neededWei) },
      });
    this.#answers.push(tell);
    if (!this.answersLater)
      queueMicrotask(() => {
        this.answer();
      });
  }

  #pay(payment: Payment): void {
    this.told.push('paid');
    this.payments.push(payment);
    const answer = this.losesPayments
      ? { accepted: 0, refused: payment.tickets.length, code: 'LEDGER_FAILED' }
      : this.#session.take(payment).answer;
    this.#answers.push(() => this.#listener?.onPaymentAnswer(answer));
    if (!this.answersLater)
      queueMicrotask(() => {
        this.answer();
      });
  }

  #receipt(windows: number, final: boolean): Receipt {
    const pixels = windows * Number(this.windowPixels);
    const window = { name: 'P360p30fps16x9', index: 0, root: noReceipt, frames: 60, pixels, width: 640, height: 360 };
    const empty = { ticket: noReceipt, index: 0, previous: noReceipt, sources: [], leftOut: [], final };
    return { ...empty, renditions: [{ ...window, startTimestampUs: 0, endTimestampUs: 2_000_000 }] };
  }

  #newPayee(): Payee {
    return new Payee({
      recipient: this.chain.orchestrator.address,
      price: { wei: this.priceWei, pixels: 1n },
      view: () => this.chain.view,
      keepWinner: () => undefined,
      ticketValueWei: 1n,
      redeemGas: 1n,
    });
  }

  #newSession(): PaymentSession {
    return new PaymentSession(this.#payee, () => undefined);
  }
}

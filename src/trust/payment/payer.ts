import type { SenderFunds } from '../chain/chain.js';

import { Disputes } from './disputes.js';
import { mostTicketsPerPayment, paymentTicketOf, type Payment, type PaymentParameters } from './payment.js';
import { PaymentError } from './payment-error.js';
import { expectedValue, hashOfPaymentTicket } from './payment-ticket.js';
import type { PersonalSigner } from './personal-signature.js';
import { feeAhead, feeOf, isAbove, type Price } from './price.js';
import { Rational } from './rational.js';
import { checkSenderFunds, checkStakes, defaultSenderLimits, type SenderLimits } from './sender-checks.js';
import { mostNonces } from './sender-nonces.js';
import { sameBytes } from './uint256.js';

/** What a broadcaster pays for, and how much it dares. */
export interface PayerOptions {
  /** The broadcaster's key. */
  signer: PersonalSigner;
  /** 20 bytes: the orchestrator that the order is for, and nobody else is paid. */
  recipient: Uint8Array;
  /** What the order allows at most. */
  maxPrice: Price;
  /** What is to be paid for, as it stands; asked for whenever something is decided. */
  work: () => PayableWork;
  limits?: SenderLimits;
  /** Kept over all sessions with the orchestrator. Default: of this session alone. */
  disputes?: Disputes;
}

/** What is to be paid for, in output pixels. */
export interface PayableWork {
  /** What the orchestrator wants to be covered before it goes on; it says so when it is not. */
  nextPixels: bigint;
  /** What is paid before its receipts are here. At least `nextPixels`, so that a payment has time to arrive. */
  aheadPixels: bigint;
  /**
   * The most that may be paid before its receipts are here, whatever is ahead. Below zero when receipts are for more than
   * may be paid by now: that waits. Absent: there is no such limit.
   */
  mostPixels?: bigint | undefined;
}

/** What the chain said last, as far as a payment depends on it. */
export interface PayerView {
  block: bigint;
  round: bigint;
  /** Of the broadcaster itself. */
  funds: SenderFunds;
}

/** What is to be done about payment now. */
export type PaymentDue =
  /** The balance covers what is ahead or may be paid by now, or nothing is owed at all. */
  | { kind: 'nothing' }
  /** The parameters are used up: ask the orchestrator for others and give them to `accept`. */
  | { kind: 'parametersNeeded' }
  /** Send this; it counts as paid from here on. `isEnough`: behind it, nothing is due at the moment. */
  | { kind: 'payment'; payment: Payment; isEnough: boolean }
  /** Nothing is paid any more. */
  | { kind: 'stopped'; error: Error };

/**
 * The broadcaster's side of payment for one session with one orchestrator: keeps the mirror of the balance that the
 * orchestrator keeps, and says what to pay. Does no I/O. What is at stake without a receipt is never more than what is
 * paid ahead and one ticket: only what was delivered makes room for more, so an orchestrator that stops sending receipts is
 * not paid further; and what was delivered makes room for no more than `mostPixels` has it.
 */
export class Payer {
  readonly #options: PayerOptions;
  readonly #limits: SenderLimits;
  readonly #disputes: Disputes;
  #parameters: PaymentParameters | undefined;
  #nonce = 0;
  /** That of the first parameters: what the session is charged at. */
  #price: Price | undefined;
  #balance = Rational.zero;
  #stopped: Error | undefined;

  constructor(options: PayerOptions) {
    this.#options = options;
    this.#limits = options.limits ?? defaultSenderLimits;
    this.#disputes = options.disputes ?? new Disputes();
  }

  /** Paid and not yet used up, in wei, as far as is known here. */
  get balance(): Rational {
    return this.#balance;
  }

  /** Whether the balance covers what is next, as far as is known here. */
  get coversNext(): boolean {
    const { nextPixels } = this.#options.work();
    return this.#price === undefined || !this.#balance.isLess(feeOf(nextPixels, this.#price));
  }

  /**
   * Takes the orchestrator's parameters, the first or others. Throws a {@link PaymentError} for those that nothing is
   * to be paid on. An orchestrator that gives none (offchain) is owed nothing: this is never called, and nothing is due.
   */
  accept(parameters: PaymentParameters, { block, round, funds }: PayerView): void {
    const { recipient, maxPrice } = this.#options;
    const { price } = parameters;
    if (!sameBytes(parameters.recipient, recipient)) {
      throw new PaymentError('RECIPIENT_INVALID', 'invalid ticket recipient: it is not the orchestrator of the order.');
    }
    if (this.#price !== undefined && isAbove(price, this.#price, 2n)) {
      throw new PaymentError('PRICE_DOUBLED', 'Orchestrator price has more than doubled');
    }
    if (this.#price === undefined && isAbove(price, maxPrice)) {
      throw new PaymentError('PRICE_TOO_HIGH', 'The orchestrator asks more than the order allows.');
    }
    if (isUsedUp(parameters, block)) throw new PaymentError('PARAMETERS_EXPIRED', 'TicketParams expired');
    checkSenderFunds(funds, round);
    checkStakes(parameters, funds, this.#limits);
    this.#price ??= price;
    // The nonce goes on if they are the same once more: no two tickets may be alike.
    if (!isSame(this.#parameters, parameters)) this.#nonce = 0;
    this.#parameters = parameters;
  }

  /** What to do now: to be asked when the job starts, after every receipt, and when the orchestrator is short. */
  due({ block, round, funds }: PayerView): PaymentDue {
    if (this.#stopped !== undefined) return { kind: 'stopped', error: this.#stopped };
    const [parameters, price] = [this.#parameters, this.#price];
    if (parameters === undefined || price === undefined) return { kind: 'nothing' };
    const missing = this.#due(price).minus(this.#balance);
    if (missing.numerator <= 0n) return { kind: 'nothing' };
    if (isUsedUp(parameters, block) || this.#nonce >= mostNonces) return { kind: 'parametersNeeded' };
    try {
      checkSenderFunds(funds, round);
      checkStakes(parameters, funds, this.#limits);
    } catch (error) {
      if (!(error instanceof PaymentError)) throw error;
      return { kind: 'stopped', error };
    }
    const payment = this.#pay(parameters, missing);
    return { kind: 'payment', payment, isEnough: this.#due(price).minus(this.#balance).numerator <= 0n };
  }

  /**
   * So many output pixels were delivered, by a receipt that was checked and is right, or without one when an attempt
   * ended: that much of what was paid is used up.
   */
  debit(pixels: bigint): void {
    if (this.#price === undefined) return;
    this.#balance = this.#balance.minus(feeOf(pixels, this.#price));
  }

  /** The orchestrator did not count this many tickets of a payment, for reasons such as parameters that ran out on the way. */
  refused({ parameters }: Payment, tickets: number): void {
    this.#lose(expectedValue(parameters).times(BigInt(tickets)));
  }

  /**
   * The orchestrator says INSUFFICIENT_BALANCE for what is next: its balance is lower than it is believed to be here.
   * The difference is made up for, within what can have been lost on the way; beyond that the session is over.
   *
   * @param unanswered payments that it had not seen when it said so: they are not lost
   */
  short(neededWei: bigint, unanswered: readonly Payment[] = []): void {
    if (this.#price === undefined) return;
    const onTheirWay = unanswered.reduce(
      (sum, { parameters, tickets }) => sum.plus(expectedValue(parameters).times(BigInt(tickets.length))),
      Rational.zero,
    );
    const believed = feeOf(this.#options.work().nextPixels, this.#price).minus(Rational.of(neededWei)).plus(onTheirWay);
    if (believed.isLess(this.#balance)) this.#lose(this.#balance.minus(believed));
  }

  /** Nothing is paid from here on: a receipt or a verification failed. The first reason stands. */
  stop(reason: Error): void {
    this.#stopped ??= reason;
  }

  /** What the balance is to come to. */
  #due(price: Price): Rational {
    const { mostPixels } = this.#options.work();
    const ahead = this.#ahead(price);
    if (mostPixels === undefined) return ahead;
    const most = feeOf(mostPixels, price);
    return most.isLess(ahead) ? most : ahead;
  }

  #ahead(price: Price): Rational {
    return feeAhead(this.#options.work().aheadPixels, price);
  }

  #pay(parameters: PaymentParameters, missing: Rational): Payment {
    const { signer } = this.#options;
    const value = expectedValue(parameters);
    const affordable = Rational.of(this.#limits.maxPaymentValueWei).timesFloor(value);
    const count = [affordable, BigInt(mostTicketsPerPayment), BigInt(mostNonces - this.#nonce)].reduce(
      (least, each) => (each < least ? each : least),
      missing.timesCeiling(value),
    );
    const tickets = Array.from({ length: Number(count) }, () => {
      this.#nonce += 1;
      const hash = hashOfPaymentTicket(paymentTicketOf(parameters, signer.address, this.#nonce));
      return { senderNonce: this.#nonce, signature: signer.sign(hash) };
    });
    const amount = value.times(count);
    this.#balance = this.#balance.plus(amount);
    this.#disputes.paid(amount);
    return { sender: signer.address, parameters, tickets };
  }

  /** What is at stake in each call may get lost once. */
  #lose(amount: Rational): void {
    const [parameters, price] = [this.#parameters, this.#price];
    if (parameters === undefined || price === undefined) return;
    this.#balance = this.#balance.minus(amount);
    const stake = this.#ahead(price).plus(expectedValue(parameters));
    const unbearable = this.#disputes.add(amount, stake);
    if (unbearable === undefined) return;
    this.stop(
      new PaymentError(
        'BALANCE_DISPUTED',
        `The orchestrator says that about ${unbearable.ceiling()} wei of what it was paid are missing.`,
      ),
    );
  }
}

/** A block may come while a payment is on its way. */
function isUsedUp({ expirationBlock }: PaymentParameters, block: bigint): boolean {
  return expirationBlock <= block + 1n;
}

function isSame(one: PaymentParameters | undefined, other: PaymentParameters): boolean {
  return one !== undefined && sameBytes(one.recipientRandHash, other.recipientRandHash);
}

import { randomUUID } from 'node:crypto';

import type { Ended } from '../../rpc/attempt-event.js';
import type { ValidOrder } from '../../rpc/order.js';
import type { PaymentAnswer } from '../../rpc/payment.js';
import type { Account } from '../../trust/payment/balances.js';
import type { Payee } from '../../trust/payment/payee.js';
import type { Payment } from '../../trust/payment/payment.js';
import { PaymentError } from '../../trust/payment/payment-error.js';
import { expectedValue } from '../../trust/payment/payment-ticket.js';
import { AttemptWork } from '../attempt-work.js';

/** Whether a running attempt is paid for. */
export type PaymentStanding =
  | { is: 'covered' }
  /** So much is missing for the next window. `isNews`: it was not said before. */
  | { is: 'short'; neededWei: bigint; isNews: boolean }
  /** It was missing for too long. */
  | { is: 'overdue'; neededWei: bigint };

/** Why a call ends over a payment, beyond the payment that is not taken. */
export type PaymentBreach =
  /** A signature that is none, or another's: checking it is what costs most. */
  | 'forged'
  /** Somebody else pays than before. */
  | 'stranger'
  /** One payment after the other does not count. */
  | 'fruitless';

// Behind this, even the shortest windows leave time for a payment to come.
const leastGraceMs = 2000;
// Who pays in good faith stops long before.
const mostRefusedInARow = 10;

/** What one call of a broadcaster pays and owes: its balance is its own, and ends with it. */
export class PaymentSession {
  readonly #payee: Payee;
  readonly #onAnswer: (answer: PaymentAnswer, error: unknown) => void;
  readonly #session = randomUUID();
  /** Whoever pays or orders first is who pays from then on. */
  #account: Account | undefined;
  /** Of the attempt that was ordered last. */
  #work: AttemptWork | undefined;
  #refusedInARow = 0;
  #graceMs = leastGraceMs;
  #missing: { wei: bigint; sinceMs: number | undefined } | undefined;

  /** @param onAnswer hears of every payment, and why it does not count or not in whole */
  constructor(payee: Payee, onAnswer: (answer: PaymentAnswer, error: unknown) => void) {
    this.#payee = payee;
    this.#onAnswer = onAnswer;
  }

  /** Takes a payment. With a breach, no other is worth an answer. */
  take(payment: Payment): { answer: PaymentAnswer; breach: PaymentBreach | undefined } {
    const account = (this.#account ??= { sender: payment.sender, session: this.#session });
    const before = this.#payee.balance(account);
    let error: unknown;
    try {
      [error] = this.#payee.receive(account, payment).refused;
    } catch (thrown) {
      if (!(thrown instanceof PaymentError)) throw thrown;
      error = thrown;
    }
    const credited = this.#payee.balance(account).minus(before);
    const value = expectedValue(payment.parameters);
    const accepted = value.numerator === 0n ? 0 : Number(credited.timesFloor(value));
    const code = error instanceof PaymentError ? error.code : '';
    const answer = { accepted, refused: payment.tickets.length - accepted, code };
    this.#weigh();
    this.#onAnswer(answer, error);
    this.#refusedInARow = accepted === 0 ? this.#refusedInARow + 1 : 0;
    return { answer, breach: this.#breachOf(code) };
  }

  /** What is missing for an order, in wei. Absent: its first window is paid for. */
  missingFor(order: ValidOrder): bigint | undefined {
    const { ticket } = order;
    // One without a ticket is refused for that.
    if (ticket === undefined) return undefined;
    const account = (this.#account ??= { sender: ticket.broadcaster, session: this.#session });
    this.#work = new AttemptWork(order, this.#work);
    this.#graceMs = Math.max(leastGraceMs, ticket.windowMs);
    this.#missing = undefined;
    const isPayer = Buffer.compare(account.sender, ticket.broadcaster) === 0;
    const payer = isPayer ? account : { sender: ticket.broadcaster, session: this.#session };
    return this.#payee.shortfall(payer, this.#work.nextPixels)?.neededWei;
  }

  /** A receipt for so many output pixels was given: they are owed. */
  delivered(pixels: bigint): void {
    this.#work?.delivered(pixels);
    this.#debit(pixels);
  }

  /** The attempt ended: what it left unfinished is owed as well, as far as that goes. */
  ended(ended: Ended): void {
    this.#debit(this.#work?.ended(ended) ?? 0n);
  }

  /** So much was broken off that more of it would not be paid for. */
  get isBrokenOff(): boolean {
    return this.#work?.isBrokenOff ?? false;
  }

  /** To be asked now and then while an attempt runs. */
  standing(nowMs: number): PaymentStanding {
    const missing = this.#missing;
    if (missing === undefined) return { is: 'covered' };
    const { wei: neededWei } = missing;
    const isNews = missing.sinceMs === undefined;
    missing.sinceMs ??= nowMs;
    if (nowMs - missing.sinceMs >= this.#graceMs) return { is: 'overdue', neededWei };
    return { is: 'short', neededWei, isNews };
  }

  /** The call is over. */
  close(): void {
    if (this.#account !== undefined) this.#payee.close(this.#account);
  }

  #debit(pixels: bigint): void {
    if (this.#account === undefined || pixels === 0n) return;
    this.#payee.debit(this.#account, pixels);
    this.#weigh();
  }

  #breachOf(code: string): PaymentBreach | undefined {
    if (code.startsWith('SIGNATURE_')) return 'forged';
    if (code === 'SENDER_INVALID') return 'stranger';
    return this.#refusedInARow >= mostRefusedInARow ? 'fruitless' : undefined;
  }

  #weigh(): void {
    if (this.#account === undefined) return;
    const wei = this.#payee.shortfall(this.#account, this.#work?.nextPixels ?? 0n)?.neededWei;
    this.#missing = wei === undefined ? undefined : { wei, sinceMs: this.#missing?.sinceMs };
  }
}

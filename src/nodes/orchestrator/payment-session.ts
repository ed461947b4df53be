import { randomUUID } from 'node:crypto';

import type { ValidOrder } from '../../rpc/order.js';
import type { PaymentAnswer } from '../../rpc/payment.js';
import type { Account } from '../../trust/payment/balances.js';
import type { Payee } from '../../trust/payment/payee.js';
import type { Payment } from '../../trust/payment/payment.js';
import { PaymentError } from '../../trust/payment/payment-error.js';
import { expectedValue } from '../../trust/payment/payment-ticket.js';
import { windowPixels } from '../paid-pixels.js';

/** Whether a running attempt is paid for. */
export type PaymentStanding =
  | { is: 'covered' }
  /** So much is missing for the next window. `isNews`: it was not said before. */
  | { is: 'short'; neededWei: bigint; isNews: boolean }
  /** It was missing for too long. */
  | { is: 'overdue'; neededWei: bigint };

// Behind this, even the shortest windows leave time for a payment to come.
const leastGraceMs = 2000;

/** What one call of a broadcaster pays and owes: its balance is its own, and ends with it. */
export class PaymentSession {
  readonly #payee: Payee;
  readonly #onAnswer: (answer: PaymentAnswer, error: unknown) => void;
  readonly #session = randomUUID();
  /** Whoever pays or orders first is who pays from then on. */
  #account: Account | undefined;
  #windowPixels = 0n;
  #graceMs = leastGraceMs;
  #missing: { wei: bigint; sinceMs: number | undefined } | undefined;

  /** @param onAnswer hears of every payment, and why it does not count or not in whole */
  constructor(payee: Payee, onAnswer: (answer: PaymentAnswer, error: unknown) => void) {
    this.#payee = payee;
    this.#onAnswer = onAnswer;
  }

  /** Takes a payment. */
  take(payment: Payment): PaymentAnswer {
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
    return answer;
  }

  /** What is missing for an order, in wei. Absent: its first window is paid for. */
  missingFor(order: ValidOrder): bigint | undefined {
    const { ticket } = order;
    // One without a ticket is refused for that.
    if (ticket === undefined) return undefined;
    const account = (this.#account ??= { sender: ticket.broadcaster, session: this.#session });
    this.#windowPixels = windowPixels(order, ticket.windowMs);
    this.#graceMs = Math.max(leastGraceMs, ticket.windowMs);
    this.#missing = undefined;
    const isPayer = Buffer.compare(account.sender, ticket.broadcaster) === 0;
    const payer = isPayer ? account : { sender: ticket.broadcaster, session: this.#session };
    return this.#payee.shortfall(payer, this.#windowPixels)?.neededWei;
  }

  /** So many output pixels were delivered, and are owed. */
  delivered(pixels: bigint): void {
    if (this.#account === undefined || pixels === 0n) return;
    this.#payee.debit(this.#account, pixels);
    this.#weigh();
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

  #weigh(): void {
    if (this.#account === undefined) return;
    const wei = this.#payee.shortfall(this.#account, this.#windowPixels)?.neededWei;
    this.#missing = wei === undefined ? undefined : { wei, sinceMs: this.#missing?.sinceMs };
  }
}

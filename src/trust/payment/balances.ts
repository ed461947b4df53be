import { hexOf } from '../keys/signature.js';
import type { Price } from './price.js';
import { Rational } from './rational.js';

/** Whose balance with an orchestrator: every session of a broadcaster has its own. */
export interface Account {
  /** 20 bytes. */
  sender: Uint8Array;
  session: string;
}

/** What an account holds. */
export interface Balance {
  /** Paid and not yet used up, in wei; below zero when more was done than paid. */
  amount: Rational;
  /** Fixed by the first payment of the session. Absent: nothing was paid yet. */
  price: Price | undefined;
}

/** The balances of all sessions that are open: a source may stand still for hours, and what was paid for it stays paid. */
export class Balances {
  readonly #entries = new Map<string, Balance>();

  get(account: Account): Balance {
    return this.#entries.get(keyOf(account)) ?? { amount: Rational.zero, price: undefined };
  }

  /** Adds to what the account holds (takes away, if below zero), and fixes its price unless that is done. */
  change(account: Account, amount: Rational, price?: Price): Balance {
    const before = this.get(account);
    const after = { amount: before.amount.plus(amount), price: before.price ?? price };
    this.#entries.set(keyOf(account), after);
    return after;
  }

  /** Forgets an account whose session is over. */
  delete(account: Account): void {
    this.#entries.delete(keyOf(account));
  }
}

function keyOf({ sender, session }: Account): string {
  return `${hexOf(sender)} ${session}`;
}

import type { Price } from './price.js';
import { Rational } from './rational.js';
import { hexOf } from './uint256.js';

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

/** How long a balance outlives its last payment or debit. */
export const balanceIdleMs = 10 * 60_000;

/** The balances of all accounts. One that nothing happens to for {@link balanceIdleMs} is forgotten, whatever it holds. */
export class Balances {
  /** Those longest untouched first. */
  readonly #entries = new Map<string, Balance & { touchedAtMs: number }>();
  readonly #now: () => number;

  /** @param now milliseconds that only go forward */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  get(account: Account): Balance {
    this.#sweep();
    return this.#entries.get(keyOf(account)) ?? { amount: Rational.zero, price: undefined };
  }

  /** Adds to what the account holds (takes away, if below zero), and fixes its price unless that is done. */
  change(account: Account, amount: Rational, price?: Price): Balance {
    const before = this.get(account);
    const key = keyOf(account);
    const after = { amount: before.amount.plus(amount), price: before.price ?? price, touchedAtMs: this.#now() };
    this.#entries.delete(key);
    this.#entries.set(key, after);
    return after;
  }

  /** Forgets an account whose session is over. */
  delete(account: Account): void {
    this.#entries.delete(keyOf(account));
  }

  get size(): number {
    this.#sweep();
    return this.#entries.size;
  }

  #sweep(): void {
    const limit = this.#now() - balanceIdleMs;
    for (const [key, { touchedAtMs }] of this.#entries) {
      if (touchedAtMs > limit) return;
      this.#entries.delete(key);
    }
  }
}

function keyOf({ sender, session }: Account): string {
  return `${hexOf(sender)} ${session}`;
}

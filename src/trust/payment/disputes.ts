import { Rational } from './rational.js';

/** After this long, half of what was disputed is forgotten, and half of what was paid counts no more. */
export const disputeHalfLifeMs = 60 * 60_000;

/**
 * What an orchestrator says is missing of what it was paid, over all its calls. Payments do get lost: with parameters that
 * ran out on the way, or with an orchestrator that starts anew, and then in all of its calls at once. So it may say so once
 * for all that is at stake in them, and for a hundredth of what it was paid on top. Without the half-life, an orchestrator would be shut out for what it lost over
 * months, or could lay claim to a hundredth of months at once.
 */
export class Disputes {
  readonly #now: () => number;
  #disputed = Rational.zero;
  #paid = Rational.zero;
  #calls = 0;
  /** The most calls at once, since a while. */
  #mostCalls = 1;
  #sinceMs: number;

  /** @param now milliseconds that only go forward */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#sinceMs = now();
  }

  /** One call more that is paid for. */
  begin(): void {
    this.#halve();
    this.#calls += 1;
    this.#mostCalls = Math.max(this.#mostCalls, this.#calls);
  }

  /** One less. */
  end(): void {
    this.#calls -= 1;
  }

  /** So many wei were paid. */
  paid(amount: Rational): void {
    this.#halve();
    this.#paid = this.#paid.plus(amount);
  }

  /**
   * So many wei are said to be missing. Gives the sum when that can be borne no more.
   *
   * @param stake what is at stake at any time in the call that it is missing in, in wei
   */
  add(amount: Rational, stake: Rational): Rational | undefined {
    this.#halve();
    this.#disputed = this.#disputed.plus(amount);
    const inAllCalls = stake.times(BigInt(this.#mostCalls));
    return inAllCalls.plus(this.#paid.times(1n, 100n)).isLess(this.#disputed) ? this.#disputed : undefined;
  }

  #halve(): void {
    const times = Math.floor((this.#now() - this.#sinceMs) / disputeHalfLifeMs);
    if (times === 0) return;
    this.#sinceMs += times * disputeHalfLifeMs;
    const divisor = 2n ** BigInt(Math.min(times, 256));
    // In whole wei: fractions would grow longer with every hour.
    const halved = ({ numerator, denominator }: Rational) => Rational.of(numerator / denominator / divisor);
    this.#disputed = halved(this.#disputed);
    this.#paid = halved(this.#paid);
    this.#mostCalls = Math.max(1, this.#calls, Math.ceil(this.#mostCalls / 2 ** times));
  }
}

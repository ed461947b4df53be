import type { Bytes32 } from '../keys/signature.js';

/** The tickets that were taken, until they expire: none is forgotten before that, however many come. */
export class SpentTickets {
  readonly #capacity: number;
  readonly #expiries = new Map<Bytes32, number>();
  /** Before this, in seconds since 1970, none of them expires. */
  #nextExpiry = 0;

  /** @param capacity how many are remembered at most */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  has(hash: Bytes32): boolean {
    return this.#expiries.has(hash);
  }

  /** Remembers a ticket; `false` when there is no room for it. Times are in seconds since 1970. */
  add(hash: Bytes32, expiry: number, now: number): boolean {
    if (this.#expiries.size >= this.#capacity) this.#forgetExpired(now);
    if (this.#expiries.size >= this.#capacity) return false;
    this.#expiries.set(hash, expiry);
    this.#nextExpiry = Math.min(this.#nextExpiry, expiry);
    return true;
  }

  /** Whoever fills it has it looked through no more than once a second. */
  #forgetExpired(now: number): void {
    if (now < this.#nextExpiry) return;
    this.#nextExpiry = Infinity;
    for (const [hash, expiry] of this.#expiries)
      if (expiry <= now) this.#expiries.delete(hash);
      else this.#nextExpiry = Math.min(this.#nextExpiry, expiry);
  }
}

import type { Address, Bytes32 } from '../keys/signature.js';

/** How many tickets are remembered at once. */
export interface SpentTicketsLimits {
  /** Of all broadcasters together. */
  capacity: number;
  /** Of any one of them once no more room than this is left: so much is always there for the others. */
  share: number;
}

/** What comes of a ticket that is to be remembered: whether there was room for it, or whose room is full. */
export type Remembered = 'remembered' | 'shareFull' | 'full';

interface Spent {
  broadcaster: Address;
  /** In seconds since 1970. */
  expiry: number;
}

/** The tickets that were taken, until they expire: none is forgotten before that, however many come. */
export class SpentTickets {
  readonly #limits: SpentTicketsLimits;
  readonly #spent = new Map<Bytes32, Spent>();
  readonly #counts = new Map<Address, number>();
  /** Before this, in seconds since 1970, none of them expires. */
  #nextExpiry = 0;

  constructor(limits: SpentTicketsLimits) {
    this.#limits = limits;
  }

  has(hash: Bytes32): boolean {
    return this.#spent.has(hash);
  }

  /** Remembers a ticket. `now` is in seconds since 1970, too. */
  add(hash: Bytes32, spent: Spent, now: number): Remembered {
    if (this.#whoseRoomIsFull(spent.broadcaster) !== undefined) this.#forgetExpired(now);
    const full = this.#whoseRoomIsFull(spent.broadcaster);
    if (full !== undefined) return full;
    this.#spent.set(hash, spent);
    this.#count(spent.broadcaster, 1);
    this.#nextExpiry = Math.min(this.#nextExpiry, spent.expiry);
    return 'remembered';
  }

  #whoseRoomIsFull(broadcaster: Address): 'shareFull' | 'full' | undefined {
    const { capacity, share } = this.#limits;
    if (this.#spent.size >= capacity) return 'full';
    const isScarce = this.#spent.size >= capacity - share;
    return isScarce && (this.#counts.get(broadcaster) ?? 0) >= share ? 'shareFull' : undefined;
  }

  /** Whoever fills it has it looked through no more than once a second. */
  #forgetExpired(now: number): void {
    if (now < this.#nextExpiry) return;
    this.#nextExpiry = Infinity;
    for (const [hash, { broadcaster, expiry }] of this.#spent) {
      if (expiry > now) {
        this.#nextExpiry = Math.min(this.#nextExpiry, expiry);
        continue;
      }
      this.#spent.delete(hash);
      this.#count(broadcaster, -1);
    }
  }

  #count(broadcaster: Address, change: number): void {
    const count = (this.#counts.get(broadcaster) ?? 0) + change;
    if (count === 0) this.#counts.delete(broadcaster);
    else this.#counts.set(broadcaster, count);
  }
}

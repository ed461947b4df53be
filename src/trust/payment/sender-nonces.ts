import { PaymentError } from './payment-error.js';

/** How many nonces a recipient remembers for one set of parameters, and so how many tickets it takes for them. */
export const mostNonces = 600;

/** The nonces that were used with the parameters a recipient gave; forgotten once those have expired. */
export class SenderNonces {
  readonly #seen = new Map<bigint, { nonces: Set<number>; expirationBlock: bigint }>();
  #sweptAt = -1n;

  /** Throws a {@link PaymentError} for a nonce that was used, or is one too many. */
  check(recipientRand: bigint, senderNonce: number): void {
    const nonces = this.#seen.get(recipientRand)?.nonces;
    if (nonces === undefined) return;
    if (nonces.has(senderNonce)) {
      throw new PaymentError('NONCE_SEEN', `invalid ticket senderNonce: already seen - nonce=${senderNonce}`);
    }
    if (nonces.size >= mostNonces) {
      throw new PaymentError('NONCES_TOO_MANY', `invalid ticket senderNonce: too many values - nonce=${senderNonce}`);
    }
  }

  /** From here on the nonce is used. */
  add(recipientRand: bigint, senderNonce: number, expirationBlock: bigint): void {
    const entry = this.#seen.get(recipientRand) ?? { nonces: new Set(), expirationBlock };
    entry.nonces.add(senderNonce);
    this.#seen.set(recipientRand, entry);
  }

  /** Forgets those of parameters that nobody can use at this block any more. */
  sweep(block: bigint): void {
    if (block === this.#sweptAt) return;
    this.#sweptAt = block;
    for (const [recipientRand, { expirationBlock }] of this.#seen) {
      if (expirationBlock <= block) this.#seen.delete(recipientRand);
    }
  }

  /** How many sets of parameters are remembered. */
  get size(): number {
    return this.#seen.size;
  }
}

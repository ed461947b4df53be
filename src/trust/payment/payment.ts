import type { PaymentTicket } from './payment-ticket.js';
import type { Price } from './price.js';

/**
 * What an orchestrator asks its payment tickets to be: Livepeer's `TicketParams` with the price beside. The wire
 * carries all of it; numbers as big-endian bytes.
 */
export interface PaymentParameters {
  /** 20 bytes: whom to pay. */
  recipient: Uint8Array;
  faceValueWei: bigint;
  winProbability: bigint;
  /** 32 bytes. */
  recipientRandHash: Uint8Array;
  /** Says nothing to the sender, who sends it back: the recipient works its half of the draw out of it. 256 bits. */
  seed: bigint;
  /** The block of the chain with which these parameters are used up. */
  expirationBlock: bigint;
  creationRound: bigint;
  /** 32 bytes. */
  creationRoundBlockHash: Uint8Array;
  /** The price that the recipient asks. */
  price: Price;
}

/** A batch of payment tickets that differ in their nonce only: Livepeer's `Payment`. The wire carries all of it. */
export interface Payment {
  /** 20 bytes: who pays. */
  sender: Uint8Array;
  /** As the recipient gave them. */
  parameters: PaymentParameters;
  /** 1 to {@link mostTicketsPerPayment}. */
  tickets: readonly SignedNonce[];
}

/** What one ticket of a payment has of its own. */
export interface SignedNonce {
  senderNonce: number;
  /** 65 bytes, over the hash of the whole ticket. */
  signature: Uint8Array;
}

/** A recipient does not look at payments of more tickets: each costs it the check of a signature. */
export const mostTicketsPerPayment = 100;

/** The payment ticket of these parameters with this nonce. */
export function paymentTicketOf(parameters: PaymentParameters, sender: Uint8Array, senderNonce: number): PaymentTicket {
  const { recipient, faceValueWei, winProbability, recipientRandHash, creationRound, creationRoundBlockHash } =
    parameters;
  return {
    recipient,
    sender,
    faceValueWei,
    winProbability,
    senderNonce,
    recipientRandHash,
    creationRound,
    creationRoundBlockHash,
  };
}

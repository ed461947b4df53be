import { z } from 'zod';

import { PaymentError } from './payment-error.js';
import type { PaymentTicket } from './payment-ticket.js';
import type { Price } from './price.js';
import { maxUint256 } from './uint256.js';

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

const bytes = (length: number) =>
  z.instanceof(Uint8Array).refine((value) => value.length === length, `expected ${length} bytes`);
const uint256 = z.bigint().min(0n).max(maxUint256);
// Millrace's prices are whole numbers that JSON and protocol buffers carry exactly.
const priceWord = z.bigint().max(BigInt(Number.MAX_SAFE_INTEGER));

const paymentParameters: z.ZodType<PaymentParameters> = z.object({
  recipient: bytes(20),
  faceValueWei: uint256,
  winProbability: uint256,
  recipientRandHash: bytes(32),
  seed: uint256,
  expirationBlock: uint256,
  creationRound: uint256,
  creationRoundBlockHash: bytes(32),
  price: z.object({ wei: priceWord.min(0n), pixels: priceWord.min(1n) }),
});

const payment: z.ZodType<Payment> = z.object({
  sender: bytes(20),
  parameters: paymentParameters,
  tickets: z
    .array(
      z.object({
        senderNonce: z
          .int()
          .min(0)
          .max(2 ** 32 - 1),
        // Its length is an error of its own.
        signature: z.instanceof(Uint8Array),
      }),
    )
    .min(1)
    .max(mostTicketsPerPayment),
});

/** Parameters as they came from the wire, checked for form; throws a {@link PaymentError} MALFORMED or PRICE_MISSING. */
export function readPaymentParameters(value: object): PaymentParameters {
  if (!('price' in value) || value.price === undefined)
    throw new PaymentError('PRICE_MISSING', 'missing orchestrator price');
  return read(paymentParameters, value, 'payment parameters');
}

/** A payment as it came from the wire, checked for form; throws a {@link PaymentError} MALFORMED. */
export function readPayment(value: unknown): Payment {
  return read(payment, value, 'a payment');
}

function read<T>(shape: z.ZodType<T>, value: unknown, what: string): T {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new PaymentError('MALFORMED', `This is not the form of ${what}: ${issues.join('; ')}.`);
}

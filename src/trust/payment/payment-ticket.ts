import { keccak } from '../keys/keccak.js';
import { Rational } from './rational.js';
import { maxUint256, numberOf, uint256Bytes } from './uint256.js';

/**
 * One of Livepeer's probabilistic tickets: a lottery ticket that pays `faceValueWei` with a probability of
 * `winProbability`. Not to be taken for a ticket, which is an order of a broadcaster.
 */
export interface PaymentTicket {
  /** 20 bytes: the orchestrator's address, which is paid. */
  recipient: Uint8Array;
  /** 20 bytes: the broadcaster's address, which pays. */
  sender: Uint8Array;
  /** What a winning ticket pays, in wei. */
  faceValueWei: bigint;
  /** 0 never wins, 2^256 - 1 always does. */
  winProbability: bigint;
  /** Counts up from 1 with every ticket of the same `recipientRandHash`; 32 bits. */
  senderNonce: number;
  /** 32 bytes: the recipient's half of the draw, hashed. */
  recipientRandHash: Uint8Array;
  /** The round of the chain in which it was made: it can be redeemed for a number of rounds. */
  creationRound: bigint;
  /** 32 bytes: the hash of that round's block. */
  creationRoundBlockHash: Uint8Array;
}

/** The round and its block hash as tickets carry them; empty when both are zero. */
export function auxiliaryData(ticket: Pick<PaymentTicket, 'creationRound' | 'creationRoundBlockHash'>): Uint8Array {
  const { creationRound, creationRoundBlockHash } = ticket;
  if (creationRound === 0n && creationRoundBlockHash.every((byte) => byte === 0)) return new Uint8Array();
  return Buffer.concat([uint256Bytes(creationRound), creationRoundBlockHash]);
}

/** What the sender signs and the contract knows a ticket by: 32 bytes. */
export function hashOfPaymentTicket(ticket: PaymentTicket): Uint8Array {
  return keccak(
    Buffer.concat([
      ticket.recipient,
      ticket.sender,
      uint256Bytes(ticket.faceValueWei),
      uint256Bytes(ticket.winProbability),
      uint256Bytes(BigInt(ticket.senderNonce)),
      ticket.recipientRandHash,
      auxiliaryData(ticket),
    ]),
  );
}

/** What a ticket is worth before it is known whether it wins, in wei. */
export function expectedValue(ticket: Pick<PaymentTicket, 'faceValueWei' | 'winProbability'>): Rational {
  return Rational.of(ticket.faceValueWei * ticket.winProbability, maxUint256);
}

/** Whether a ticket with this signature wins, given the recipient's half of the draw. */
export function isWinning(signature: Uint8Array, recipientRand: bigint, winProbability: bigint): boolean {
  return numberOf(keccak(Buffer.concat([signature, uint256Bytes(recipientRand)]))) < winProbability;
}

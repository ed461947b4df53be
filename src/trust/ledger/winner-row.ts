import { z } from 'zod';

import type { LedgerWinner, WinningPaymentTicket } from './ledger.js';

/** A blob: one row by itself has it as a `Buffer`, one of many as an `ArrayBuffer`. */
export const blob = z
  .union([z.instanceof(Uint8Array), z.instanceof(ArrayBuffer)])
  .transform((value) => new Uint8Array(value));
const digits = z.string().regex(/^\d+$/).transform(BigInt);

/** A row of the table of winners. */
const row = z.object({
  hash: blob,
  recipient: blob,
  sender: blob,
  face_value_wei: digits,
  win_probability: digits,
  sender_nonce: z.int(),
  recipient_rand_hash: blob,
  creation_round: digits,
  creation_round_block_hash: blob,
  signature: blob,
  recipient_rand: digits,
  expiration_block: digits,
  session: z.string(),
  kept_at_ms: z.int(),
  state: z.enum(['waiting', 'submitted', 'redeemed', 'lost']),
  reason: z.string(),
  not_before_block: z.int().transform(BigInt),
  transaction_hash: z.string().nullable(),
});

/** The winning ticket of a row of the database. */
export function readWinner(value: unknown): LedgerWinner {
  const it = row.parse(value);
  return {
    winner: {
      hash: it.hash,
      ticket: {
        recipient: it.recipient,
        sender: it.sender,
        faceValueWei: it.face_value_wei,
        winProbability: it.win_probability,
        senderNonce: it.sender_nonce,
        recipientRandHash: it.recipient_rand_hash,
        creationRound: it.creation_round,
        creationRoundBlockHash: it.creation_round_block_hash,
      },
      signature: it.signature,
      recipientRand: it.recipient_rand,
      expirationBlock: it.expiration_block,
      session: it.session,
    },
    state: it.state,
    keptAtMs: it.kept_at_ms,
    reason: it.reason,
    notBeforeBlock: it.not_before_block,
    transactionHash: it.transaction_hash ?? undefined,
  };
}

/** The columns of a ticket that was just won, in the order in which {@link insertWinner} has them. */
export function winnerColumns(winner: WinningPaymentTicket, keptAtMs: number): unknown[] {
  const { hash, ticket, signature, recipientRand, expirationBlock, session } = winner;
  return [
    hash,
    ticket.recipient,
    ticket.sender,
    String(ticket.faceValueWei),
    String(ticket.winProbability),
    ticket.senderNonce,
    ticket.recipientRandHash,
    String(ticket.creationRound),
    ticket.creationRoundBlockHash,
    signature,
    String(recipientRand),
    String(expirationBlock),
    session,
    keptAtMs,
    // Redeeming shows the recipient's half of the draw: nobody may be able to pay with it any more.
    Number(expirationBlock),
  ];
}

export const insertWinner = `
  INSERT INTO winners (hash, recipient, sender, face_value_wei, win_probability, sender_nonce, recipient_rand_hash,
    creation_round, creation_round_block_hash, signature, recipient_rand, expiration_block, session, kept_at_ms,
    not_before_block)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (hash) DO NOTHING`;

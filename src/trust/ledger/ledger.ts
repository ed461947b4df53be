import type { PaymentTicket } from '../payment/payment-ticket.js';

/** A payment ticket that won, with all that it takes to redeem it. */
export interface WinningPaymentTicket {
  /** 32 bytes: that of the ticket. */
  hash: Uint8Array;
  ticket: PaymentTicket;
  /** 65 bytes: the sender's. */
  signature: Uint8Array;
  /** The recipient's half of the draw. Redeeming shows it, so that is done only once its parameters have expired. */
  recipientRand: bigint;
  /** The block from which nothing can be paid with the same half of the draw any more. */
  expirationBlock: bigint;
  /** The session that it was paid in. */
  session: string;
}

/** How far the redemption of a winning ticket is. */
export type RedemptionState =
  /** To be redeemed. */
  | 'waiting'
  /** At least one transaction was signed for it. */
  | 'submitted'
  /** Paid, and under enough blocks for that to stay. */
  | 'redeemed'
  /** Can never be redeemed any more. */
  | 'lost';

/** A winning ticket as the ledger has it. */
export interface LedgerWinner {
  winner: WinningPaymentTicket;
  state: RedemptionState;
  /** When it was written down: milliseconds since 1970. */
  keptAtMs: number;
  /** Why it waits, or was lost. Empty: nothing is to be said. */
  reason: string;
  /** Not to be tried before this block. */
  notBeforeBlock: bigint;
  /** The transaction that redeemed it. Absent: none did, or not one of ours. */
  transactionHash: string | undefined;
}

/** A transaction that was signed for a winning ticket. */
export interface LedgerTransaction {
  /** 0x and 64 digits. */
  hash: string;
  raw: string;
  nonce: number;
  /** The block at which it was signed. */
  signedAtBlock: bigint;
}

/** An order that an orchestrator took on: what its receipts answer, and nobody can check them without. */
export interface LedgerOrder {
  /** 32 bytes: what the receipts know it by. */
  hash: Uint8Array;
  jobId: string;
  attempt: number;
  /** The ticket as its broadcaster signed it. */
  json: string;
}

/** A receipt as it is kept: what was signed, and where it belongs. */
export interface LedgerReceipt {
  /** 32 bytes: what the receipt is known by. */
  hash: Uint8Array;
  jobId: string;
  attempt: number;
  index: number;
  /** The signed receipt, as it went over the wire. */
  json: string;
}

/** How the tickets of one state add up. */
export interface LedgerSum {
  state: RedemptionState;
  tickets: number;
  faceValueWei: bigint;
}

/**
 * What an orchestrator must not lose: what it won and what it did about it, and its receipts. Everything that is written
 * is on its way to the disk when the call returns: a process that is killed then loses none of it. Winning tickets and
 * redemptions are also safe from a loss of power. Every method throws a {@link LedgerError} when the file fails.
 */
export interface Ledger {
  /** Writes a winning ticket down; one that is there already stays as it is. */
  keepWinner(winner: WinningPaymentTicket): void;
  /**
   * Writes receipts that were issued down, and the order that they answer, all or none; what is there already stays as it
   * is.
   */
  keepReceipts(receipts: readonly LedgerReceipt[], order?: LedgerOrder): void;

  /** Winning tickets, the oldest first; of one state, or all. */
  winners(state?: RedemptionState): IterableIterator<LedgerWinner>;
  winner(hash: Uint8Array): LedgerWinner | undefined;
  /** The oldest ticket that waits and may be redeemed at this block. */
  redeemable(block: bigint): LedgerWinner | undefined;
  /** Face values of the sender's (20 bytes) winners that are neither redeemed nor lost, in wei. */
  pendingWei(sender: Uint8Array): bigint;
  /** Receipts by job, attempt and index; of one job, or all. */
  receipts(jobId?: string): IterableIterator<LedgerReceipt>;
  /** Orders that were taken on, the oldest first. */
  orders(): IterableIterator<LedgerOrder>;
  sums(): LedgerSum[];

  /** All that were signed for a ticket, the oldest first. */
  transactions(ticketHash: Uint8Array): LedgerTransaction[];
  /**
   * Writes down a transaction that is about to be sent, if the ticket is still in the state that was acted on and no other
   * process has signed one meanwhile; gives whether it did. One that is there already becomes the newest.
   */
  submit(ticketHash: Uint8Array, transaction: LedgerTransaction, transactionsBefore: number): boolean;
  /** It waits again, until this block. */
  postpone(ticketHash: Uint8Array, notBeforeBlock: bigint, reason: string): void;
  /** It is paid for good. */
  settle(ticketHash: Uint8Array, transactionHash: string | undefined): void;
  /** It never will be. */
  giveUp(ticketHash: Uint8Array, reason: string): void;

  /**
   * Removes receipts that were issued before then, and orders that no receipt is left of, so many at a time at most; what
   * a broadcaster has in the same file stays. Gives whether there may be more to remove.
   */
  forgetBefore(timeMs: number, most: number): boolean;

  close(): void;
}

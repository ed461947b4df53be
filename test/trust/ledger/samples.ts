import type {
  LedgerOrder,
  LedgerReceipt,
  LedgerTransaction,
  WinningPaymentTicket,
} from '../../../src/trust/ledger/ledger.js';
import type { PaymentTicket } from '../../../src/trust/payment/payment-ticket.js';
import { maxUint256 } from '../../../src/trust/payment/uint256.js';

/** A winning ticket like any other; the index tells them apart. */
export function sampleWinner(index: number, changes: Partial<PaymentTicket> = {}): WinningPaymentTicket {
  return {
    hash: new Uint8Array(32).fill(index),
    ticket: {
      recipient: new Uint8Array(20).fill(2),
      sender: new Uint8Array(20).fill(3),
      faceValueWei: 1000n,
      winProbability: maxUint256 - 5n,
      senderNonce: index,
      recipientRandHash: new Uint8Array(32).fill(4),
      creationRound: 5n,
      creationRoundBlockHash: new Uint8Array(32).fill(6),
      ...changes,
    },
    signature: new Uint8Array(65).fill(7),
    recipientRand: maxUint256 - BigInt(index),
    expirationBlock: 40n,
    session: 'a session',
  };
}

export function sampleTransaction(index: number): LedgerTransaction {
  return { hash: `0x${index}`, raw: `0x02${index}`, nonce: index, signedAtBlock: 9n };
}

/** The order of a job's only attempt. */
export function sampleOrder(jobId: string): LedgerOrder {
  const hash = new Uint8Array(32).fill(0xff).with(0, jobId.charCodeAt(0));
  return { hash, jobId, attempt: 1, json: `{"order":"${jobId}"}` };
}

export function sampleReceipt(jobId: string, index: number): LedgerReceipt {
  const hash = new Uint8Array(32).fill(index).with(0, jobId.charCodeAt(0));
  return { hash, jobId, attempt: 1, index, json: `{"job":"${jobId}","index":${index}}` };
}

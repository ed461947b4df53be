import type { Log } from '../../observe/log.js';
import type { Ledger } from '../../trust/ledger/ledger.js';
import type { MadeReceipt } from '../../trust/receipts/receipt-builder.js';
import { fromHex } from '../hex.js';
import type { ReceiptIssuer } from './receipt-issuer.js';

export interface ReceiptArchiveOptions {
  ledger: Pick<Ledger, 'keepReceipts' | 'forgetBefore'>;
  /** How long receipts are kept, in milliseconds, and orders as long as receipts of theirs. Absent: for good. */
  keepForMs?: number;
  log: Log;
}

// What takes a few milliseconds: with the rest behind it, several hundred are removed in a second.
const forgottenAtOnce = 20;
const restMs = 50;
const lookAgainMs = 60_000;

/** Writes an orchestrator's receipts, and the orders that they answer, into its ledger. */
export class ReceiptArchive implements Disposable {
  readonly #options: ReceiptArchiveOptions;
  /** Orders that are written. */
  readonly #written = new WeakSet<ReceiptIssuer['order']>();
  #forgetting: NodeJS.Timeout | undefined;

  /** The ledger stays its owner's. */
  constructor(options: ReceiptArchiveOptions) {
    this.#options = options;
    if (options.keepForMs !== undefined) this.#forgetIn(restMs, options.keepForMs);
  }

  /**
   * They are written when it returns: what a broadcaster was given, its orchestrator has as well, whatever becomes of the
   * process. The order goes with the first of its receipts. What cannot be written is lost here, and said in the log; the
   * stream goes on.
   */
  keep(order: ReceiptIssuer['order'], receipts: readonly MadeReceipt[]): void {
    const { ticket, hash: ticketHash } = order;
    const { jobId, attempt } = ticket.message;
    const rows = receipts.map(({ receipt, hash }) => ({
      hash: fromHex(hash),
      jobId,
      attempt,
      index: receipt.message.index,
      json: JSON.stringify(receipt),
    }));
    try {
      if (this.#written.has(order)) {
        this.#options.ledger.keepReceipts(rows);
        return;
      }
      const row = { hash: fromHex(ticketHash), jobId, attempt, json: JSON.stringify(ticket) };
      this.#options.ledger.keepReceipts(rows, row);
      this.#written.add(order);
    } catch (error) {
      this.#options.log.error({ err: error, receipts: rows.length }, 'receipts cannot be written into the ledger');
    }
  }

  /** Forgets nothing any more. */
  [Symbol.dispose](): void {
    clearTimeout(this.#forgetting);
  }

  #forgetIn(delayMs: number, keepForMs: number): void {
    this.#forgetting = setTimeout(() => {
      this.#forgetIn(this.#forgetSome(keepForMs) ? restMs : lookAgainMs, keepForMs);
    }, delayMs);
    this.#forgetting.unref();
  }

  /** Whether there may be more. */
  #forgetSome(keepForMs: number): boolean {
    try {
      return this.#options.ledger.forgetBefore(Date.now() - keepForMs, forgottenAtOnce);
    } catch (error) {
      this.#options.log.error({ err: error }, 'old receipts cannot be removed from the ledger');
      return false;
    }
  }
}

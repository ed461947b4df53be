import type { Log } from '../../observe/log.js';
import type { Ledger } from '../../trust/ledger/ledger.js';
import { receiptMessage, type IssuedReceipt } from '../../trust/receipts/receipt.js';
import type { SigningDomain } from '../../trust/typed-data/domain.js';
import { fromHex } from '../hex.js';

/** Writes an orchestrator's receipts into its ledger. */
export class ReceiptArchive {
  readonly #ledger: Pick<Ledger, 'keepReceipts'>;
  readonly #domain: SigningDomain;
  readonly #log: Log;

  constructor(ledger: Pick<Ledger, 'keepReceipts'>, domain: SigningDomain, log: Log) {
    this.#ledger = ledger;
    this.#domain = domain;
    this.#log = log;
  }

  /**
   * They are written when it returns: what a broadcaster was given, its orchestrator has as well, whatever becomes of the
   * process. What cannot be written is lost here, and said in the log; the stream goes on.
   */
  keep(jobId: string, attempt: number, receipts: readonly IssuedReceipt[]): void {
    try {
      this.#ledger.keepReceipts(
        receipts.map((receipt) => ({
          hash: fromHex(receiptMessage.hash(this.#domain, receipt.message)),
          jobId,
          attempt,
          index: receipt.message.index,
          json: JSON.stringify(receipt),
        })),
      );
    } catch (error) {
      this.#log.error({ err: error, receipts: receipts.length }, 'receipts cannot be written into the ledger');
    }
  }
}

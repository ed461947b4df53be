import type { Log } from '../../observe/log.js';
import type { Ledger } from '../../trust/ledger/ledger.js';
import { receiptMessage, type IssuedReceipt } from '../../trust/receipts/receipt.js';
import type { SigningDomain } from '../../trust/typed-data/domain.js';
import { fromHex } from '../hex.js';

/** Writes an orchestrator's receipts into its ledger, many at once. */
export class ReceiptArchive {
  readonly #ledger: Pick<Ledger, 'keepReceipts'>;
  readonly #domain: SigningDomain;
  readonly #log: Log;
  #waiting: { jobId: string; attempt: number; receipt: IssuedReceipt }[] = [];

  constructor(ledger: Pick<Ledger, 'keepReceipts'>, domain: SigningDomain, log: Log) {
    this.#ledger = ledger;
    this.#domain = domain;
    this.#log = log;
  }

  /** It is written with the next {@link ReceiptArchive.flush}. */
  keep(jobId: string, attempt: number, receipt: IssuedReceipt): void {
    this.#waiting.push({ jobId, attempt, receipt });
  }

  /** Called every few tens of milliseconds. What cannot be written is lost here; the broadcaster has it as well. */
  flush(): void {
    if (this.#waiting.length === 0) return;
    const receipts = this.#waiting.map(({ jobId, attempt, receipt }) => ({
      hash: fromHex(receiptMessage.hash(this.#domain, receipt.message)),
      jobId,
      attempt,
      index: receipt.message.index,
      json: JSON.stringify(receipt),
    }));
    this.#waiting = [];
    try {
      this.#ledger.keepReceipts(receipts);
    } catch (error) {
      this.#log.error({ err: error, receipts: receipts.length }, 'receipts cannot be written into the ledger');
    }
  }
}

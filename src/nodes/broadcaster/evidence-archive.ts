import type { Log } from '../../observe/log.js';
import type { BundledAttempt } from '../../trust/bundle/bundle.js';
import type { Bytes32 } from '../../trust/keys/signature.js';
import type { EvidenceLedger, LedgerAttempt } from '../../trust/ledger/evidence-ledger.js';
import type { LedgerReceipt } from '../../trust/ledger/ledger.js';
import type { SignedTicket } from '../../trust/orders/ticket.js';
import type { IssuedReceipt } from '../../trust/receipts/receipt.js';
import type { SignedAttestation } from '../../trust/receipts/source-attestation.js';
import type { SigningDomain } from '../../trust/typed-data/domain.js';
import { fromHex } from '../hex.js';

export interface EvidenceArchiveOptions {
  ledger: EvidenceLedger;
  domain: SigningDomain;
  /** How long jobs are kept after the last that was written of them, in milliseconds. Absent: for good. */
  keepForMs?: number;
  log: Log;
}

// One transaction for the receipts of many jobs; so much is lost when the process is killed.
const flushAfterMs = 50;
const forgetEveryMs = 100;
// What takes some three milliseconds.
const mostForgotten = 50;
const pageReceipts = 64;

/**
 * What there is in writing about a broadcaster's jobs, in its ledger: nothing of it stays in memory. What cannot be
 * written is lost, and no stream is stopped for it.
 */
export class EvidenceArchive implements Disposable {
  readonly #options: EvidenceArchiveOptions;
  #waiting: LedgerReceipt[] = [];
  #flushing: NodeJS.Timeout | undefined;
  readonly #forgetting: NodeJS.Timeout | undefined;

  /** The ledger stays its owner's. */
  constructor(options: EvidenceArchiveOptions) {
    this.#options = options;
    const { keepForMs } = options;
    if (keepForMs === undefined) return;
    this.#forgetting = setInterval(() => {
      this.#write('what is old', (ledger) => ledger.forgetBefore(Date.now() - keepForMs, mostForgotten));
    }, forgetEveryMs);
    this.#forgetting.unref();
  }

  /** An attempt is ordered. The first one begins its job, which people know by its segment. */
  begin(segment: string, { message, signature }: SignedTicket): void {
    const { jobId, attempt } = message;
    const ticket = JSON.stringify({ message, signature });
    this.#write('an attempt', (ledger) => {
      ledger.keepAttempt(segment, { jobId, attempt, ticket });
    });
  }

  /** A receipt came; the hash is its own. */
  keep(jobId: string, attempt: number, receipt: IssuedReceipt, hash: Bytes32): void {
    const { index } = receipt.message;
    this.#waiting.push({ hash: fromHex(hash), jobId, attempt, index, json: JSON.stringify(receipt) });
    this.#flushing ??= setTimeout(() => {
      this.#flush();
    }, flushAfterMs);
  }

  /** In place of what was attested of the attempt before. */
  attest(jobId: string, attempt: number, attestation: SignedAttestation): void {
    this.#write('an attestation', (ledger) => {
      ledger.keepAttestation(jobId, attempt, JSON.stringify(attestation));
    });
  }

  /**
   * An attempt with its receipts, up to one that has nothing from before `untilUs`. Absent: it is not there.
   *
   * @throws LedgerError
   */
  attempt(jobId: string, attempt: number, untilUs: number): BundledAttempt | undefined {
    this.#flush();
    const found = this.#options.ledger.attempts(jobId).find((one) => one.attempt === attempt);
    if (found === undefined) return undefined;
    const receipts: IssuedReceipt[] = [];
    for (const { json } of this.#receipts(found)) {
      const receipt = JSON.parse(json) as IssuedReceipt;
      if (beginsBehind(receipt, untilUs)) break;
      receipts.push(receipt);
    }
    return { ticket: JSON.parse(found.ticket) as SignedTicket, receipts };
  }

  /**
   * The bundle of the last job of a segment, as JSON, in pieces, since that of a long stream is large. Absent: none was
   * ordered, or it was forgotten.
   *
   * @throws LedgerError, also while the pieces are read
   */
  bundle(segment: string): Iterable<string> | undefined {
    this.#flush();
    const jobId = this.#options.ledger.lastJobOf(segment);
    return jobId === undefined ? undefined : this.#bundleOf(jobId);
  }

  /** Writes what still waits. */
  [Symbol.dispose](): void {
    clearInterval(this.#forgetting);
    this.#flush();
  }

  *#bundleOf(jobId: string): Iterable<string> {
    const { ledger, domain } = this.#options;
    yield `{"format":"millrace-bundle","version":1,"domain":${JSON.stringify(domain)},"attempts":[`;
    for (const [position, attempt] of ledger.attempts(jobId).entries()) {
      yield `${position === 0 ? '' : ','}{"ticket":${attempt.ticket},"receipts":[`;
      let isFirst = true;
      for (const page of this.#pages(attempt)) {
        yield (isFirst ? '' : ',') + page.map(({ json }) => json).join(',');
        isFirst = false;
      }
      yield attempt.attestation === undefined ? ']}' : `],"attestation":${attempt.attestation}}`;
    }
    yield ']}';
  }

  *#receipts(attempt: LedgerAttempt): Iterable<LedgerReceipt> {
    for (const page of this.#pages(attempt)) yield* page;
  }

  /** Never an empty one. Between two pages others may be written. */
  *#pages({ jobId, attempt }: LedgerAttempt): Iterable<LedgerReceipt[]> {
    for (let from = 0; ;) {
      const page = this.#options.ledger.receipts(jobId, attempt, from, pageReceipts);
      const last = page.at(-1);
      if (last === undefined) return;
      yield page;
      if (page.length < pageReceipts) return;
      from = last.index + 1;
    }
  }

  #flush(): void {
    clearTimeout(this.#flushing);
    this.#flushing = undefined;
    const receipts = this.#waiting.splice(0);
    if (receipts.length === 0) return;
    this.#write('receipts', (ledger) => {
      ledger.keepReceipts(receipts);
    });
  }

  #write(what: string, write: (ledger: EvidenceLedger) => void): void {
    const { ledger, log } = this.#options;
    try {
      write(ledger);
    } catch (error) {
      log.error({ err: error, what }, 'the ledger cannot be written');
    }
  }
}

function beginsBehind({ message: { sources, renditions } }: IssuedReceipt, untilUs: number): boolean {
  const startsUs = [...sources, ...renditions].map(({ startTimestampUs }) => startTimestampUs);
  return startsUs.length > 0 && Math.min(...startsUs) >= untilUs;
}

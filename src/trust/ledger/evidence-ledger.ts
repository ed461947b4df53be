import type { LedgerReceipt } from './ledger.js';

/** An attempt that a broadcaster ordered. */
export interface LedgerAttempt {
  jobId: string;
  attempt: number;
  /** The signed ticket, as JSON. */
  ticket: string;
  /** What the broadcaster signed of the source that it saw, as JSON. Absent: it saw none. */
  attestation?: string;
}

/** Likewise, with the name of its job. */
export interface NamedAttempt extends LedgerAttempt {
  /** What people know the job by: `{stream}/{sequence}`. */
  segment: string;
}

/**
 * What a broadcaster has in writing about its jobs: tickets, receipts, attestations. A process that is killed loses none
 * of what was written, a loss of power at most the newest. Every method throws a LedgerError when the file fails.
 */
export interface EvidenceLedger {
  /** Writes an attempt down before it is ordered; the first one begins its job. `segment` is the job's name to people. */
  keepAttempt(segment: string, attempt: LedgerAttempt): void;
  /** Writes receipts down, all or none; those that are there already stay as they are. */
  keepReceipts(receipts: readonly LedgerReceipt[]): void;
  /** In place of what was attested of the attempt before. */
  keepAttestation(jobId: string, attempt: number, attestation: string): void;

  /** The job of that name that began last. */
  lastJobOf(segment: string): string | undefined;
  /** In their order. */
  attempts(jobId: string): LedgerAttempt[];
  /** Some of an attempt's receipts, in their order, from this index on. Fewer than `most`: there are no more. */
  receipts(jobId: string, attempt: number, from: number, most: number): LedgerReceipt[];
  /**
   * Forgets jobs for which nothing was written since then, at most so many receipts at a time. Gives whether there is more
   * to forget.
   */
  forgetBefore(timeMs: number, mostReceipts: number): boolean;

  close(): void;
}

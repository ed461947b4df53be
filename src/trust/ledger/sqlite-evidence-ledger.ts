import type Database from 'libsql';

import { attemptColumns, readAttempt } from './attempt-row.js';
import type { EvidenceLedger, LedgerAttempt } from './evidence-ledger.js';
import type { LedgerReceipt } from './ledger.js';
import { attempt, closeDatabase, openDatabase } from './open-database.js';
import { insertReceipts, readReceipt, receiptColumns } from './receipt-row.js';

/** A broadcaster's part of the ledger, in an SQLite file that may be an orchestrator's, too. */
export class SqliteEvidenceLedger implements EvidenceLedger {
  readonly #file: string;
  readonly #database: Database.Database;
  readonly #now: () => number;

  /**
   * Opens the file; makes it, readable for its owner only, when it is not there.
   *
   * @param now milliseconds since 1970. Default: the system's.
   * @throws LedgerError
   */
  constructor(file: string, now: () => number = Date.now) {
    this.#file = file;
    this.#now = now;
    this.#database = openDatabase(file, 'NORMAL');
  }

  keepAttempt(segment: string, { jobId, attempt: number, ticket }: LedgerAttempt): void {
    this.#transact(() => {
      const nowMs = this.#now();
      this.#run(
        `INSERT INTO evidence_jobs VALUES (?, ?, ?, ?)
         ON CONFLICT (job_id) DO UPDATE SET kept_at_ms = excluded.kept_at_ms`,
        [jobId, segment, nowMs, nowMs],
      );
      this.#run('INSERT INTO evidence_attempts VALUES (?, ?, ?, NULL) ON CONFLICT DO NOTHING', [jobId, number, ticket]);
    });
  }

  keepReceipts(receipts: readonly LedgerReceipt[]): void {
    this.#transact(() => {
      insertReceipts(this.#database, receipts, null);
      for (const jobId of new Set(receipts.map((receipt) => receipt.jobId)))
        this.#run('UPDATE evidence_jobs SET kept_at_ms = ? WHERE job_id = ?', [this.#now(), jobId]);
    });
  }

  keepAttestation(jobId: string, number: number, attestation: string): void {
    this.#transact(() => {
      const where = 'WHERE job_id = ? AND attempt = ?';
      this.#run(`UPDATE evidence_attempts SET attestation = ? ${where}`, [attestation, jobId, number]);
    });
  }

  lastJobOf(segment: string): string | undefined {
    const sql = 'SELECT job_id AS jobId FROM evidence_jobs WHERE segment = ? ORDER BY begun_at_ms DESC LIMIT 1';
    return (this.#all(sql, [segment]) as { jobId: string }[])[0]?.jobId;
  }

  attempts(jobId: string): LedgerAttempt[] {
    const sql = `SELECT ${attemptColumns} FROM evidence_attempts WHERE job_id = ? ORDER BY attempt`;
    return this.#all(sql, [jobId]).map(readAttempt);
  }

  receipts(jobId: string, number: number, from: number, most: number): LedgerReceipt[] {
    const where = 'job_id = ? AND attempt = ? AND window_index >= ?';
    const sql = `SELECT ${receiptColumns} FROM receipts WHERE ${where} ORDER BY window_index LIMIT ?`;
    return this.#all(sql, [jobId, number, from, most]).map(readReceipt);
  }

  forgetBefore(timeMs: number, mostReceipts: number): boolean {
    const oldest = 'SELECT job_id AS jobId FROM evidence_jobs WHERE kept_at_ms < ? ORDER BY kept_at_ms LIMIT 1';
    const [job] = this.#all(oldest, [timeMs]) as { jobId: string }[];
    if (job === undefined) return false;
    this.#transact(() => {
      // What an orchestrator of the same file issued is for that one to forget.
      const some = 'SELECT hash FROM receipts WHERE job_id = ? AND issued_at_ms IS NULL LIMIT ?';
      if (this.#run(`DELETE FROM receipts WHERE hash IN (${some})`, [job.jobId, mostReceipts]) === mostReceipts) return;
      this.#run('DELETE FROM evidence_attempts WHERE job_id = ?', [job.jobId]);
      this.#run('DELETE FROM evidence_jobs WHERE job_id = ?', [job.jobId]);
    });
    return true;
  }

  close(): void {
    closeDatabase(this.#database);
  }

  #run(sql: string, values: unknown[]): number {
    return this.#database.prepare(sql).run(values).changes;
  }

  #all(sql: string, values: unknown[]): unknown[] {
    return attempt(this.#file, () => this.#database.prepare(sql).all(values));
  }

  #transact(action: () => void): void {
    attempt(this.#file, () => {
      this.#database.transaction(action).immediate();
    });
  }
}

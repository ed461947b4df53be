import type Database from 'libsql';

import type { LedgerReceipt } from './ledger.js';
import { blob } from './winner-row.js';

/** The columns of a receipt's row, under the names that it is read by. */
export const receiptColumns = 'hash, job_id AS jobId, attempt, window_index AS "index", json';

/**
 * Writes receipts down; those that are there already stay as they are. In a transaction of the caller's.
 *
 * @param issuedAtMs when the orchestrator of this ledger issued them, in milliseconds since 1970; `null`: it did not
 */
export function insertReceipts(
  database: Database.Database,
  receipts: readonly LedgerReceipt[],
  issuedAtMs: number | null,
): void {
  // Where the broadcaster of the same file was faster, it is the orchestrator's from now on, too.
  const insert = database.prepare(
    `INSERT INTO receipts (hash, job_id, attempt, window_index, json, issued_at_ms) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (hash) DO UPDATE SET issued_at_ms = excluded.issued_at_ms
       WHERE receipts.issued_at_ms IS NULL AND excluded.issued_at_ms IS NOT NULL`,
  );
  for (const { hash, jobId, attempt, index, json } of receipts)
    insert.run([hash, jobId, attempt, index, json, issuedAtMs]);
}

export function readReceipt(row: unknown): LedgerReceipt {
  const { hash, jobId, attempt, index, json } = row as LedgerReceipt;
  return { hash: blob.parse(hash), jobId, attempt, index, json };
}

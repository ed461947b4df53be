import type Database from 'libsql';

import type { LedgerReceipt } from './ledger.js';
import { blob } from './winner-row.js';

/** The columns of a receipt's row, under the names that it is read by. */
export const receiptColumns = 'hash, job_id AS jobId, attempt, window_index AS "index", json';

/** Writes receipts down; those that are there already stay as they are. In a transaction of the caller's. */
export function insertReceipts(database: Database.Database, receipts: readonly LedgerReceipt[]): void {
  const insert = database.prepare('INSERT INTO receipts VALUES (?, ?, ?, ?, ?) ON CONFLICT (hash) DO NOTHING');
  for (const { hash, jobId, attempt, index, json } of receipts) insert.run([hash, jobId, attempt, index, json]);
}

export function readReceipt(row: unknown): LedgerReceipt {
  const { hash, jobId, attempt, index, json } = row as LedgerReceipt;
  return { hash: blob.parse(hash), jobId, attempt, index, json };
}

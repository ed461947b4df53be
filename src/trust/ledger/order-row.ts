import type { LedgerOrder } from './ledger.js';
import { blob } from './winner-row.js';

/** The columns of an order's row, under the names that it is read by. */
export const orderColumns = 'hash, job_id AS jobId, attempt, json';

export const insertOrder = 'INSERT INTO orders VALUES (?, ?, ?, ?, ?) ON CONFLICT (hash) DO NOTHING';

export function readOrder(row: unknown): LedgerOrder {
  const { hash, jobId, attempt, json } = row as LedgerOrder;
  return { hash: blob.parse(hash), jobId, attempt, json };
}

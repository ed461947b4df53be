import type Database from 'libsql';

import { namedAttempts, readNamedAttempt } from './attempt-row.js';
import type { NamedAttempt } from './evidence-ledger.js';
import type {
  Ledger,
  LedgerOrder,
  LedgerReceipt,
  LedgerSum,
  LedgerTransaction,
  LedgerWinner,
  RedemptionState,
  WinningPaymentTicket,
} from './ledger.js';
import { hasTable } from './migrations.js';
import { attempt, closeDatabase, openDatabase } from './open-database.js';
import { openToRead } from './open-to-read.js';
import { insertOrder, orderColumns, readOrder } from './order-row.js';
import { insertReceipts, readReceipt, receiptColumns } from './receipt-row.js';
import { insertWinner, readWinner, winnerColumns } from './winner-row.js';

/** How a ledger's file is opened. */
export interface SqliteLedgerOptions {
  /** Only to look into it: it must be there, whichever version wrote it so far, and stays as it is. Default `false`. */
  readOnly?: boolean;
  /** Milliseconds since 1970. Default: the system's. */
  now?: () => number;
}

/**
 * The ledger in one SQLite file, with a `-wal` and a `-shm` file beside it that belong to it. Several processes may have
 * it open. What is money waits for the disk (`synchronous = FULL`); receipts do not, since there are many and
 * the broadcaster has them too: a killed process loses none of them, a loss of power at most the newest.
 *
 * Values go to the library in an array, always: it takes a lone blob for an object with names, and ends the process.
 */
export class SqliteLedger implements Ledger {
  readonly #file: string;
  readonly #safe: Database.Database;
  readonly #fast: Database.Database;
  readonly #now: () => number;

  /** Opens the file; makes it, readable for its owner only, when it is not there. Throws a {@link LedgerError}. */
  constructor(file: string, { readOnly = false, now = Date.now }: SqliteLedgerOptions = {}) {
    this.#file = file;
    this.#now = now;
    this.#safe = readOnly ? openToRead(file) : openDatabase(file, 'FULL');
    this.#fast = readOnly ? this.#safe : openDatabase(file, 'NORMAL');
  }

  keepWinner(winner: WinningPaymentTicket): void {
    this.#attempt(() => this.#safe.prepare(insertWinner).run(winnerColumns(winner, this.#now())));
  }

  keepReceipts(receipts: readonly LedgerReceipt[], order?: LedgerOrder): void {
    this.#transact(this.#fast, () => {
      const nowMs = this.#now();
      if (order !== undefined) {
        const { hash, jobId, attempt: number, json } = order;
        this.#fast.prepare(insertOrder).run([hash, jobId, number, json, nowMs]);
      }
      insertReceipts(this.#fast, receipts, nowMs);
    });
  }

  winners(state?: RedemptionState): IterableIterator<LedgerWinner> {
    const all = 'SELECT * FROM winners';
    return state === undefined
      ? this.#rows(`${all} ORDER BY id`, [], readWinner)
      : this.#rows(`${all} WHERE state = ? ORDER BY id`, [state], readWinner);
  }

  winner(hash: Uint8Array): LedgerWinner | undefined {
    return this.#row('SELECT * FROM winners WHERE hash = ?', [hash]);
  }

  redeemable(block: bigint): LedgerWinner | undefined {
    return this.#row(
      "SELECT * FROM winners WHERE state = 'waiting' AND not_before_block <= ? ORDER BY not_before_block, id LIMIT 1",
      [Number(block)],
    );
  }

  pendingWei(sender: Uint8Array): bigint {
    const rows = this.#all(
      "SELECT face_value_wei FROM winners WHERE sender = ? AND state IN ('waiting', 'submitted')",
      [sender],
    ) as { face_value_wei: string }[];
    return rows.reduce((sum, { face_value_wei: wei }) => sum + BigInt(wei), 0n);
  }

  receipts(jobId?: string): IterableIterator<LedgerReceipt> {
    const columns = receiptColumns;
    const order = 'ORDER BY job_id, attempt, window_index';
    return jobId === undefined
      ? this.#rows(`SELECT ${columns} FROM receipts ${order}`, [], readReceipt)
      : this.#rows(`SELECT ${columns} FROM receipts WHERE job_id = ? ${order}`, [jobId], readReceipt);
  }

  *orders(): IterableIterator<LedgerOrder> {
    // A file of an earlier version, which is only looked into, has none.
    if (!this.#attempt(() => hasTable(this.#safe, 'orders'))) return;
    yield* this.#rows(`SELECT ${orderColumns} FROM orders ORDER BY taken_at_ms, hash`, [], readOrder);
  }

  /** What the broadcaster of the same file ordered, by job and attempt. */
  *attempts(): IterableIterator<NamedAttempt> {
    if (!this.#attempt(() => hasTable(this.#safe, 'evidence_attempts'))) return;
    yield* this.#rows(namedAttempts, [], readNamedAttempt);
  }

  /** How many receipts there are, and of how many jobs. */
  receiptCounts(): { receipts: number; jobs: number } {
    const [counts] = this.#all('SELECT count(*) AS receipts, count(DISTINCT job_id) AS jobs FROM receipts', []);
    return counts as { receipts: number; jobs: number };
  }

  sums(): LedgerSum[] {
    const sums: Record<RedemptionState, LedgerSum> = {
      waiting: { state: 'waiting', tickets: 0, faceValueWei: 0n },
      submitted: { state: 'submitted', tickets: 0, faceValueWei: 0n },
      redeemed: { state: 'redeemed', tickets: 0, faceValueWei: 0n },
      lost: { state: 'lost', tickets: 0, faceValueWei: 0n },
    };
    // SQLite's own sums end at 64 bits.
    for (const { state, winner } of this.winners()) {
      sums[state].tickets += 1;
      sums[state].faceValueWei += winner.ticket.faceValueWei;
    }
    return Object.values(sums);
  }

  transactions(ticketHash: Uint8Array): LedgerTransaction[] {
    const rows = this.#all(
      `SELECT hash, raw, nonce, signed_at_block AS signedAtBlock
       FROM transactions WHERE ticket_hash = ? ORDER BY id`,
      [ticketHash],
    ) as (Omit<LedgerTransaction, 'signedAtBlock'> & { signedAtBlock: number })[];
    return rows.map(({ hash, raw, nonce, signedAtBlock }) => ({
      hash,
      raw,
      nonce,
      signedAtBlock: BigInt(signedAtBlock),
    }));
  }

  submit(ticketHash: Uint8Array, transaction: LedgerTransaction, transactionsBefore: number): boolean {
    const { hash, raw, nonce, signedAtBlock } = transaction;
    return this.#transact(this.#safe, () => {
      const { changes } = this.#safe
        .prepare(
          `UPDATE winners SET state = 'submitted', reason = '' WHERE hash = ? AND state IN ('waiting', 'submitted')
           AND (SELECT count(*) FROM transactions WHERE ticket_hash = winners.hash) = ?`,
        )
        .run([ticketHash, transactionsBefore]);
      if (changes === 0) return false;
      this.#safe
        .prepare(
          // One that was there already becomes the newest.
          `INSERT OR REPLACE INTO transactions (ticket_hash, hash, raw, nonce, signed_at_block)
           VALUES (?, ?, ?, ?, ?)`,
        )
        .run([ticketHash, hash, raw, nonce, Number(signedAtBlock)]);
      return true;
    });
  }

  postpone(ticketHash: Uint8Array, notBeforeBlock: bigint, reason: string): void {
    this.#setState(ticketHash, "state = 'waiting', not_before_block = ?, reason = ?", [Number(notBeforeBlock), reason]);
  }

  settle(ticketHash: Uint8Array, transactionHash: string | undefined): void {
    this.#setState(ticketHash, "state = 'redeemed', reason = '', transaction_hash = ?", [transactionHash ?? null]);
  }

  giveUp(ticketHash: Uint8Array, reason: string): void {
    this.#setState(ticketHash, "state = 'lost', reason = ?", [reason]);
  }

  forgetBefore(timeMs: number, most: number): boolean {
    return this.#transact(this.#fast, () => {
      const run = (sql: string, values: unknown[]) => this.#fast.prepare(sql).run(values).changes;
      const old = 'SELECT hash FROM receipts WHERE issued_at_ms < ? ORDER BY issued_at_ms LIMIT ?';
      const isBroadcasters = 'EXISTS (SELECT 1 FROM evidence_jobs WHERE evidence_jobs.job_id = receipts.job_id)';
      const removed = run(`DELETE FROM receipts WHERE hash IN (${old}) AND NOT ${isBroadcasters}`, [timeMs, most]);
      const left = run(`UPDATE receipts SET issued_at_ms = NULL WHERE hash IN (${old}) AND ${isBroadcasters}`, [
        timeMs,
        most,
      ]);
      if (removed + left > 0) return true;
      // Receipts go the oldest first, so that an attempt has some for as long as it has its newest.
      const newest = `SELECT issued_at_ms FROM receipts
        WHERE receipts.job_id = orders.job_id AND receipts.attempt = orders.attempt ORDER BY window_index DESC LIMIT 1`;
      const done = `SELECT hash FROM orders WHERE taken_at_ms < ? AND (${newest}) IS NULL ORDER BY taken_at_ms LIMIT ?`;
      return run(`DELETE FROM orders WHERE hash IN (${done})`, [timeMs, most]) > 0;
    });
  }

  close(): void {
    if (this.#safe === this.#fast) {
      this.#safe.close();
      return;
    }
    this.#fast.close();
    closeDatabase(this.#safe);
  }

  /** What is redeemed or lost stays so, whatever another process believes. */
  #setState(hash: Uint8Array, assignments: string, values: unknown[]): void {
    const sql = `UPDATE winners SET ${assignments} WHERE hash = ? AND state IN ('waiting', 'submitted')`;
    this.#attempt(() => this.#safe.prepare(sql).run([...values, hash]));
  }

  #row(sql: string, values: unknown[]): LedgerWinner | undefined {
    const row = this.#attempt(() => this.#safe.prepare(sql).get(values));
    return row === undefined ? undefined : readWinner(row);
  }

  #all(sql: string, values: unknown[]): unknown[] {
    return this.#attempt(() => this.#safe.prepare(sql).all(values));
  }

  *#rows<T>(sql: string, values: unknown[], read: (row: unknown) => T): IterableIterator<T> {
    for (const row of this.#attempt(() => this.#safe.prepare(sql).iterate(values))) yield read(row);
  }

  #transact<T>(database: Database.Database, action: () => T): T {
    return this.#attempt(() => database.transaction(action).immediate());
  }

  #attempt<T>(action: () => T): T {
    return attempt(this.#file, action);
  }
}

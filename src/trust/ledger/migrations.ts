import type { Database } from 'libsql';

import { LedgerError } from './ledger-error.js';
import { foreign } from './opening-failure.js';

/** What made the file what it is, in order. One that was released is never changed: a later one puts right what it did. */
const migrations: readonly { name: string; sql: string }[] = [
  {
    name: 'winning tickets, their transactions, receipts',
    // Amounts and numbers of 256 bits are decimal digits; bytes are blobs.
    sql: `
      CREATE TABLE winners (
        id INTEGER PRIMARY KEY,
        hash BLOB NOT NULL UNIQUE,
        recipient BLOB NOT NULL,
        sender BLOB NOT NULL,
        face_value_wei TEXT NOT NULL,
        win_probability TEXT NOT NULL,
        sender_nonce INTEGER NOT NULL,
        recipient_rand_hash BLOB NOT NULL,
        creation_round TEXT NOT NULL,
        creation_round_block_hash BLOB NOT NULL,
        signature BLOB NOT NULL,
        recipient_rand TEXT NOT NULL,
        expiration_block TEXT NOT NULL,
        session TEXT NOT NULL,
        kept_at_ms INTEGER NOT NULL,
        state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'submitted', 'redeemed', 'lost')),
        reason TEXT NOT NULL DEFAULT '',
        not_before_block INTEGER NOT NULL,
        transaction_hash TEXT
      ) STRICT;
      CREATE INDEX winners_by_state ON winners (state, not_before_block, id);
      CREATE TABLE transactions (
        id INTEGER PRIMARY KEY,
        ticket_hash BLOB NOT NULL REFERENCES winners (hash),
        hash TEXT NOT NULL UNIQUE,
        raw TEXT NOT NULL,
        nonce INTEGER NOT NULL,
        signed_at_block INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX transactions_by_ticket ON transactions (ticket_hash, id);
      CREATE TABLE receipts (
        hash BLOB PRIMARY KEY,
        job_id TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        window_index INTEGER NOT NULL,
        json TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX receipts_by_job ON receipts (job_id, attempt, window_index);
    `,
  },
  {
    name: 'what a broadcaster has in writing about its jobs',
    // The receipts are with the others.
    sql: `
      CREATE TABLE evidence_jobs (
        job_id TEXT PRIMARY KEY,
        segment TEXT NOT NULL,
        begun_at_ms INTEGER NOT NULL,
        kept_at_ms INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX evidence_jobs_by_segment ON evidence_jobs (segment, begun_at_ms);
      CREATE INDEX evidence_jobs_by_age ON evidence_jobs (kept_at_ms);
      CREATE TABLE evidence_attempts (
        job_id TEXT NOT NULL REFERENCES evidence_jobs (job_id),
        attempt INTEGER NOT NULL,
        ticket TEXT NOT NULL,
        attestation TEXT,
        PRIMARY KEY (job_id, attempt)
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
    name: 'winning tickets by sender',
    // Whoever asks for parameters has his pending ones added up.
    sql: 'CREATE INDEX winners_by_sender ON winners (sender, state, face_value_wei)',
  },
  {
    name: 'the orders that an orchestrator took on, and when it issued receipts for them',
    // A receipt without a time is only a broadcaster's. One that is there already counts from now.
    sql: `
      CREATE TABLE orders (
        hash BLOB PRIMARY KEY,
        job_id TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        json TEXT NOT NULL,
        taken_at_ms INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX orders_by_age ON orders (taken_at_ms);
      ALTER TABLE receipts ADD COLUMN issued_at_ms INTEGER;
      UPDATE receipts SET issued_at_ms = CAST(strftime('%s', 'now') AS INTEGER) * 1000
        WHERE job_id NOT IN (SELECT job_id FROM evidence_jobs);
      CREATE INDEX receipts_by_age ON receipts (issued_at_ms) WHERE issued_at_ms IS NOT NULL;
    `,
  },
];

/** Written into the file's header, so that a ledger can be told from other SQLite files: "MlLd". */
const applicationId = 0x4d_6c_4c_64;

/** Brings the file to what this version of Millrace writes. Two processes that do so at once do it once. */
export function migrate(database: Database, file: string): void {
  if (!isEmpty(database)) requireLedger(database, file);
  const apply = database.transaction(() => {
    database.exec(
      'CREATE TABLE IF NOT EXISTS migrations (id INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at_ms INTEGER NOT NULL) STRICT',
    );
    const done = countOf(database, file);
    for (const [index, { name, sql }] of [...migrations.entries()].slice(done)) {
      database.exec(sql);
      database.prepare('INSERT INTO migrations VALUES (?, ?, ?)').run(index + 1, name, Date.now());
    }
    database.exec(`PRAGMA application_id = ${applicationId}`);
  });
  apply.immediate();
}

/**
 * Throws a {@link LedgerError} unless this version of Millrace can read the file as it is. What it reads has been there
 * since the first migration, but for the orders and a broadcaster's attempts: whoever reads those asks {@link hasTable}.
 */
export function checkReadable(database: Database, file: string): void {
  requireLedger(database, file);
  countOf(database, file);
}

/** Whether the file, which an earlier version may have written, has this table. */
export function hasTable(database: Database, table: 'orders' | 'evidence_attempts'): boolean {
  return database.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get([table]) !== undefined;
}

function requireLedger(database: Database, file: string): void {
  if (pragma(database, 'application_id') === applicationId) return;
  if (!isEmpty(database)) throw foreign(file, "but another program's database");
  // What is in the -wal file only is not in the file yet.
  const message = `${file} is empty: if this is a copy of a ledger, copy its -wal file too.`;
  throw new LedgerError('LEDGER_FOREIGN', message);
}

function isEmpty(database: Database): boolean {
  const tables = database.prepare('SELECT count(*) AS number FROM sqlite_schema').get() as { number: number };
  return tables.number === 0;
}

/** How many migrations the file has gone through. */
function countOf(database: Database, file: string): number {
  const { done } = database.prepare('SELECT count(*) AS done FROM migrations').get() as { done: number };
  if (done <= migrations.length) return done;
  throw new LedgerError(
    'LEDGER_TOO_NEW',
    `The ledger ${file} was written by a later version of Millrace: use that one.`,
  );
}

function pragma(database: Database, name: string): unknown {
  return (database.prepare(`PRAGMA ${name}`).get() as Record<string, unknown>)[name];
}

import { closeSync, existsSync, openSync } from 'node:fs';

import Database from 'libsql';

import { LedgerError } from './ledger-error.js';
import { migrate } from './migrations.js';
import { openingFailure } from './opening-failure.js';

/** How long to wait for another process that is writing. */
const busyTimeoutMs = 5000;

/**
 * Opens a ledger's file, and brings it up to date; makes it, readable for its owner only, when it is not there.
 *
 * @param synchronous `FULL`: what is written waits for the disk. `NORMAL`: a loss of power costs the newest of it.
 * @throws LedgerError
 */
export function openDatabase(file: string, synchronous: 'FULL' | 'NORMAL'): Database.Database {
  let database: Database.Database | undefined;
  try {
    if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600));
    database = new Database(file);
    database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}; PRAGMA synchronous = ${synchronous}`);
    database.exec('PRAGMA journal_mode = WAL');
    migrate(database, file);
    return database;
  } catch (error) {
    database?.close();
    throw openingFailure(file, error);
  }
}

/**
 * Puts what was written into the file itself, so that a copy of that alone is whole, and closes it.
 */
export function closeDatabase(database: Database.Database): void {
  try {
    database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
  } catch {
    // Somebody else has it open: the -wal file keeps what is in it.
  }
  database.close();
}

/** What the library says, as a {@link LedgerError}. */
export function attempt<T>(file: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new LedgerError('LEDGER_FAILED', `The ledger ${file} fails: ${messageOf(error)}`, error);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

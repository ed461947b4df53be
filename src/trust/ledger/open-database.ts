import { closeSync, existsSync, openSync } from 'node:fs';

import Database from 'libsql';

import { LedgerError } from './ledger-error.js';
import { migrate } from './migrations.js';

/** How a ledger's file is opened. */
export interface OpenDatabaseOptions {
  /** Only to look into it: it must be there, and nothing can be written. */
  readOnly: boolean;
  /** `FULL`: what is written waits for the disk. `NORMAL`: a loss of power costs the newest of it. */
  synchronous: 'FULL' | 'NORMAL';
}

/** How long to wait for another process that is writing. */
const busyTimeoutMs = 5000;

/**
 * Opens a ledger's file, and brings it up to date; makes it, readable for its owner only, when it is not there.
 *
 * @throws LedgerError
 */
export function openDatabase(file: string, { readOnly, synchronous }: OpenDatabaseOptions): Database.Database {
  let database: Database.Database | undefined;
  try {
    if (!existsSync(file)) {
      if (readOnly) throw new LedgerError('LEDGER_UNAVAILABLE', `There is no ledger at ${file}: check the path.`);
      closeSync(openSync(file, 'a', 0o600));
    }
    database = new Database(file);
    database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}; PRAGMA synchronous = ${synchronous}`);
    if (!readOnly) database.exec('PRAGMA journal_mode = WAL');
    migrate(database);
    if (readOnly) database.exec('PRAGMA query_only = 1');
    return database;
  } catch (error) {
    database?.close();
    if (error instanceof LedgerError) throw error;
    throw new LedgerError('LEDGER_UNAVAILABLE', `The ledger ${file} cannot be opened: ${messageOf(error)}`, error);
  }
}

/**
 * Puts what was written into the file itself, so that a copy of that alone is whole, and closes it.
 */
export function closeDatabase(database: Database.Database): void {
  try {
    database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
  } catch {
    // Somebody else has it open, or it was only read: the -wal file keeps what is in it.
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

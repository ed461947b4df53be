import { existsSync, statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

import Database from 'libsql';

import { LedgerError } from './ledger-error.js';
import { checkReadable } from './migrations.js';
import { openingFailure } from './opening-failure.js';

/**
 * Opens a ledger without the means to write it. SQLite needs a `-shm` file beside it, and makes one; where it cannot, the
 * file is read by itself, if there is nothing in a `-wal` file that would be missed.
 *
 * @throws LedgerError
 */
export function openToRead(file: string): Database.Database {
  if (!existsSync(file)) throw new LedgerError('LEDGER_UNAVAILABLE', `There is no ledger at ${file}: check the path.`);
  try {
    return openedByAnyMeans(file);
  } catch (error) {
    throw openingFailure(file, error);
  }
}

function openedByAnyMeans(file: string): Database.Database {
  try {
    return opened(file, 'mode=ro');
  } catch (error) {
    const code = error instanceof Database.SqliteError ? error.rawCode : undefined;
    if (code === undefined || !cannotBeWritten.has(code)) throw error;
    if (hasChanges(file)) {
      throw new LedgerError(
        'LEDGER_UNAVAILABLE',
        `The ledger ${file} has changes in its -wal file, and nothing can be written beside it: copy both elsewhere.`,
        error,
      );
    }
    return opened(file, 'mode=ro&immutable=1');
  }
}

/** SQLITE_CANTOPEN, SQLITE_READONLY, SQLITE_READONLY_CANTINIT and SQLITE_READONLY_DIRECTORY. */
const cannotBeWritten = new Set([14, 8, 1288, 1544]);

function hasChanges(file: string): boolean {
  return (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

function opened(file: string, how: string): Database.Database {
  const database = new Database(`${pathToFileURL(file).href}?${how}`);
  try {
    database.exec('PRAGMA busy_timeout = 5000');
    checkReadable(database, file);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

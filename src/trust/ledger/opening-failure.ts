import { statSync } from 'node:fs';
import { dirname } from 'node:path';

import Database from 'libsql';

import { LedgerError } from './ledger-error.js';

// SQLite's result codes.
const damaged = 11;
const notADatabase = 26;

/** Why a ledger cannot be opened, and what to do, as a {@link LedgerError}. */
export function openingFailure(file: string, error: unknown): LedgerError {
  if (error instanceof LedgerError) return error;
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true)
    return unavailable(`${file} is a folder: name the ledger's file in it.`, error);
  if (systemCodeOf(error) === 'ENOENT')
    return unavailable(`The ledger ${file} cannot be made: make the folder ${dirname(file)} first.`, error);
  const code = error instanceof Database.SqliteError ? error.rawCode : undefined;
  if (code === notADatabase) return foreign(file, 'but some other file', error);
  if (code === damaged)
    return unavailable(
      `The ledger ${file} is damaged, or not whole: if this is a copy, copy its -wal file too; else restore a backup.`,
      error,
    );
  return unavailable(`The ledger ${file} cannot be opened: ${messageOf(error)}`, error);
}

/** The failure of opening a file that is no ledger, `but` something else. */
export function foreign(file: string, but: string, cause?: unknown): LedgerError {
  const message = `${file} is not a ledger of Millrace, ${but}: name the file that a node keeps as its ledger.`;
  return new LedgerError('LEDGER_FOREIGN', message, cause);
}

function unavailable(message: string, cause: unknown): LedgerError {
  return new LedgerError('LEDGER_UNAVAILABLE', message, cause);
}

function systemCodeOf(error: unknown): unknown {
  return error instanceof Error && 'syscall' in error && 'code' in error ? error.code : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

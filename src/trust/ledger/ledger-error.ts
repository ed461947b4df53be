/** What failed. The codes are stable and never change meaning. */
export type LedgerErrorCode =
  /** The file is not there, or may not be opened. */
  | 'LEDGER_UNAVAILABLE'
  /** The file is something else. */
  | 'LEDGER_FOREIGN'
  /** The file was written by a later version of Millrace. */
  | 'LEDGER_TOO_NEW'
  /** It cannot be read or written: a full disk, a broken file. */
  | 'LEDGER_FAILED';

/** The ledger cannot do what it was asked; nothing of it was done. */
export class LedgerError extends Error {
  override readonly name = 'LedgerError';
  readonly code: LedgerErrorCode;

  constructor(code: LedgerErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

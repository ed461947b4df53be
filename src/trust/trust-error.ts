/** What is wrong with keys, or with evidence that somebody asked about. The codes are stable and never change meaning. */
export type TrustErrorCode =
  /** There is no keystore under that path, and none was to be made. */
  | 'KEYSTORE_NOT_FOUND'
  /** The keystore, or the file with its password, cannot be read. */
  | 'KEYSTORE_UNREADABLE'
  /** The file is no keystore of version 3. */
  | 'KEYSTORE_INVALID'
  /** The keystore cannot be written. */
  | 'KEYSTORE_NOT_WRITABLE'
  /** No password was given. */
  | 'PASSWORD_MISSING'
  /** The password is not the keystore's. */
  | 'PASSWORD_WRONG'
  /** A message that was to be signed or hashed is not what its schema says. */
  | 'MESSAGE_INVALID'
  /** The file or the server with a bundle or a ticket does not give it. */
  | 'EVIDENCE_UNREADABLE'
  /** The text is no bundle, no ticket or no attestation. */
  | 'EVIDENCE_INVALID';

/** A failure around keys and evidence. `message` says what is wrong and what to do about it; it never holds a secret. */
export class TrustError extends Error {
  override readonly name = 'TrustError';
  /** What is wrong. */
  readonly code: TrustErrorCode;

  constructor(code: TrustErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

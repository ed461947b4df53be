import type { TranscodeResult } from './result.js';

/** What failed. The codes are stable and never change meaning. */
export type TranscodeErrorCode =
  /** The job was asked for something that cannot be. */
  | 'OPTIONS_INVALID'
  /** This kind of URL is not allowed here. */
  | 'SCHEME_DENIED'
  /** The network policy does not allow this address. */
  | 'ADDRESS_DENIED'
  /** The name does not resolve. */
  | 'HOST_NOT_FOUND'
  /** Nobody listens there. */
  | 'CONNECTION_REFUSED'
  /** The peer broke the connection. */
  | 'CONNECTION_RESET'
  /** No connection, or no first answer, within `connectTimeoutMs`. */
  | 'TIMED_OUT'
  /** The connection is up, but nothing moved within `stallTimeoutMs`. */
  | 'STALLED'
  /** The certificate does not verify. */
  | 'TLS_UNTRUSTED'
  /** TLS failed otherwise. */
  | 'TLS_FAILED'
  /** HTTP 401 or 403, or the server refused to let us publish or play. */
  | 'UNAUTHORIZED'
  /** HTTP 404 or 410, or a file that is not there. */
  | 'NOT_FOUND'
  /** Any other HTTP status that is no success, a redirect that cannot be followed included; see `httpStatus`. */
  | 'HTTP_STATUS'
  /** The peer does not speak the protocol properly. */
  | 'PROTOCOL'
  /** A local file cannot be opened, read or written. */
  | 'FILE_FAILED'
  /** The Node stream given as input or output failed; `cause` is its error. */
  | 'STREAM_FAILED'
  /** The bytes are not the container they should be. */
  | 'FORMAT_INVALID'
  /** The source ended, or was stopped, without any audio or video; or it ended far before `resumeAtUs`. */
  | 'NO_MEDIA'
  /** No decoder, encoder or container mapping for this codec. */
  | 'CODEC_UNSUPPORTED'
  | 'DECODE_FAILED'
  | 'SCALE_FAILED'
  | 'ENCODE_FAILED'
  | 'MUX_FAILED'
  /** The GPU asked for is not there, or lacks the unit. */
  | 'DEVICE_UNAVAILABLE'
  /** The GPU is gone, or nothing works on it any more, and the job had nowhere else to go on. */
  | 'DEVICE_LOST'
  /** The GPU's memory is used up. */
  | 'DEVICE_OUT_OF_MEMORY'
  /** The GPU's driver gives no more encoder sessions. */
  | 'DEVICE_SESSIONS_EXHAUSTED'
  /** The GPU's driver failed otherwise; `cause` has its own word. */
  | 'DEVICE_FAILED'
  /** The native part of Millrace cannot be loaded on this machine; `message` says what to do. */
  | 'ADDON_UNAVAILABLE'
  /** The job was disposed of, or its iterator abandoned, before it ended. */
  | 'CANCELLED'
  /** A defect of Millrace. */
  | 'INTERNAL';

/** Where in a job something failed. */
export type TranscodeStage = 'options' | 'source' | 'decode' | 'scale' | 'encode' | 'mux' | 'sink' | 'device' | 'job';

/** Every failure of a job, and every misuse of the library (`OPTIONS_INVALID`). */
export class TranscodeError extends Error {
  override readonly name = 'TranscodeError';
  // `declare` below: what is not known is absent, not undefined.
  /** What failed. */
  readonly code: TranscodeErrorCode;
  /** Where in the job it failed. */
  readonly stage: TranscodeStage;
  /** The URL concerned, without user info, query or stream key. Absent: none is. */
  declare readonly url?: string;
  /** Whether trying the same thing again later can help. */
  readonly retryable: boolean;
  /** The HTTP status that was answered. Absent: none was. */
  declare readonly httpStatus?: number;
  /** On the error that `run()` rejects with: how far the job came, and each rendition's own failure. */
  declare readonly result?: TranscodeResult;

  constructor(message: string, details: TranscodeErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = details.code;
    this.stage = details.stage;
    this.retryable = details.retryable ?? false;
    if (details.url !== undefined) this.url = details.url;
    if (details.httpStatus !== undefined) this.httpStatus = details.httpStatus;
    // Not enumerable: an error that ends up on a terminal is not to fill it.
    if (details.result !== undefined) Object.defineProperty(this, 'result', { value: details.result });
  }
}

/** What a {@link TranscodeError} is made of. */
export interface TranscodeErrorDetails {
  code: TranscodeErrorCode;
  stage: TranscodeStage;
  /** Redacted by whoever makes the error. */
  url?: string;
  /** Default `false`. */
  retryable?: boolean;
  /** The library's own words, or the error that led to this one. */
  cause?: unknown;
  httpStatus?: number;
  result?: TranscodeResult;
}

/** The error for a caller's mistake: `message` is a full sentence that says what was expected and what came. */
export function misuse(message: string): TranscodeError {
  return new TranscodeError(message, { code: 'OPTIONS_INVALID', stage: 'options' });
}

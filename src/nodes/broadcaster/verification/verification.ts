import type { FindingReason } from '../../../trust/essence/finding.js';
import type { PictureFindingCode } from '../../../trust/pictures/verdict.js';

/**
 * `verified`: the copy is what was signed for, and shows what the source shows. `failed`: it is not, or does not.
 * `undecided`: there is no copy of it, or the copy cannot tell; nothing is held against anyone.
 */
export type VerificationOutcome = 'verified' | 'failed' | 'undecided';

/** What is found beside what the essence and the pictures tell. The codes are stable. */
export type CopyFindingCode =
  /** The rendition, or the source, could not be had. */
  | 'RENDITION_UNAVAILABLE'
  | 'SOURCE_UNAVAILABLE'
  /** What B got of the source does not reach over the window. */
  | 'SOURCE_OUTSIDE'
  /** The source that was signed for is not the one that B got. */
  | 'SOURCE_UNCONFIRMED'
  /** The source has other pictures at that time than were signed for. */
  | 'SOURCE_OTHER'
  /** The receipts have no windows of the source, though there were such long ago. */
  | 'SOURCE_WITHHELD'
  /** The pictures could not be compared. */
  | 'NOT_COMPARED'
  /** The process that looks crashed or did not answer. */
  | 'VERIFIER_LOST';

/** One thing that was found. */
export interface VerificationFinding {
  code: FindingReason | PictureFindingCode | CopyFindingCode;
  /** A sentence, or a part of one, for a person. */
  message: string;
  measured?: number | string;
  expected?: number | string;
}

/** What looking at one window of a rendition came to. */
export interface WindowVerification {
  /** The window's index in its attempt. Absent: none of the attempt's windows could be looked at. */
  window?: number;
  outcome: VerificationOutcome;
  /** Empty: nothing is wrong. */
  findings: VerificationFinding[];
  /** The mean over the pictures that were compared. Absent: none was. */
  ssim?: number;
}

/** The same with what it is about. */
export interface Verification extends WindowVerification {
  attempt: number;
  /** Absent: the window is the source's. */
  rendition?: string;
}

export function undecided(code: VerificationFinding['code'], message: string, window?: number): WindowVerification {
  return { ...(window !== undefined && { window }), outcome: 'undecided', findings: [{ code, message }] };
}

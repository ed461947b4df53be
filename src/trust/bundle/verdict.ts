import type { FindingReason } from '../essence/finding.js';
import type { Address, Bytes32 } from '../keys/signature.js';
import type { Seam } from '../receipts/attempt-joins.js';
import type { ReceiptFaultCode } from '../receipts/receipt-checker.js';

/** What verifying a bundle comes to. */
export interface BundleVerdict {
  /**
   * Whether all of it holds, and there is something that does: at least one window of a rendition, and one of every medium
   * that a copy was given of. A window that a given copy has not whole does not hold.
   */
  holds: boolean;
  counts: WindowCounts;
  /** What is wrong with the bundle beside the copies. Empty: nothing. */
  faults: Remark[];
  /** In the bundle's order. */
  attempts: AttemptVerdict[];
  /** Where the windows of a rendition do not join. They are stated, and fail nothing. */
  seams: Seam[];
  /** Where copies of renditions have media that no receipt is for. Likewise: a rendition may be played on by another job. */
  uncovered: UncoveredStretch[];
}

/** How the windows of the receipts stand, of the source and of all renditions. Each of them counts once behind `total`. */
export interface WindowCounts {
  total: number;
  /** A copy holds it, and everything else about it holds. */
  foundInCopy: number;
  /** No copy of its medium was given; everything else about it holds. */
  notLookedAt: number;
  /** The copy that was given has it not whole, which says nothing against anybody. */
  notInCopy: number;
  /** Its signature, its place in the chain, its attestation or its media does not hold. */
  doNotHold: number;
}

/**
 * Media of a copy that stands before its first window, behind the last of a closed attempt, or between windows that do not
 * follow on one another.
 */
export interface UncoveredStretch {
  rendition: string;
  /** Pictures; where the receipts have none, frames of sound. */
  units: number;
  /** Timestamps of the first and the last of them, in microseconds on the receipts' timeline, which is the source's. */
  fromTimestampUs: number;
  toTimestampUs: number;
}

/** What is said of one attempt. */
export interface AttemptVerdict {
  jobId: string;
  attempt: number;
  /** Who the ticket says it is from, and who it is for. */
  broadcaster: Address;
  orchestrator: Address;
  ticket: Bytes32;
  /** Whether the ticket is signed, the attestation too, and all of it belongs together. Empty: yes. */
  faults: Remark[];
  /**
   * `closed`: by a final receipt. `finalRefused`: there is one, which is not taken, as it is not in order itself or stands behind
   * one that is not. `open`: there is none; the attempt was cut off, or goes on.
   */
  ending: 'closed' | 'finalRefused' | 'open';
  /** Renditions that receipts say have failed. */
  leftOut: string[];
  /** Without one of a rendition nothing was delivered that there is a receipt for; of the last attempt that is a fault. */
  windows: WindowVerdict[];
  /** Windows of the source that the broadcaster attests and no receipt is for, in ascending order. They fail nothing. */
  attestedOnly: number[];
}

/** What is said of one window of the source or of a rendition. */
export interface WindowVerdict {
  /** The rendition's name. Absent: it is the source. */
  rendition?: string;
  window: number;
  /** Index of the receipt that it is in. */
  receipt: number;
  /** Whether the receipt is signed by the orchestrator of the ticket. */
  signature: 'holds' | 'doesNotHold';
  /** Whether the receipt follows on those before it, and what it says is possible. */
  chain: 'holds' | 'doesNotHold';
  /** Whether the media is what was signed. */
  media: 'holds' | 'doesNotHold' | 'notInThisCopy' | 'noCopyGiven';
  /** Of the source: whether the broadcaster attests the same. Absent: it says nothing about this window. */
  attested?: 'holds' | 'doesNotHold';
  /** Why something does not hold. */
  reasons: Remark[];
}

/** One thing that is wrong. */
export interface Remark {
  code: RemarkCode;
  /** A sentence, or a part of one. */
  message: string;
}

/** What can be wrong with a bundle. The codes are stable. */
export type RemarkCode =
  | ReceiptFaultCode
  | FindingReason
  /** It stands behind a receipt that is refused, so that it cannot be chained; by itself nothing is wrong with it. */
  | 'RECEIPT_BEHIND_REFUSED'
  /** The ticket is not signed by the broadcaster that it names. */
  | 'TICKET_SIGNATURE'
  /** The ticket is from, or for, somebody else than was asked for. */
  | 'OTHER_PARTY'
  /** Neither the attempt nor a later one has a receipt for a window of a rendition. */
  | 'NO_RECEIPTS'
  /** A copy was given of a medium that no receipt of the bundle has a window of. */
  | 'NOTHING_OF_COPY'
  /** A copy cannot be read, so that nothing is said of its medium. Only `millrace verify` says it. */
  | 'COPY_UNREADABLE'
  /** The attempts are not those of one job, by one broadcaster, in ascending order. */
  | 'OTHER_JOB'
  /** A URL that is laid open is not the one of the ticket. */
  | 'OTHER_URL'
  /** The attestation is not signed by the broadcaster, or is about another attempt. */
  | 'ATTESTATION_SIGNATURE'
  | 'OTHER_ATTEMPT'
  /** The broadcaster attests another root than the receipt has. */
  | 'ATTESTED_OTHER';

import type { BundledAttempt } from '../../../trust/bundle/bundle.js';
import type { Transport } from './play-transport.js';
import type { VerificationFinding, WindowVerification } from './verification.js';

/** A medium to keep a copy of. */
export interface RecordedMedium {
  /** A secret, as it may hold credentials. */
  url: string;
  /** Of the file it goes to. */
  path: string;
  /** Media time to keep. */
  durationMs: number;
}

/** Keeps copies of both, side by side. What there is after `limitMs` is the copy. */
export interface RecordRequest {
  type: 'record';
  source: RecordedMedium;
  rendition: RecordedMedium;
  limitMs: number;
}

/** Looks at windows of a copy. */
export interface VerifyRequest {
  type: 'verify';
  /** The paths of the copies. */
  source: string;
  rendition: string;
  /** What was ordered and signed. */
  attempt: BundledAttempt;
  /** The rendition's name. */
  name: string;
  /** Indices; `whole`: the last few that the copy holds whole. */
  windows: readonly number[] | 'whole';
  /** How the rendition's copy came. */
  transport: Transport;
}

/** What the process that verifies is told. It has one request at a time. */
export type VerifierRequest = RecordRequest | VerifyRequest;

/** What it answers. `recorded`: nothing there to go on with, if there is a finding. */
export type VerifierAnswer =
  { type: 'recorded'; finding?: VerificationFinding } | { type: 'verified'; windows: WindowVerification[] };

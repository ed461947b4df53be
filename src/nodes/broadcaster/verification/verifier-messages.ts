import type { BundledAttempt } from '../../../trust/bundle/bundle.js';
import type { SeenSource } from '../../../trust/bundle/see-source.js';
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

/** Reads where a medium begins, and no more of it. */
export interface BeginRequest {
  type: 'begin';
  medium: RecordedMedium;
  limitMs: number;
}

/** The first pictures of a medium. */
export interface Beginning {
  units: number;
  /** Over all of them. */
  merkleRoot: string;
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
  /**
   * How the outputs were when the copy was made. `broken off`: a server may have kept a part, or nothing, so that the copy
   * may be of something that was delivered there before, or by another attempt.
   */
  outputs: 'running' | 'finished' | 'broken off';
  /** How the rendition's copy came, and the source's. */
  transport: Transport;
  sourceTransport: Transport;
  /** What the source began with while the job ran. Absent: that is not known. */
  beginning?: Beginning;
}

/** What the process that verifies is told. It has one request at a time. */
export type VerifierRequest = RecordRequest | BeginRequest | VerifyRequest;

/** What it answers. `recorded`: nothing there to go on with, if there is a finding. */
export type VerifierAnswer =
  | { type: 'recorded'; finding?: VerificationFinding }
  | { type: 'begun'; beginning?: Beginning }
  | ({ type: 'verified' } & Looked);

/** What came of looking: `source` is absent where there was nothing to look at. */
export interface Looked {
  windows: WindowVerification[];
  source?: SeenSource;
}

import type { Fault, Progress, Started } from '../../rpc/attempt-event.js';
import type { Verification } from './verification/verification.js';
import type { IssuedReceipt } from '../../trust/receipts/receipt.js';

/** What is told of a job, in the order in which it happens. `finished`, `failed` or `cancelled` comes last, and once. */
export type JobEvent =
  /** An orchestrator's transcoder took the attempt on; again for every attempt. */
  | { type: 'accepted'; job: string; attempt: number; orchestrator: string; transcoder: string }
  /** Where the renditions can be played, in the order of the ladder. */
  | { type: 'urls'; urls: readonly string[] }
  /** The source is understood; again for every attempt. */
  | { type: 'started'; attempt: number; source: Started }
  /** A window was delivered, and its orchestrator has signed for it. */
  | { type: 'receipt'; attempt: number; receipt: IssuedReceipt }
  /** A window that was delivered was looked at. Of the windows that are looked at behind the job's end nothing is told. */
  | ({ type: 'verification' } & Verification)
  /** A rendition's first byte left for its output; again for every attempt. */
  | { type: 'firstFrame'; attempt: number; rendition: string; sinceNotificationMs: number }
  | { type: 'progress'; attempt: number; progress: Progress }
  | { type: 'warning'; attempt: number; code: string; message: string }
  /** An attempt ended before its time, and another takes its place. */
  | { type: 'failover'; attempt: number; cause: Fault }
  /** A rendition was given up; the others go on. */
  | { type: 'renditionFailed'; attempt: number; rendition: string; fault: Fault }
  | { type: 'renditionFinished'; attempt: number; rendition: string }
  | { type: 'finished' }
  /** `retryAfterS`: the seconds after which another notification may fare better. Absent: that cannot be told. */
  | { type: 'failed'; fault: Fault; retryAfterS?: number }
  /** Somebody asked for the end. The outputs hold what was read by then, or were broken off. */
  | { type: 'cancelled'; outputs: 'finished' | 'broken off' };

import type { TranscodeErrorCode, TranscodeStage } from '../../transcoder/error.js';
import type { TranscodeEvent } from '../../transcoder/events.js';
import type { NetworkPolicy, Pace, Profile, TranscoderOptions } from '../../transcoder/options.js';
import type { Progress } from '../../transcoder/result.js';

/** What a worker process is to do, in what can be sent to one. */
export type WorkerJob = Omit<TranscoderOptions, 'input' | 'renditions' | 'signal' | 'network'> & {
  input: { url: string; pace?: Pace; tls?: { caFile: string } };
  renditions: { name: string; profile: Profile; output: { url: string; tls?: { caFile: string } } }[];
  network: NetworkPolicy;
};

/** To a worker process. */
export type WorkerRequest =
  | { type: 'run'; job: WorkerJob; leaseMs: number }
  | { type: 'stop' }
  | { type: 'cancel' }
  /** The node is there. */
  | { type: 'beat' };

/** From a worker process. */
export type WorkerReport =
  /** The addon is loaded and warm; a job can be given. */
  | { type: 'ready' }
  | { type: 'event'; event: ForwardedEvent }
  /** The job is over, and nothing of it is left. The process can be given the next. */
  | { type: 'ended'; error?: WorkerError; progress?: Progress }
  /** The process is there. */
  | { type: 'beat' };

export type ForwardedEvent =
  | Exclude<TranscodeEvent, { type: 'ended' | 'log' | 'renditionFailed' }>
  | { type: 'renditionFailed'; name: string; error: WorkerError };

/** A `TranscodeError` without its prototype, which does not survive being sent. */
export interface WorkerError {
  code: TranscodeErrorCode;
  stage: TranscodeStage;
  message: string;
  url?: string;
}

import { z } from 'zod';

import { windowClosed } from './essence-window.js';
import {
  attemptNumber,
  codec,
  figure,
  identifier,
  longestText,
  renditionName,
  sentence,
  timestampUs,
  whole,
  word,
} from './fields.js';
import {
  FaultClass,
  RenditionState,
  type AttemptEvent,
  type Ended,
  type Fault,
  type Progress,
  type RenditionProgress,
  type Started,
} from './generated/millrace/v1/job.js';

export { FaultClass, RenditionState };
export type { Ended, Fault, Progress, RenditionProgress, Started };

/** An attempt, on every node. */
export interface AttemptKey {
  jobId: string;
  attempt: number;
}

export type AttemptEventBody = NonNullable<AttemptEvent['event']>;
/** An attempt's event, with what every message must have there. */
export type ValidAttemptEvent = AttemptKey & { event: AttemptEventBody };

export const fault: z.ZodType<Fault> = z.object({
  class: z.enum([
    FaultClass.FAULT_CLASS_SOURCE,
    FaultClass.FAULT_CLASS_OUTPUT,
    FaultClass.FAULT_CLASS_TRANSCODER,
    FaultClass.FAULT_CLASS_ORCHESTRATOR,
    FaultClass.FAULT_CLASS_CANCELLED,
    FaultClass.FAULT_CLASS_BROADCASTER,
  ]),
  code: word,
  stage: word,
  message: sentence,
  url: z.string().max(longestText),
});

const latency = z.object({
  count: whole,
  p50Ms: figure,
  p99Ms: figure,
  maxMs: figure,
  buckets: z.array(z.object({ upToMs: figure, count: whole })).max(64),
});

const renditionProgress: z.ZodType<RenditionProgress> = z.object({
  name: renditionName,
  state: z.enum([
    RenditionState.RENDITION_STATE_WAITING,
    RenditionState.RENDITION_STATE_RUNNING,
    RenditionState.RENDITION_STATE_FINISHED,
    RenditionState.RENDITION_STATE_FAILED,
  ]),
  framesEncoded: whole,
  framesOut: whole,
  framesDropped: whole,
  bytes: whole,
  pixelsEncoded: whole,
  lastTimestampUs: timestampUs.optional(),
  bitrateBps: whole,
  latency: latency.optional(),
});

const progress: z.ZodType<Progress> = z.object({
  elapsedMs: whole,
  sourceBytes: whole,
  sourceAccessUnits: whole,
  sourceFrames: whole,
  decodeErrors: whole,
  lastSourceTimestampUs: timestampUs.optional(),
  realTimeRatio: figure,
  renditions: z.array(renditionProgress).max(32),
});

const started: z.ZodType<Started> = z.object({
  timestampBaseUs: timestampUs,
  videoCodec: codec,
  width: whole,
  height: whole,
  fps: figure,
  audioCodec: codec,
});

export const attemptEvent: z.ZodType<ValidAttemptEvent> = z.object({
  jobId: identifier,
  attempt: attemptNumber,
  event: z.discriminatedUnion('$case', [
    z.object({ $case: z.literal('started'), value: started }),
    z.object({
      $case: z.literal('renditionStarted'),
      value: z.object({ name: renditionName, sinceSourceFirstByteMs: figure }),
    }),
    z.object({ $case: z.literal('progress'), value: progress }),
    z.object({
      $case: z.literal('renditionFailed'),
      value: z.object({ name: renditionName, fault: fault }),
    }),
    z.object({ $case: z.literal('renditionFinished'), value: z.object({ name: renditionName }) }),
    z.object({ $case: z.literal('warning'), value: z.object({ code: word, message: sentence }) }),
    z.object({ $case: z.literal('windowClosed'), value: windowClosed }),
    z.object({
      $case: z.literal('ended'),
      value: z.object({ fault: fault.optional(), progress: progress.optional() }),
    }),
  ]),
});

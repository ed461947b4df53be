import {
  RenditionState,
  type AttemptEventBody,
  type Progress,
  type RenditionProgress,
} from '../../rpc/attempt-event.js';
import { longestText } from '../../rpc/fields.js';
import { TranscodeError } from '../../transcoder/error.js';
import type * as engine from '../../transcoder/result.js';
import { toFault } from '../fault.js';
import { wireWindow } from '../wire-essence.js';
import type { ForwardedEvent } from './worker-messages.js';

/** What the engine tells, as the network has it. */
export function wireEvent(event: ForwardedEvent): AttemptEventBody {
  switch (event.type) {
    case 'started': {
      const { video, audio } = event.source;
      return {
        $case: 'started',
        value: {
          timestampBaseUs: event.timestampBaseUs,
          videoCodec: video?.codec ?? '',
          width: video?.width ?? 0,
          height: video?.height ?? 0,
          fps: video?.fps ?? 0,
          audioCodec: audio?.codec ?? '',
        },
      };
    }
    case 'renditionStarted': {
      const { name, sinceSourceFirstByteMs } = event;
      return { $case: 'renditionStarted', value: { name, sinceSourceFirstByteMs } };
    }
    case 'renditionFailed': {
      const { message, ...details } = event.error;
      const fault = toFault(new TranscodeError(message, details));
      return { $case: 'renditionFailed', value: { name: event.name, fault } };
    }
    case 'renditionFinished':
      return { $case: 'renditionFinished', value: { name: event.name } };
    case 'warning':
      return { $case: 'warning', value: { code: event.code, message: event.message.slice(0, longestText) } };
    case 'essence': {
      const { medium, window } = event;
      // No rendition is called so: the engine keeps the name for itself.
      const wire = wireWindow(medium === 'source' ? '' : medium, window);
      return { $case: 'windowClosed', value: { window: wire, last: window.last } };
    }
    case 'progress':
      return { $case: 'progress', value: wireProgress(event) };
  }
}

export function wireProgress(progress: engine.Progress): Progress {
  return {
    elapsedMs: Math.round(progress.elapsedMs),
    sourceBytes: progress.sourceBytes,
    sourceAccessUnits: progress.sourceAccessUnits,
    sourceFrames: progress.sourceFrames,
    decodeErrors: progress.decodeErrors,
    ...(progress.lastSourceTimestampUs !== undefined && { lastSourceTimestampUs: progress.lastSourceTimestampUs }),
    realTimeRatio: progress.realTimeRatio,
    renditions: progress.renditions.map(wireRendition),
  };
}

const states = {
  waiting: RenditionState.RENDITION_STATE_WAITING,
  running: RenditionState.RENDITION_STATE_RUNNING,
  finished: RenditionState.RENDITION_STATE_FINISHED,
  failed: RenditionState.RENDITION_STATE_FAILED,
} as const;

function wireRendition(rendition: engine.RenditionProgress): RenditionProgress {
  const { latency } = rendition;
  return {
    name: rendition.name,
    state: states[rendition.state],
    framesEncoded: rendition.framesEncoded,
    framesOut: rendition.framesOut,
    framesDropped: rendition.framesDropped,
    bytes: rendition.bytes,
    pixelsEncoded: rendition.pixelsEncoded,
    ...(rendition.lastTimestampUs !== undefined && { lastTimestampUs: rendition.lastTimestampUs }),
    bitrateBps: Math.round(rendition.bitrateBps),
    ...(latency && {
      latency: {
        count: latency.count,
        p50Ms: latency.p50Ms,
        p99Ms: latency.p99Ms,
        maxMs: latency.maxMs,
        buckets: latency.buckets,
      },
    }),
  };
}

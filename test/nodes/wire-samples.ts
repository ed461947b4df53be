import { FaultClass, RenditionState, type Fault, type Progress } from '../../src/rpc/attempt-event.js';
import { wireWindow } from '../../src/nodes/wire-essence.js';
import type { ValidWindowClosed } from '../../src/rpc/essence-window.js';
import { windowRoot } from '../../src/trust/essence/window-root.js';
import { VideoCodec, type ValidOrder } from '../../src/rpc/order.js';

/** An order that every node takes: one rendition of 640x360 at 30 frames per second, of a stream without an end. */
export function sampleOrder(changes: Partial<ValidOrder> = {}): ValidOrder {
  return {
    jobId: 'job',
    attempt: 1,
    stream: 'stream',
    sequence: 0,
    source: { url: 'http://source.example/0.ts', videoCodec: 'h264' },
    renditions: [sampleRendition('P360p30fps16x9')],
    durationMs: 0,
    windowMs: 0,
    ...changes,
  };
}

export function sampleRendition(name: string): ValidOrder['renditions'][number] {
  const profile = {
    width: 640,
    height: 360,
    bitrateBps: 1_200_000,
    fpsNumerator: 30,
    fpsDenominator: 1,
    codec: VideoCodec.VIDEO_CODEC_H264,
    encoderProfile: '',
    gopMs: 2000,
  };
  return { name, profile, outputUrl: `rtmp://output.example/live/${name}/0.ts` };
}

/** A report of a transcoder that has read and encoded so much. */
export function sampleProgress(sourceAccessUnits: number, framesEncoded: number, lastTimestampUs?: number): Progress {
  return {
    elapsedMs: 1000,
    sourceBytes: sourceAccessUnits * 1000,
    sourceAccessUnits,
    sourceFrames: sourceAccessUnits,
    decodeErrors: 0,
    realTimeRatio: 1,
    renditions: [
      {
        name: 'P360p30fps16x9',
        state: RenditionState.RENDITION_STATE_RUNNING,
        framesEncoded,
        framesOut: framesEncoded,
        framesDropped: 0,
        bytes: framesEncoded * 100,
        pixelsEncoded: framesEncoded * 640 * 360,
        ...(lastTimestampUs !== undefined && { lastTimestampUs }),
        bitrateBps: 1_200_000,
      },
    ],
  };
}

/** A window of two seconds with one video track, whose root is that of the track. */
export function sampleWindow(medium: string, index: number, last: boolean): ValidWindowClosed {
  const track = {
    kind: 'video',
    codec: 'h264',
    units: 60,
    parameters: '1'.repeat(64),
    merkleRoot: '2'.repeat(64),
  } as const;
  const content = {
    ...{ index, tracks: [track], root: windowRoot([track]), frames: 60 },
    ...{ width: 640, height: 360, pixels: 60 * 640 * 360 },
    ...{ startTimestampUs: index * 2_000_000, endTimestampUs: (index + 1) * 2_000_000 },
  };
  return { window: wireWindow(medium, content), last };
}

export type FaultWord = 'source' | 'output' | 'transcoder' | 'orchestrator' | 'cancelled' | 'broadcaster';

const classes: Record<FaultWord, FaultClass> = {
  source: FaultClass.FAULT_CLASS_SOURCE,
  output: FaultClass.FAULT_CLASS_OUTPUT,
  transcoder: FaultClass.FAULT_CLASS_TRANSCODER,
  orchestrator: FaultClass.FAULT_CLASS_ORCHESTRATOR,
  cancelled: FaultClass.FAULT_CLASS_CANCELLED,
  broadcaster: FaultClass.FAULT_CLASS_BROADCASTER,
};

export function sampleFault(word: FaultWord, code = 'SAMPLE'): Fault {
  return { class: classes[word], code, stage: 'node', message: 'A sample.', url: '' };
}

import type { TranscodeError } from './error.js';
import type { EssenceWindow } from './essence.js';
import type { Progress, TranscodeResult } from './result.js';

/** What a {@link Transcoder} tells while it runs, by event name. Every event also carries its name as `type`. */
export interface TranscoderEvents {
  started: [event: StartedEvent];
  renditionStarted: [event: RenditionStartedEvent];
  renditionFailed: [event: RenditionFailedEvent];
  renditionFinished: [event: RenditionFinishedEvent];
  warning: [event: WarningEvent];
  log: [event: LogEvent];
  progress: [event: ProgressEvent];
  essence: [event: EssenceEvent];
}

/** What iterating over a {@link Transcoder} yields. `ended` is always the last, and only a job that succeeded has it. */
export type TranscodeEvent =
  | StartedEvent
  | RenditionStartedEvent
  | RenditionFailedEvent
  | RenditionFinishedEvent
  | WarningEvent
  | LogEvent
  | ProgressEvent
  | EssenceEvent
  | EndedEvent;

/**
 * The source is understood, and every rendition that has not failed has its plan. Comes before any `renditionStarted`;
 * logs, warnings, progress and failures may come earlier. A source without pictures is started by its sound: by the
 * first output that leaves, some seconds in or when the source ends, and its plans are without what concerns pictures.
 */
export interface StartedEvent {
  type: 'started';
  source: SourceInfo;
  /** In the order of the options, without those that failed already. */
  renditions: RenditionPlan[];
  /** See {@link TranscoderOptions.timestampBaseUs}. */
  timestampBaseUs: number;
}

/** The first byte of a rendition left for its output. */
export interface RenditionStartedEvent {
  type: 'renditionStarted';
  name: string;
  /** From the source's first byte to the rendition's. */
  sinceSourceFirstByteMs: number;
}

/** A rendition failed; the others go on. */
export interface RenditionFailedEvent {
  type: 'renditionFailed';
  name: string;
  error: TranscodeError;
}

/** A rendition was delivered to its end, and its output confirmed it where the protocol has a way to. */
export interface RenditionFinishedEvent {
  type: 'renditionFinished';
  name: string;
}

/** Something a person should know that stops nothing. */
export interface WarningEvent {
  type: 'warning';
  /**
   * Stable. More may come.
   *
   * - `NO_VIDEO`: audio has come for three seconds and no picture, so the outputs start without; or none came at all.
   * - `AUDIO_LOST`: the source's audio cannot be decoded or encoded, and the outputs go on without.
   * - `TRACK_TOO_LATE`: a fragmented MP4 goes without a track that showed itself after its header had been sent.
   * - `SOURCE_RESTARTED`: a live source stays far before `resumeAtUs`, so that its clock was set back; it is taken to be
   *   there now.
   * - `OVERLOADED`: this machine cannot decode the live source, or encode a rendition of it, in real time; what is lost is
   *   in `sourceGopsDropped` and `framesDropped`. Once each.
   * - `OUTPUT_SLOW`: an output takes less than is sent, and loses whole GOPs of a live source: `gopsDropped`. Once each.
   * - `DEVICE_LEFT`: a GPU failed under the job, or refused it, and what it did is done by another one or by the CPU from
   *   the next keyframe on; `message` says what, where and why.
   * - `DEVICE_SESSIONS_EXHAUSTED`: the GPU's driver gives no more encoder sessions, so that this rendition is encoded by
   *   another one or by the CPU.
   * - `LISTENER_THREW`: a listener of this transcoder threw.
   * - `WARNINGS_LOST`: so many warnings came while JavaScript was busy that some were left out.
   */
  code: string;
  message: string;
}

/** `debug` is the least urgent. */
export type LogLevel = 'error' | 'warning' | 'info' | 'debug';

/**
 * A line from one of the libraries inside, which never write to the terminal. URLs in it are redacted. What SRT's own
 * threads say is left out, as it does not tell which job it is about.
 */
export interface LogEvent {
  type: 'log';
  level: LogLevel;
  /**
   * Who says it: `libavcodec/h264`, `libavformat/mpegts` and their like, `libav`, `libcurl` (at `debug` only), `srt`,
   * or `millrace` itself.
   */
  source: string;
  message: string;
}

/** Where the job stands; made every `progressIntervalMs`. While JavaScript is busy, only the newest is kept. */
export interface ProgressEvent extends Progress {
  type: 'progress';
}

/**
 * A window of the source, as it was read, or of a rendition, as it was handed to its output, is complete: see
 * {@link TranscoderOptions.essence}. None is left out, however busy JavaScript is. The last one of a rendition comes
 * before its `renditionFinished`, and that of a failed one, with what had been handed over, before the job's end. A
 * medium of which nothing came has none.
 */
export interface EssenceEvent {
  type: 'essence';
  /** `source`, or the rendition's name. */
  medium: string;
  window: EssenceWindow;
}

/** The job is over and nothing of it is left running. */
export interface EndedEvent {
  type: 'ended';
  result: TranscodeResult;
}

/** What the source turned out to be: in `started` as far as it is known by then, in the result to its end. */
export interface SourceInfo {
  /** libavformat's short name, e.g. `mpegts`. */
  container: string;
  /** Comes at the pace of real time. */
  live: boolean;
  /** Absent: the source has no video, or none of which a picture was seen. */
  video?: {
    /** E.g. `h264`. */
    codec: string;
    /** As coded, before rotation. */
    width: number;
    height: number;
    /** Absent: the source does not say. */
    fps?: number;
    /** libavutil's name, e.g. `yuv420p`. */
    pixelFormat: string;
  };
  /** Absent: the source has no audio. */
  audio?: {
    /** E.g. `aac`. */
    codec: string;
    /** Absent: not known yet, as with MPEG-TS before its first sound; likewise `channels`. */
    sampleRateHz?: number;
    channels?: number;
  };
}

/** What one rendition will be and where its stages run. */
export interface RenditionPlan {
  name: string;
  /** Absent, as are all that follow up to `encoder`: it starts without a picture. */
  width?: number;
  height?: number;
  /** `cpu` or `nvidia:N`; likewise `scale` and `encode`. */
  decode?: string;
  scale?: string;
  encode?: string;
  /** libavcodec's name, e.g. `libx264`. */
  encoder?: string;
  container: 'mpegts' | 'flv' | 'mp4';
  audio: 'copy' | 'aac' | 'opus' | 'none';
}

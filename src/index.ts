export { Transcoder } from './transcoder/transcoder.js';
export { TranscodeError } from './transcoder/error.js';
export { devices } from './transcoder/devices.js';
export { presets } from './transcoder/presets.js';

export type { TranscodeErrorCode, TranscodeErrorDetails, TranscodeStage } from './transcoder/error.js';
export type { DeviceReport, GpuReport } from './transcoder/devices.js';
export type { PresetName } from './transcoder/presets.js';
export type {
  Accel,
  AudioMode,
  Clip,
  ConnectionOptions,
  EncoderPreset,
  EncoderProfile,
  InputFormat,
  InputOptions,
  NetworkPolicy,
  OutputFormat,
  OutputOptions,
  Pace,
  Profile,
  RenditionOptions,
  TlsOptions,
  TranscoderOptions,
  Tune,
  UrlScheme,
  VideoCodec,
} from './transcoder/options.js';
export type {
  EndedEvent,
  LogEvent,
  LogLevel,
  ProgressEvent,
  RenditionFailedEvent,
  RenditionFinishedEvent,
  RenditionPlan,
  RenditionStartedEvent,
  SourceInfo,
  StartedEvent,
  TranscodeEvent,
  TranscoderEvents,
  WarningEvent,
} from './transcoder/events.js';
export type {
  Latency,
  LatencyBucket,
  Progress,
  RenditionProgress,
  RenditionResult,
  RenditionState,
  TranscodeResult,
} from './transcoder/result.js';

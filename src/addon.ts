import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

import type { DeviceStatus } from './transcoder/device-status.js';
import type { DeviceReport } from './transcoder/devices.js';
import type { EssenceCodec } from './transcoder/essence.js';
import type {
  EssenceEvent,
  LogEvent,
  LogLevel,
  ProgressEvent,
  RenditionFinishedEvent,
  RenditionStartedEvent,
  StartedEvent,
  WarningEvent,
} from './transcoder/events.js';
import { TranscodeError } from './transcoder/error.js';
import type { TranscodeErrorCode, TranscodeStage } from './transcoder/error.js';
import type {
  AudioMode,
  BitDepth,
  EncoderPreset,
  EncoderProfile,
  InputFormat,
  OutputFormat,
  Pace,
  Tune,
  UrlScheme,
  VideoCodec,
} from './transcoder/options.js';
import type { PictureComparison } from './transcoder/picture-comparison.js';
import type { Progress, TranscodeResult } from './transcoder/result.js';

/** The native addon, as `native/addon` exports it. What it is given is trusted: `validateOptions` has been there. */
export interface Addon {
  Job: new (options: NativeJobOptions, onEvents: (events: NativeEvent[]) => void) => NativeJob;
  EssenceRead: new (options: NativeEssenceOptions, onEnd: (end: NativeEssenceEnd) => void) => NativeReading;
  Recording: new (options: NativeRecordingOptions, onEnd: (error: NativeError | undefined) => void) => NativeReading;
  ByteInput: new (onEvent: (event: 'drain' | 'closed') => void) => NativeByteInput;
  ByteOutput: new (onEvent: (event: 'write' | 'finish' | 'closed', bytes?: Buffer) => void) => NativeByteOutput;
  reportDevices(): Promise<DeviceReport>;
  deviceStatus(): Promise<DeviceStatus[]>;
  comparePictures(options: NativeComparisonOptions): NativeComparison;
  /** Cancels every job of this JavaScript thread and waits for their threads: what happens at its end anyway. */
  endAll: () => void;
}

/** One job's threads. Collected only after `closed`. */
export interface NativeJob {
  start(): void;
  /** Ends the source here. Returns at once. */
  stop(): void;
  /** Breaks everything off. Returns at once. */
  cancel(): void;
}

/** What reads a medium, on threads of its own, and says how it ended. Collected only after that. */
export interface NativeReading {
  start(): void;
  /** Breaks it off. Returns at once. */
  cancel(): void;
}

export interface NativeEssenceOptions extends Pick<NativeJobOptions, 'input' | 'allow' | 'deny' | 'schemes'> {
  durationMs?: number;
}

export interface NativeRecordingOptions extends NativeEssenceOptions {
  path: string;
}

export type NativeEssenceEnd = { copy: NativeEssenceCopy } | { error: NativeError };

export interface NativeEssenceCopy {
  tracks: NativeEssenceCopyTrack[];
}

/** The units side by side: one of `hashes`, `keys`, `timestampsUs` and `setListOf` for each. */
export interface NativeEssenceCopyTrack {
  kind: 'video' | 'audio';
  codec: EssenceCodec;
  /** 0: not known, or audio. */
  width: number;
  height: number;
  /** 32 bytes for each; likewise `hashes`. */
  parameterSets: Buffer;
  /** Places in `parameterSets`. */
  setLists: number[][];
  hashes: Buffer;
  keys: Uint8Array;
  timestampsUs: Float64Array;
  /** Places in `setLists`. */
  setListOf: Uint32Array;
}

/** Bytes from a Node stream to a job. `drain`: there is room again. `closed`: the job takes no more. */
export interface NativeByteInput {
  /** Takes the bytes in any case; false: wait for `drain` or `closed` before the next. */
  write(bytes: Uint8Array): boolean;
  end(): void;
  fail(message: string): void;
  /** Lets go of the callback; nothing is called afterwards. */
  close(): void;
}

/** Bytes from a job to a Node stream. After `closed` nothing follows; without a `finish` before it, the job failed. */
export interface NativeByteOutput {
  /** Answers the last `write` or `finish`. The next event comes only after it. */
  acknowledge(): void;
  fail(message: string): void;
  /** Lets go of the callback; nothing is called afterwards. */
  close(): void;
}

export interface NativeJobOptions {
  input: NativeInput;
  renditions: NativeRendition[];
  tune: Tune;
  accel: NativeAccel;
  audio: AudioMode;
  allow: string[];
  deny: string[];
  /** Empty: all of them. */
  schemes: UrlScheme[];
  clipFromMs?: number;
  clipToMs?: number;
  timestampBaseUs?: number;
  resumeAtUs?: number;
  earlyKeyframes: boolean;
  progressIntervalMs: number;
  logLevel: LogLevel;
  /** Absent: nothing is hashed. */
  essenceWindowMs?: number;
}

export interface NativeAccel {
  kind: 'auto' | 'none' | 'nvidia';
  /** The cards in order of preference; the job is pinned to the first that is usable. Empty: every card. */
  devices: number[];
}

export interface NativeConnection {
  url: string;
  headers: [name: string, value: string][];
  connectTimeoutMs: number;
  stallTimeoutMs: number;
  tls: { verify: boolean; caFile: string };
}

export interface NativeInput extends NativeConnection {
  /** In place of `url`, which is empty then. */
  stream?: NativeByteInput;
  format: InputFormat | '';
  pace: Pace;
}

export interface NativeOutput extends NativeConnection {
  /** In place of `url`, which is empty then. */
  stream?: NativeByteOutput;
  format: OutputFormat;
  method: 'PUT' | 'POST';
  holdStartMs: number;
}

export interface NativeRendition {
  name: string;
  /** 0: follows from the other side. */
  width: number;
  height: number;
  /** 0/1: the source's. */
  fpsNumerator: number;
  fpsDenominator: number;
  bitrateBps: number;
  codec: VideoCodec;
  bitDepth: BitDepth;
  encoderProfile: EncoderProfile | '';
  /** 0: every frame is a keyframe. */
  gopMs: number;
  preset: EncoderPreset;
  output: NativeOutput;
}

export interface NativeComparisonOptions {
  source: NativeComparedMedium;
  rendition: NativeComparedMedium;
  mostFrames: number;
  timeoutMs: number;
  allow: string[];
  deny: string[];
  schemes: UrlScheme[];
}

export interface NativeComparedMedium {
  input: NativeInput;
  fromUs: number;
  untilUs: number;
}

/** One comparison under way. */
export interface NativeComparison {
  /** Never rejects. By the time it resolves no thread is left. */
  outcome: Promise<NativeComparisonOutcome>;
  /** Breaks it off; the outcome is then an error, unless it was there already. Returns at once. */
  cancel: () => void;
}

export type NativeComparisonOutcome =
  { comparison: PictureComparison } | { error: NativeError; medium?: 'source' | 'rendition' };

export interface NativeError {
  code: TranscodeErrorCode;
  stage: TranscodeStage;
  message: string;
  url?: string;
  cause?: string;
  httpStatus?: number;
  retryable: boolean;
}

export interface NativeFailure {
  name: string;
  error: NativeError;
}

/** The renditions' errors are the event's `failures`. */
export type NativeResult = Progress & Pick<TranscodeResult, 'source' | 'timestampBaseUs'>;

/** `ended` is the last event of the media; `closed` follows when no thread is left. */
export type NativeEvent =
  | StartedEvent
  | RenditionStartedEvent
  | ({ type: 'renditionFailed' } & NativeFailure)
  | RenditionFinishedEvent
  | WarningEvent
  | LogEvent
  | ProgressEvent
  | EssenceEvent
  | { type: 'ended'; error?: NativeError; failures: NativeFailure[]; result: NativeResult }
  | { type: 'closed' };

let addon: Addon | undefined;

/**
 * The addon, loaded on first use: from `build/Release` in a checkout, from `prebuilds` in an installed package.
 *
 * @throws {TranscodeError} `ADDON_UNAVAILABLE`, with advice, when this machine cannot load it.
 */
export function loadAddon(): Addon {
  if (addon) return addon;
  const packageRoot = fileURLToPath(new URL('..', import.meta.url));
  const require = createRequire(import.meta.url);
  try {
    const load = require('node-gyp-build') as (packageRoot: string) => Addon;
    addon = load(packageRoot);
  } catch (error) {
    throw loadFailure(error);
  }
  // process.exit() runs the C library's exit handlers under the feet of native threads, and no clean-up hook before.
  const { endAll } = addon;
  process.once('exit', () => {
    endAll();
  });
  return addon;
}

function loadFailure(cause: unknown): TranscodeError {
  const platform = `${process.platform}-${process.arch}`;
  const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
  const advice: string[] = [];
  if (platform !== 'linux-x64') {
    advice.push(
      `Millrace is released for linux-x64, and this is ${platform}. Elsewhere it has to be built from source.`,
    );
  }
  if (/GLIBC(XX)?_[\d.]+/.test(reason)) {
    advice.push('The C library of this system is too old: glibc 2.35 is needed (Debian 12, Ubuntu 22.04 or later).');
  }
  if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_DLOPEN_DISABLED') {
    advice.push('Native addons are switched off: run Node without --no-addons.');
  }
  if (process.platform === 'linux' && !isGlibc()) {
    advice.push('Millrace needs glibc, and this Node uses another C library (musl, as on Alpine). Use a Debian image.');
  }
  advice.push(
    'If node_modules was copied from another machine, or installed with --cpu or --os, install it again here.',
    'To build it from a checkout: `npm run setup`.',
  );
  const numbered = advice.map((line, index) => `  ${index + 1}. ${line}`).join('\n');
  return new TranscodeError(
    `The native part of Millrace cannot be loaded (${platform}, Node ${process.version}): ${reason}\n${numbered}`,
    { code: 'ADDON_UNAVAILABLE', stage: 'job', cause },
  );
}

function isGlibc(): boolean {
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  return report?.header?.glibcVersionRuntime !== undefined;
}

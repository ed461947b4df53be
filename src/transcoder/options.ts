import type { Readable, Writable } from 'node:stream';

import type { EssenceOptions } from './essence.js';
import type { PresetName } from './presets.js';
import type { LogLevel } from './events.js';

/** Everything a {@link Transcoder} is told. Checked as a whole by its constructor, before anything starts. */
export interface TranscoderOptions {
  /**
   * Where the source comes from: a URL (`http`, `https`, `rtmp`, `rtmps`, `srt`, `rtsp`, `rtsps`, `file`), the path of
   * a file, a Node stream of bytes, or an object with the URL and how to fetch it. `testpattern:1280x720@30` is a
   * source that needs no camera: a moving picture with a running clock, and a tone, at the pace of real time.
   */
  input: string | URL | InputOptions | Readable;

  /** The ladder: what to make of the source, and where each rendition goes. 1 to 32 of them. */
  renditions: readonly RenditionOptions[];

  /**
   * `latency`: no stage waits for the next frame; for live. `quality`: lookahead, B-frames and frame threads; for
   * files. Default `latency`.
   */
  tune?: Tune;

  /**
   * Where the work is done. `auto` takes a GPU where there is one, and the CPU for what it has no unit for, or when it
   * fails; `none` stays on the CPU; `nvidia` insists on a GPU that can be opened, and fails with `DEVICE_UNAVAILABLE`
   * where there is none. `nvidia:N` is GPU number N, from 0; `nvidia:0,2` is one of these, and `nvidia:all`, as `nvidia`,
   * any. `auto` can be narrowed likewise. The jobs of a process are spread over the GPUs that they may use, by pixels per
   * second, and each stays where it began. `started` says where every stage runs. Default `auto`.
   */
  accel?: Accel;

  /**
   * What happens to sound. `copy` passes it on as it is where the output's container can carry it, and encodes it as
   * AAC where it cannot. `aac` always encodes. `opus` encodes as Opus, which MPEG-TS and fragmented MP4 carry, and as AAC
   * for FLV, which does not. `drop` leaves it out. Default `copy`.
   */
  audio?: AudioMode;

  /** Take only a part of the source. Default: all of it. */
  clip?: Clip;

  /** Which networks the job may talk to, and by which kinds of URL. Default: all. */
  network?: NetworkPolicy;

  /** How often a `progress` event is made, in milliseconds, 50 to 60,000. Default 500. */
  progressIntervalMs?: number;

  /** The least urgent kind of log line that becomes a `log` event. Default `info`. */
  logLevel?: LogLevel;

  /**
   * The source timestamp, in microseconds on the unwrapped timeline, from which keyframes, reduced frame rates and
   * `clip` are counted. Give a later attempt of the same job the `timestampBaseUs` of the first attempt's `started`
   * event, and its keyframes fall on the same frames. Default: the first frame's timestamp.
   */
  timestampBaseUs?: number;

  /**
   * Pictures and sound before this point, in microseconds on the unwrapped timeline, are not delivered: an earlier
   * attempt of the same job did that. Each rendition starts at its first picture from there on, with a keyframe, and
   * goes on as the earlier attempt would have, given its `timestampBaseUs` too. A source that is read from its start is
   * skipped through without being decoded; one that starts later is taken from its first keyframe.
   *
   * Where nothing is left to deliver, renditions finish with no frame, `started` does not come, and no output is
   * connected to unless the source is live. A source that ends more than 10 s before the point is another one than
   * before, and fails with `NO_MEDIA`; a live one that stays that far before it had its clock set back, and is taken to
   * be at the point (the warning `SOURCE_RESTARTED`). Default: everything is delivered.
   */
  resumeAtUs?: number;

  /**
   * Keyframes also at every quarter of the first second behind the timestamp base. For media servers that send a viewer what
   * comes from then on and nothing older, nginx-rtmp for instance: whoever joins in the first second need not wait for
   * the next GOP to begin. Default `false`.
   */
  earlyKeyframes?: boolean;

  /**
   * Hashes the source, as it is read, and every rendition, as it is handed to its output, in windows: `essence` events.
   * A rendition may not be named `source` then. Default: nothing is hashed.
   */
  essence?: EssenceOptions;

  /** Aborting it ends the job at once: `run()` rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** `latency` for live, `quality` for files. */
export type Tune = 'latency' | 'quality';

/** Where the work is done; GPUs are numbered from 0, as `devices()` reports them. */
export type Accel =
  | 'auto'
  | 'none'
  | 'nvidia'
  | `${'auto' | 'nvidia'}:all`
  | `${'auto' | 'nvidia'}:${number}`
  | `${'auto' | 'nvidia'}:${number},${string}`;

/** What happens to the source's sound. */
export type AudioMode = 'copy' | 'aac' | 'opus' | 'drop';

/** The containers that a source may come in. HLS is a playlist and what it refers to. */
export type InputFormat = 'mpegts' | 'flv' | 'mp4' | 'matroska' | 'hls';

/** The containers that a rendition may go out in; `mp4` is fragmented. */
export type OutputFormat = 'mpegts' | 'flv' | 'mp4';

/**
 * Whether the source may be made to wait. `live`: it comes at the pace of real time and nothing may hold it up, so
 * what falls behind drops whole GOPs. `readAhead`: everything waits for the slowest stage and nothing is dropped.
 * `auto` goes by the protocol (a file can be read ahead; RTMP, SRT and RTSP are live), and over HTTP and for a stream by
 * whether bytes come faster than their timestamps: until that is known, the source may be made to wait.
 */
export type Pace = 'auto' | 'live' | 'readAhead';

/** A source by URL or as a stream, with how to read it. Exactly one of `url` and `stream` is given. */
export interface InputOptions extends ConnectionOptions {
  /** The source's URL, or a file's path. */
  url?: string | URL;

  /** The source's bytes. The stream belongs to the job from `run()` on, and is destroyed if the job ends first. */
  stream?: Readable;

  /** The source's container. Default: found from its first bytes. */
  format?: InputFormat;

  /** Whether the source may be made to wait. Default `auto`. */
  pace?: Pace;
}

/** One rendition: what it should be, and where it goes. */
export interface RenditionOptions {
  /**
   * What events and results call this rendition; unique within the job. Default: the preset's name, or the size, e.g.
   * `1280x720`, with `-2`, `-3`, … appended where that name is taken.
   */
  name?: string;

  /** A preset's name, or a profile of one's own. */
  profile: PresetName | Profile;

  /**
   * Where the rendition goes: a URL (`http`, `https`, `rtmp`, `rtmps`, `srt`, `file`), the path of a file, or an object
   * with the URL and how to send to it. For a Node stream, which does not tell its container by a name, give
   * `{ stream, format }`.
   */
  output: string | URL | OutputOptions;
}

/** What a rendition should be. */
export interface Profile {
  /**
   * Width in pixels, 16 to 16,384, of the box that the picture is fitted into. Left out or 0: follows from the height
   * and the source's aspect ratio. The box turns with a portrait source, and sizes come out even. One of `width` and
   * `height` is needed.
   *
   * The picture is scaled, its shape kept, to be no smaller than 146x50 for H.264, 132x40 for HEVC and 192x128 for AV1, the
   * least that every encoder takes; and no larger than 8192x8192 for HEVC and AV1, nor, where NVENC is insisted on, than
   * 4096x4096 for H.264. With `accel: 'auto'`, what is too large for NVENC is encoded by x264. `started` says the size.
   */
  width?: number;

  /** Height in pixels of the box; as `width`. */
  height?: number;

  /**
   * Frames per second, up to 480, as a number or as a fraction `[numerator, denominator]`. 23.976, 29.97, 59.94 and
   * their like are taken as the exact NTSC rates (29.97 = 30000/1001). 0: the source's own. Default 0.
   */
  fps?: number | readonly [numerator: number, denominator: number];

  /** Bits per second of the video, 10,000 to 1,000,000,000. */
  bitrate: number;

  /**
   * How the video is coded. On the CPU H.264 by x264, HEVC by x265 and AV1 by SVT-AV1; on a GPU by NVENC, where it has an
   * encoder for the codec. Of one bitrate HEVC makes better pictures than H.264 and AV1 than HEVC, each for more work.
   * Default `h264`.
   */
  codec?: VideoCodec;

  /**
   * Bits per sample. With 10, which are for `hevc` and `av1`, an HDR source (PQ or HLG) stays HDR, and says so. With 8 it is
   * tone-mapped to SDR (BT.709), which every screen shows. Default 8.
   */
  bitDepth?: BitDepth;

  /**
   * The codec's profile: `baseline`, `main` or `high` for H.264, `main` for HEVC with 8 bits. HEVC with 10 bits is always
   * Main 10, and AV1 always Main, so that nothing is to be chosen there. Default: the encoder's choice.
   */
  encoderProfile?: EncoderProfile;

  /** Seconds from one keyframe to the next, 0.01 to 600; `intra` makes every frame a keyframe. Default 2. */
  gop?: number | 'intra';

  /**
   * How much work goes into compression, by the names of x264 and x265; mapped to p1…p7 for NVENC, and to 12…4 for SVT-AV1.
   * Default `veryfast`.
   */
  preset?: EncoderPreset;
}

export type VideoCodec = 'h264' | 'hevc' | 'av1';
export type BitDepth = 8 | 10;
export type EncoderProfile = 'baseline' | 'main' | 'high';
export type EncoderPreset =
  'ultrafast' | 'superfast' | 'veryfast' | 'faster' | 'fast' | 'medium' | 'slow' | 'slower' | 'veryslow';

/** A rendition's destination by URL or as a stream. Exactly one of `url` and `stream` is given. */
export interface OutputOptions extends ConnectionOptions {
  /** The destination's URL, or a file's path. */
  url?: string | URL;

  /** Takes the rendition's bytes, and is ended after the last one; destroyed if the rendition fails. */
  stream?: Writable;

  /**
   * The rendition's container. Default: `flv` for RTMP, `mpegts` for SRT, otherwise by the suffix (`.ts`, `.flv`,
   * `.mp4` …), and `mpegts` for HTTP without one. Required with a stream, and with a file whose name does not say.
   */
  format?: OutputFormat;

  /** HTTP only. Default `PUT`. */
  method?: 'PUT' | 'POST';

  /**
   * Pictures and sound are held back until so many milliseconds after the job began, and then sent at once; the
   * connection and the container's header are not. For media servers that keep nothing for players that come a moment
   * later, as most RTMP servers do: those players miss nothing. 0 to 1,000. Default 0.
   */
  holdStartMs?: number;
}

/** How a URL is talked to. */
export interface ConnectionOptions {
  /**
   * HTTP only: header fields to send. Credentials among them (`Authorization`, `Cookie`, `Proxy-Authorization`) go to
   * the URL's own origin, not to where it redirects or what a playlist refers to elsewhere.
   */
  headers?: Readonly<Record<string, string>>;

  /** Longest wait, in milliseconds, for the connection and the first answer. 1 to 3,600,000. Default 10,000. */
  connectTimeoutMs?: number;

  /** Longest wait, in milliseconds, in which nothing moves. 1 to 3,600,000. Default 10,000. */
  stallTimeoutMs?: number;

  /** For https, rtmps and rtsps. */
  tls?: TlsOptions;
}

/** How the peer's certificate is checked. */
export interface TlsOptions {
  /** `false` accepts any certificate. Default `true`. */
  verify?: boolean;

  /** A PEM file with the certificate authorities to trust. Default: the system's. */
  caFile?: string;
}

/**
 * The part of the source to take, in seconds of media time counted from {@link TranscoderOptions.timestampBaseUs}: unless
 * that is given, from the first frame's timestamp.
 */
export interface Clip {
  /** Default 0. */
  from?: number;
  /** Exclusive; greater than `from`. Default: the end. */
  to?: number;
}

/** The kinds of URL that a job can be allowed; `file` stands for the paths of files as well. */
export type UrlScheme = 'http' | 'https' | 'rtmp' | 'rtmps' | 'srt' | 'rtsp' | 'rtsps' | 'file';

/**
 * Networks as addresses or CIDR blocks (`10.0.0.0/8`, `::1`). Checked against the resolved address of every
 * connection: the source's and the outputs', those of redirects, and those of everything a playlist refers to.
 */
export interface NetworkPolicy {
  /**
   * When given, only these kinds of URL, for the source, the outputs and what a playlist or a redirect refers to; any
   * other fails with `SCHEME_DENIED`. Default: all.
   */
  schemes?: readonly UrlScheme[];
  /** When given, only these. Default: all that is not denied. */
  allow?: readonly string[];
  /** Never these, also when allowed. Default: none. */
  deny?: readonly string[];
}

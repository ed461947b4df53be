import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A picture that ffmpeg decodes from a file. */
export interface Picture {
  /** Presentation time in microseconds; NaN: it has none. */
  timestampUs: number;
  keyframe: boolean;
  width: number;
  height: number;
  pixelFormat: string;
  /** `unknown` where the stream does not say; likewise the others. */
  colorRange: string;
  colorSpace: string;
  colorPrimaries: string;
  colorTransfer: string;
  /** E.g. `1:1`. */
  sampleAspect: string;
}

/** What ffprobe, the judge of what is delivered here, finds in the video of a file: every picture, as it is shown. */
export async function pictures(path: string): Promise<Picture[]> {
  const { frames } = (await ffprobe(path, '-select_streams', 'v:0', '-show_frames')) as { frames: RawFrame[] };
  return frames
    .filter((frame) => frame.media_type === 'video')
    .map((frame) => ({
      timestampUs: Math.round(Number(frame.pts_time) * 1e6),
      keyframe: frame.key_frame === 1,
      width: frame.width,
      height: frame.height,
      pixelFormat: frame.pix_fmt,
      colorRange: frame.color_range ?? 'unknown',
      colorSpace: frame.color_space ?? 'unknown',
      colorPrimaries: frame.color_primaries ?? 'unknown',
      colorTransfer: frame.color_transfer ?? 'unknown',
      sampleAspect: frame.sample_aspect_ratio ?? 'unknown',
    }));
}

/** Whole milliseconds, the coarsest clock of all containers, of every picture. */
export function timesMs(of: readonly Picture[]): number[] {
  return of.map(({ timestampUs }) => Math.round(timestampUs / 1000));
}

/** Likewise of the keyframes alone. */
export function keyframeTimesMs(of: readonly Picture[]): number[] {
  return timesMs(of.filter(({ keyframe }) => keyframe));
}

/** What ffprobe finds of a file's streams: codec, and whatever else it says. */
export async function streams(path: string): Promise<Stream[]> {
  const { streams } = (await ffprobe(path, '-show_streams')) as { streams: Stream[] };
  return streams;
}

/** One stream in ffprobe's words. */
export interface Stream {
  codec_type: string;
  codec_name: string;
  profile?: string;
  width?: number;
  height?: number;
  pix_fmt?: string;
  has_b_frames?: number;
  sample_rate?: string;
  channels?: number;
  extradata_size?: number;
}

/** The sound of a file: when each packet starts, in milliseconds, and a hash of each packet's bytes. */
export async function soundPackets(path: string): Promise<{ timesMs: number[]; hashes: string[] }> {
  const args = ['-select_streams', 'a:0', '-show_packets', '-show_data_hash', 'md5'];
  const { packets } = (await ffprobe(path, ...args)) as { packets: { pts_time: string; data_hash: string }[] };
  return {
    timesMs: packets.map(({ pts_time }) => Math.round(Number(pts_time) * 1000)),
    hashes: packets.map(({ data_hash }) => data_hash),
  };
}

/** The times that a container without negative ones can carry: an encoder's run-in before zero is left out. */
export function fromZero(timesMs: readonly number[]): number[] {
  return timesMs.filter((timeMs) => timeMs >= 0);
}

/** What ffmpeg complains about when it decodes all of a file, or only its video; empty: nothing. */
export async function complaints(path: string, only: 'all' | 'video' = 'all'): Promise<string> {
  const { stderr } = await run('ffmpeg', [
    ...['-nostdin', '-v', 'warning', '-xerror', '-err_detect', 'explode', '-i', path],
    ...(only === 'video' ? ['-an'] : []),
    // Pictures may lie closer together than their rate says.
    ...['-fps_mode', 'passthrough', '-enc_time_base', '-1', '-f', 'null', '-'],
  ]).catch((error: unknown) => error as { stderr: string });
  return stderr;
}

/**
 * How alike the pictures of a rendition are to those of its source at the same time: the least structural similarity
 * (SSIM, 1: identical) of any picture, the source scaled to the rendition's size.
 */
export async function leastLikeness(path: string, source: string): Promise<number> {
  const compare = '[1:v][0:v]scale2ref[s][r];[r][s]ssim=stats_file=-';
  const args = ['-nostdin', '-v', 'error', '-i', path, '-i', source, '-lavfi', compare, '-f', 'null', '-'];
  const { stdout } = await run('ffmpeg', args, { maxBuffer: 1 << 28 });
  const values = [...stdout.matchAll(/All:([\d.]+)/g)].map(([, value]) => Number(value));
  if (values.length === 0) throw new Error(`ffmpeg compared no picture of ${path}.`);
  return Math.min(...values);
}

interface RawFrame {
  media_type: string;
  pts_time?: string;
  key_frame: number;
  width: number;
  height: number;
  pix_fmt: string;
  color_range?: string;
  color_space?: string;
  color_primaries?: string;
  color_transfer?: string;
  sample_aspect_ratio?: string;
}

async function ffprobe(path: string, ...args: string[]): Promise<unknown> {
  const { stdout } = await run('ffprobe', ['-v', 'error', ...args, '-of', 'json', path], { maxBuffer: 1 << 28 });
  return JSON.parse(stdout);
}

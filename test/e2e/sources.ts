import { execFile } from 'node:child_process';
import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { inject } from 'vitest';

const run = promisify(execFile);

/** A moving picture and a tone, as ffmpeg makes them. */
export interface TestSource {
  /** Its suffix says the container; ffmpeg's choice unless `format` names it. */
  name: string;
  /** Default 2. */
  seconds?: number;
  /** Default `320x180`. */
  size?: string;
  /** Default 30; also a fraction such as `30000/1001`. */
  fps?: number | string;
  /** ffmpeg's options for the picture. Default {@link h264}; empty: no picture. */
  video?: readonly string[];
  /** ffmpeg's options for the tone. Default AAC; empty: no tone. */
  audio?: readonly string[];
  /** ffmpeg's options for the container. */
  format?: readonly string[];
}

/** H.264 as live streams have it, but for the GOP of half a second: no B-frames. */
export const h264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '15'] as const;

/** H.264 with B-frames, shown in another order than they come. */
export const h264WithBFrames = ['-c:v', 'libx264', '-preset', 'veryfast', '-bf', '2', '-g', '30'] as const;

const aac = ['-c:a', 'aac', '-b:a', '64k'];

/** Makes the source, once per run, and tells its path. */
export async function source(wanted: TestSource): Promise<string> {
  const { name, seconds = 2, size = '320x180', fps = 30, video = h264, audio = aac, format = [] } = wanted;
  const inputs: string[] = [];
  if (video.length > 0) inputs.push('-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${fps}:duration=${seconds}`);
  if (audio.length > 0) inputs.push('-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=48000:duration=${seconds}`);
  const pixels = video.includes('-pix_fmt') || video.length === 0 ? [] : ['-pix_fmt', 'yuv420p'];
  return made(name, [...inputs, ...pixels, ...video, ...audio, ...format]);
}

/** Makes a file by ffmpeg with these arguments before its path, once per run, and tells the path. */
export async function made(name: string, args: readonly string[]): Promise<string> {
  return madeBy(name, async (path) => {
    await run('ffmpeg', ['-nostdin', '-v', 'error', '-y', '-threads', '2', ...args, path]);
  });
}

/** Makes a file in whatever way, once per run, and tells its path. */
export async function madeBy(name: string, make: (path: string) => Promise<void>): Promise<string> {
  const folder = inject('sourcesFolder');
  const path = join(folder, name);
  if (existsSync(path)) return path;
  // Test files run side by side: whoever is first makes it, and nobody sees half of it.
  const unfinished = join(folder, `${process.pid}-${name}`);
  await make(unfinished);
  renameSync(unfinished, path);
  return path;
}

/** How a signal's brightness is meant, in FFmpeg's words: PQ, HLG, and SDR for comparison. */
export type HdrTransfer = 'smpte2084' | 'arib-std-b67' | 'bt709';

/** Two seconds of HEVC with 10 bits, 960x540, which says so, and what screen it was made on; filtered, if `filter` is given. */
export async function hdrSource(transfer: HdrTransfer, filter = ''): Promise<string> {
  const [primaries, matrix] = transfer === 'bt709' ? ['bt709', 'bt709'] : ['bt2020', 'bt2020nc'];
  const screen = 'master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400';
  const said = transfer === 'bt709' ? '' : `:hdr10=1:${screen}`;
  return source({
    name: `hdr-${transfer}${filter.replace(/\W/g, '')}.ts`,
    ...{ size: '960x540', seconds: 2, audio: [] },
    video: [
      ...['-vf', `format=yuv420p10le${filter === '' ? '' : `,${filter}`}`],
      ...['-c:v', 'libx265', '-preset', 'ultrafast', '-b:v', '20M', '-pix_fmt', 'yuv420p10le'],
      ...['-color_range', 'tv', '-colorspace', matrix, '-color_primaries', primaries, '-color_trc', transfer],
      ...['-x265-params', `log-level=none:keyint=30:repeat-headers=1${said}`],
    ],
  });
}

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { chromaSiting, type Rung } from './ladder.js';

const execute = promisify(execFile);

/** Seconds of source that the benchmark works on. */
export const sourceSeconds = 12;

/** The `ffmpeg` of this machine: the peer that is measured, the maker of the source, and the judge of quality. */
export class FfmpegCommand {
  readonly program: string;
  /** Its own words, e.g. `5.1.9-0+deb12u1`. */
  readonly version: string;
  readonly #signal: AbortSignal | undefined;

  private constructor(program: string, version: string, signal: AbortSignal | undefined) {
    this.program = program;
    this.version = version;
    this.#signal = signal;
  }

  /** @throws Error that says what to install, when the program is not there. */
  static async find(program: string, signal?: AbortSignal): Promise<FfmpegCommand> {
    try {
      const { stdout } = await execute(program, ['-version'], { signal });
      return new FfmpegCommand(program, /^ffmpeg version (\S+)/.exec(stdout)?.[1] ?? 'unknown', signal);
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new Error(
        `The benchmark needs the ffmpeg command, and “${program}” does not run: install it (apt install ffmpeg), ` +
          'or name it with --ffmpeg PATH.',
        { cause: error },
      );
    }
  }

  /**
   * A moving picture with noise, so that it costs what camera pictures cost: 1920x1080 at 30 fps, H.264 of 6 Mbit/s
   * with a keyframe every two seconds, AAC, muxed as a live encoder does, without holding sound back.
   *
   * @returns its path in the folder; made once per folder.
   */
  async makeSource(folder: string): Promise<string> {
    return this.#make(join(folder, 'source.ts'), [
      ...[
        '-f',
        'lavfi',
        '-i',
        'testsrc2=size=1920x1080:rate=30',
        '-f',
        'lavfi',
        '-i',
        'sine=frequency=1000:sample_rate=48000',
      ],
      ...['-vf', 'noise=alls=12:allf=t', '-t', `${sourceSeconds}`, '-pix_fmt', 'yuv420p'],
      ...[
        '-c:v',
        'libx264',
        '-preset',
        'veryfast',
        '-tune',
        'zerolatency',
        '-b:v',
        '6M',
        '-maxrate',
        '6M',
        '-bufsize',
        '6M',
      ],
      ...['-g', '60', '-sc_threshold', '0', '-c:a', 'aac', '-b:a', '128k'],
    ]);
  }

  /** The first seconds of a file of the user's, as a transport stream, its media untouched. */
  async takeSource(folder: string, file: string): Promise<string> {
    return this.#make(join(folder, 'source.ts'), [
      '-i',
      file,
      '-t',
      `${sourceSeconds}`,
      '-map',
      '0:v:0',
      '-map',
      '0:a:0?',
      '-c',
      'copy',
    ]);
  }

  /** A short, small source for jobs by the hundred. */
  async makeShortSource(folder: string): Promise<string> {
    return this.#make(join(folder, 'short.ts'), [
      ...[
        '-f',
        'lavfi',
        '-i',
        'testsrc2=size=320x180:rate=30',
        '-f',
        'lavfi',
        '-i',
        'sine=sample_rate=48000',
        '-t',
        '1',
      ],
      ...['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-c:a', 'aac'],
    ]);
  }

  /**
   * Structural similarity of a rendition to its source, 0 to 1, over all planes and frames. The source is scaled to
   * the rendition's size by Lanczos, which no contender uses, so that none is judged by its own scaler; frames are
   * matched by timestamp, counted from the first of each.
   */
  async ssim(rendition: string, source: string, { width, height }: Rung): Promise<number> {
    const filter =
      `[0:v]settb=1/90000,setpts=PTS-STARTPTS[made];` +
      `[1:v]settb=1/90000,setpts=PTS-STARTPTS,scale=${width}:${height}:flags=lanczos+accurate_rnd+full_chroma_int:${chromaSiting}[meant];` +
      `[made][meant]ssim`;
    const args = ['-hide_banner', '-nostdin', '-i', rendition, '-i', source, '-lavfi', filter, '-f', 'null', '-'];
    const { stderr } = await execute(this.program, args, { signal: this.#signal, maxBuffer: 1 << 24 });
    return parseSsim(stderr);
  }

  async #make(path: string, args: string[]): Promise<string> {
    if (existsSync(path)) return path;
    const muxer = ['-muxdelay', '0', '-muxpreload', '0', '-pes_payload_size', '0', '-f', 'mpegts'];
    await execute(
      this.program,
      ['-hide_banner', '-nostdin', '-loglevel', 'error', '-y', ...args, ...muxer, `${path}.part`],
      {
        signal: this.#signal,
      },
    );
    await rename(`${path}.part`, path);
    return path;
  }
}

/** The overall figure in what ffmpeg's ssim filter prints. @throws Error when it is not there. */
export function parseSsim(text: string): number {
  const all = /SSIM .*All:([\d.]+)/.exec(text)?.[1];
  if (all === undefined) throw new Error(`ffmpeg gave no SSIM:\n${text.slice(-1000)}`);
  return Number(all);
}

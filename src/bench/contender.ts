import { fileURLToPath } from 'node:url';

import type { Tune } from '../transcoder/options.js';

import { chromaSiting, gopSeconds, ladder } from './ladder.js';
import type { CommandLine } from './measured-process.js';
import type { ContenderName } from './measurement.js';

/** Somebody who makes the ladder of a source. */
export interface Contender {
  name: ContenderName;
  /** Pulls an MPEG-TS source over HTTP at live pace and sends every rendition as the body of a PUT. */
  live: (source: string, outputs: readonly string[]) => CommandLine;
  /** Transcodes a file as fast as it can to MPEG-TS files. */
  unpaced: (source: string, outputs: readonly string[], tune: Tune) => CommandLine;
}

/** The command line of this very installation. */
export const millrace: Contender = {
  name: 'millrace',
  live: (source, outputs) => millraceCommand(source, outputs, 'latency'),
  unpaced: millraceCommand,
};

function millraceCommand(source: string, outputs: readonly string[], tune: Tune): CommandLine {
  const bin = fileURLToPath(new URL('../../bin/millrace.mjs', import.meta.url));
  const renditions = outputs.flatMap((output, index) => {
    const { width, height, bitrateBps } = rung(index);
    return ['--rendition', `${width}x${height}:${bitrateBps}=${output}`];
  });
  // The processor only, as ffmpeg: a GPU would be measured against something else.
  const how = ['--tune', tune, '--preset', 'veryfast', '--gop', `${gopSeconds}`, '--accel', 'none', '--audio', 'copy'];
  return { program: process.execPath, args: [bin, 'transcode', source, ...renditions, ...how, '--quiet'] };
}

/**
 * The `ffmpeg` command, tuned as well as it can be.
 *
 * @param program its path or name.
 * @param sourceFps pictures per second of the source.
 */
export function ffmpeg(program: string, sourceFps: number): Contender {
  return {
    name: 'ffmpeg',
    live: (source, outputs) => ({
      program,
      args: [
        ...[...ffmpegTalk, ...ffmpegLiveInput, '-i', source],
        ...ffmpegLadder(outputs, 'latency', [...ffmpegLiveOutput, ...ffmpegRate(sourceFps)]),
      ],
    }),
    unpaced: (source, outputs, tune) => ({
      program,
      args: [...ffmpegTalk, '-y', '-i', source, ...ffmpegLadder(outputs, tune, [])],
    }),
  };
}

const ffmpegTalk = ['-hide_banner', '-nostdin', '-loglevel', 'error'];

/**
 * What brought the latency of the `ffmpeg` command (5.1) down furthest; docs/benchmark.md has the others that were
 * tried. Probing ends with the first packet of each stream, and the decoder uses no frame threads.
 */
const ffmpegLiveInput = [
  ...['-f', 'mpegts', '-probesize', '5000000', '-analyzeduration', '1', '-fpsprobesize', '0'],
  ...['-flags', 'low_delay', '-thread_type', 'slice'],
];
/**
 * Without probing, ffmpeg takes the source to have 90,000 pictures a second and x264 shares the bitrate out among as
 * many: every picture would come out at the lowest quality there is, at a fifteenth of the bitrate, and cheaply so.
 */
function ffmpegRate(sourceFps: number): string[] {
  return ['-x264-params', `fps=${Math.round(sourceFps * 1000)}/1000`];
}

const ffmpegLiveOutput = [
  '-muxdelay',
  '0',
  '-muxpreload',
  '0',
  '-pes_payload_size',
  '0',
  '-flush_packets',
  '1',
  '-method',
  'PUT',
];

function ffmpegLadder(outputs: readonly string[], tune: Tune, outputOptions: readonly string[]): string[] {
  const split = `[0:v]split=${outputs.length}${outputs.map((_, index) => `[s${index}]`).join('')}`;
  const scale = outputs.map((_, index) => {
    const { width, height } = rung(index);
    return `[s${index}]scale=${width}:${height}:flags=bicubic:${chromaSiting}[v${index}]`;
  });
  const zerolatency = tune === 'latency' ? ['-tune', 'zerolatency'] : [];
  return [
    ...['-filter_complex', [split, ...scale].join(';')],
    ...outputs.flatMap((output, index) => {
      const bitrate = `${rung(index).bitrateBps}`;
      return [
        ...['-map', `[v${index}]`, '-map', '0:a?', '-c:a', 'copy'],
        ...['-c:v', 'libx264', '-preset', 'veryfast', ...zerolatency],
        ...['-b:v', bitrate, '-maxrate', bitrate, '-bufsize', bitrate],
        ...['-force_key_frames', `expr:gte(t,n_forced*${gopSeconds})`, '-g', '9999', '-sc_threshold', '0'],
        ...outputOptions,
        ...['-f', 'mpegts', output],
      ];
    }),
  ];
}

function rung(index: number) {
  const found = ladder[index];
  if (found === undefined) throw new RangeError(`The ladder has no rung ${index}.`);
  return found;
}

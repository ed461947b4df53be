import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Transcoder } from '../../transcoder/transcoder.js';

/** What a source file should be. */
export interface SourceFile {
  width: number;
  height: number;
  seconds: number;
  bitrateBps: number;
}

/**
 * A transport stream of a moving picture, H.264 at 30 fps with a keyframe every second, without sound; made by Millrace
 * itself, as the network is compared with nothing else.
 */
export async function makeSourceFile(
  folder: string,
  { width, height, seconds, bitrateBps }: SourceFile,
  signal: AbortSignal,
): Promise<Buffer> {
  const path = join(folder, `source-${width}x${height}-${seconds}.ts`);
  await new Transcoder({
    input: { url: `testpattern:${width}x${height}@30`, pace: 'readAhead' },
    clip: { to: seconds },
    renditions: [{ profile: { width, height, bitrate: bitrateBps, gop: 1 }, output: path }],
    audio: 'drop',
    accel: 'none',
    signal,
  }).run();
  return readFile(path);
}

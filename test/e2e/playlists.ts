import { execFile } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { MediaServer } from '../servers/media-server.js';
import { wholeFile } from '../servers/sending.js';
import { madeBy, source } from './sources.js';
import type { TestSource } from './sources.js';

const run = promisify(execFile);

const fragmented = ['-hls_segment_type', 'fmp4', '-hls_segment_filename'];

/** How ffmpeg cuts a source into segments. */
export type Segments = 'ts' | 'fmp4' | 'encrypted' | 'oneFile';

/** Cuts a source, at every keyframe, into the segments of an ended playlist, and tells the folder of `index.m3u8`. */
export async function playlist(segments: Segments, wanted: TestSource): Promise<string> {
  const original = await source(wanted);
  return madeBy(`${segments}-${wanted.name}.hls`, async (folder) => {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
    const file = (name: string) => join(folder, name);
    writeFileSync(file('key'), Buffer.from('0123456789abcdef'));
    writeFileSync(file('key-info'), `key\n${file('key')}\n000102030405060708090a0b0c0d0e0f\n`);
    const kinds: Record<Segments, string[]> = {
      ts: ['-hls_segment_filename', file('%d.ts')],
      fmp4: [...fragmented, file('%d.m4s')],
      encrypted: ['-hls_key_info_file', file('key-info'), '-hls_segment_filename', file('%d.ts')],
      oneFile: ['-hls_flags', 'single_file', '-hls_segment_filename', file('all.ts')],
    };
    const toMp4 = segments === 'fmp4' ? ['-bsf:a', 'aac_adtstoasc'] : [];
    await run('ffmpeg', [
      ...['-nostdin', '-v', 'error', '-i', original, '-c', 'copy', ...toMp4, '-f', 'hls', '-hls_time', '0.1'],
      ...['-hls_playlist_type', 'vod', ...kinds[segments], file('index.m3u8')],
    ]);
  });
}

/** Puts every file of a playlist's folder on the server, below `path`, and returns the playlist's URL. */
export function serve(server: MediaServer, folder: string, path: string): string {
  for (const name of readdirSync(folder)) server.on(`${path}/${name}`, wholeFile(join(folder, name)));
  return server.url(`${path}/index.m3u8`);
}

/** The segments of an ended playlist without what goes before and after: each its tags, and its name. */
export function segmentsOf(folder: string): { duration: string; name: string }[] {
  const text = readFileSync(join(folder, 'index.m3u8'), 'utf8');
  return [...text.matchAll(/^#EXTINF:([\d.]+),\n(\S+)$/gm)].map(([, duration = '', name = '']) => ({ duration, name }));
}

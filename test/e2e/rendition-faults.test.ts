import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import type { Handler, MediaServer } from '../servers/media-server.js';
import { test } from './fixtures.js';
import { pictures } from './judge.js';
import { made, source } from './sources.js';
import { rendition, transcode } from './transcoding.js';

/** Names the tracks, and is less than the first picture. */
const headBytes = 188 * 10;

/** The file at `path`, whose first picture is complete only when somebody uploads to every one of `uploads`. */
function onceUploading(server: MediaServer, uploads: string[], path: string, bytes?: number): Handler {
  return async (_request, response: ServerResponse) => {
    const file = await readFile(path);
    response.write(file.subarray(0, headBytes));
    for (const upload of uploads) await server.asked(upload);
    response.write(file.subarray(headBytes, bytes));
    if (bytes === undefined) {
      response.end();
      return;
    }
    for (const upload of uploads) await server.over(upload);
    response.end(file.subarray(bytes));
  };
}

describe('The output of a rendition that cannot be encoded', () => {
  // SVT-AV1 goes up to 240.
  const impossible = { codec: 'av1', fps: 480 } as const;

  test('is broken off while the other goes on, which has every frame', async ({ folder, http }) => {
    const good = join(folder, 'good.ts');
    const file = await source({ name: 'rendition-faults.ts' });
    // The other half of the source comes only when the upload is over.
    const input = http.on('/source.ts', onceUploading(http, ['/fast.ts'], file, 100_000));
    const result = await transcode({
      input,
      renditions: [
        { ...rendition(http.url('/fast.ts'), impossible), name: 'fast' },
        { ...rendition(good), name: 'good' },
      ],
    });
    expect(result.renditions).toMatchObject([
      { name: 'fast', state: 'failed', error: { code: 'ENCODE_FAILED' }, bytes: 0 },
      { name: 'good', state: 'finished', framesOut: 60 },
    ]);
    expect((await http.over('/fast.ts')).complete).toBe(false);
    expect(await pictures(good)).toHaveLength(60);
  });

  test('is broken off also when there is no other', async ({ http }) => {
    const file = await source({ name: 'rendition-faults.ts' });
    const input = http.on('/source.ts', onceUploading(http, ['/fast.ts'], file));
    const job = transcode({ input, renditions: [rendition(http.url('/fast.ts'), impossible)] });
    await expect(job).rejects.toMatchObject({ code: 'ENCODE_FAILED' });
    expect(await http.over('/fast.ts')).toMatchObject({ complete: false, length: 0 });
  });
});

test('Every output is broken off when nothing here decodes the source', async ({ http }) => {
  const file = await made('undecodable.mkv', [
    ...['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=30:duration=1'],
    ...['-f', 'lavfi', '-i', 'sine=sample_rate=48000:duration=1'],
    ...['-c:v', 'ffvhuff', '-c:a', 'aac'],
  ]);
  const paths = ['/a.ts', '/b.ts'];
  const input = http.on('/source.mkv', onceUploading(http, paths, file));
  const renditions = paths.map((path) => ({ ...rendition(http.url(path)), name: path }));
  await expect(transcode({ input, renditions })).rejects.toMatchObject({ code: 'CODEC_UNSUPPORTED' });
  for (const path of paths) expect((await http.over(path)).complete).toBe(false);
});

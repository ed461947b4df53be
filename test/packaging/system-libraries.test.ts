import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { countVideoFrames, makeSource } from './media.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

describe('a build with MILLRACE_FFMPEG=system', () => {
  let folder: string;
  let addon: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-system-'));
    const out = join(folder, 'build', 'Release');
    addon = join(out, 'millrace.node');
    await run(process.execPath, [join(root, 'scripts', 'native.mjs'), '--config', 'Debug', '--out', out], {
      env: { ...process.env, MILLRACE_FFMPEG: 'system' },
      maxBuffer: 64 << 20,
    }).catch((error: unknown) => {
      // The compiler's complaints are on stdout.
      const { stdout } = error as { stdout: string };
      throw new Error(`The build failed:\n${stdout.slice(-4000)}`, { cause: error });
    });
    await makeSource(join(folder, 'source.ts'), 1);
  }, 600_000);

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('is linked with the libraries of this distribution', async () => {
    const { stdout } = await run('objdump', ['-p', addon]);
    const needed = [...stdout.matchAll(/NEEDED\s+(\S+)/g)].map((match) => match[1]?.replace(/\.so.*/, ''));
    expect(needed).toEqual(expect.arrayContaining(['libavcodec', 'libavformat', 'libcurl', 'libzimg']));
  });

  it('transcodes a second of video', async () => {
    await run(
      process.execPath,
      [
        join(root, 'bin', 'millrace.mjs'),
        ...['transcode', 'source.ts', '--rendition', '320x180:300k=system.ts', '--accel', 'none'],
      ],
      // node-gyp-build looks for the addon below this folder instead of the package's.
      { cwd: folder, env: { ...process.env, MILLRACE_PREBUILD: folder } },
    );
    expect(await countVideoFrames(join(folder, 'system.ts'))).toBe(30);
  });
});

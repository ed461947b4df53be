import { rmSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { describe, expect } from 'vitest';

import { addSei, readSei } from './elementary-stream.js';
import type { SeiContent } from './elementary-stream.js';
import { test } from './fixtures.js';
import { madeBy } from './sources.js';
import { rendition, transcode } from './transcoding.js';

const run = promisify(execFile);
const containers = ['a.ts', 'a.flv', 'a.mp4'];
const count = 60;

/** What picture `n` of the source carries: something of its own, and nothing that needs escaping. */
const carried = (n: number): SeiContent => ({
  captions: [Buffer.from([0x21 + (n % 90), 0x21 + Math.floor(n / 90)]).toString('hex')],
  userData: [`picture ${n}`],
});

/** 1 s at 60 frames per second, every picture with captions and user data. */
async function original(): Promise<string> {
  return madeBy('captions.ts', async (path) => {
    const elementary = `${path}.h264`;
    const picture = ['-f', 'lavfi', '-i', `testsrc2=size=320x180:rate=60`, '-frames:v', `${count}`];
    const encoder = ['-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency'];
    await run('ffmpeg', ['-v', 'error', '-y', ...picture, ...encoder, '-x264-params', 'aud=1', elementary]);
    addSei(elementary, carried);
    await run('ffmpeg', ['-v', 'error', '-y', '-r', '60', '-i', elementary, '-c', 'copy', '-f', 'mpegts', path]);
    rmSync(elementary);
  });
}

const all = Array.from({ length: count }, (_, n) => carried(n));

describe('Captions and user data', () => {
  test('are those that the tests put in', async () => {
    expect(await readSei(await original())).toStrictEqual(all);
  });

  test('stay with their pictures, in every container', async ({ folder }) => {
    const outputs = containers.map((name) => join(folder, name));
    await transcode({ input: await original(), renditions: outputs.map((output) => rendition(output)) });
    for (const output of outputs) expect(await readSei(output), output).toStrictEqual(all);
  });

  test('of pictures that a lower rate drops go to the next one', async ({ folder }) => {
    const outputs = containers.map((name) => join(folder, name));
    await transcode({ input: await original(), renditions: outputs.map((output) => rendition(output, { fps: 30 })) });
    for (const output of outputs) {
      const made = await readSei(output);
      expect(made, output).toHaveLength(count / 2);
      expect(made[0], output).toStrictEqual(carried(0));
      // The last picture is dropped, and no picture comes behind it.
      const captions = made.flatMap((picture) => picture.captions);
      expect(captions, output).toStrictEqual(all.slice(0, -1).flatMap((picture) => picture.captions));
      const userData = made.flatMap((picture) => picture.userData);
      expect(userData, output).toStrictEqual(all.slice(0, -1).flatMap((picture) => picture.userData));
    }
  });

  test('are not repeated with pictures that a higher rate repeats', async ({ folder }) => {
    const output = join(folder, 'a.ts');
    await transcode({ input: await original(), renditions: [rendition(output, { fps: 120 })] });
    const made = await readSei(output);
    expect(made).toHaveLength(2 * count);
    expect(made.filter((_picture, index) => index % 2 === 0)).toStrictEqual(all);
    expect(made.flatMap((picture) => picture.userData)).toHaveLength(count);
  });

  test('survive B-frames in the renditions', async ({ folder }) => {
    const output = join(folder, 'a.ts');
    await transcode({
      input: await original(),
      tune: 'quality',
      renditions: [rendition(output, { preset: 'veryfast' })],
    });
    const made = await readSei(output);
    const userData = made.flatMap((picture) => picture.userData);
    expect(userData.toSorted()).toStrictEqual(all.flatMap((picture) => picture.userData).toSorted());
  });
});

import { copyFile, link, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { test } from './fixtures.js';
import { pictures } from './judge.js';
import { source } from './sources.js';
import { rendition, transcode } from './transcoding.js';

const original = () => source({ name: 'file-source.ts' });

describe('An output to a file', () => {
  test.for([
    ['symbolic', symlink],
    ['hard', link],
  ] as const)(
    'that is the source, by a %s link, is refused, and the source stays whole',
    async ([, linkTo], { folder }) => {
      const [input, alias] = [join(folder, 'source.ts'), join(folder, 'alias.ts')];
      await copyFile(await original(), input);
      await linkTo(input, alias);
      await expect(transcode({ input, renditions: [rendition(alias)] })).rejects.toMatchObject({
        code: 'OPTIONS_INVALID',
        stage: 'sink',
        url: alias,
        message: `This is the same file as ${input}, under another name; choose another file.`,
      });
      expect((await readFile(input)).equals(await readFile(await original()))).toBe(true);
    },
  );

  test('that is another output, by a link, is refused, and the other is written', async ({ folder }) => {
    const [output, alias] = [join(folder, 'a.ts'), join(folder, 'alias.ts')];
    await symlink(output, alias);
    const result = await transcode({ input: await original(), renditions: [rendition(output), rendition(alias)] });
    expect(result.renditions).toMatchObject([
      { state: 'finished' },
      { state: 'failed', error: { code: 'OPTIONS_INVALID', url: alias } },
    ]);
    expect(await pictures(output)).toHaveLength(60);
  });

  test('replaces what was there, however long that was', async ({ folder }) => {
    const output = join(folder, 'a.ts');
    await writeFile(output, Buffer.alloc(10_000_000));
    const { renditions } = await transcode({ input: await original(), renditions: [rendition(output)] });
    expect(await readFile(output)).toHaveLength(renditions[0]?.bytes ?? -1);
  });

  test('leaves what was there when there is nothing to send', async ({ folder }) => {
    const output = join(folder, 'kept.mp4');
    await writeFile(output, 'what was there before');
    await expect(
      transcode({ input: await original(), clip: { from: 100 }, renditions: [rendition(output)] }),
    ).rejects.toMatchObject({ code: 'NO_MEDIA' });
    expect(await readFile(output, 'utf8')).toBe('what was there before');
  });
});

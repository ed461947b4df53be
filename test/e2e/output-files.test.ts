import { copyFile, link, readFile, symlink } from 'node:fs/promises';
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
});

import { once } from 'node:events';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { describe, expect } from 'vitest';

import { Transcoder } from '../../src/index.js';
import type { InputOptions, RenditionFinishedEvent } from '../../src/index.js';
import { deafAfter } from '../servers/receiving.js';
import type { MediaServer } from '../servers/media-server.js';
import { growing, joined } from '../servers/sending.js';
import { test } from './fixtures.js';
import { complaints, pictures } from './judge.js';
import { source } from './sources.js';
import { rendition } from './transcoding.js';

const seconds = 9;
const original = () => source({ name: 'live-isolation.ts', seconds });

/**
 * Runs a job whose first output takes nothing for as long as the test runs, and expects the other one to be finished,
 * with every picture, while the first has not even been given up.
 */
async function expectNotToWait(input: InputOptions, folder: string, http: MediaServer): Promise<void> {
  // So large that no buffer of the system holds much of it.
  const large = { width: 640, height: 360, bitrate: 40_000_000, gop: 'intra' } as const;
  const deaf = { url: http.on('/deaf.ts', deafAfter(0)), stallTimeoutMs: 3_600_000 };
  const good = join(folder, 'good.ts');
  await using transcoder = new Transcoder({
    input,
    accel: 'none',
    renditions: [
      { ...rendition(deaf, large), name: 'deaf' },
      { ...rendition(good), name: 'good' },
    ],
  });
  const warnings: string[] = [];
  transcoder.on('warning', ({ code, message }) => warnings.push(`${code}: ${message}`));
  const failed: string[] = [];
  transcoder.on('renditionFailed', ({ name }) => failed.push(name));
  transcoder.run().catch(() => undefined);
  const [{ name }] = (await once(transcoder, 'renditionFinished')) as [RenditionFinishedEvent];
  expect(name).toBe('good');
  expect(failed).toStrictEqual([]);
  expect(warnings).toStrictEqual(['OUTPUT_SLOW: Rendition deaf drops whole GOPs: its output takes less than is sent.']);
  expect(await pictures(good)).toHaveLength(seconds * 30);
  expect(await complaints(good)).toBe('');
}

describe('An output that never reads keeps no other waiting while the source is live', () => {
  test('and comes over HTTP, starting with a burst', async ({ folder, http }) => {
    const url = http.on('/live.ts', growing(Readable.from(joined(await original(), seconds, 3))));
    await expectNotToWait({ url }, folder, http);
  });

  test('and is a stream of the host program', async ({ folder, http }) => {
    const stream = Readable.from(joined(await original(), seconds, 1));
    await expectNotToWait({ stream }, folder, http);
  });
});

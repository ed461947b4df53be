import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'vitest';

import { devices, readEssence } from '../../../src/index.js';
import { parseBundle } from '../../../src/trust/bundle/bundle.js';
import { millrace } from '../../cli/millrace-process.js';
import { GrowingSource } from '../../servers/growing-source.js';
import { streams } from '../judge.js';
import { liveSource, test } from './fixtures.js';
import { notify, tiny, withKey } from './network.js';
import { testSecrets } from './transcript.js';

const seconds = 4;
const { encodes } = (await devices()).cpu;
const missing = ['hevc', 'av1'].filter((codec) => !encodes.includes(codec));
const reason = missing.length === 0 ? '' : ` (skipped: this build does not encode ${missing.join(', ')})`;

const ladder = [
  { name: 'plain', fields: {}, ordered: 'h264', codec: 'h264' },
  { name: 'hevc', fields: { encoder: 'HEVC' }, ordered: 'hevc', codec: 'hevc' },
  { name: 'deep', fields: { encoder: 'HEVC', colorDepth: 10 }, ordered: 'hevc-10', codec: 'hevc' },
  { name: 'av1', fields: { encoder: 'AV1', width: 240, height: 136 }, ordered: 'av1', codec: 'av1' },
  { name: 'deep-av1', fields: { encoder: 'AV1', colorDepth: 10 }, ordered: 'av1-10', codec: 'av1' },
];

test.skipIf(missing.length > 0)(
  `A ladder of every coding is ordered, delivered, and answered by receipts that its copies verify against${reason}.`,
  async ({ steady, http, folder }) => {
    const file = await liveSource(seconds);
    const source = new GrowingSource(file, seconds);
    using job = notify(steady.broadcaster, '/live/coded/0.ts', {
      inputUrl: withKey(http.on('/coded.ts', source.handler)),
      outputUrl: withKey(http.url('/coded')),
      duration: seconds * 1000,
      profiles: ladder.map(({ name, fields }) => tiny(name, fields)),
    });
    expect(await job.ended()).toBe('complete');

    const response = await fetch(`http://${steady.broadcaster.httpAddress}/live/coded/0/receipts`);
    const bundle = parseBundle(await response.json());
    const ordered = bundle.attempts[0]?.ticket.message.renditions.map(({ profile }) => profile.codec);
    expect(ordered).toStrictEqual(ladder.map((rendition) => rendition.ordered));
    const path = join(folder, 'receipts.json');
    writeFileSync(path, JSON.stringify(bundle));
    const copies = [];
    for (const { name, codec } of ladder) {
      const copy = join(folder, `${name}.ts`);
      writeFileSync(copy, (await http.over(`/coded/${name}/0.ts`)).bytes);
      const { tracks } = await readEssence(copy);
      expect(
        tracks.find(({ kind }) => kind === 'video'),
        name,
      ).toMatchObject({ codec, units: { length: seconds * 30 } });
      copies.push('--rendition', `${name}=${copy}`);
    }
    expect((await streams(join(folder, 'deep.ts')))[0]).toMatchObject({ codec_name: 'hevc', profile: 'Main 10' });
    const verified = await millrace(['verify', path, '--source', file, ...copies]);
    expect(verified.stderr).toBe('');
    expect(verified.code, verified.stdout).toBe(0);
  },
);

testSecrets();

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'vitest';

import { parseBundle, type Bundle } from '../../../src/trust/bundle/bundle.js';
import { seamsOf } from '../../../src/trust/receipts/attempt-joins.js';
import { millrace } from '../../cli/millrace-process.js';
import { GrowingSource } from '../../servers/growing-source.js';
import type { NodeProcess } from '../../servers/node-process.js';
import { liveSource, test } from './fixtures.js';
import { byName, notify, tiny, withKey } from './network.js';
import { testSecrets } from './transcript.js';

const seconds = 5;

async function receiptsOf(broadcaster: NodeProcess, path: string): Promise<Bundle> {
  const response = await fetch(`http://${broadcaster.httpAddress}${path}/receipts`);
  expect(response.status).toBe(200);
  return parseBundle(await response.json());
}

test('Receipts come while the job runs, and with them anybody can verify what the media server was given.', async ({
  steady,
  http,
  folder,
}) => {
  const file = await liveSource(seconds);
  const source = new GrowingSource(file, seconds);
  using job = notify(steady.broadcaster, '/live/signed/3.ts', {
    inputUrl: withKey(http.on('/signed.ts', source.handler)),
    outputUrl: withKey(http.url('/signed')),
    ...{ duration: seconds * 1000, profiles: [tiny('small'), tiny('wide', { width: 240, height: 136 })] },
  });
  await job.event('receipt');
  expect(job.events.map(({ event }) => event)).not.toContain('finished');
  expect(await job.ended()).toBe('complete');

  const bundle = await receiptsOf(steady.broadcaster, '/live/signed/3');
  const path = join(folder, 'receipts.json');
  writeFileSync(path, JSON.stringify(bundle));
  const copies = [];
  for (const name of ['small', 'wide']) {
    const copy = join(folder, `${name}.ts`);
    writeFileSync(copy, (await http.over(`/signed/${name}/3.ts`)).bytes);
    copies.push('--rendition', `${name}=${copy}`);
  }
  const verified = await millrace(['verify', path, '--source', file, ...copies]);
  expect(verified.stderr).toBe('');
  expect(verified.code, verified.stdout).toBe(0);

  const spoilt = join(folder, 'spoilt.ts');
  const { bytes } = await http.over('/signed/small/3.ts');
  bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] ?? 0) ^ 1;
  writeFileSync(spoilt, bytes);
  expect((await millrace(['verify', path, '--rendition', `small=${spoilt}`])).code).toBe(1);
});

test('The receipts of an attempt that was lost stand for the windows it closed, and the next has its own.', async ({
  network,
  http,
}) => {
  const usual = await network.usual();
  const source = new GrowingSource(await liveSource(8), 8);
  using job = notify(usual.broadcaster, '/live/lost/0.ts', {
    inputUrl: http.on('/lost.ts', source.handler),
    outputUrl: http.url('/lost'),
    ...{ duration: 8000, profiles: [tiny('small')] },
  });
  await job.event('receipt');
  byName(usual, (await job.event('accepted')).transcoder).busy.signalAll('SIGKILL');
  expect(await job.ended()).toBe('complete');
  const { attempts } = await receiptsOf(usual.broadcaster, '/live/lost/0');
  expect(attempts).toHaveLength(2);
  const [lost, last] = attempts;
  expect(lost?.receipts.length).toBeGreaterThan(0);
  expect(last?.receipts.at(-1)?.message.final).toBe(true);
  const seams = seamsOf(
    attempts.map(({ ticket, receipts }) => ({
      attempt: ticket.message.attempt,
      receipts: receipts.map(({ message }) => message),
    })),
  );
  expect(seams.every(({ attempts: [before, behind] }) => before === 1 && behind === 2)).toBe(true);
});

test('Of a job that nobody knows there are no receipts.', async ({ steady }) => {
  const response = await fetch(`http://${steady.broadcaster.httpAddress}/live/nobody/0/receipts`);
  expect(response.status).toBe(404);
});

testSecrets();

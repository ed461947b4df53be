import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Wallet, encryptKeystoreJson } from 'ethers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { attest } from '../../src/cli/attest.js';
import type { EssenceReader } from '../../src/cli/essence-reader.js';
import { verify } from '../../src/cli/verify.js';
import type { BundleVerdict } from '../../src/trust/bundle/verdict.js';
import { receiptMessage, type IssuedReceipt } from '../../src/trust/receipts/receipt.js';
import { attemptOver, broadcaster, bundleOf, domain, mediaOf, orchestrator, signTicket } from '../trust/signed-job.js';
import { between } from '../trust/synthetic-media.js';

import { millrace } from './millrace-process.js';

const media = mediaOf('honest');
const bundle = bundleOf(attemptOver(media));
let folder: string;
let path: string;
let printed: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-verify-'));
  path = await file('bundle.json', bundle);
  printed = '';
  vi.stubEnv('NO_COLOR', '1');
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});

afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

async function file(name: string, content: unknown): Promise<string> {
  await writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  return join(folder, name);
}

/**
 * A double of the engine's reader: it has the media of the job under its names, a recording of 720p joined late, and one that
 * goes on longer.
 */
const reader: EssenceReader = async (source, { durationMs }) => {
  if (source === 'late.ts') return Promise.resolve(between(media['720p'], 3, 10));
  if (source === 'longer.ts') return Promise.resolve(mediaOf('honest', 12)['720p']);
  const copy = media[source.replace('.ts', '') as keyof typeof media];
  return Promise.resolve(durationMs === undefined ? copy : between(copy, 0, durationMs / 1000));
};

/** A receipt that its orchestrator makes of the other renditions alone. */
function without720p({ message, tracks }: IssuedReceipt): IssuedReceipt {
  const renditions = message.renditions.slice(1);
  const signed = receiptMessage.sign(domain, { ...message, renditions }, orchestrator);
  return {
    ...{ message: signed.message, signature: signed.signature },
    tracks: { ...tracks, renditions: tracks.renditions.slice(1) },
  };
}

describe('millrace verify', () => {
  it('says of every window that it holds, with exit code 0', async () => {
    const code = await verify([path, '--source', 'source.ts', '-r', '720p=720p.ts', '-r', '360p=360p.ts'], reader);
    expect(code).toBe(0);
    expect(printed).toContain(`Job job-1, attempt 1\n  ordered by   ${broadcaster.address}\n  done by      `);
    expect(printed).toContain('  source       window    2   signature holds, chain holds, media holds\n');
    expect(printed).toContain('  720p         window    4   signature holds, chain holds, media holds\n');
    expect(printed).toContain('  480p         window    0   signature holds, chain holds, media not looked at\n');
    expect(printed).toMatch(/\nAll of it holds\.\n$/);
  });

  it('says which windows do not hold, with exit code 1', async () => {
    expect(await verify([path, '-r', '720p=480p.ts'], reader)).toBe(1);
    expect(printed).toContain('media does not hold: the copy has none of the windows (OTHER_MEDIA)\n');
    expect(printed).toMatch(/\nNot all of it holds\.\n$/);
  });

  it('says which windows are not in a copy, with exit code 1', async () => {
    expect(await verify([path, '-r', '720p=late.ts'], reader)).toBe(1);
    expect(printed).toContain('window    0   signature holds, chain holds, media not in this copy: ');
    expect(printed).toContain('window    4   signature holds, chain holds, media holds\n');
  });

  it('reads as much of a copy as it is told', async () => {
    expect(await verify([path, '-r', '720p=720p.ts', '--seconds', '4'], reader)).toBe(1);
    expect(printed.match(/media holds/g)).toHaveLength(2);
  });

  it('says that no media was looked at where no copy was given, with exit code 0', async () => {
    expect(await verify([path], reader)).toBe(0);
    expect(printed).toMatch(/\nAll of it holds; no copy of the media was looked at\.\n$/);
  });

  it('has exit code 1 where there is no receipt, and says so', async () => {
    const [attempt] = bundle.attempts;
    const empty = await file('empty.json', { ...bundle, attempts: [{ ...attempt, receipts: [] }] });
    expect(await verify([empty], reader)).toBe(1);
    expect(printed).toContain('  delivered    nothing that there is a receipt for\n');
    expect(printed).toContain('  fault        No receipt is for a window of a rendition. (NO_RECEIPTS)\n');
    expect(printed).toMatch(/\nNot all of it holds\.\n$/);
  });

  it('has exit code 1 where no receipt is for a copy that was given', async () => {
    const receipts = bundle.attempts[0]?.receipts.slice(0, 1);
    const unsigned = await file('unsigned.json', {
      ...bundle,
      attempts: [{ ...bundle.attempts[0], receipts: receipts?.map(without720p) }],
    });
    expect(await verify([unsigned, '-r', '720p=720p.ts'], reader)).toBe(1);
    expect(printed).toContain(
      '\nfault: A copy of 720p was given, and no receipt is for a window of it. (NOTHING_OF_COPY)\n',
    );
  });

  it('states what a copy has beyond the receipts, with exit code 0', async () => {
    expect(await verify([path, '-r', '720p=longer.ts'], reader)).toBe(0);
    expect(printed).toContain('\n720p has 60 access units without a receipt in its copy, from 10.000 to 11.967 s.\n');
    printed = '';
    expect(await verify([path, '-r', '720p=longer.ts', '--json'], reader)).toBe(0);
    expect(JSON.parse(printed)).toMatchObject({ uncovered: [{ rendition: '720p', units: 60 }], faults: [] });
  });

  it('prints the verdict as JSON', async () => {
    expect(await verify([path, '--json', '-r', '720p=720p.ts'], reader)).toBe(0);
    const verdict = JSON.parse(printed) as BundleVerdict;
    expect(verdict.holds).toBe(true);
    expect(verdict.attempts[0]?.windows).toHaveLength(3 + 3 * 5);
  });

  it('holds the parties against those that were asked for, in any spelling', async () => {
    expect(await verify([path, '--orchestrator', orchestrator.checksumAddress], reader)).toBe(0);
    expect(await verify([path, '--broadcaster', orchestrator.address], reader)).toBe(1);
    expect(printed).toContain('(OTHER_PARTY)');
  });

  it.each([
    [[], 'No BUNDLE was given'],
    [['a.json', 'rtmp://host/live/secretkey'], 'There is one BUNDLE, but more was given: “rtmp://host/live/…”'],
    [['/nonexistent/a.json'], '/nonexistent/a.json cannot be read (ENOENT).'],
    [['a.json', '-r', 'copy.ts'], '--rendition takes NAME=URL or NAME=FILE, not “copy.ts”'],
    [['a.json', '--orchestrator', '0x12'], '--orchestrator takes 0x and 40 hex digits, not “0x12”'],
    [['a.json', '--seconds', 'all'], '--seconds takes a number from 0.001'],
  ])('refuses %j', async (args, sentence) => {
    await expect(verify(args, reader)).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringContaining(sentence) as string,
    });
  });

  it('refuses what is no bundle, before it fetches anything', async () => {
    const never: EssenceReader = async () => Promise.reject(new Error('Something was fetched.'));
    for (const content of ['{', '{}'])
      await expect(verify([await file('no.json', content), '--source', 'a.ts'], never)).rejects.toMatchObject({
        code: 'EVIDENCE_INVALID',
      });
  });

  it('is a command', async () => {
    expect(await millrace(['verify', path])).toMatchObject({ code: 0, stderr: '' });
    expect(await millrace(['verify', await file('no.json', {})])).toMatchObject({ code: 1, stdout: '' });
    expect(await millrace(['verify'])).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('millrace attest', () => {
  async function keystore(key = 'b0'): Promise<string> {
    const wallet = new Wallet(`0x${key.repeat(32)}`);
    return file('key.json', await encryptKeystoreJson(wallet, 'secret', { scrypt: { N: 2 } }));
  }

  it('puts an attestation into a bundle, which verifies', async () => {
    vi.stubEnv('MILLRACE_KEYSTORE_PASSWORD', 'secret');
    expect(await attest(['source.ts', '--bundle', path, '--keystore', await keystore()], reader)).toBe(0);
    const attested = await file('attested.json', printed);
    printed = '';
    expect(await verify([attested], reader)).toBe(0);
    expect(printed).toContain('source       window    0   signature holds, chain holds, attestation holds');
  });

  it('attests a copy that begins where the attempt did, by its ticket', async () => {
    const { message, signature } = signTicket();
    const ticket = await file('ticket.json', { message, signature });
    const password = await file('password', 'secret\n');
    const key = await keystore();
    expect(
      await attest(['source.ts', '--ticket', ticket, '--keystore', key, '--password-file', password], reader),
    ).toBe(0);
    const attestation: unknown = JSON.parse(printed);
    const [attempt] = bundle.attempts;
    const attested = await file('attested.json', { ...bundle, attempts: [{ ...attempt, attestation }] });
    expect(await verify([attested], reader)).toBe(0);
  });

  it('attests nothing with the key of somebody else', async () => {
    vi.stubEnv('MILLRACE_KEYSTORE_PASSWORD', 'secret');
    await expect(
      attest(['source.ts', '--bundle', path, '--keystore', await keystore('11')], reader),
    ).rejects.toMatchObject({
      code: 'EVIDENCE_INVALID',
    });
    expect(printed).toBe('');
  });

  it.each([
    [[], 'No URL was given'],
    [['a.ts', '--bundle', 'b.json'], 'No key was given'],
    [['a.ts', '--keystore', 'k.json'], 'Either --bundle or --ticket'],
    [['a.ts', '--keystore', 'k.json', '--bundle', 'b', '--ticket', 't'], 'Either --bundle or --ticket'],
    [['a.ts', '--keystore', 'k.json', '--ticket', 't', '--attempt', '2'], '--attempt goes with --bundle'],
  ])('refuses %j', async (args, sentence) => {
    await expect(attest(args, reader)).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringContaining(sentence) as string,
    });
  });
});

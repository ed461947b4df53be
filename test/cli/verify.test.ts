import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Wallet, encryptKeystoreJson } from 'ethers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { attest } from '../../src/cli/attest.js';
import type { EssenceReader } from '../../src/cli/essence-reader.js';
import { verify } from '../../src/cli/verify.js';
import { TranscodeError } from '../../src/transcoder/error.js';
import type { Bundle } from '../../src/trust/bundle/bundle.js';
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
let server: Server | undefined;

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
  server?.close();
  server = undefined;
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

async function file(name: string, content: unknown): Promise<string> {
  await writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  return join(folder, name);
}

/**
 * A double of the engine's reader: it has the media of the job under its names, a recording of 720p joined late, one that goes
 * on longer, and a live stream of it that was joined behind the receipts.
 */
const reader: EssenceReader = async (source, { durationMs }) => {
  if (source === 'late.ts') return Promise.resolve(between(media['720p'], 3, 10));
  if (source === 'longer.ts') return Promise.resolve(mediaOf('honest', 12)['720p']);
  if (source === 'rtmp://host/live/720p') return Promise.resolve(between(mediaOf('honest', 30)['720p'], 20, 30));
  if (source === 'no-media.ts')
    throw new TranscodeError('The source is none of MPEG-TS, FLV, MP4, Matroska or HLS. If it is, name its format.', {
      ...{ code: 'FORMAT_INVALID', stage: 'source', url: source },
    });
  const copy = media[source.replace('.ts', '') as keyof typeof media];
  return Promise.resolve(durationMs === undefined ? copy : between(copy, 0, durationMs / 1000));
};

/** The URL of a broadcaster that answers so. */
async function served(content: unknown, status = 200): Promise<string> {
  server = createServer((_, response) => response.writeHead(status).end(JSON.stringify(content)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/live/a/0/receipts`;
}

/** A receipt that its orchestrator makes of the other renditions alone. */
function without720p({ message, tracks }: IssuedReceipt): IssuedReceipt {
  const renditions = message.renditions.slice(1);
  const signed = receiptMessage.sign(domain, { ...message, renditions }, orchestrator);
  return {
    ...{ message: signed.message, signature: signed.signature },
    tracks: { ...tracks, renditions: tracks.renditions.slice(1) },
  };
}

async function keystore(key = 'b0'): Promise<string> {
  const wallet = new Wallet(`0x${key.repeat(32)}`);
  return file('key.json', await encryptKeystoreJson(wallet, 'secret', { scrypt: { N: 2 } }));
}

describe('millrace verify', () => {
  it('says of every window that it holds, with exit code 0', async () => {
    const code = await verify([path, '--source', 'source.ts', '-r', '720p=720p.ts', '-r', '360p=360p.ts'], reader);
    expect(code).toBe(0);
    expect(printed).toContain(`Job job-1, attempt 1\n  ordered by   ${broadcaster.address}\n  done by      `);
    expect(printed).toContain('  source       window    2   signature holds, chain holds, media holds\n');
    expect(printed).toContain('  720p         window    4   signature holds, chain holds, media holds\n');
    expect(printed).toContain('  480p         window    0   signature holds, chain holds, media not looked at\n');
    expect(printed).toMatch(/\nAll of it holds: 18 windows, 13 of them found in a copy\.\n$/);
  });

  it('says which windows do not hold, with exit code 1', async () => {
    expect(await verify([path, '-r', '720p=480p.ts'], reader)).toBe(1);
    expect(printed).toContain('media does not hold: the copy has none of the windows (OTHER_MEDIA)\n');
    expect(printed).toMatch(/\nNot all of it holds: 5 of 18 windows do not hold\.\n$/);
  });

  it('says which windows are not in a copy, with exit code 1', async () => {
    expect(await verify([path, '-r', '720p=late.ts'], reader)).toBe(1);
    expect(printed).toContain('window    0   signature holds, chain holds, media not in this copy: ');
    expect(printed).toContain('window    4   signature holds, chain holds, media holds\n');
    expect(printed).toMatch(/\nNot all of it was found: 2 of 18 windows are not in the copies, 3 found\.\n$/);
  });

  it('says nothing against anybody beside a live stream that was joined behind the receipts, with exit code 1', async () => {
    expect(await verify([path, '-r', '720p=rtmp://host/live/720p'], reader)).toBe(1);
    expect(printed).toContain(
      'media not in this copy: the copy was joined live and has none of the windows: it may be',
    );
    expect(printed).toMatch(/\nNot all of it was found: 5 of 18 windows are not in the copies, 0 found\.\n$/);
  });

  it('asks for the bundle of a URL when the copies have been read', async () => {
    const url = await served(bundle);
    let isRead = false;
    server?.on('request', () => {
      expect(isRead).toBe(true);
    });
    const readFirst: EssenceReader = async (...args) => reader(...args).finally(() => (isRead = true));
    expect(await verify([url, '-r', '720p=720p.ts'], readFirst)).toBe(0);
    expect(printed).toMatch(/\nAll of it holds: 18 windows, 5 of them found in a copy\.\n$/);
  });

  it.each([
    ['something else is there', {}, 200, 'EVIDENCE_INVALID', 'This is no bundle of receipts.'],
    ['there is none', {}, 404, 'EVIDENCE_UNREADABLE', 'receipts (404): check the URL.'],
    ['the server fails', {}, 503, 'EVIDENCE_UNREADABLE', 'the server answered with 503.'],
  ])('refuses the bundle of a URL where %s', async (_, content, status, code, sentence) => {
    await expect(verify([await served(content, status)], reader)).rejects.toMatchObject({
      ...{ code, message: expect.stringContaining(sentence) as string },
    });
  });

  it('refuses the bundle of a URL where nobody answers', async () => {
    const url = await served(bundle);
    server?.close();
    await expect(verify([url], reader)).rejects.toMatchObject({
      ...{
        code: 'EVIDENCE_UNREADABLE',
        message: `${url} cannot be reached: check that the server is running, and host and port.`,
      },
    });
  });

  it('names the copy that cannot be read, and says of the others what can be said, with exit code 1', async () => {
    expect(await verify([path, '-r', '720p=no-media.ts', '-r', '480p=480p.ts'], reader)).toBe(1);
    expect(printed).toContain('480p         window    0   signature holds, chain holds, media holds\n');
    expect(printed).toContain(
      '\nfault: The copy of 720p cannot be read (FORMAT_INVALID). It is none of MPEG-TS, FLV, MP4, Matroska or HLS. ',
    );
    expect(printed).toContain('(COPY_UNREADABLE)\nNot all of it holds: there is a fault.\n');
    expect(printed).not.toContain('--format');
    printed = '';
    expect(await verify([path, '-r', '720p=no-media.ts', '--json'], reader)).toBe(1);
    expect(JSON.parse(printed)).toMatchObject({ holds: false, faults: [{ code: 'COPY_UNREADABLE' }] });
  });

  it('says once that what stands behind a refused receipt cannot be chained', async () => {
    const [attempt] = structuredClone(bundle).attempts;
    const [window] = attempt?.receipts[1]?.message.renditions ?? [];
    if (window === undefined) throw new Error('There is no window.');
    window.endTimestampUs += 1;
    const forged = await file('forged.json', { ...bundle, attempts: [attempt] });
    expect(await verify([forged], reader)).toBe(1);
    expect(printed).toContain('  ended        with a final receipt that does not follow\n');
    expect(printed.match(/BEHIND_REFUSED/g)).toHaveLength(1);
    expect(printed).toMatch(/ {2}fault {8}The \d receipts behind receipt 1, which is refused, cannot be chained\./);
    expect(printed).toMatch(/720p +window +1 +signature does not hold, chain holds.*\(RECEIPT_WRONG_SIGNER\)/);
    expect(printed).not.toMatch(/720p +window +2/);
  });

  it('states windows that are attested and have no receipt', async () => {
    vi.stubEnv('MILLRACE_KEYSTORE_PASSWORD', 'secret');
    const key = await keystore();
    await attest(['source.ts', '--bundle', path, '--keystore', key], reader);
    const { attempts, ...rest } = JSON.parse(printed) as Bundle;
    const short = attempts.map((attempt) => ({ ...attempt, receipts: attempt.receipts.slice(0, 1) }));
    const attested = await file('attested.json', { ...rest, attempts: short });
    printed = '';
    expect(await verify([attested], reader)).toBe(0);
    expect(printed).toContain('  attested     2 windows of the source that no receipt is for\n');
    printed = '';
    expect(await verify([attested, '--json'], reader)).toBe(0);
    expect(JSON.parse(printed)).toMatchObject({ holds: true, attempts: [{ attestedOnly: [1, 2] }] });
  });

  it('reads as much of a copy as it is told', async () => {
    expect(await verify([path, '-r', '720p=720p.ts', '--seconds', '4'], reader)).toBe(1);
    expect(printed.match(/media holds/g)).toHaveLength(2);
  });

  it('says that no media was looked at where no copy was given, with exit code 0', async () => {
    expect(await verify([path], reader)).toBe(0);
    expect(printed).toMatch(/\nAll of it holds: 18 windows, no copy of the media was looked at\.\n$/);
  });

  it('has exit code 1 where there is no receipt, and says so', async () => {
    const [attempt] = bundle.attempts;
    const empty = await file('empty.json', { ...bundle, attempts: [{ ...attempt, receipts: [] }] });
    expect(await verify([empty], reader)).toBe(1);
    expect(printed).toContain('  delivered    nothing that there is a receipt for\n');
    expect(printed).toContain('  fault        No receipt is for a window of a rendition. (NO_RECEIPTS)\n');
    expect(printed).toMatch(/\nNot all of it holds: there is a fault\.\n$/);
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
    [['a.json', '-r', 'copy.ts'], '--rendition takes NAME=URL or NAME=FILE, not “copy.ts”'],
    [['a.json', '--orchestrator', '0x12'], '--orchestrator takes 0x and 40 hex digits, not “0x12”'],
    [['a.json', '--seconds', 'all'], '--seconds takes a number from 0.001'],
  ])('refuses %j', async (args, sentence) => {
    await expect(verify(args, reader)).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringContaining(sentence) as string,
    });
  });

  it('says so when there is no bundle, as of every file that is not there', async () => {
    expect(await millrace(['verify', '/nonexistent/a.json'])).toEqual({
      ...{ code: 1, stdout: '' },
      stderr: expect.stringContaining('There is no bundle at /nonexistent/a.json: check the path.') as string,
    });
    await expect(verify([folder], reader)).rejects.toThrow(`${folder} is a folder: name the file with the bundle.`);
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
  it('asks for the bundle of a URL when the source has been read', async () => {
    vi.stubEnv('MILLRACE_KEYSTORE_PASSWORD', 'secret');
    expect(await attest(['source.ts', '--bundle', await served(bundle), '--keystore', await keystore()], reader)).toBe(
      0,
    );
    expect(JSON.parse(printed)).toMatchObject({ attempts: [{ attestation: {} }] });
  });

  it('names the source that cannot be read, and no option that it has not', async () => {
    vi.stubEnv('MILLRACE_KEYSTORE_PASSWORD', 'secret');
    await expect(attest(['no-media.ts', '--bundle', path, '--keystore', await keystore()], reader)).rejects.toThrow(
      /^The copy of the source cannot be read \(FORMAT_INVALID\)\. It is none of .*no-media\.ts\.$/,
    );
  });

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

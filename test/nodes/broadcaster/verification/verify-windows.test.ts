import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { readEssence } from '../../../../src/index.js';

import type { BundledAttempt } from '../../../../src/trust/bundle/bundle.js';
import type { WindowVerification } from '../../../../src/nodes/broadcaster/verification/verification.js';
import { verifyWindows } from '../../../../src/nodes/broadcaster/verification/verify-windows.js';
import { beginningIn } from '../../../../src/nodes/broadcaster/verification/source-beginning.js';
import type { Looked, VerifyRequest } from '../../../../src/nodes/broadcaster/verification/verifier-messages.js';
import { test } from '../../../e2e/fixtures.js';
import { deliver, signedFor, sourceFor } from './delivered.js';

interface Copies {
  attempt: BundledAttempt;
  source: string;
  rendition: string;
}

async function looked(copies: Copies, changes: Partial<VerifyRequest> = {}): Promise<Looked> {
  return verifyWindows({
    ...{ type: 'verify', name: 'one', windows: [0, 1, 2], outputs: 'finished' },
    ...{ transport: 'stored', sourceTransport: 'stored' },
    ...copies,
    ...changes,
  });
}

async function verified(copies: Copies, changes: Partial<VerifyRequest> = {}): Promise<WindowVerification[]> {
  return (await looked(copies, changes)).windows;
}

/** What an honest transcoder delivers of the honest source. */
async function honest(folder: string): Promise<Copies> {
  const source = await sourceFor('honest');
  const rendition = await deliver(source, join(folder, 'one.ts'));
  return { source, rendition, attempt: await signedFor(source, rendition) };
}

/** What a transcoder delivers that shows something else, and signs for it honestly. */
async function cheating(folder: string, name: string, filter: string): Promise<Copies> {
  const source = await sourceFor('honest');
  const rendition = await deliver(await sourceFor(name, filter), join(folder, 'one.ts'));
  return { source, rendition, attempt: await signedFor(source, rendition) };
}

/** Changes some bytes of a file, past the headers of the packet that is so far into it. */
function spoil(path: string, share: number): void {
  const bytes = readFileSync(path);
  const packet = Math.floor((bytes.length * share) / 188) * 188;
  bytes.fill(0x5a, packet + 100, packet + 120);
  writeFileSync(path, bytes);
}

function codesOf(verifications: readonly WindowVerification[]): string[] {
  return verifications.flatMap(({ findings }) => findings.map(({ code }) => code));
}

function outcomesOf(verifications: readonly WindowVerification[]): string[] {
  return verifications.map(({ outcome }) => outcome);
}

describe('A window of a rendition', () => {
  test('is verified where the transcoder was honest, with how alike the pictures are', async ({ folder }) => {
    const verifications = await verified(await honest(folder));
    expect(verifications).toMatchObject([0, 1, 2].map((window) => ({ window, outcome: 'verified', findings: [] })));
    for (const { ssim } of verifications) expect(ssim).toBeGreaterThan(0.9);
  });

  test('fails where the pictures are black, though the hashes are honest', async ({ folder }) => {
    const verifications = await verified(await cheating(folder, 'black', 'drawbox=color=black:t=fill'));
    expect(outcomesOf(verifications)).toStrictEqual(['failed', 'failed', 'failed']);
    expect(codesOf(verifications)).toContain('PICTURES_BLACK');
  });

  test('fails where the pictures stand still', async ({ folder }) => {
    const verifications = await verified(await cheating(folder, 'frozen', 'loop=loop=-1:size=1:start=0'));
    expect(outcomesOf(verifications)).toStrictEqual(['failed', 'failed', 'failed']);
    expect(codesOf(verifications)).toContain('PICTURES_FROZEN');
  });

  test('fails where the pictures were made from small ones', async ({ folder }) => {
    const verifications = await verified(await cheating(folder, 'upscaled', 'scale=80:46,scale=640:360'));
    expect(outcomesOf(verifications)).toStrictEqual(['failed', 'failed', 'failed']);
  });

  test('fails where more pixels are claimed than there are', async ({ folder }) => {
    const { source, rendition } = await honest(folder);
    const attempt = await signedFor(source, rendition, { pixels: 640 * 360 * 30, width: 640, height: 360 });
    const verifications = await verified({ source, rendition, attempt });
    expect(outcomesOf(verifications)).toStrictEqual(['failed', 'failed', 'failed']);
    expect(codesOf(verifications)).toContain('PIXELS_OVERCLAIMED');
  });

  test('fails where its bytes were changed at the media server', async ({ folder }) => {
    const copies = await honest(folder);
    const other = await deliver(copies.source, join(folder, 'other.ts'));
    const bytes = readFileSync(other);
    // In the middle of the middle window, past the headers of the packet.
    const packet = Math.floor(bytes.length / 188 / 2) * 188;
    bytes.fill(0x5a, packet + 100, packet + 120);
    writeFileSync(other, bytes);
    const verifications = await verified({ ...copies, rendition: other });
    const failed = verifications.filter(({ outcome }) => outcome === 'failed');
    expect(codesOf(failed)).toContain('ALTERED');
    expect(failed.length).toBeLessThan(3);
  });

  test('may have been damaged on a lossy way, which is nobody’s fault', async ({ folder }) => {
    const copies = await honest(folder);
    const bytes = readFileSync(copies.rendition);
    const packet = Math.floor(bytes.length / 188 / 2) * 188;
    bytes.fill(0x5a, packet + 100, packet + 120);
    writeFileSync(copies.rendition, bytes);
    expect(outcomesOf(await verified(copies, { transport: 'lossy' }))).not.toContain('failed');
  });

  test('fails where a stored copy is of other media, and shows other pictures', async ({ folder }) => {
    const copies = await honest(folder);
    const other = await deliver(await sourceFor('swapped', 'negate,hflip'), join(folder, 'other.ts'));
    const verifications = await verified({ ...copies, rendition: other });
    expect(outcomesOf(verifications)).toStrictEqual(['failed', 'failed', 'failed']);
    expect(codesOf(verifications)).toContain('OTHER_MEDIA');
  });

  test('is undecided where a live copy is of other media', async ({ folder }) => {
    const copies = await honest(folder);
    const other = await deliver(await sourceFor('swapped', 'negate,hflip'), join(folder, 'other.ts'));
    const verifications = await verified({ ...copies, rendition: other }, { transport: 'live' });
    expect(outcomesOf(verifications)).toStrictEqual(['undecided', 'undecided', 'undecided']);
  });

  test('is undecided where the source is another one than was signed for', async ({ folder }) => {
    const copies = await honest(folder);
    const verifications = await verified({ ...copies, source: await sourceFor('black', 'drawbox=color=black:t=fill') });
    expect(outcomesOf(verifications)).toStrictEqual(['undecided', 'undecided', 'undecided']);
    expect(codesOf(verifications)).toContain('SOURCE_UNCONFIRMED');
  });

  test('is beside a source that everybody is given from the beginning on, and that receipts were made up for', async ({
    folder,
  }) => {
    const copies = await honest(folder);
    const invention = await sourceFor('black', 'drawbox=color=black:t=fill');
    const lying = { ...copies, attempt: await signedFor(invention, copies.rendition) };
    const beginning = beginningIn(await readEssence(copies.source));
    if (beginning === undefined) throw new Error('There is no source.');
    const othersIn = async (copy: Copies, changes: Partial<VerifyRequest>) =>
      (await looked(copy, changes)).source?.contradicted.map(({ index }) => index);
    expect(await othersIn(lying, { beginning })).toEqual([0, 1, 2]);
    expect(await othersIn(copies, { beginning })).toEqual([]);
    expect(await othersIn(lying, {}), 'joined at who knows what time').toEqual([]);
    expect(await othersIn(lying, { beginning, sourceTransport: 'lossy' })).toEqual([]);
    const elsewhere = { ...beginning, merkleRoot: 'ab'.repeat(32) };
    expect(await othersIn(lying, { beginning: elsewhere })).toEqual([]);
  });

  test('that is black is undecided where the receipts have no window of the source, and that is told', async ({
    folder,
  }) => {
    const source = await sourceFor('honest', undefined, 10);
    const black = await deliver(await sourceFor('black', 'drawbox=color=black:t=fill', 10), join(folder, 'one.ts'));
    const lying = { source, rendition: black, attempt: await signedFor(undefined, black) };
    const beginning = beginningIn(await readEssence(source));
    if (beginning === undefined) throw new Error('There is no source.');
    const { windows, source: seen } = await looked(lying, { beginning });
    expect(outcomesOf(windows)).toStrictEqual(['undecided', 'undecided', 'undecided']);
    expect(seen?.isWithheld).toBe(true);
    const told = { ...lying, attempt: await signedFor(source, black) };
    expect((await looked(told, { beginning })).source?.isWithheld).toBe(false);
    const live = await looked(lying, { windows: 'whole', transport: 'live', sourceTransport: 'live' });
    expect(live.source).toMatchObject({ isWithheld: false, recorded: { fromUs: expect.any(Number) as number } });
  });

  test('is undecided where the copy does not hold it whole', async ({ folder }) => {
    const copies = await honest(folder);
    const bytes = readFileSync(copies.rendition);
    writeFileSync(copies.rendition, bytes.subarray(0, Math.floor(bytes.length / 188 / 3) * 188));
    const verifications = await verified(copies);
    expect(verifications.at(-1)).toMatchObject({ window: 2, outcome: 'undecided' });
    expect(outcomesOf(verifications)).not.toContain('failed');
  });

  test('is looked for among those that a recording holds, where none was named', async ({ folder }) => {
    const copies = await honest(folder);
    const verifications = await verified(copies, { windows: 'whole', transport: 'live' });
    expect(verifications).toMatchObject([
      { window: 2, outcome: 'verified' },
      { window: 3, outcome: 'verified' },
    ]);
  });
});

describe('Where the outputs were broken off, so that a copy may be of something before, a window', () => {
  const brokenOff = { outputs: 'broken off' } as const;

  test('is verified, or fails for its pictures, where the copy holds it', async ({ folder }) => {
    const truth = await verified(await honest(folder), brokenOff);
    expect(outcomesOf(truth)).toStrictEqual(['verified', 'verified', 'verified']);
    const lie = await verified(await cheating(folder, 'black', 'drawbox=color=black:t=fill'), brokenOff);
    expect(outcomesOf(lie)).toStrictEqual(['failed', 'failed', 'failed']);
  });

  test('fails where other bytes stand between others of the attempt', async ({ folder }) => {
    const copies = await honest(folder);
    spoil(copies.rendition, 0.5);
    const verifications = await verified(copies, brokenOff);
    expect(codesOf(verifications.filter(({ outcome }) => outcome === 'failed'))).toContain('ALTERED');
  });

  test('is undecided where other bytes stand at the end, or the end is missing', async ({ folder }) => {
    const copies = await honest(folder);
    const bytes = readFileSync(copies.rendition);
    spoil(copies.rendition, 0.95);
    const all = { ...brokenOff, windows: [0, 1, 2, 3] };
    const altered = await verified(copies, all);
    expect(altered).toMatchObject([{}, {}, {}, { window: 3, outcome: 'undecided' }]);
    expect(codesOf(altered)).toContain('ALTERED');
    writeFileSync(copies.rendition, bytes.subarray(0, Math.floor(bytes.length * 0.7)));
    const truncated = await verified(copies, all);
    expect(outcomesOf(truncated)).toContain('verified');
    expect(truncated.at(-1)).toMatchObject({ window: 3, outcome: 'undecided' });
    expect(outcomesOf([...altered, ...truncated])).not.toContain('failed');
  });

  test('is undecided where an earlier job has left other media there', async ({ folder }) => {
    const copies = await honest(folder);
    const earlier = await deliver(await sourceFor('swapped', 'negate,hflip'), join(folder, 'earlier.ts'));
    const verifications = await verified({ ...copies, rendition: earlier }, brokenOff);
    expect(outcomesOf(verifications)).toStrictEqual(['undecided', 'undecided', 'undecided']);
    expect(codesOf(verifications)).toContain('OTHER_MEDIA');
  });

  test('is undecided where what an earlier job has left there only begins with the same', async ({ folder }) => {
    const copies = await honest(folder);
    const goesOnOtherwise = await sourceFor('otherwise', "negate=enable='gte(t,2)'");
    const earlier = await deliver(goesOnOtherwise, join(folder, 'earlier.ts'));
    const verifications = await verified({ ...copies, rendition: earlier }, { ...brokenOff, windows: [0, 1, 2, 3] });
    expect(verifications[0]).toMatchObject({ window: 0, outcome: 'verified' });
    expect(verifications[3]).toMatchObject({ window: 3, outcome: 'undecided' });
    expect(outcomesOf(verifications)).not.toContain('failed');
  });

  test('of the source is nobody’s fault where it is the last one, which may have been cut off for the transcoder', async ({
    folder,
  }) => {
    const copies = await honest(folder);
    const beginning = beginningIn(await readEssence(copies.source));
    if (beginning === undefined) throw new Error('There is no source.');
    const cut = join(folder, 'cut.ts');
    const bytes = readFileSync(copies.source);
    writeFileSync(cut, bytes.subarray(0, Math.floor(bytes.length * 0.6)));
    const attempt = await signedFor(cut, copies.rendition);
    const contradicted = async (outputs: VerifyRequest['outputs']) => {
      const { source } = await looked({ ...copies, attempt }, { outputs, beginning });
      return source?.contradicted.map(({ index }) => index);
    };
    expect(await contradicted('finished')).toEqual([2]);
    expect(await contradicted('broken off')).toEqual([]);
  });
});

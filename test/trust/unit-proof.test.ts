import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { proveUnit, TrustError, verifyBundle, verifyUnitProof, type UnitProof } from '../../src/index.js';

import { attemptOver, bundleOf, mediaOf } from './signed-job.js';
import { between, changed, hash } from './synthetic-media.js';

const media = mediaOf('honest');
const bundle = bundleOf(attemptOver(media));
const copy = media['720p'];

/** What a receipt has of a window of the rendition: its tracks, and the root that is signed. */
function signedWindow(index: number) {
  const receipt = bundle.attempts[0]?.receipts[index];
  const window = receipt?.message.renditions.findIndex(({ name }) => name === '720p') ?? -1;
  const root = receipt?.message.renditions[window]?.root;
  const tracks = receipt?.tracks.renditions[window];
  if (root === undefined || tracks === undefined) throw new Error('There is no such window.');
  return { root, tracks };
}

/** A picture of the second window, which has pictures 60 to 119, with its proof as it is sent. */
async function sent(unit = 77, of = copy): Promise<UnitProof> {
  const proof = await proveUnit(of, { track: 0, unit }, signedWindow(1).tracks);
  return JSON.parse(JSON.stringify(proof)) as UnitProof;
}

describe('The proof of one access unit', () => {
  it('leads from its hash to the root in a receipt that verifies, without the copy', async () => {
    expect((await verifyBundle(bundle)).holds).toBe(true);
    const proof = await sent();
    expect(proof).toMatchObject({ unit: copy.tracks[0]?.units[77]?.hash, index: 17, track: 0 });
    expect(await verifyUnitProof(proof, signedWindow(1).root)).toBe(true);
    expect(await verifyUnitProof(proof, signedWindow(1).root.slice(2))).toBe(true);
  });

  it('is made of every unit of a window, pictures and sound', async () => {
    const { root, tracks } = signedWindow(1);
    let sounds = 0;
    for (let unit = 60; unit < 120; unit++)
      expect(await verifyUnitProof(await proveUnit(copy, { track: 0, unit }, tracks), root)).toBe(true);
    for (let unit = 70; unit < 210; unit++) {
      const proof = await proveUnit(copy, { track: 1, unit }, tracks).catch(() => undefined);
      if (proof === undefined) continue;
      expect(await verifyUnitProof(proof, root)).toBe(true);
      sounds++;
    }
    expect(sounds).toBe(tracks[1]?.units);
  });

  it('leads nowhere else', async () => {
    const proof = await sent();
    const { root } = signedWindow(1);
    const [first] = proof.tracks;
    if (first === undefined) throw new Error('There is no track.');
    const others: UnitProof[] = [
      { ...proof, unit: hash('another') },
      { ...proof, index: proof.index + 1 },
      { ...proof, track: 1 },
      { ...proof, track: 2 },
      { ...proof, path: proof.path.slice(1) },
      { ...proof, path: proof.path.with(0, hash('another')) },
      { ...proof, tracks: [first] },
      { ...proof, tracks: [{ ...first, merkleRoot: hash('another') }, ...proof.tracks.slice(1)] },
      // A node of the tree, shown as though it were a unit.
      { ...proof, unit: nodeOver(76), index: proof.index >> 1, path: proof.path.slice(1) },
    ];
    for (const other of others) expect(await verifyUnitProof(other, root)).toBe(false);
    expect(await verifyUnitProof(proof, signedWindow(2).root)).toBe(false);
  });

  it('needs no more of the copy than its own track in the window', async () => {
    const part = between({ tracks: copy.tracks.slice(0, 1) }, 2, 4);
    expect(await sent(17, part)).toEqual(await sent(77));
  });

  it.each([
    ['is in another window', { track: 0, unit: 120 }, copy],
    ['is not there', { track: 0, unit: 300 }, copy],
    ['is in a track that is not there', { track: 2, unit: 0 }, copy],
    ['stands among units of which one is missing', { track: 0, unit: 77 }, without(100)],
    ['is of another job', { track: 0, unit: 77 }, mediaOf('another job')['720p']],
  ])('is not made of a unit that %s', async (_, place, of) => {
    const proof = proveUnit(of, place, signedWindow(1).tracks);
    await expect(proof).rejects.toThrow(TrustError);
    await expect(proof).rejects.toMatchObject({ code: 'EVIDENCE_INVALID' });
  });

  it('is refused where it is no proof, or the root no root', async () => {
    const proof = await sent();
    const { root } = signedWindow(1);
    for (const wrong of [undefined, {}, { ...proof, index: -1 }, { ...proof, path: ['ab'] }, { ...proof, more: 1 }])
      await expect(verifyUnitProof(wrong, root)).rejects.toMatchObject({ code: 'EVIDENCE_INVALID' });
    await expect(verifyUnitProof(proof, 'a root')).rejects.toThrow('This is no root of a window.');
  });
});

/** The node of the tree over a picture and the next. */
function nodeOver(unit: number): string {
  const [left = '', right = ''] = (copy.tracks[0]?.units ?? []).slice(unit, unit + 2).map((one) => one.hash);
  return createHash('sha256')
    .update(Buffer.from(`01${left}${right}`, 'hex'))
    .digest('hex');
}

/** The copy without one picture. */
function without(position: number) {
  return changed(copy, 'video', (units) => units.toSpliced(position, 1));
}

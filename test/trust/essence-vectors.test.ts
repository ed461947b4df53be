import { readFileSync } from 'node:fs';

import { expect, it } from 'vitest';

import { verifyUnitProof, type UnitProof } from '../../src/index.js';
import type { EssenceTrack } from '../../src/transcoder/essence.js';
import { merklePath, merkleRoot } from '../../src/trust/essence/merkle.js';
import { chainStart, nextChain, parametersHash, trackDigest, windowRoot } from '../../src/trust/essence/window-root.js';

interface Vectors {
  merkle: { leaves: string[]; root: string; paths: string[][] }[];
  windows: {
    index: number;
    tracks: (EssenceTrack & { leaves: string[]; sets: string[]; digest: string })[];
    root: string;
    chain: string;
  }[];
  proofs: { root: string; proof: UnitProof }[];
}

const vectors = JSON.parse(readFileSync(new URL('./essence-vectors.json', import.meta.url), 'utf8')) as Vectors;

function rootOver(leaves: readonly string[]): string {
  return merkleRoot(leaves.map((leaf) => Buffer.from(leaf, 'hex'))).toString('hex');
}

it('the Merkle roots of the vectors, which the engine is tested with, come out here too', () => {
  for (const { leaves, root } of vectors.merkle) expect(rootOver(leaves)).toBe(root);
});

it('the Merkle paths of the vectors are those that come out here', () => {
  for (const { leaves, paths } of vectors.merkle) {
    const bytes = leaves.map((leaf) => Buffer.from(leaf, 'hex'));
    const made = leaves.map((_, index) => merklePath(bytes, index).map((hash) => hash.toString('hex')));
    expect(made).toEqual(paths);
  }
});

it('the proofs of the vectors lead from a unit to the root of its window', async () => {
  expect(vectors.proofs).toHaveLength(4);
  for (const { root, proof } of vectors.proofs) {
    expect(await verifyUnitProof(proof, root)).toBe(true);
    expect(await verifyUnitProof({ ...proof, unit: root }, root)).toBe(false);
  }
});

it('the windows of the vectors, which the engine is tested with, come out here too', () => {
  let chain = chainStart;
  for (const { index, tracks, root, chain: expected } of vectors.windows) {
    for (const { leaves, sets, digest, ...track } of tracks) {
      expect(rootOver(leaves)).toBe(track.merkleRoot);
      expect(parametersHash(sets)).toBe(track.parameters);
      expect(trackDigest(track)).toBe(digest);
    }
    expect(windowRoot(tracks)).toBe(root);
    chain = nextChain(chain, index, root);
    expect(chain).toBe(expected);
  }
});

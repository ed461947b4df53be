import { readFileSync } from 'node:fs';

import { expect, it } from 'vitest';

import type { EssenceTrack } from '../../src/transcoder/essence.js';
import { merkleRoot } from '../../src/trust/essence/merkle.js';
import { chainStart, nextChain, parametersHash, trackDigest, windowRoot } from '../../src/trust/essence/window-root.js';

interface Vectors {
  merkle: { leaves: string[]; root: string }[];
  windows: {
    index: number;
    tracks: (EssenceTrack & { leaves: string[]; sets: string[]; digest: string })[];
    root: string;
    chain: string;
  }[];
}

const vectors = JSON.parse(readFileSync(new URL('./essence-vectors.json', import.meta.url), 'utf8')) as Vectors;

function rootOver(leaves: readonly string[]): string {
  return merkleRoot(leaves.map((leaf) => Buffer.from(leaf, 'hex'))).toString('hex');
}

it('the Merkle roots of the vectors, which the engine is tested with, come out here too', () => {
  for (const { leaves, root } of vectors.merkle) expect(rootOver(leaves)).toBe(root);
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

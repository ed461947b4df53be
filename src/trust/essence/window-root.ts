import type { EssenceCodec, EssenceTrack } from '../../transcoder/essence.js';

import { bytesOf, taggedHash, uint32Bytes } from './sha256.js';

const tags = { track: 0x02, window: 0x03, chain: 0x04, parameters: 0x06 } as const;

const fourCharacters: Record<EssenceCodec, string> = {
  h264: 'h264',
  hevc: 'hevc',
  av1: 'av01',
  aac: 'mp4a',
  opus: 'opus',
  other: 'othr',
};

/** What the chain of a medium begins with. */
export const chainStart = '0'.repeat(64);

/** The hash over the distinct parameter sets of a track in a window, given by their hashes in order of first use. */
export function parametersHash(setHashes: readonly string[]): string {
  return taggedHash(tags.parameters, ...setHashes.map(bytesOf)).toString('hex');
}

/** The digest of one track in one window. */
export function trackDigest({ codec, units, parameters, merkleRoot }: EssenceTrack): string {
  const parts = [Buffer.from(fourCharacters[codec], 'latin1'), uint32Bytes(units), bytesOf(parameters)];
  return taggedHash(tags.track, ...parts, bytesOf(merkleRoot)).toString('hex');
}

/** The root of a window: what a receipt signs. Its tracks in their order, video first. */
export function windowRoot(tracks: readonly EssenceTrack[]): string {
  const digests = tracks.map((track) => bytesOf(trackDigest(track)));
  return taggedHash(tags.window, Buffer.of(tracks.length), ...digests).toString('hex');
}

/** The chain's value with one more window. */
export function nextChain(previous: string, index: number, root: string): string {
  return taggedHash(tags.chain, bytesOf(previous), uint32Bytes(index), bytesOf(root)).toString('hex');
}

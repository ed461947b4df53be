import type { EssenceCopy, EssenceTrack } from '../transcoder/essence.js';

import type { UnitPlace, UnitProof } from './essence/unit-proof.js';

/**
 * Makes a proof that one access unit of a copy is in a window, for somebody who has none of the other units. The copy has to
 * hold the unit's track of the window whole, and nothing else of it.
 *
 * @param copy of {@link readEssence}
 * @param place which unit of the copy
 * @param tracks those of the window: beside a receipt as `tracks.sources[…]` or `tracks.renditions[…]`, or those of an
 * `essence` event
 * @throws {TrustError} `EVIDENCE_INVALID` when the copy has no such unit, or the window does not have it
 *
 * @example
 * const proof = await proveUnit(copy, { track: 0, unit: 42 }, receipt.tracks.renditions[0]);
 */
export async function proveUnit(
  copy: EssenceCopy,
  place: UnitPlace,
  tracks: readonly EssenceTrack[],
): Promise<UnitProof> {
  const loaded = await import('./essence/unit-proof.js');
  return loaded.proveUnit(copy, place, tracks);
}

/**
 * Whether a proof leads from its unit to the root of a window. Whose window that is, the receipt says which has the root:
 * {@link verifyBundle} verifies that one.
 *
 * @param proof as read from JSON
 * @param root of the window, 64 hex digits with or without `0x`: `root` in a receipt or in an `essence` event
 * @throws {TrustError} `EVIDENCE_INVALID` for what is no proof, and for what is no root
 *
 * @example
 * const isSigned = await verifyUnitProof(JSON.parse(text), receipt.message.renditions[0].root);
 */
export async function verifyUnitProof(proof: unknown, root: string): Promise<boolean> {
  const loaded = await import('./essence/unit-proof.js');
  return loaded.verifyUnitProof(proof, root);
}

import type { BundleCopies, ExpectedParties } from './bundle/verify-bundle.js';
import type { BundleVerdict } from './bundle/verdict.js';

/**
 * Verifies a bundle: who signed what, whether the receipts follow on one another, and, window for window, whether the
 * copies given are of the media that was signed.
 *
 * @param bundle as read from JSON, such as what a broadcaster has at `/live/{stream}/{sequence}/receipts`
 * @param copies of {@link readEssence}. Default: none, so that signatures and chains are checked, and no media.
 * @param expected whose signatures are wanted. Default: anybody's
 * @throws {TrustError} `EVIDENCE_INVALID` for what is no bundle, and for a copy of a rendition that no ticket orders
 *
 * @example
 * const { holds, attempts } = await verifyBundle(JSON.parse(text), { renditions: { '720p': copy } });
 */
export async function verifyBundle(
  bundle: unknown,
  copies: BundleCopies = {},
  expected: ExpectedParties = {},
): Promise<BundleVerdict> {
  // What it takes costs a quarter of a second to load, and most users of the library never verify anything.
  const loaded = await import('./bundle/verify-bundle.js');
  return loaded.verifyBundle(bundle, copies, expected);
}

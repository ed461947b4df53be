import { keccak } from '../keys/keccak.js';
import { bytesOf, hexOf, type Bytes32 } from '../keys/signature.js';

/** Which URL of an order is meant; `publish:` and `play:` go before a rendition's name. */
export type UrlLabel = 'source' | `publish:${string}` | `play:${string}`;

/** A URL of an order, laid open to somebody who has the ticket. It says nothing about the order's other URLs. */
export interface OpenedUrl {
  label: UrlLabel;
  url: string;
  /** The salt of this URL alone. */
  blinding: Bytes32;
}

/** The hash that stands in a ticket for a URL. Without the salt, nobody can try URLs on it. */
export function commitUrl(salt: Bytes32, label: UrlLabel, url: string): Bytes32 {
  return hexOf(saltedHash(saltedHash(bytesOf(salt), label), url));
}

/** Lays one URL open. The salt, which would open them all to guesses, stays with its two parties. */
export function openUrl(salt: Bytes32, label: UrlLabel, url: string): OpenedUrl {
  return { label, url, blinding: hexOf(saltedHash(bytesOf(salt), label)) };
}

/** The hash that an opened URL has in its ticket, if it is one of it. */
export function commitmentOf({ url, blinding }: Pick<OpenedUrl, 'url' | 'blinding'>): Bytes32 {
  return hexOf(saltedHash(bytesOf(blinding), url));
}

function saltedHash(salt: Uint8Array, text: string): Uint8Array {
  return keccak(Buffer.concat([salt, Buffer.from(text, 'utf8')]));
}

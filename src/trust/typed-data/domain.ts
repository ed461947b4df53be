import { TypedDataEncoder } from 'ethers';
import { z } from 'zod';

import { keccak } from '../keys/keccak.js';
import { bytesOf, hexOf, type Bytes32 } from '../keys/signature.js';

/** What keeps signatures of one network from meaning anything in another. The name and the version are fixed. */
export interface SigningDomain {
  /** The chain that payments go over; 1 where none is. */
  chainId: number;
}

export const signingDomain: z.ZodType<SigningDomain> = z.strictObject({ chainId: z.int().min(1) });

/** That of a network without a chain. */
export const defaultDomain: SigningDomain = { chainId: 1 };

const separators = new Map<number, Uint8Array>();

/** The hash of the EIP-712 domain. */
export function domainSeparator(domain: SigningDomain): Bytes32 {
  return hexOf(separatorBytes(domain));
}

/** What is signed of a message: the hash of its own hash, within the domain. */
export function signedDigest(domain: SigningDomain, structHash: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(66);
  bytes.writeUInt16BE(0x1901);
  bytes.set(separatorBytes(domain), 2);
  bytes.set(structHash, 34);
  return keccak(bytes);
}

function separatorBytes({ chainId }: SigningDomain): Uint8Array {
  const known = separators.get(chainId);
  if (known !== undefined) return known;
  const separator = bytesOf(
    TypedDataEncoder.hashDomain({
      name: 'Millrace',
      version: '1',
      chainId,
      verifyingContract: `0x${'0'.repeat(40)}`,
    }),
  );
  // A node has one domain; a verifier of strangers' bundles is not to remember every one that they made up.
  if (separators.size < 8) separators.set(chainId, separator);
  return separator;
}

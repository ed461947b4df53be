import { z } from 'zod';

import { curve } from './curve.js';
import { keccak } from './keccak.js';

/** 0x and 130 lower-case hex digits: R, S and V of a secp256k1 signature. */
export type SignatureHex = string;

/** 0x and 64 lower-case hex digits. */
export type Bytes32 = string;

/** 0x and 40 lower-case hex digits: the form that is signed, sent and compared. */
export type Address = string;

const groupOrder = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
/** The highest S that is taken. */
export const halfOrder = groupOrder / 2n;

export const bytes32 = z.string().regex(/^0x[0-9a-f]{64}$/, 'expected 0x and 64 lower-case hex digits');
export const address = z
  .string()
  .regex(/^0x[0-9a-f]{40}$/, 'expected 0x and 40 lower-case hex digits')
  .refine((text) => !/^0x0{40}$/.test(text), 'expected an address other than zero');

/**
 * Exactly one text for each signature that is taken: 65 bytes, R and S within the group, S in its lower half, V 27 or
 * 28. Who has one signature of a message can therefore not make another text of it.
 */
export const signatureHex: z.ZodType<SignatureHex> = z
  .string()
  .regex(/^0x[0-9a-f]{130}$/, 'expected 0x and the 130 lower-case hex digits of R, S and V')
  .superRefine((text, context) => {
    const fault = scalarFault(text);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  });

/** Who signed the digest. Absent: the signature is none that is taken, or nobody's. */
export function recoverAddress(digest: Bytes32, signature: SignatureHex): Address | undefined {
  if (!signatureHex.safeParse(signature).success) return undefined;
  const bytes = bytesOf(signature);
  try {
    return addressOf(curve.ecdsaRecover(bytes.subarray(0, 64), bytes[64] === 28 ? 1 : 0, bytesOf(digest), false));
  } catch {
    return undefined; // R is the abscissa of no point, or the public key would be none
  }
}

/** The address of a public key of 65 bytes: the end of the hash over its two coordinates. */
export function addressOf(publicKey: Uint8Array): Address {
  return hexOf(keccak(publicKey.subarray(1)).subarray(12));
}

/** 0x and the bytes in lower-case hex. */
export function hexOf(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`;
}

/** The bytes of 0x and hex digits. */
export function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.slice(2), 'hex');
}

function scalarFault(text: string): string | undefined {
  // Of a text of another shape the first check speaks.
  if (text.length !== 132) return undefined;
  const v = Number.parseInt(text.slice(130), 16);
  if (v !== 27 && v !== 28) return 'expected a V of 27 or 28';
  const r = scalar(text.slice(2, 66));
  const s = scalar(text.slice(66, 130));
  if (r === undefined || s === undefined) return 'expected an R and an S within the order of the curve';
  return s > halfOrder ? 'expected the lower of the two values that S can have' : undefined;
}

function scalar(digits: string): bigint | undefined {
  if (!/^[0-9a-f]{64}$/.test(digits)) return undefined;
  const value = BigInt(`0x${digits}`);
  return value > 0n && value < groupOrder ? value : undefined;
}

import type { SigningKey } from 'ethers/crypto';
import { hashMessage } from 'ethers/hash';
import { computeAddress, recoverAddress } from 'ethers/transaction';
import { getBytes, hexlify } from 'ethers/utils';

import type { Signer } from '../keys/signer.js';

import { PaymentError } from './payment-error.js';
import { hexOf, numberOf } from './uint256.js';

/** Signs Ethereum personal messages with one key. */
export interface PersonalSigner {
  /** 20 bytes. */
  readonly address: Uint8Array;
  /** R, S and V of the message, 65 bytes with a low S and a V of 27 or 28. */
  sign(message: Uint8Array): Uint8Array;
}

/** A signer with a key that is in memory. */
export function personalSigner(key: SigningKey): PersonalSigner {
  return {
    address: getBytes(computeAddress(key)),
    sign: (message) => getBytes(key.sign(hashMessage(message)).serialized),
  };
}

/** A signer with the key of a node, which is several times faster. */
export function personalSignerOf(signer: Signer): PersonalSigner {
  return {
    address: getBytes(signer.address),
    sign: (message) => getBytes(signer.sign(hashMessage(message))),
  };
}

const curveOrder = BigInt('0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141');

/** Throws a {@link PaymentError} unless the address (20 bytes) signed the message, in the one form that is accepted. */
export function checkPersonalSignature(message: Uint8Array, signature: Uint8Array, address: Uint8Array): void {
  if (signature.length !== 65) throw new PaymentError('SIGNATURE_LENGTH', 'invalid signature length');
  if (numberOf(signature.subarray(32, 64)) > curveOrder / 2n) {
    throw new PaymentError('SIGNATURE_S_HIGH', 'signature s value too high');
  }
  const v = signature[64];
  if (v !== 27 && v !== 28) throw new PaymentError('SIGNATURE_V', 'signature v value must be 27 or 28');
  if (signerOf(message, signature) !== hexOf(address)) {
    throw new PaymentError('SIGNATURE_INVALID', 'invalid ticket signature');
  }
}

/** In lower case without 0x. Absent: no key gives this signature. */
function signerOf(message: Uint8Array, signature: Uint8Array): string | undefined {
  try {
    return recoverAddress(hashMessage(message), hexlify(signature)).slice(2).toLowerCase();
  } catch {
    return undefined;
  }
}

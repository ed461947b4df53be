import { keccak } from '../keys/keccak.js';
import { bytesOf, halfOrder, hexOf, recoverAddress, type Bytes32 } from '../keys/signature.js';
import type { Signer } from '../keys/signer.js';

import { PaymentError } from './payment-error.js';
import { numberOf } from './uint256.js';

/** Signs Ethereum personal messages with one key. */
export interface PersonalSigner {
  /** 20 bytes. */
  readonly address: Uint8Array;
  /** R, S and V of the message, 65 bytes with a low S and a V of 27 or 28. */
  sign(message: Uint8Array): Uint8Array;
}

/** A signer with the key of a node. */
export function personalSignerOf(signer: Signer): PersonalSigner {
  return {
    address: bytesOf(signer.address),
    sign: (message) => bytesOf(signer.sign(digestOf(message))),
  };
}

/** Throws a {@link PaymentError} unless the address (20 bytes) signed the message, in the one form that is accepted. */
export function checkPersonalSignature(message: Uint8Array, signature: Uint8Array, address: Uint8Array): void {
  if (signature.length !== 65) throw new PaymentError('SIGNATURE_LENGTH', 'invalid signature length');
  if (numberOf(signature.subarray(32, 64)) > halfOrder) {
    throw new PaymentError('SIGNATURE_S_HIGH', 'signature s value too high');
  }
  const v = signature[64];
  if (v !== 27 && v !== 28) throw new PaymentError('SIGNATURE_V', 'signature v value must be 27 or 28');
  if (recoverAddress(digestOf(message), hexOf(signature)) !== hexOf(address)) {
    throw new PaymentError('SIGNATURE_INVALID', 'invalid ticket signature');
  }
}

/** What is signed in place of a personal message. */
function digestOf(message: Uint8Array): Bytes32 {
  return hexOf(keccak(Buffer.concat([Buffer.from(`\x19Ethereum Signed Message:\n${message.length}`), message])));
}

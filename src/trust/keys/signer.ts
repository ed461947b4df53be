import { getAddress, SigningKey } from 'ethers';

import { curve } from './curve.js';
import { addressOf, bytesOf, hexOf, type Address, type Bytes32, type SignatureHex } from './signature.js';

/** A private key that signs digests, without I/O: a twentieth of a millisecond each. Never shows the key. */
export class Signer {
  readonly #key: Uint8Array;
  /** In lower case, as it stands in signed messages. */
  readonly address: Address;

  /**
   * @param privateKey 0x and 64 hex digits
   * @throws {Error} when it is no key of the curve
   */
  constructor(privateKey: string) {
    this.#key = bytesOf(privateKey);
    this.address = addressOf(curve.publicKeyCreate(this.#key, false));
  }

  /** The address with the capitals that guard it against slips, for people. */
  get checksumAddress(): string {
    return getAddress(this.address);
  }

  /** The key itself, for what only ethers can sign with it: transactions. */
  signingKey(): SigningKey {
    return new SigningKey(this.#key);
  }

  /** Signs by RFC 6979, so the same digest gives the same signature; S is low and V 27 or 28. */
  sign(digest: Bytes32): SignatureHex {
    const { signature, recid } = curve.ecdsaSign(bytesOf(digest), this.#key);
    return hexOf(signature) + (27 + recid).toString(16);
  }
}

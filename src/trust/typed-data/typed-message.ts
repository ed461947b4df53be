import { TypedDataEncoder } from 'ethers';
import { z } from 'zod';

import type { Signer } from '../keys/signer.js';
import {
  hexOf,
  recoverAddress,
  signatureHex,
  type Address,
  type Bytes32,
  type SignatureHex,
} from '../keys/signature.js';
import { TrustError } from '../trust-error.js';

import { signedDigest, type SigningDomain } from './domain.js';
import { faultOf } from './fields.js';
import { compileStructHash, type HashStruct, type StructTypes } from './struct-hash.js';

/** A message with its signature, as it is sent and kept. */
export interface Signed<T> {
  message: T;
  signature: SignatureHex;
}

/** What checking a signed message comes to. */
export type SignatureCheck<T> =
  | { valid: true; message: T; hash: Bytes32 }
  /** `malformed`: not of this kind, or a signature that is not taken. `wrongSigner`: signed by somebody else, or changed. */
  | { valid: false; fault: 'malformed' | 'wrongSigner'; reason: string };

/**
 * A kind of message that is signed by EIP-712. Its schema takes exactly one JSON form of each message and none with
 * fields besides, so nothing can be changed about a message that the signature does not cover.
 */
export class TypedMessage<T extends object> {
  readonly #hashStruct: HashStruct;
  /** EIP-712's text of the type, whose hash begins every message's. */
  readonly encodedType: string;
  /** The message alone. */
  readonly schema: z.ZodType<T>;
  /** The message with its signature; that it is the right person's is for {@link check}. */
  readonly signedSchema: z.ZodType<Signed<T>>;

  /** @param types EIP-712's, the message's own first */
  constructor(types: StructTypes, schema: z.ZodType<T>) {
    const encoder = TypedDataEncoder.from(types);
    this.encodedType = encoder.encodeType(encoder.primaryType);
    this.#hashStruct = compileStructHash(types);
    this.schema = schema;
    this.signedSchema = z.strictObject({ message: schema, signature: signatureHex });
  }

  /**
   * What is signed, and what other messages call this one by.
   *
   * @throws {TrustError} `MESSAGE_INVALID`
   */
  hash(domain: SigningDomain, message: T): Bytes32 {
    return this.#digest(domain, this.#valid(message));
  }

  /** @throws {TrustError} `MESSAGE_INVALID` */
  sign(domain: SigningDomain, message: T, signer: Signer): Signed<T> & { hash: Bytes32 } {
    const valid = this.#valid(message);
    const hash = this.#digest(domain, valid);
    return { message: valid, signature: signer.sign(hash), hash };
  }

  /** Whether it is a message of this kind, signed by that address. Takes a tenth of a millisecond. */
  check(domain: SigningDomain, signed: unknown, by: Address): SignatureCheck<T> {
    const parsed = this.signedSchema.safeParse(signed);
    if (!parsed.success) return { valid: false, fault: 'malformed', reason: faultOf(parsed.error) };
    return this.checkParsed(domain, parsed.data, by);
  }

  /** The same of what {@link signedSchema} gave, or another schema with the same message: only the signature is left. */
  checkParsed(domain: SigningDomain, { message, signature }: Signed<T>, by: Address): SignatureCheck<T> {
    const hash = this.#digest(domain, message);
    if (recoverAddress(hash, signature) === by) return { valid: true, message, hash };
    return { valid: false, fault: 'wrongSigner', reason: `It is not signed by ${by}, or it was changed since.` };
  }

  #valid(message: T): T {
    const parsed = this.schema.safeParse(message);
    if (parsed.success) return parsed.data;
    throw new TrustError('MESSAGE_INVALID', faultOf(parsed.error));
  }

  #digest(domain: SigningDomain, message: T): Bytes32 {
    return hexOf(signedDigest(domain, this.#hashStruct(message)));
  }
}

import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';

/** What is used of libsecp256k1. Keys, digests and signatures are bytes, and all of it throws for what is none. */
interface Curve {
  contextRandomize(seed: Uint8Array): void;
  publicKeyCreate(privateKey: Uint8Array, compressed: boolean): Uint8Array;
  /** R and S, S in its lower half; the nonce is by RFC 6979. */
  ecdsaSign(digest: Uint8Array, privateKey: Uint8Array): { signature: Uint8Array; recid: number };
  ecdsaRecover(signature: Uint8Array, recoveryId: number, digest: Uint8Array, compressed: boolean): Uint8Array;
}

/**
 * The library itself, as machine code: a signature is recovered in a quarter of the time that it takes in WebAssembly.
 * The package's own entry would fall back in silence on an implementation in JavaScript, which is slow and whose time
 * depends on the key; this one cannot be loaded then.
 */
export const curve = createRequire(import.meta.url)('secp256k1/bindings.js') as Curve;

// Blinds what is done with private keys, so that times and currents tell nothing about them.
curve.contextRandomize(randomBytes(32));

import fc from 'fast-check';
import { SigningKey, computeAddress, hexlify, recoverAddress as recoverByEthers } from 'ethers';
import { expect, it } from 'vitest';

import { recoverAddress, signatureHex } from '../../src/trust/keys/signature.js';
import { Signer } from '../../src/trust/keys/signer.js';

const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const digest = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(hexlify);
const scalar = fc.bigInt({ min: 1n, max: order - 1n }).map(hex32);

it("signs as ethers does, and gives ethers' address to the signature", () => {
  fc.assert(
    fc.property(scalar, digest, (key, hash) => {
      const signer = new Signer(key);
      const signature = signer.sign(hash);
      expect(signer.address).toBe(computeAddress(key).toLowerCase());
      expect(signature).toBe(new SigningKey(key).sign(hash).serialized);
      expect(signatureHex.safeParse(signature).success).toBe(true);
      expect(recoverAddress(hash, signature)).toBe(signer.address);
    }),
    { numRuns: 100 },
  );
});

it('gives a made-up signature to whom ethers gives it, or to nobody', () => {
  const lowS = fc.bigInt({ min: 1n, max: order / 2n }).map(hex32);
  const v = fc.constantFrom('1b', '1c');
  const isOfSomebody = fc.sample(fc.tuple(scalar, lowS, v, digest), 200).map(([r, s, last, hash]) => {
    const signature = `0x${r.slice(2)}${s.slice(2)}${last}`;
    const signer = recoverAddress(hash, signature);
    expect(signer).toBe(byEthers(hash, signature));
    return signer !== undefined;
  });
  // Every other R is the abscissa of a point.
  expect(new Set(isOfSomebody)).toEqual(new Set([true, false]));
});

it.each([`0x${'0'.repeat(64)}`, `0x${order.toString(16)}`, `0x${'f'.repeat(64)}`, '0x01', ''])(
  'has no signer for the key %s, and does not say it',
  (key) => {
    expect(() => new Signer(key)).toThrow(/^(?!.*(0x|[0f]{8})).*$/);
  },
);

function byEthers(hash: string, signature: string): string | undefined {
  try {
    return recoverByEthers(hash, signature).toLowerCase();
  } catch {
    return undefined;
  }
}

function hex32(value: bigint): string {
  return `0x${value.toString(16).padStart(64, '0')}`;
}

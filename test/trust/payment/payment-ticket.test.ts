import { id } from 'ethers/hash';
import { describe, expect, it } from 'vitest';

import { toHex } from '../../../src/nodes/hex.js';
import { Signer } from '../../../src/trust/keys/signer.js';
import { winProbabilityOf } from '../../../src/trust/payment/face-value.js';
import { expectedPixels } from '../../../src/trust/payment/price.js';
import {
  auxiliaryData,
  expectedValue,
  hashOfPaymentTicket,
  isWinning,
  type PaymentTicket,
} from '../../../src/trust/payment/payment-ticket.js';
import { checkPersonalSignature, personalSignerOf } from '../../../src/trust/payment/personal-signature.js';
import { maxUint256 } from '../../../src/trust/payment/uint256.js';
import { codeOf } from './payment-error-code.js';

const nothing: PaymentTicket = {
  recipient: new Uint8Array(20),
  sender: new Uint8Array(20),
  faceValueWei: 0n,
  winProbability: 0n,
  senderNonce: 0,
  recipientRandHash: new Uint8Array(32),
  creationRound: 0n,
  creationRoundBlockHash: new Uint8Array(32),
};
const word = bytes('41b1a0649752af1b28b3dc29a1556eee781e4a4c3a1f7f53f90fa834de098c4d');

describe('the hash of a payment ticket is that of Livepeer', () => {
  it.each<[string, Partial<PaymentTicket>, string]>([
    [
      'the highest nonce',
      { senderNonce: 2 ** 32 - 1 },
      'e1393fc7f6de093780674022f96cb8e3872235167d037c04d554e58c0e63d280',
    ],
    ['nonce 1', { senderNonce: 1 }, 'ce0918ba94518293e9712effbe5fca4f1f431089833a5b8c257cb1e024595f68'],
    [
      'a face value and a probability',
      { faceValueWei: 1n, winProbability: 500n },
      '87ef13f2d37e4d5352a01d3c77b8179d80e0887f1953bfabfd0bfd7b0f689ddd',
    ],
    [
      'the two exchanged',
      { faceValueWei: 500n, winProbability: 1n },
      'aa4b35071043587992ac8b9dd1b2cf1d8311130e6458cf0b2342484e21af5f5b',
    ],
    [
      'a recipient',
      { recipient: bytes('73AEd7b5dEb30222fa896f399d46cC99c7BEe57F') },
      '81e353ae39046e2b77b9f996abbaeed527fda559b61ef90f299c4499dd508ccc',
    ],
    [
      'the hash of a recipientRand',
      { recipientRandHash: word },
      'be5eaf9a49a39540b9bb02f1a21904f61324a29819e2c032824bfaa10c100b17',
    ],
    [
      'a round',
      { creationRound: 10n, creationRoundBlockHash: word },
      'e502907c16036ab3d11b78c5a2e93c20f3d6415c67f91de4ed01348182b3b2e2',
    ],
  ])('for %s', (_, fields, hash) => {
    expect(toHex(hashOfPaymentTicket({ ...nothing, ...fields }))).toBe(hash);
  });

  it('without a word about the round, when there is none', () => {
    expect(auxiliaryData(nothing)).toHaveLength(0);
    expect(auxiliaryData({ ...nothing, creationRound: 1n })).toHaveLength(64);
  });
});

describe('a signature of a payment ticket', () => {
  const message = bytes('b7da355477356fc4c47fcabcf232dc77a6db9b07b7e48b76261cc55cc8fbabb3');
  const signer = bytes('3BadDb1eeE2105893136A3F96c8a963E9C6309d6');
  const signature = bytes(
    '206443228e8f784bc3a122de0d85eb3ebff82d6a79cca26c7eeb907099a6404f6dff57bc6828f28bd6cd073c89d94cf3364204679ed8365fa45b5ee6af19a9841c',
  );
  const check = (changed: Uint8Array) =>
    codeOf(() => {
      checkPersonalSignature(message, changed, signer);
    });

  it('that Livepeer made is taken', () => {
    expect(check(signature)).toBeUndefined();
  });

  it('with the high S of the same point is refused', () => {
    const order = BigInt('0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141');
    const high = order - BigInt(`0x${toHex(signature.subarray(32, 64))}`);
    const changed = Buffer.concat([signature.subarray(0, 32), bytes(high.toString(16)), Uint8Array.of(27)]);
    expect(check(changed)).toBe('SIGNATURE_S_HIGH');
    expect(() => {
      checkPersonalSignature(message, changed, signer);
    }).toThrow('signature s value too high');
  });

  it.each([0, 1, 29, 255])('with a V of %i is refused', (v) => {
    const changed = signature.with(64, v);
    expect(check(changed)).toBe('SIGNATURE_V');
    expect(() => {
      checkPersonalSignature(message, changed, signer);
    }).toThrow('signature v value must be 27 or 28');
  });

  it.each([0, 64, 66])('of %i bytes is refused', (length) => {
    const changed = Buffer.concat([signature, signature]).subarray(0, length);
    expect(check(changed)).toBe('SIGNATURE_LENGTH');
    expect(() => {
      checkPersonalSignature(message, changed, signer);
    }).toThrow('invalid signature length');
  });

  it('with the other V, over something else, by somebody else, or by no key at all is refused', () => {
    expect(check(signature.with(64, 27))).toBe('SIGNATURE_INVALID');
    expect(
      codeOf(() => {
        checkPersonalSignature(word, signature, signer);
      }),
    ).toBe('SIGNATURE_INVALID');
    expect(
      codeOf(() => {
        checkPersonalSignature(message, signature, signer.with(0, 0));
      }),
    ).toBe('SIGNATURE_INVALID');
    expect(check(new Uint8Array(65).with(64, 27))).toBe('SIGNATURE_INVALID');
  });

  it('that is made here is one that is taken', () => {
    const own = personalSignerOf(new Signer(id('a key of the tests')));
    expect(
      codeOf(() => {
        checkPersonalSignature(message, own.sign(message), own.address);
      }),
    ).toBeUndefined();
  });
});

describe('the lottery', () => {
  it('never wins with a probability of 0, and always with certainty', () => {
    const signature = new Uint8Array(65).fill(7);
    expect(isWinning(signature, 5n, 0n)).toBe(false);
    expect(isWinning(signature, 5n, maxUint256)).toBe(true);
  });

  it.each([
    [5n, 100_000_000n, 5789604461865809771178549250434395392663499233282028201972879200395660n],
    [5n, 777_000_000n, 745122839364969082519761808292714979750772102095499125093034646125570n],
  ])('has the probability of Livepeer for a value of %i and a face value of %i', (value, faceValueWei, probability) => {
    expect(winProbabilityOf(value, faceValueWei)).toBe(probability);
    expect(expectedValue({ faceValueWei, winProbability: probability }).ceiling()).toBe(value + 1n);
  });

  it('has no probability beyond certainty', () => {
    expect(winProbabilityOf(7n, 7n)).toBe(maxUint256);
  });
});

describe('the pixels that are paid ahead are those of Livepeer', () => {
  const p144 = { width: 256, height: 144, fps: 30 };
  const p240 = { width: 426, height: 240, fps: 30 };
  it.each([
    [[p144], 2000, 2_211_840n],
    [[p144, p240], 2000, 8_346_240n],
    [[p144, p240], 2001, 12_519_360n],
    [[{ ...p144, fps: 0 }, p240], 3000, 15_837_120n],
  ])('%#', (renditions, durationMs, pixels) => {
    expect(expectedPixels(renditions, durationMs)).toBe(pixels);
  });
});

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.padStart(2 * Math.ceil(hex.length / 2), '0'), 'hex'));
}

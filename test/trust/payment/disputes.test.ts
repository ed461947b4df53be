import { expect, test } from 'vitest';

import { disputeHalfLifeMs, Disputes } from '../../../src/trust/payment/disputes.js';
import { Rational } from '../../../src/trust/payment/rational.js';

const stake = wei(1000n);

function wei(amount: bigint): Rational {
  return Rational.of(amount);
}

test('What is at stake may get lost once, and a hundredth of what was paid.', () => {
  const disputes = new Disputes(() => 0);
  disputes.paid(wei(5000n));
  expect(disputes.add(wei(1000n), stake)).toBeUndefined();
  expect(disputes.add(wei(50n), stake)).toBeUndefined();
  expect(disputes.add(wei(1n), stake)).toEqual(wei(1051n));
});

test('It may get lost in as many calls as there were at once, which is forgotten like the rest.', () => {
  let nowMs = 0;
  const disputes = new Disputes(() => nowMs);
  for (let call = 0; call < 4; call += 1) disputes.begin();
  expect(disputes.add(wei(3999n), stake)).toBeUndefined();
  for (let call = 0; call < 4; call += 1) disputes.end();
  expect(disputes.add(wei(1n), stake)).toBeUndefined();
  nowMs = disputeHalfLifeMs;
  // 2000 of 4000 are left, and what may get lost in two calls.
  expect(disputes.add(wei(1n), stake)).toEqual(wei(2001n));
});

test('Half of what was disputed, and of what was paid, is forgotten with every hour.', () => {
  let nowMs = 0;
  const disputes = new Disputes(() => nowMs);
  disputes.paid(wei(80_000n));
  expect(disputes.add(wei(1600n), stake)).toBeUndefined();
  nowMs = 3 * disputeHalfLifeMs - 1;
  // 400 of 1600 are left, and of the hundredth 200.
  expect(disputes.add(wei(800n), stake)).toBeUndefined();
  nowMs += 1;
  expect(disputes.add(wei(501n), stake)).toEqual(wei(1101n));
});

test('After years nothing is left, in no time.', () => {
  let nowMs = 0;
  const disputes = new Disputes(() => nowMs);
  disputes.add(wei(10n ** 18n), stake);
  nowMs = 100_000 * disputeHalfLifeMs;
  expect(disputes.add(wei(1000n), stake)).toBeUndefined();
});

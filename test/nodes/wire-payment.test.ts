import fc from 'fast-check';
import { expect, test } from 'vitest';

import { numberBytes, paymentOf, wirePayment } from '../../src/nodes/wire-payment.js';
import { Payment, type PaymentParameters } from '../../src/rpc/generated/millrace/v1/payment.js';
import { payment as schema } from '../../src/rpc/payment.js';
import { WireFault, checked } from '../../src/rpc/wire-fault.js';
import { maxUint256, numberOf } from '../../src/trust/payment/uint256.js';
import { PaymentWorld } from '../trust/payment/payment-world.js';

test('A payment that went over the wire counts like the one that was made.', () => {
  const world = new PaymentWorld();
  const payment = world.firstPayment();
  const arrived = checked(schema, Payment.decode(Payment.encode(wirePayment(payment)).finish()));
  const { credited, refused } = world.payee.receive(world.account, paymentOf(arrived));
  expect(refused).toEqual([]);
  expect(credited.numerator).toBeGreaterThan(0n);
});

const emptyTicket = { senderNonce: 0, signature: new Uint8Array(65) };

test.each<[string, (payment: Payment) => Payment]>([
  ['without tickets', (it) => ({ ...it, tickets: [] })],
  [
    'of more than a hundred tickets',
    (it) => ({ ...it, tickets: Array.from({ length: 101 }, () => it.tickets[0] ?? emptyTicket) }),
  ],
  ['of an address of 19 bytes', (it) => ({ ...it, sender: it.sender.subarray(1) })],
  ['without parameters', ({ sender, tickets }) => ({ sender, tickets })],
  ['without a price', (it) => withParameters(it, { price: undefined })],
  ['of no pixels for its price', (it) => withParameters(it, { price: { wei: 1, pixels: 0 } })],
  ['of a number of 264 bits', (it) => withParameters(it, { seed: new Uint8Array(33).fill(1) })],
])('A payment %s is not looked at.', (_, change) => {
  expect(() => checked(schema, change(wirePayment(new PaymentWorld().firstPayment())))).toThrow(WireFault);
});

test('Numbers of up to 256 bits come back as they were, at their shortest.', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: maxUint256 }), (number) => {
      const bytes = numberBytes(number);
      expect(numberOf(bytes)).toBe(number);
      expect(bytes.length).toBeLessThanOrEqual(32);
      expect(bytes[0]).not.toBe(0);
    }),
  );
});

function withParameters(payment: Payment, changes: Partial<PaymentParameters>): Payment {
  const { parameters } = payment;
  if (parameters === undefined) throw new Error('unreachable: a payment has parameters');
  return { ...payment, parameters: { ...parameters, ...changes } };
}

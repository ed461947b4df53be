import fc from 'fast-check';
import { expect, test } from 'vitest';

import { numberBytes, paymentOf, wirePayment } from '../../src/nodes/wire-payment.js';
import { Payment } from '../../src/rpc/generated/millrace/v1/payment.js';
import { payment as schema } from '../../src/rpc/payment.js';
import { checked } from '../../src/rpc/wire-fault.js';
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

import { id } from 'ethers/hash';
import { expect, test } from 'vitest';

import { JobEvidence } from '../../../src/nodes/broadcaster/job-evidence.js';
import { PaymentSession } from '../../../src/nodes/orchestrator/payment-session.js';
import { windowPixels } from '../../../src/nodes/paid-pixels.js';
import type { ValidOrder } from '../../../src/rpc/order.js';
import { Signer } from '../../../src/trust/keys/signer.js';
import { PaymentWorld } from '../../trust/payment/payment-world.js';
import { broadcasterTrust, sampleSigners, signed } from '../sample-trust.js';
import { sampleOrder } from '../wire-samples.js';

/** One window of the sample order, which is what the payer of the world below expects. */
const pixels = windowPixels(sampleOrder(), 2000);
const limits = { maxTicketValueWei: 10n ** 18n, maxPaymentValueWei: 10n ** 18n, depositMultiplier: 1n };

function worldOf(): { world: PaymentWorld; session: PaymentSession; order: ValidOrder } {
  const world = new PaymentWorld({ payer: { windowPixels: pixels, limits } });
  const signer = new Signer(id('the broadcaster of the tests'));
  const terms = { orchestrator: sampleSigners.orchestrator.address, price: { wei: 10_000, pixels: 1 } };
  const { order } = new JobEvidence({ ...broadcasterTrust, signer }).sign(sampleOrder(), terms, []);
  return { world, session: new PaymentSession(world.payee, () => undefined), order };
}

/** One whose first two windows are paid for. */
function paidWorld(): ReturnType<typeof worldOf> {
  const all = worldOf();
  all.world.payer.accept(
    all.world.payee.parametersFor(all.world.broadcaster.address, all.world.funds, 0n, pixels * 10_000n),
    all.world.payerView,
  );
  expect(all.session.take(all.world.payment())).toMatchObject({ refused: 0, code: '' });
  return all;
}

test('Without a payment the whole first window is missing.', () => {
  const { session, order } = worldOf();
  expect(session.missingFor(order)).toBe(pixels * 10_000n);
});

test('Behind a payment nothing is missing, and while more is delivered than paid, that is said once.', () => {
  const { session, order } = paidWorld();
  expect(session.missingFor(order)).toBeUndefined();
  session.delivered(pixels);
  expect(session.standing(0)).toStrictEqual({ is: 'covered' });
  session.delivered(2n * pixels);
  expect(session.standing(0)).toMatchObject({ is: 'short', isNews: true });
  expect(session.standing(1999)).toMatchObject({ is: 'short', isNews: false });
  expect(session.standing(2000)).toMatchObject({ is: 'overdue' });
});

test('A payment in time makes good for what was missing.', () => {
  const { world, session, order } = paidWorld();
  session.missingFor(order);
  session.delivered(3n * pixels);
  expect(session.standing(0)).toMatchObject({ is: 'short' });
  world.payer.verified(3n * pixels);
  session.take(world.payment());
  expect(session.standing(5000)).toStrictEqual({ is: 'covered' });
  session.delivered(3n * pixels);
  expect(session.standing(6000), 'the time to pay begins anew').toMatchObject({ is: 'short', isNews: true });
});

test('What one broadcaster paid does not serve for the order of another.', () => {
  const { session } = paidWorld();
  expect(session.missingFor(signed(sampleOrder()).order)).toBe(pixels * 10_000n);
});

test('What was paid in one call does not serve for another.', () => {
  const { world, order } = paidWorld();
  expect(new PaymentSession(world.payee, () => undefined).missingFor(order)).toBe(pixels * 10_000n);
});

test('A payment that comes twice counts once, and it is said why.', () => {
  const { world, session } = paidWorld();
  world.payer.verified(pixels * 2n);
  const payment = world.payment();
  const { accepted } = session.take(payment);
  expect(accepted).toBe(payment.tickets.length);
  expect(session.take(payment)).toStrictEqual({ accepted: 0, refused: accepted, code: 'NONCE_SEEN' });
});

test('A payment with a forged signature counts for nothing.', () => {
  const { world, session } = paidWorld();
  world.payer.verified(pixels * 2n);
  const payment = world.payment();
  const tickets = payment.tickets.map((each) => ({ ...each, senderNonce: each.senderNonce + 1 }));
  expect(session.take({ ...payment, tickets })).toMatchObject({ accepted: 0, code: 'SIGNATURE_INVALID' });
});

import { id } from 'ethers/hash';
import { expect, test } from 'vitest';

import { JobEvidence } from '../../../src/nodes/broadcaster/job-evidence.js';
import { PaymentSession } from '../../../src/nodes/orchestrator/payment-session.js';
import { windowPixels } from '../../../src/nodes/paid-pixels.js';
import type { Ended } from '../../../src/rpc/attempt-event.js';
import type { ValidOrder } from '../../../src/rpc/order.js';
import { Signer } from '../../../src/trust/keys/signer.js';
import { PaymentWorld } from '../../trust/payment/payment-world.js';
import { broadcasterTrust, sampleSigners, signed } from '../sample-trust.js';
import { sampleOrder, sampleFault, sampleProgress } from '../wire-samples.js';

/** One window of the sample order, which is what the payer of the world below expects. */
const pixels = windowPixels(sampleOrder(), 2000);
const limits = { maxTicketValueWei: 10n ** 18n, maxPaymentValueWei: 10n ** 18n, depositMultiplier: 1n };

function worldOf(): { world: PaymentWorld; session: PaymentSession; order: ValidOrder } {
  const world = new PaymentWorld({ payer: { limits } });
  world.work = { nextPixels: pixels, aheadPixels: 2n * pixels };
  const signer = new Signer(id('the broadcaster of the tests'));
  const terms = { orchestrator: sampleSigners.orchestrator.address, price: { wei: 10_000, pixels: 1 } };
  const { order } = new JobEvidence({ ...broadcasterTrust, signer }).sign(sampleOrder(), terms, []);
  return { world, session: new PaymentSession(world.payee, () => undefined), order };
}

/** An attempt's report in which it has encoded so much since it began. */
function encoded(pixelsEncoded: bigint): Ended {
  const { renditions: made, ...progress } = sampleProgress(1, 1);
  const renditions = made.map((each) => ({ ...each, pixelsEncoded: Number(pixelsEncoded) }));
  return { fault: sampleFault('cancelled'), progress: { ...progress, renditions } };
}

/** One whose first three windows are paid for: two, and what the last ticket is worth beyond. */
function paidWorld(): ReturnType<typeof worldOf> {
  const all = worldOf();
  all.world.payer.accept(
    all.world.payee.parametersFor(all.world.broadcaster.address, all.world.funds, 0n, pixels * 10_000n),
    all.world.payerView,
  );
  expect(all.session.take(all.world.payment()).answer).toMatchObject({ refused: 0, code: '' });
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
  world.payer.debit(3n * pixels);
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
  world.payer.debit(pixels * 2n);
  const payment = world.payment();
  const { accepted } = session.take(payment).answer;
  expect(accepted).toBe(payment.tickets.length);
  expect(session.take(payment)).toStrictEqual({
    answer: { accepted: 0, refused: accepted, code: 'NONCE_SEEN' },
    breach: undefined,
  });
});

test('A payment with a forged signature counts for nothing, and no other is worth looking at.', () => {
  const { world, session } = paidWorld();
  world.payer.debit(pixels * 2n);
  const payment = world.payment();
  const tickets = payment.tickets.map((each) => ({ ...each, senderNonce: each.senderNonce + 1 }));
  expect(session.take({ ...payment, tickets })).toMatchObject({
    answer: { accepted: 0, code: 'SIGNATURE_INVALID' },
    breach: 'forged',
  });
});

test('Nobody pays in the place of whom paid first.', () => {
  const { world, session } = paidWorld();
  world.payer.debit(pixels * 2n);
  expect(session.take({ ...world.payment(), sender: world.orchestrator.address })).toMatchObject({
    answer: { accepted: 0, code: 'SENDER_INVALID' },
    breach: 'stranger',
  });
});

test('Payments that do not count are answered a few times in a row, and one that does begins anew.', () => {
  const { world, session } = paidWorld();
  world.payer.debit(pixels * 2n);
  const first = world.payment();
  const breachesOf = (times: number) => Array.from({ length: times }, () => session.take(first).breach);
  session.take(first);
  expect(breachesOf(9).every((breach) => breach === undefined)).toBe(true);
  world.payer.debit(pixels * 4n);
  session.take(world.payment());
  expect(breachesOf(10)).toStrictEqual([...Array<undefined>(9).fill(undefined), 'fruitless']);
});

test('What an attempt encoded beyond its receipts is owed when it is broken off, once, and up to a window.', () => {
  const { session, order } = paidWorld();
  session.missingFor(order);
  session.delivered(2n * pixels);
  // Of the three windows that were paid half a one is left, and the other half is missing for the next attempt.
  session.ended(encoded((pixels * 5n) / 2n));
  const missing = session.missingFor({ ...order, attempt: 2 });
  expect(missing).toBeGreaterThan(0n);
  expect(missing).toBeLessThanOrEqual((pixels * 10_000n) / 2n);
  session.ended(encoded(pixels * 100n));
  session.ended(encoded(pixels * 100n));
  expect((session.missingFor({ ...order, attempt: 3 }) ?? 0n) - (missing ?? 0n)).toBe(pixels * 10_000n);
});

test('An attempt that its receipts are for in whole owes nothing more when it ends.', () => {
  const { session, order } = paidWorld();
  session.missingFor(order);
  session.delivered(2n * pixels);
  session.ended(encoded(2n * pixels));
  expect(session.missingFor({ ...order, attempt: 2 })).toBeUndefined();
});

test('Of a source that is about to end as announced, no whole window has to be covered any more.', () => {
  const { session, order } = paidWorld();
  // Three windows were paid.
  session.missingFor({ ...order, durationMs: 6000 });
  session.delivered((pixels * 5n) / 2n);
  expect(session.standing(0)).toStrictEqual({ is: 'covered' });
});

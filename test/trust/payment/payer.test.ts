import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { PaymentParameters } from '../../../src/trust/payment/payment.js';
import { feeOf } from '../../../src/trust/payment/price.js';
import { Rational } from '../../../src/trust/payment/rational.js';
import { codeOf } from './payment-error-code.js';
import { ether, PaymentWorld } from './payment-world.js';

const window = 1_000_000n;

describe('A broadcaster', () => {
  it('owes nothing to an orchestrator that gives no parameters', () => {
    const world = new PaymentWorld();
    expect(world.payer.due(world.payerView)).toEqual({ kind: 'nothing' });
    world.payer.debit(window);
    world.payer.short(ether);
    expect(world.payer.due(world.payerView)).toEqual({ kind: 'nothing' });
  });

  it('pays the windows ahead and 2 % more, then nothing until a receipt was verified', () => {
    const world = new PaymentWorld();
    // Two windows of 1e10 wei and 2 % are 2.04e10: three tickets of 8e9.
    expect(world.firstPayment().tickets.map(({ senderNonce }) => senderNonce)).toEqual([1, 2, 3]);
    expect(world.payer.due(world.payerView)).toEqual({ kind: 'nothing' });
    world.payer.debit(window);
    expect(world.payment().tickets.map(({ senderNonce }) => senderNonce)).toEqual([4]);
  });

  it('keeps the balance that the orchestrator keeps, over a long session, and is never short', () => {
    const world = new PaymentWorld();
    world.payee.receive(world.account, world.firstPayment());
    for (let index = 0; index < 100; index++) {
      expect(world.payee.shortfall(world.account, window)).toBeUndefined();
      world.payee.debit(world.account, window);
      world.payer.debit(window);
      const due = world.payer.due(world.payerView);
      if (due.kind === 'payment') world.payee.receive(world.account, due.payment);
      expect(world.payer.balance).toEqual(world.payee.balance(world.account));
    }
  });

  it('stops paying when receipts stop, and the orchestrator then says what it needs', () => {
    const world = new PaymentWorld();
    world.payee.receive(world.account, world.firstPayment());
    // Two windows are made, and no receipt comes for either.
    world.payee.debit(world.account, 2n * window);
    expect(world.payer.due(world.payerView)).toEqual({ kind: 'nothing' });
    expect(world.payee.shortfall(world.account, window)).toMatchObject({ code: 'INSUFFICIENT_BALANCE' });
  });

  it('pays nothing after a verification failed, whatever is missing', () => {
    const world = new PaymentWorld();
    world.firstPayment();
    const reason = new Error('The pictures are black.');
    world.payer.stop(reason);
    world.payer.stop(new Error('later'));
    world.payer.debit(10n * window);
    expect(world.payer.due(world.payerView)).toEqual({ kind: 'stopped', error: reason });
  });

  it('makes up for a payment that got lost, and not for more than can have been lost', () => {
    const world = new PaymentWorld();
    world.firstPayment();
    const short = world.payee.shortfall(world.account, window);
    world.payer.short(short?.neededWei ?? 0n);
    expect(world.payer.balance).toEqual(Rational.zero);
    world.payee.receive(world.account, world.payment());
    world.payer.short(10n ** 15n);
    expect(world.payer.due(world.payerView)).toMatchObject({ kind: 'stopped', error: { code: 'BALANCE_DISPUTED' } });
  });

  it('is not moved by a claim that the mirror of the balance bears out', () => {
    const world = new PaymentWorld();
    world.firstPayment();
    const before = world.payer.balance;
    world.payer.short(1n);
    expect(before.isLess(feeOf(window, { wei: 10_000n, pixels: 1n }))).toBe(false);
    expect(world.payer.balance.ceiling()).toBeLessThanOrEqual(before.ceiling());
  });

  it('pays again for tickets that did not count, a few times', () => {
    const world = new PaymentWorld();
    const payment = world.firstPayment();
    world.payer.refused(payment, payment.tickets.length);
    expect(world.payment().tickets.map(({ senderNonce }) => senderNonce)).toEqual([4, 5, 6]);
    world.payer.refused(payment, payment.tickets.length);
    expect(world.payer.due(world.payerView)).toMatchObject({ kind: 'stopped', error: { code: 'BALANCE_DISPUTED' } });
  });

  it('asks for other parameters when at most one block is left of them, or their nonces are used up', () => {
    const world = new PaymentWorld();
    world.firstPayment();
    world.payer.debit(window);
    world.view = { ...world.view, block: 1039n };
    expect(world.payer.due(world.payerView)).toEqual({ kind: 'parametersNeeded' });
    world.payer.accept(world.parameters(), world.payerView);
    expect(world.payment().tickets.map(({ senderNonce }) => senderNonce)).toEqual([1]);
  });

  it('goes on counting nonces when the orchestrator gives the same parameters once more', () => {
    const world = new PaymentWorld();
    const parameters = world.parameters();
    world.payer.accept(parameters, world.payerView);
    world.payment();
    world.payer.accept(parameters, world.payerView);
    world.payer.debit(window);
    expect(world.payment().tickets.map(({ senderNonce }) => senderNonce)).toEqual([4]);
  });

  it('pays no more at a time than its limit, however much is missing', () => {
    const work = () => ({ nextPixels: window, aheadPixels: 10_000n * window });
    const world = new PaymentWorld({ payer: { work } });
    // 2e13 wei are 2500 tickets of 8e9; one payment has a hundred.
    expect(world.firstPayment().tickets).toHaveLength(100);
    const limits = { maxTicketValueWei: 3n * 10n ** 12n, maxPaymentValueWei: 33_000_000_000n, depositMultiplier: 1n };
    expect(new PaymentWorld({ payer: { work, limits } }).firstPayment().tickets).toHaveLength(4);
  });
});

describe('A broadcaster refuses parameters', () => {
  it.each<[string, string, (parameters: PaymentParameters, world: PaymentWorld) => PaymentParameters]>([
    ['of another recipient', 'RECIPIENT_INVALID', (it, world) => ({ ...it, recipient: world.broadcaster.address })],
    ['that are about to expire', 'PARAMETERS_EXPIRED', (it) => ({ ...it, expirationBlock: 1001n })],
    [
      'over a price above that of the order',
      'PRICE_TOO_HIGH',
      (it) => ({ ...it, price: { wei: 10_001n, pixels: 1n } }),
    ],
    [
      'of tickets that are worth too much',
      'TICKET_TOO_DEAR',
      (it) => ({ ...it, winProbability: it.winProbability * 400n }),
    ],
    ['of tickets that are worth nothing', 'TICKET_TOO_DEAR', (it) => ({ ...it, winProbability: 0n })],
    ['whose face value the deposit does not cover', 'TICKET_TOO_DEAR', (it) => ({ ...it, faceValueWei: ether + 1n })],
  ])('%s', (_, code, change) => {
    const world = new PaymentWorld();
    const parameters = change(world.parameters(), world);
    expect(
      codeOf(() => {
        world.payer.accept(parameters, world.payerView);
      }),
    ).toBe(code);
    expect(world.payer.due(world.payerView)).toEqual({ kind: 'nothing' });
  });

  it('of tickets that always win, for then they are no lottery', () => {
    const world = new PaymentWorld({ payee: { maxFaceValueWei: 8_000_000_000n } });
    world.view = { ...world.view, gasPriceWei: 0n };
    expect(
      codeOf(() => {
        world.payer.accept(world.parameters(), world.payerView);
      }),
    ).toBe('TICKET_TOO_DEAR');
  });

  it('whose price is more than twice that of the first', () => {
    const world = new PaymentWorld();
    world.firstPayment();
    const dearer = (wei: bigint) => ({ ...world.parameters(), price: { wei, pixels: 1n } });
    expect(
      codeOf(() => {
        world.payer.accept(dearer(20_001n), world.payerView);
      }),
    ).toBe('PRICE_DOUBLED');
    expect(() => {
      world.payer.accept(dearer(20_001n), world.payerView);
    }).toThrow('Orchestrator price has more than doubled');
    expect(
      codeOf(() => {
        world.payer.accept(dearer(20_000n), world.payerView);
      }),
    ).toBeUndefined();
  });

  it.each([
    ['it has no deposit', { depositWei: 0n }],
    ['it has no reserve', { reserveWei: 0n }],
    ['it is about to take its deposit back', { withdrawRound: 8n }],
  ])('when %s itself, and stops paying', (_, funds) => {
    const world = new PaymentWorld();
    const parameters = world.parameters();
    world.payer.accept(parameters, world.payerView);
    world.funds = { ...world.funds, ...funds };
    expect(
      codeOf(() => {
        world.payer.accept(parameters, world.payerView);
      }),
    ).toBe('SENDER_UNFUNDED');
    expect(world.payer.due(world.payerView)).toMatchObject({ kind: 'stopped', error: { code: 'SENDER_UNFUNDED' } });
  });
});

it('Whatever receipts an orchestrator signs, no more is paid than may be by then, and one ticket.', () => {
  const event = fc.oneof(
    fc.record({ kind: fc.constant('receipt' as const), pixels: fc.bigInt(1n, 100n * window) }),
    fc.record({ kind: fc.constant('release' as const), pixels: fc.bigInt(0n, 5n * window) }),
    fc.record({ kind: fc.constant('parameters' as const) }),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      let [released, delivered] = [3n * window, 0n];
      const work = () => ({ nextPixels: window, aheadPixels: 2n * window, mostPixels: released - delivered });
      const world = new PaymentWorld({ payer: { work } });
      const parameters = world.parameters();
      world.payer.accept(parameters, world.payerView);
      const ticket = Rational.of(8_000_000_001n);
      let paid = Rational.zero;
      for (const each of events) {
        if (each.kind === 'receipt') {
          world.payer.debit(each.pixels);
          delivered += each.pixels;
        }
        if (each.kind === 'release') released += each.pixels;
        if (each.kind === 'parameters') world.payer.accept(world.parameters(), world.payerView);
        const due = world.payer.due(world.payerView);
        if (due.kind === 'payment') paid = paid.plus(ticket.times(BigInt(due.payment.tickets.length)));
      }
      const most = feeOf(released, parameters.price).plus(ticket).plus(Rational.of(1000n));
      expect(paid.compare(most)).toBeLessThanOrEqual(0);
    }),
    { numRuns: 300 },
  );
});

it('Whatever an orchestrator claims, no more is paid than for verified work, the windows ahead, and what may get lost.', () => {
  const event = fc.oneof(
    fc.record({ kind: fc.constant('verified' as const), pixels: fc.bigInt(1n, 2n * window) }),
    fc.record({ kind: fc.constant('short' as const), wei: fc.bigInt(0n, 10n ** 11n) }),
    fc.record({ kind: fc.constant('refused' as const) }),
    fc.record({ kind: fc.constant('parameters' as const) }),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      const world = new PaymentWorld();
      const parameters = world.parameters();
      world.payer.accept(parameters, world.payerView);
      const ticket = Rational.of(8_000_000_001n);
      let [paid, earned] = [Rational.zero, Rational.zero];
      for (const each of [{ kind: 'parameters' as const }, ...events]) {
        const due = world.payer.due(world.payerView);
        if (due.kind === 'payment') paid = paid.plus(ticket.times(BigInt(due.payment.tickets.length)));
        if (each.kind === 'verified') {
          world.payer.debit(each.pixels);
          earned = earned.plus(feeOf(each.pixels, parameters.price));
        }
        if (each.kind === 'short') world.payer.short(each.wei);
        if (each.kind === 'refused' && due.kind === 'payment') world.payer.refused(due.payment, 1);
        if (each.kind === 'parameters') world.payer.accept(world.parameters(), world.payerView);
      }
      const ahead = Rational.of(20_400_000_000n).plus(ticket);
      // What is ahead, and as much again that may get lost, with a hundredth of what is paid.
      const most = earned.plus(ahead.times(2n)).plus(paid.times(1n, 100n)).plus(Rational.of(1000n));
      expect(paid.compare(most)).toBeLessThanOrEqual(0);
    }),
    { numRuns: 300 },
  );
});

import fc from 'fast-check';
import { id } from 'ethers/hash';
import { describe, expect, it, vi } from 'vitest';

import { Signer } from '../../../src/trust/keys/signer.js';
import { paymentTicketOf, type Payment } from '../../../src/trust/payment/payment.js';
import { hashOfPaymentTicket } from '../../../src/trust/payment/payment-ticket.js';
import { personalSignerOf, type PersonalSigner } from '../../../src/trust/payment/personal-signature.js';
import { Rational } from '../../../src/trust/payment/rational.js';
import { mostNonces } from '../../../src/trust/payment/sender-nonces.js';
import { codeOf } from './payment-error-code.js';
import { PaymentWorld } from './payment-world.js';

describe('An orchestrator', () => {
  it('credits what the tickets of a payment are worth on average, and debits pixels', () => {
    const { world, payment } = paying();
    const outcome = world.payee.receive(world.account, payment);
    expect(outcome.refused).toEqual([]);
    expect(payment.tickets).toHaveLength(3);
    // Livepeer rounds the probability up, so it is a touch more than three times 8e9.
    expect(outcome.credited.ceiling()).toBe(24_000_000_001n);
    expect(outcome.balance).toEqual(world.payer.balance);
    const after = world.payee.debit(world.account, 1_000_000n);
    expect(after.ceiling()).toBe(14_000_000_001n);
    expect(world.payee.shortfall(world.account, 1_000_000n)).toBeUndefined();
  });

  it('says how much is missing when the balance does not cover the work', () => {
    const world = new PaymentWorld();
    expect(world.payee.shortfall(world.account, 1_000_000n)).toMatchObject({
      code: 'INSUFFICIENT_BALANCE',
      neededWei: 10_000_000_000n,
    });
    world.payee.debit(world.account, 1n);
    expect(world.payee.shortfall(world.account, 1_000_000n)).toMatchObject({ neededWei: 10_000_010_000n });
  });

  it('charges a session at the price of its first payment', () => {
    const { world, payment } = paying();
    const price = { wei: 5000n, pixels: 1n };
    const cheaper = new PaymentWorld({ payee: { price } });
    expect(cheaper.payee.debit(cheaper.account, 2n)).toEqual(Rational.of(-10_000n));
    world.payee.receive(world.account, payment);
    const before = world.payee.balance(world.account);
    expect(before.minus(world.payee.debit(world.account, 2n))).toEqual(Rational.of(20_000n));
  });

  it('keeps sessions of one broadcaster apart', () => {
    const { world, payment } = paying();
    world.payee.receive(world.account, payment);
    expect(world.payee.balance({ ...world.account, session: 'another' })).toEqual(Rational.zero);
  });

  it('keeps a balance until its session is over, however long nothing happens, and forgets it then', () => {
    vi.useFakeTimers();
    const { world, payment } = paying();
    const { balance } = world.payee.receive(world.account, payment);
    vi.advanceTimersByTime(24 * 60 * 60_000);
    expect(world.payee.balance(world.account)).toEqual(balance);
    vi.useRealTimers();
    world.payee.close(world.account);
    expect(world.payee.balance(world.account)).toEqual(Rational.zero);
  });

  it('writes a winner down before it counts, with what it takes to redeem it', () => {
    // So few wei per unit of gas that every ticket is worth 100 times 8e9, of which the float covers 1 more than 8e9.
    const world = new PaymentWorld({ payee: { maxFaceValueWei: 8_000_000_001n } });
    world.view = { ...world.view, gasPriceWei: 0n };
    const payment = world.firstPayment();
    const { winners } = world.payee.receive(world.account, payment);
    expect(winners).toBe(payment.tickets.length);
    expect(world.winners).toHaveLength(winners);
    expect(world.winners[0]).toMatchObject({
      signature: payment.tickets[0]?.signature,
      expirationBlock: 1040n,
      session: 'a session',
    });
  });

  it('does not count a winner that cannot be written down, and takes it once that is possible again', () => {
    let isFull = true;
    const world = new PaymentWorld({
      payee: {
        maxFaceValueWei: 8_000_000_001n,
        keepWinner: () => {
          if (isFull) throw new Error('disk full');
        },
      },
    });
    world.view = { ...world.view, gasPriceWei: 0n };
    const payment = world.firstPayment();
    expect(codeOf(() => world.payee.receive(world.account, payment))).toBe('LEDGER_FAILED');
    expect(world.payee.balance(world.account)).toEqual(Rational.zero);
    isFull = false;
    expect(world.payee.receive(world.account, payment).refused).toEqual([]);
  });

  it.each([
    ['no deposit', { depositWei: 0n }, 'SENDER_UNFUNDED'],
    ['no reserve', { reserveWei: 0n }, 'SENDER_UNFUNDED'],
    ['a withdrawal in the next round', { withdrawRound: 8n }, 'SENDER_UNFUNDED'],
    [
      'a reserve that does not cover a redemption',
      { claimableReserveWei: 119_999_999_999n },
      'SENDER_RESERVE_INSUFFICIENT',
    ],
  ])('gives no parameters to a broadcaster with %s', (_, funds, code) => {
    const world = new PaymentWorld();
    world.funds = { ...world.funds, ...funds };
    expect(codeOf(() => world.parameters())).toBe(code);
  });

  it('counts what the sender still owes for winners off its reserve, unless the deposit covers it three times', () => {
    const world = new PaymentWorld();
    world.funds = { ...world.funds, depositWei: 299n, claimableReserveWei: 120_000_000_099n };
    const parameters = (pendingWei: bigint) =>
      codeOf(() => world.payee.parametersFor(world.broadcaster.address, world.funds, pendingWei));
    expect(parameters(100n)).toBe('SENDER_RESERVE_INSUFFICIENT');
    expect(parameters(99n)).toBeUndefined();
  });
});

describe('A payment is refused', () => {
  it.each<[string, string, (payment: Payment, world: PaymentWorld) => Payment]>([
    [
      'to another recipient',
      'RECIPIENT_INVALID',
      (it, world) => withParameters(it, { recipient: world.broadcaster.address }),
    ],
    ['from another sender', 'SENDER_INVALID', (it, world) => ({ ...it, sender: world.orchestrator.address })],
    [
      'with a forged hash of recipientRand',
      'RECIPIENT_RAND_INVALID',
      (it) => withParameters(it, { recipientRandHash: new Uint8Array(32).fill(1) }),
    ],
    ['with another seed', 'RECIPIENT_RAND_INVALID', (it) => withParameters(it, { seed: it.parameters.seed ^ 1n })],
    [
      'with a lower face value',
      'RECIPIENT_RAND_INVALID',
      (it) => withParameters(it, { faceValueWei: it.parameters.faceValueWei - 1n }),
    ],
    [
      'with a higher probability',
      'RECIPIENT_RAND_INVALID',
      (it) => withParameters(it, { winProbability: it.parameters.winProbability + 1n }),
    ],
    [
      'with a later expiration',
      'RECIPIENT_RAND_INVALID',
      (it) => withParameters(it, { expirationBlock: it.parameters.expirationBlock + 1n }),
    ],
    ['over another price', 'RECIPIENT_RAND_INVALID', (it) => withParameters(it, { price: { wei: 1n, pixels: 1n } })],
    ['of another round', 'RECIPIENT_RAND_INVALID', (it) => withParameters(it, { creationRound: 8n })],
    [
      'whose numbers were cut at another place, so that their bytes in a row are the same',
      'RECIPIENT_RAND_INVALID',
      (it) => {
        // The expiration 0x0410 and the price 0x2710 as 0x041027 and 0x10.
        const { expirationBlock, price } = it.parameters;
        return withParameters(it, {
          expirationBlock: (expirationBlock << 8n) | (price.wei >> 8n),
          price: { ...price, wei: price.wei & 255n },
        });
      },
    ],
    [
      'signed by somebody else',
      'SIGNATURE_INVALID',
      (it) => signedBy(personalSignerOf(new Signer(id('somebody'))), it),
    ],
    ['with a V of 0', 'SIGNATURE_V', (it) => withSignature(it, (signature) => signature.with(64, 0))],
    ['with a V of 1', 'SIGNATURE_V', (it) => withSignature(it, (signature) => signature.with(64, 1))],
    ['with a high S', 'SIGNATURE_S_HIGH', (it) => withSignature(it, (signature) => signature.with(32, 255))],
    ['with a short signature', 'SIGNATURE_LENGTH', (it) => withSignature(it, (signature) => signature.subarray(0, 64))],
  ])('%s', (_, code, change) => {
    const { world, payment } = paying();
    const changed = change(payment, world);
    expect(codeOf(() => world.payee.receive(world.account, changed))).toBe(code);
    expect(world.payee.balance(world.account)).toEqual(Rational.zero);
  });

  it('once its parameters have expired', () => {
    const { world, payment } = paying();
    world.view = { ...world.view, block: payment.parameters.expirationBlock };
    expect(codeOf(() => world.payee.receive(world.account, payment))).toBe('PARAMETERS_EXPIRED');
    world.view = { ...world.view, block: payment.parameters.expirationBlock - 1n };
    expect(codeOf(() => world.payee.receive(world.account, payment))).toBeUndefined();
  });

  it('after a restart of the orchestrator, which has forgotten the nonces with the secret', () => {
    const { world, payment } = paying();
    world.payee.receive(world.account, payment);
    const restarted = new PaymentWorld();
    expect(codeOf(() => restarted.payee.receive(restarted.account, payment))).toBe('RECIPIENT_RAND_INVALID');
  });

  it('ticket by ticket when the nonce was used, in another session too', () => {
    const { world, payment } = paying();
    world.payee.receive(world.account, payment);
    const account = { ...world.account, session: 'another' };
    const again = world.payee.receive(account, payment);
    expect(again.refused.map(({ code }) => code)).toEqual(['NONCE_SEEN', 'NONCE_SEEN', 'NONCE_SEEN']);
    expect(again.refused[0]?.message).toContain('invalid ticket senderNonce: already seen');
    expect(world.payee.balance(account)).toEqual(Rational.zero);
  });

  it('when a nonce comes twice in it', () => {
    const { world, payment } = paying();
    const [first] = payment.tickets;
    if (first === undefined) throw new Error('It has no tickets.');
    const { credited, refused } = world.payee.receive(world.account, { ...payment, tickets: [first, first] });
    expect(refused.map(({ code }) => code)).toEqual(['NONCE_SEEN']);
    expect(credited.ceiling()).toBe(8_000_000_001n);
  });

  it('when more nonces come for the same parameters than are remembered', () => {
    const { world, payment } = paying();
    const { parameters, sender } = payment;
    const ticket = (senderNonce: number) => {
      const hash = hashOfPaymentTicket(paymentTicketOf(parameters, sender, senderNonce));
      return { senderNonce, signature: world.broadcaster.sign(hash) };
    };
    const tickets = Array.from({ length: mostNonces + 1 }, (_, index) => ticket(index + 1));
    const refused = tickets.flatMap(
      (each) => world.payee.receive(world.account, { ...payment, tickets: [each] }).refused,
    );
    expect(refused.map(({ code }) => code)).toEqual(['NONCES_TOO_MANY']);
    expect(refused[0]?.message).toContain('invalid ticket senderNonce: too many values');
  });
});

it('Whatever is changed in a payment at random, nothing is credited for it.', () => {
  const { world, payment } = paying();
  const flip = fc.record({ field: fc.nat(), bit: fc.nat() });
  fc.assert(
    fc.property(fc.array(flip, { minLength: 1, maxLength: 3 }), (flips) => {
      const changed = flips.reduce((it, { field, bit }) => mutated(it, field, bit), onlyTicket(payment));
      fc.pre(JSON.stringify(changed, plain) !== JSON.stringify(onlyTicket(payment), plain));
      expect(codeOf(() => world.payee.receive(world.account, changed))).toBeDefined();
      expect(world.payee.balance(world.account)).toEqual(Rational.zero);
    }),
    { numRuns: 1500 },
  );
});

function paying(): { world: PaymentWorld; payment: Payment } {
  const world = new PaymentWorld();
  return { world, payment: world.firstPayment() };
}

function withParameters(payment: Payment, changes: Partial<Payment['parameters']>): Payment {
  return { ...payment, parameters: { ...payment.parameters, ...changes } };
}

function withSignature(payment: Payment, change: (signature: Uint8Array) => Uint8Array): Payment {
  const tickets = payment.tickets.map((each) => ({ ...each, signature: change(each.signature) }));
  return { ...payment, tickets };
}

function signedBy(signer: PersonalSigner, { sender, parameters, tickets }: Payment): Payment {
  const sign = (nonce: number) => signer.sign(hashOfPaymentTicket(paymentTicketOf(parameters, sender, nonce)));
  return {
    sender,
    parameters,
    tickets: tickets.map(({ senderNonce }) => ({ senderNonce, signature: sign(senderNonce) })),
  };
}

function onlyTicket(payment: Payment): Payment {
  return { ...payment, tickets: payment.tickets.slice(0, 1) };
}

/** With one bit of one field flipped. */
function mutated(payment: Payment, field: number, bit: number): Payment {
  const bytes = (value: Uint8Array) =>
    value.with((bit >> 3) % value.length, (value[(bit >> 3) % value.length] ?? 0) ^ (1 << (bit & 7)));
  const number = (value: bigint) => value ^ (1n << BigInt(bit % 256));
  const word = (value: bigint) => value ^ (1n << BigInt(bit % 40));
  const { parameters } = payment;
  const { price } = parameters;
  const changes: (() => Payment)[] = [
    () => ({ ...payment, sender: bytes(payment.sender) }),
    () => withParameters(payment, { recipient: bytes(parameters.recipient) }),
    () => withParameters(payment, { recipientRandHash: bytes(parameters.recipientRandHash) }),
    () => withParameters(payment, { creationRoundBlockHash: bytes(parameters.creationRoundBlockHash) }),
    () => withParameters(payment, { faceValueWei: number(parameters.faceValueWei) }),
    () => withParameters(payment, { winProbability: number(parameters.winProbability) }),
    () => withParameters(payment, { seed: number(parameters.seed) }),
    () => withParameters(payment, { expirationBlock: number(parameters.expirationBlock) }),
    () => withParameters(payment, { creationRound: number(parameters.creationRound) }),
    () => withParameters(payment, { price: { ...price, wei: word(price.wei) } }),
    () => withParameters(payment, { price: { ...price, pixels: word(price.pixels) } }),
    () => withSignature(payment, bytes),
    () => ({
      ...payment,
      tickets: payment.tickets.map((each) => ({ ...each, senderNonce: (each.senderNonce ^ (1 << (bit & 31))) >>> 0 })),
    }),
  ];
  return changes[field % changes.length]?.() ?? payment;
}

function plain(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
}

import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';

import { Disputes } from '../../../src/trust/payment/disputes.js';
import { sampleRendition } from '../wire-samples.js';
import { PaidCallWorld } from './paid-call-world.js';

afterEach(() => {
  vi.useRealTimers();
});

/** As a broadcaster asks for them, and a hair: the probability of winning is rounded up. */
const windowsOfTicket = 4.000001;

/** A world in which a broadcaster is the one that sample orders are signed by. */
async function ordered(world = new PaidCallWorld()): Promise<PaidCallWorld> {
  world.call.order(world.order);
  await settled();
  return world;
}

/** Lets what was promised come about. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
}

/** Time goes on, as what is looked at now and then sees it; timers are fake. */
async function pass(world: PaidCallWorld, ms: number): Promise<void> {
  for (let passedMs = 0; passedMs < ms; passedMs += 250) {
    world.nowMs += 250;
    vi.advanceTimersByTime(250);
    await settled();
  }
}

test('An order goes out when its first windows are paid for.', async () => {
  const world = await ordered();
  expect(world.told).toStrictEqual(['asked', 'paid', 'ordered']);
  expect(world.windowsPaid).toBeGreaterThanOrEqual(2);
});

test('Every receipt that holds makes room for the next payment, and the last one for none.', async () => {
  const world = await ordered();
  for (let window = 0; window < 20; window += 1) {
    world.deliver();
    await settled();
    expect(world.isCovered).toBe(true);
  }
  expect(world.windowsPaid).toBeGreaterThanOrEqual(22);
  expect(world.windowsPaid).toBeLessThanOrEqual(22 + windowsOfTicket);
  const paid = world.payments.length;
  world.deliver({ final: true });
  expect(world.payments).toHaveLength(paid);
});

test('An orchestrator that sends no receipts, and claims to have been paid nothing, is paid for a few windows and no more.', async () => {
  const world = await ordered();
  expect(world.windowsPaid).toBeLessThanOrEqual(2 + windowsOfTicket);
  for (let time = 0; time < 20; time += 1) {
    world.claim(world.windowPixels);
    await settled();
  }
  expect(world.told.at(-1)).toBe('stopped BALANCE_DISPUTED');
  expect(world.windowsPaid).toBeLessThanOrEqual(2 * (2 + windowsOfTicket));
});

test('What an orchestrator claims to have lost counts for all its calls together.', async () => {
  const disputes = new Disputes(() => 0);
  let windowsPaid = 0;
  for (let call = 0; call < 10; call += 1) {
    const world = await ordered(new PaidCallWorld({}, disputes));
    for (let time = 0; time < 5; time += 1) {
      world.claim(world.windowPixels);
      await settled();
    }
    expect(world.told.at(-1)).toBe('stopped BALANCE_DISPUTED');
    windowsPaid += world.windowsPaid;
  }
  // Each call is paid ahead once, and only one of them once more.
  expect(windowsPaid).toBeLessThanOrEqual(11 * (2 + windowsOfTicket));
});

test('A job of one segment is paid for, and no more than that.', async () => {
  const world = await ordered(new PaidCallWorld({ durationMs: 2000 }));
  expect(world.told).toStrictEqual(['asked', 'paid', 'ordered']);
  expect(world.windowsPaid).toBeCloseTo(1, 3);
  world.deliver();
  await settled();
  expect(world.windowsPaid).toBeCloseTo(1, 3);
});

test('A source that is as long as announced is paid to its end, and no further.', async () => {
  const world = await ordered(new PaidCallWorld({ durationMs: 12_000 }));
  for (let window = 0; window < 6; window += 1) {
    expect(world.isCovered).toBe(true);
    world.nowMs += 2000;
    world.deliver();
    await settled();
  }
  expect(world.windowsPaid).toBeCloseTo(6, 3);
});

test.each([
  ['the announced duration', { durationMs: 20_000 }, 10],
  ['a minute, where none was announced', {}, 30],
])('However fast receipts come, they release no more than %s.', async (_, order, windows) => {
  const world = await ordered(new PaidCallWorld(order));
  for (let receipt = 0; receipt < 500; receipt += 1) {
    world.claimDelivered(1);
    await settled();
  }
  expect(world.windowsPaid).toBeGreaterThanOrEqual(windows);
  expect(world.windowsPaid).toBeLessThanOrEqual(windows + windowsOfTicket);
  expect(world.told).not.toContainEqual(expect.stringMatching(/^stopped/));
});

test('What receipts claim beyond it is paid as time goes on, without another word from the orchestrator.', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const world = await ordered();
  world.claimDelivered(1000);
  await settled();
  const before = world.windowsPaid;
  // Four times ten seconds.
  await pass(world, 10_000);
  expect(world.windowsPaid).toBeGreaterThanOrEqual(30 + 20);
  expect(world.windowsPaid).toBeLessThanOrEqual(30 + 20 + windowsOfTicket);
  expect(before).toBeLessThanOrEqual(30 + windowsOfTicket);
  expect(world.told).not.toContainEqual(expect.stringMatching(/^stopped/));
});

test('One that goes on beyond its announced duration is paid as time goes on, up to where it is cut off.', async () => {
  const world = await ordered(new PaidCallWorld({ durationMs: 20_000 }));
  world.claimDelivered(1000);
  await settled();
  world.nowMs += 1_000_000;
  for (let receipt = 0; receipt < 30; receipt += 1) {
    world.claimDelivered(1);
    await settled();
  }
  // One and a half times 20 s, and 2 s.
  expect(world.windowsPaid).toBeGreaterThanOrEqual(16);
  expect(world.windowsPaid).toBeLessThanOrEqual(16 + windowsOfTicket);
});

test('Where a side or the frame rate is the source’s, the pictures may be larger than expected, to the end.', async () => {
  const rendition = sampleRendition('P360p30fps16x9');
  const renditions = [{ ...rendition, profile: { ...rendition.profile, width: 0 } }];
  const world = await ordered(new PaidCallWorld({ durationMs: 20_000, renditions }));
  for (let receipt = 0; receipt < 500; receipt += 1) {
    world.claimDelivered(1);
    await settled();
  }
  expect(world.windowsPaid).toBeGreaterThanOrEqual(20);
  expect(world.windowsPaid).toBeLessThanOrEqual(20 + windowsOfTicket);
});

test('An order waits until time has released what its first window takes.', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const world = await ordered();
  for (let window = 0; window < 40; window += 1) {
    world.deliver();
    await settled();
  }
  world.end(40, 'transcoder');
  world.orderAgain();
  await settled();
  expect(world.told.filter((what) => what === 'ordered')).toHaveLength(1);
  await pass(world, 10_000);
  expect(world.told.filter((what) => what === 'ordered')).toHaveLength(2);
  expect(world.told).not.toContain('refused');
});

test('An order that time does not release soon is given up as the broadcaster’s own fault.', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const world = await ordered();
  world.claimDelivered(1000);
  await settled();
  world.end(1000, 'transcoder');
  world.orderAgain();
  await pass(world, 5000);
  expect(world.told.filter((what) => what === 'ordered')).toHaveLength(1);
  expect(world.told.at(-1)).toBe('stopped INSUFFICIENT_BALANCE');
});

test('Where attempts were broken off too often, nothing is paid for another in the same call.', async () => {
  const world = await ordered();
  for (let attempt = 0; attempt < 8; attempt += 1) {
    world.end(1, 'output');
    world.orderAgain();
    await settled();
  }
  expect(world.told.at(-1)).toBe('stopped INSUFFICIENT_BALANCE');
  expect(world.told.filter((what) => what === 'ordered')).toHaveLength(8);
});

test.each([
  [
    'the final receipt',
    (world: PaidCallWorld) => {
      world.claimDelivered(1, { final: true });
    },
  ],
  [
    'a cancel',
    (world: PaidCallWorld) => {
      world.call.cancel(true);
    },
  ],
])('Behind %s, time releases no payment any more.', async (_, end) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const world = await ordered();
  world.claimDelivered(60);
  await settled();
  end(world);
  const paid = world.payments.length;
  world.nowMs += 60_000;
  vi.advanceTimersByTime(60_000);
  await settled();
  expect(world.payments).toHaveLength(paid);
});

test('An order waits for as many payments as its first windows take.', async () => {
  const world = new PaidCallWorld();
  // A payment has a hundred tickets, and two windows are 120 of these.
  world.ticketValueWei = world.windowPixels / 60n;
  await ordered(world);
  expect(world.told).toStrictEqual(['asked', 'paid', 'paid', 'ordered']);
});

test.each([
  ['is longer than announced, and comes ten times as fast as it plays', { durationMs: 600_000 }, 350, 10],
  ['is longer than announced, and comes five times as fast', { durationMs: 60_000 }, 40, 5],
  ['comes with a minute at once and then as it is made', {}, 100, 1],
  ['has no announced end, and comes four times as fast', {}, 300, 4],
])('A source that %s is covered to its end.', async (_, order, windows, ratio) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const world = await ordered(new PaidCallWorld(order));
  const burst = ratio === 1 ? 30 : 0;
  for (let window = 0; window < windows; window += 1) {
    if (window >= burst) {
      world.nowMs += 2000 / ratio;
      vi.advanceTimersByTime(2000 / ratio);
    }
    world.deliver();
    await settled();
    world.look();
    await settled();
  }
  expect(world.told).not.toContain('unpaid');
});

test('What an attempt left unfinished is paid by the next one, as the orchestrator debits it.', async () => {
  const world = await ordered();
  for (let attempt = 0; attempt < 8; attempt += 1) {
    world.deliver();
    await settled();
    expect(world.isCovered).toBe(true);
    world.end(1.75);
    world.orderAgain();
    await settled();
  }
  expect(world.windowsPaid).toBeGreaterThanOrEqual(8 * 1.75 + 1);
  expect(world.windowsPaid).toBeLessThanOrEqual(8 * 1.75 + 2 + windowsOfTicket);
  expect(world.told).not.toContain('refused');
});

test('An orchestrator that says it was broken off, and had encoded more than a window without a receipt, is paid for one.', async () => {
  const world = await ordered();
  world.end(1000);
  world.end(2000);
  world.orderAgain();
  await settled();
  expect(world.told.at(-1)).toBe('ordered');
  expect(world.windowsPaid).toBeLessThanOrEqual(1 + 2 + windowsOfTicket);
});

test.each([
  ['says that it was broken off', 'output' as const, 8],
  ['drains again and again', 'transcoder' as const, 0],
])(
  'One that %s, without a receipt, is not paid for ever for what it says it did not finish.',
  async (_, fault, most) => {
    const world = await ordered();
    for (let attempt = 0; attempt < 50; attempt += 1) {
      world.end(1, fault);
      world.orderAgain();
      await settled();
    }
    expect(world.windowsPaid).toBeLessThanOrEqual(most + 2.04 + windowsOfTicket);
  },
);

test('Whatever an orchestrator signs, claims and ends, and whenever it does, time bounds what it is paid.', async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('receipts' as const), windows: fc.integer({ min: 1, max: 50 }) }),
    fc.record({ kind: fc.constant('claim' as const), windows: fc.integer({ min: 0, max: 3 }) }),
    fc.record({ kind: fc.constant('time' as const), ms: fc.integer({ min: 0, max: 20_000 }) }),
    fc.record({ kind: fc.constant('end' as const), windows: fc.integer({ min: 0, max: 1000 }) }),
  );
  const durationMs = fc.constantFrom(0, 2000, 60_000);
  await fc.assert(
    fc.asyncProperty(durationMs, fc.array(step, { maxLength: 40 }), async (durationMs, steps) => {
      const world = await ordered(new PaidCallWorld({ durationMs }));
      for (const each of steps) {
        if (each.kind === 'receipts') world.claimDelivered(each.windows);
        if (each.kind === 'claim') world.claim(BigInt(each.windows) * world.windowPixels);
        if (each.kind === 'time') world.nowMs += each.ms;
        if (each.kind === 'end') {
          world.end(each.windows);
          world.orderAgain();
        }
        await settled();
      }
      const liveMs = 4 * world.nowMs;
      const cutMs = durationMs * 1.5 + 2000;
      const mostMs = durationMs === 0 ? 60_000 + liveMs : Math.min(cutMs, durationMs + liveMs);
      // What may be missing once is two windows and a ticket, and a hundredth of what was paid.
      // One for each ten windows that receipts release, and eight.
      const unfinished = 8 + Math.ceil(mostMs / 2000) / 10;
      const released = Math.ceil(mostMs / 2000) + unfinished + windowsOfTicket;
      expect(world.windowsPaid).toBeLessThanOrEqual((released + 2.04 + windowsOfTicket) * 1.02);
    }),
    { numRuns: 200 },
  );
});

test('Parameters that ran out are replaced, also where only the orchestrator knows that yet.', async () => {
  const world = await ordered();
  world.chain.view = { ...world.chain.view, block: world.chain.view.block + 45n };
  world.blocksBehind = 45n;
  world.deliver();
  world.deliver();
  await settled();
  expect(world.told.slice(3)).toStrictEqual(['paid', 'asked', 'paid']);
  world.blocksBehind = 0n;
  world.chain.view = { ...world.chain.view, block: world.chain.view.block + 45n };
  for (let window = 0; window < windowsOfTicket; window += 1) world.deliver();
  await settled();
  expect(world.told.slice(6)).toStrictEqual(['asked', 'paid']);
  expect(world.isCovered).toBe(true);
});

test('A payment that is not answered yet is not taken for lost.', async () => {
  const world = new PaidCallWorld();
  world.answersLater = true;
  await ordered(world);
  for (let time = 0; time < 10; time += 1) world.claim(world.windowPixels);
  expect(world.told).toStrictEqual(['asked', 'paid', 'ordered']);
});

test('Payments that are refused again and again come to an end.', async () => {
  const world = new PaidCallWorld();
  world.losesPayments = true;
  await ordered(world);
  expect(world.told.at(-1)).toBe('stopped BALANCE_DISPUTED');
  expect(world.told.filter((what) => what === 'paid').length).toBeLessThan(5);
});

test('An orchestrator that asks for more than it offered is not paid at all.', async () => {
  const world = new PaidCallWorld();
  world.priceWei = 2n;
  world.restart();
  await ordered(world);
  expect(world.told).toStrictEqual(['asked', 'stopped PRICE_TOO_HIGH']);
});

test('What all calls at an orchestrator lose at once, to one cause, is borne in each of them.', async () => {
  const disputes = new Disputes(() => 0);
  const worlds = await Promise.all(Array.from({ length: 20 }, () => ordered(new PaidCallWorld({}, disputes))));
  for (const world of worlds) {
    world.claim(world.windowPixels);
    await settled();
  }
  expect(worlds.flatMap(({ told }) => told)).not.toContain('stopped BALANCE_DISPUTED');
});

test('Behind its close nothing is paid and nothing ordered.', async () => {
  const world = new PaidCallWorld();
  world.call.order(world.order);
  world.call.close();
  await settled();
  expect(world.told).toStrictEqual(['asked', 'closed']);
});

import { expect, test } from 'vitest';

import { PaidCallWorld } from './paid-call-world.js';

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
  expect(world.windowsPaid).toBeLessThanOrEqual(24);
  const paid = world.payments.length;
  world.deliver({ final: true });
  expect(world.payments).toHaveLength(paid);
});

test('An orchestrator that sends no receipts, and claims to have been paid nothing, is paid for a few windows and no more.', async () => {
  const world = await ordered();
  expect(world.windowsPaid).toBeLessThanOrEqual(4);
  for (let time = 0; time < 20; time += 1) {
    world.claim(world.windowPixels);
    await settled();
  }
  expect(world.told.at(-1)).toBe('stopped BALANCE_DISPUTED');
  expect(world.windowsPaid).toBeLessThanOrEqual(8);
});

test('Parameters that ran out are replaced, also where only the orchestrator knows that yet.', async () => {
  const world = await ordered();
  world.chain.view = { ...world.chain.view, block: world.chain.view.block + 45n };
  world.blocksBehind = 45n;
  world.deliver();
  await settled();
  expect(world.told.slice(3)).toStrictEqual(['paid', 'asked', 'paid']);
  world.blocksBehind = 0n;
  world.chain.view = { ...world.chain.view, block: world.chain.view.block + 45n };
  world.deliver();
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

test('Behind its close nothing is paid and nothing ordered.', async () => {
  const world = new PaidCallWorld();
  world.call.order(world.order);
  world.call.close();
  await settled();
  expect(world.told).toStrictEqual(['asked', 'closed']);
});

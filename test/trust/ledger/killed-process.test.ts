import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { toHex } from '../../../src/nodes/hex.js';
import { faceValueWei, RedemptionWorld } from '../chain/redemption-world.js';

const script = fileURLToPath(new URL('redeeming-process.mjs', import.meta.url));

test('An orchestrator that is killed at any moment, over and over, loses no ticket that it won and redeems none twice.', async () => {
  await using world = await RedemptionWorld.create();
  const won = new Set<string>();
  for (let life = 0; life < 12; life++) {
    // Long enough to start, and then anywhere between two steps or within one.
    for (const hash of await liveFor(world, 5 + Math.random() * 400)) won.add(hash);
  }
  expect(won.size).toBeGreaterThan(12);
  await world.expire();
  await world.settle(world.redeemer(), 40 * won.size);
  const kept = [...world.ledger.winners()];
  expect(kept.map(({ winner }) => toHex(winner.hash))).toEqual(expect.arrayContaining([...won]));
  expect(kept.map(({ state }) => state)).toEqual(kept.map(() => 'redeemed'));
  expect(await world.anvil.read('redemptions')).toBe(BigInt(kept.length));
  expect(await world.paid()).toBe(BigInt(kept.length) * faceValueWei);
  // None that failed, either: nothing was sent for a ticket that was paid already.
  expect(await world.transactions()).toBe(kept.length);
}, 300_000);

/** Runs the process until so long after its first win, and kills it; gives what it said it had won. */
async function liveFor(world: RedemptionWorld, afterFirstMs: number): Promise<string[]> {
  const { url, controller, broadcaster, orchestrator } = world.anvil;
  const setup = {
    rpcUrl: url,
    controller,
    file: world.file,
    broadcasterKey: broadcaster.privateKey,
    orchestratorKey: orchestrator.privateKey,
    faceValue: String(faceValueWei),
  };
  const child = spawn(process.execPath, [script, JSON.stringify(setup)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = once(child, 'close');
  await Promise.race([once(child.stdout, 'data'), ended]);
  await new Promise((resolve) => setTimeout(resolve, afterFirstMs));
  expect(child.exitCode).toBeNull();
  child.kill('SIGKILL');
  await ended;
  return [...said.matchAll(/^won (\w{64})$/gm)].map(([, hash = '']) => hash);
}
